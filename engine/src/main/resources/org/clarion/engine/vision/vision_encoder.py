class VisionEncoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  bf16 : bool
  packed : bool
  patch : int
  width : int
  heads : int
  q_width : int
  q_heads : int
  stages : bool
  weights : List[Tensor]
  biases : List[Tensor]
  norms : List[Tensor]
  first_token : Tensor
  positions : Tensor
  queries : Tensor
  shift : Tensor
  scale : Tensor
  blocks : int
  q_layers : int
  q_starts : List[int]
  kept : List[Tensor]
  none : List[Optional[number]]

  def __getstate__(self: __torch__.VisionEncoder) -> int:
    return 0

  def __setstate__(self: __torch__.VisionEncoder, state: int) -> NoneType:
    self.training = False
    self.bf16 = False
    self.packed = True
    self.patch = 0
    self.width = 0
    self.heads = 0
    self.q_width = 0
    self.q_heads = 0
    self.stages = False
    self.weights = annotate(List[Tensor], [])
    self.biases = annotate(List[Tensor], [])
    self.norms = annotate(List[Tensor], [])
    self.first_token = torch.zeros([0])
    self.positions = torch.zeros([0])
    self.queries = torch.zeros([0])
    self.shift = torch.zeros([0])
    self.scale = torch.zeros([0])
    self.blocks = 0
    self.q_layers = 0
    self.q_starts = annotate(List[int], [])
    self.kept = annotate(List[Tensor], [])
    self.none = annotate(List[Optional[number]], [])
    return None

  def configure(self: __torch__.VisionEncoder, bf16: bool, packed: bool, patch: int, width: int, blocks: int,
                heads: int, q_width: int, q_layers: int, q_heads: int) -> NoneType:
    self.bf16 = bf16
    self.packed = packed
    self.patch = patch
    self.width = width
    self.blocks = blocks
    self.heads = heads
    self.q_width = q_width
    self.q_layers = q_layers
    self.q_heads = q_heads
    return None

  # ---- Weights, in the order in which the image passes them. What comes in is scratch memory of the caller.

  # Mean and deviation of each channel, of pixels scaled to 0..1.
  def set_normalisation(self: __torch__.VisionEncoder, mean: Tensor, std: Tensor) -> NoneType:
    self.shift = mean.clone().view([3, 1, 1])
    self.scale = std.clone().view([3, 1, 1])
    return None

  def add_linear(self: __torch__.VisionEncoder, w: Tensor, bias: Tensor) -> NoneType:
    kept = w.flatten(1)
    offset = bias.clone()
    if self.bf16:
      kept = kept.to(15)
      offset = offset.to(15)
    if self.packed:
      kept = ops.mkldnn._reorder_linear_weight(kept, None)
    else:
      kept = kept.clone()
    self.weights.append(kept)
    self.biases.append(offset)
    return None

  # Queries and values have a bias, keys have none: with softmax it would change nothing.
  def add_qkv(self: __torch__.VisionEncoder, w: Tensor, q_bias: Tensor, v_bias: Tensor) -> NoneType:
    parts = annotate(List[Tensor], [])
    parts.append(q_bias)
    parts.append(torch.zeros_like(q_bias))
    parts.append(v_bias)
    self.add_linear(w, torch.cat(parts, 0))
    return None

  def add_norm(self: __torch__.VisionEncoder, gain: Tensor, bias: Tensor) -> NoneType:
    self.norms.append(gain.clone())
    self.norms.append(bias.clone())
    return None

  # positions [1 + side * side, width]. For another number of patches the square of patch positions is resampled.
  def set_tokens(self: __torch__.VisionEncoder, first_token: Tensor, positions: Tensor, side: int,
                 wanted: int) -> NoneType:
    kept = positions.clone()
    if side != wanted:
      square = torch.narrow(kept, 0, 1, side * side).view([1, side, side, self.width]).permute([0, 3, 1, 2])
      square = torch.upsample_bicubic2d(square.contiguous(), [wanted, wanted], False, None, None)
      parts = annotate(List[Tensor], [])
      parts.append(torch.narrow(kept, 0, 0, 1))
      parts.append(square.permute([0, 2, 3, 1]).reshape([wanted * wanted, self.width]))
      kept = torch.cat(parts, 0)
    self.positions = kept
    self.first_token = first_token.clone().view([1, self.width])
    return None

  def set_queries(self: __torch__.VisionEncoder, queries: Tensor) -> NoneType:
    self.queries = queries.clone()
    return None

  # Called before the weights of each Q-Former layer.
  def begin_layer(self: __torch__.VisionEncoder) -> NoneType:
    self.q_starts.append(len(self.weights))
    return None

  # ---- Parts. Activations between them are float32.

  def linear(self: __torch__.VisionEncoder, x: Tensor, i: int, activation: str) -> Tensor:
    y = x
    if self.bf16:
      y = x.to(15)
    if self.packed:
      y = ops.mkldnn._linear_pointwise(y, self.weights[i], self.biases[i], activation, self.none, "none")
    else:
      y = torch.linear(y, self.weights[i], self.biases[i])
      if activation == "gelu":
        y = torch.gelu(y)
    return y.to(6)

  def norm(self: __torch__.VisionEncoder, x: Tensor, i: int, eps: float) -> Tensor:
    return torch.layer_norm(x, [x.size(-1)], self.norms[2 * i], self.norms[2 * i + 1], eps)

  # q [m, width], k and v [n, width] -> [m, width]
  def attend(self: __torch__.VisionEncoder, q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    d = q.size(1) // heads
    kind = 6
    if self.bf16:
      kind = 15
    mixed = torch.scaled_dot_product_attention(q.to(kind).unflatten(1, [heads, d]).transpose(0, 1).unsqueeze(0),
                                               k.to(kind).unflatten(1, [heads, d]).transpose(0, 1).unsqueeze(0),
                                               v.to(kind).unflatten(1, [heads, d]).transpose(0, 1).unsqueeze(0))
    return mixed.squeeze(0).transpose(0, 1).flatten(1).to(6)

  def keep(self: __torch__.VisionEncoder, x: Tensor) -> NoneType:
    if self.stages:
      self.kept.append(x.clone())
    return None

  # ---- The image's way.

  # uint8 [3, s, s] -> float32, as the model was trained to see it
  def normalise(self: __torch__.VisionEncoder, pixels: Tensor) -> Tensor:
    return torch.div(torch.sub(torch.div(pixels.to(6), 255.), self.shift), self.scale)

  # [3, s, s] -> [1 + patches, width]: each patch is one row of 3 * patch * patch values
  def embed(self: __torch__.VisionEncoder, pixels: Tensor) -> Tensor:
    p = self.patch
    n = pixels.size(1) // p
    rows = pixels.view([3, n, p, n, p]).permute([1, 3, 0, 2, 4]).reshape([n * n, 3 * p * p])
    parts = annotate(List[Tensor], [])
    parts.append(self.first_token)
    parts.append(self.linear(rows, 0, "none"))
    return torch.add(torch.cat(parts, 0), self.positions)

  def block(self: __torch__.VisionEncoder, x: Tensor, i: int) -> Tensor:
    w = self.width
    qkv = self.linear(self.norm(x, 2 * i, 1e-06), 1 + 4 * i, "none")
    mixed = self.attend(torch.narrow(qkv, 1, 0, w), torch.narrow(qkv, 1, w, w), torch.narrow(qkv, 1, 2 * w, w),
                        self.heads)
    y = torch.add(x, self.linear(mixed, 2 + 4 * i, "none"))
    inner = self.linear(self.norm(y, 2 * i + 1, 1e-06), 3 + 4 * i, "gelu")
    return torch.add(y, self.linear(inner, 4 + 4 * i, "none"))

  # [3, s, s] -> [1 + patches, width], after ln_vision
  def see(self: __torch__.VisionEncoder, pixels: Tensor) -> Tensor:
    x = self.embed(pixels)
    self.keep(x)
    for i in range(self.blocks):
      x = self.block(x, i)
      self.keep(x)
    return self.norm(x, 2 * self.blocks, 1e-05)

  # One Q-Former layer: self-attention, in even layers a look at the image, then the queries' own MLP; each followed
  # by the sum with its input and a norm. n: the layer's first norm.
  def ask(self: __torch__.VisionEncoder, x: Tensor, image: Tensor, layer: int, n: int) -> Tensor:
    w = self.q_starts[layer]
    mixed = self.attend(self.linear(x, w, "none"), self.linear(x, w + 1, "none"), self.linear(x, w + 2, "none"),
                        self.q_heads)
    y = self.norm(torch.add(self.linear(mixed, w + 3, "none"), x), n, 1e-12)
    if layer % 2 == 0:
      seen = self.attend(self.linear(y, w + 4, "none"), self.linear(image, w + 5, "none"),
                         self.linear(image, w + 6, "none"), self.q_heads)
      y = self.norm(torch.add(self.linear(seen, w + 7, "none"), y), n + 1, 1e-12)
      w = w + 4
      n = n + 1
    inner = self.linear(y, w + 4, "gelu")
    return self.norm(torch.add(self.linear(inner, w + 5, "none"), y), n + 1, 1e-12)

  # [1 + patches, width] -> [queries, q_width]
  def query(self: __torch__.VisionEncoder, image: Tensor) -> Tensor:
    n = 2 * self.blocks + 1
    x = self.norm(self.queries, n, 1e-12)
    n = n + 1
    self.keep(x)
    for layer in range(self.q_layers):
      x = self.ask(x, image, layer, n)
      n = n + 2
      if layer % 2 == 0:
        n = n + 1
      self.keep(x)
    return x

  # [queries, q_width] -> [queries, width of the language model]
  def project(self: __torch__.VisionEncoder, x: Tensor) -> Tensor:
    return self.linear(x, len(self.weights) - 1, "none")

  def encode(self: __torch__.VisionEncoder, pixels: Tensor) -> Tensor:
    return self.project(self.query(self.see(self.normalise(pixels))))

  # ---- For comparisons: what `see` and `query` passed on between their parts, in order.

  def record(self: __torch__.VisionEncoder, on: bool) -> NoneType:
    self.stages = on
    self.kept = annotate(List[Tensor], [])
    return None

  def recorded(self: __torch__.VisionEncoder, index: int) -> Tensor:
    return self.kept[index]

  def position_embedding(self: __torch__.VisionEncoder) -> Tensor:
    return self.positions
