
  # ---- EVA-ViT, then a Q-Former or neighbouring patches side by side, then the projection.

  heads : int
  side : int
  wanted : int
  images : int
  q_width : int
  q_heads : int
  first_token : Tensor
  positions : Tensor
  queries : Tensor
  blocks : int
  q_layers : int
  q_starts : List[int]
  group : int

  def __setstate__(self: __torch__.Tower, state: int) -> NoneType:
    self.clear()
    self.heads = 0
    self.side = 0
    self.wanted = 0
    self.images = 1
    self.q_width = 0
    self.q_heads = 0
    self.first_token = torch.zeros([0])
    self.positions = torch.zeros([0])
    self.queries = torch.zeros([0])
    self.blocks = 0
    self.q_layers = 0
    self.q_starts = annotate(List[int], [])
    self.group = 0
    return None

  def set_shape(self: __torch__.Tower, patch: int, width: int, blocks: int, heads: int) -> NoneType:
    self.patch = patch
    self.width = width
    self.blocks = blocks
    self.heads = heads
    return None

  def set_former(self: __torch__.Tower, width: int, layers: int, heads: int) -> NoneType:
    self.q_width = width
    self.q_layers = layers
    self.q_heads = heads
    return None

  # Patches that become one row, instead of a Q-Former.
  def set_group(self: __torch__.Tower, group: int) -> NoneType:
    self.group = group
    return None

  # Queries and values have a bias, keys have none: with softmax it would change nothing.
  def add_qkv(self: __torch__.Tower, w: Tensor, q_bias: Tensor, v_bias: Tensor) -> NoneType:
    parts = annotate(List[Tensor], [])
    parts.append(q_bias)
    parts.append(torch.zeros_like(q_bias))
    parts.append(v_bias)
    self.add_linear(w, torch.cat(parts, 0))
    return None

  # Patches along an edge: of the images that the positions were trained for, and of those to come.
  def set_sides(self: __torch__.Tower, side: int, wanted: int) -> NoneType:
    self.side = side
    self.wanted = wanted
    return None

  # positions [1 + side * side, width]. For another number of patches the square of patch positions is resampled.
  def set_tokens(self: __torch__.Tower, first_token: Tensor, positions: Tensor) -> NoneType:
    side, wanted = self.side, self.wanted
    kept = positions.clone()
    if side != wanted:
      square = torch.narrow(kept, 0, 1, side * side).view([1, side, side, self.width]).permute([0, 3, 1, 2])
      square = torch.upsample_bicubic2d(square.contiguous(), [wanted, wanted], False, None, None)
      parts = annotate(List[Tensor], [])
      parts.append(torch.narrow(kept, 0, 0, 1))
      parts.append(square.permute([0, 2, 3, 1]).reshape([wanted * wanted, self.width]))
      kept = torch.cat(parts, 0)
    self.positions = kept.to(self.device)
    self.first_token = first_token.clone().view([1, self.width]).to(self.device)
    return None

  def set_queries(self: __torch__.Tower, queries: Tensor) -> NoneType:
    self.queries = queries.clone().to(self.device)
    return None

  # Called before the weights of each Q-Former layer.
  def begin_layer(self: __torch__.Tower) -> NoneType:
    self.q_starts.append(len(self.weights))
    return None

  # ---- The image's way. Several images of `images` go it with their rows one below the other; servers send one.

  # [images * patches, 3 * patch * patch] -> [images * (1 + patches), width]
  def embed(self: __torch__.Tower, patches: Tensor) -> Tensor:
    rows = self.linear(patches, 0, "none").view([self.images, -1, self.width])
    parts = annotate(List[Tensor], [])
    parts.append(self.first_token.expand([self.images, 1, self.width]))
    parts.append(rows)
    return torch.add(torch.cat(parts, 1), self.positions).flatten(0, 1)

  # q [m, width], k and v [n, width] -> [m, width]; each image's rows see its own
  def mix(self: __torch__.Tower, q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    b = self.images
    return self.attend(q.unflatten(0, [b, -1]), k.unflatten(0, [b, -1]), v.unflatten(0, [b, -1]), heads,
                       None).flatten(0, 1)

  def block(self: __torch__.Tower, x: Tensor, i: int) -> Tensor:
    w = self.width
    qkv = self.linear(self.norm(x, 2 * i, 1e-06), 1 + 4 * i, "none")
    mixed = self.mix(torch.narrow(qkv, 1, 0, w), torch.narrow(qkv, 1, w, w), torch.narrow(qkv, 1, 2 * w, w),
                        self.heads)
    y = torch.add(x, self.linear(mixed, 2 + 4 * i, "none"))
    inner = self.linear(self.norm(y, 2 * i + 1, 1e-06), 3 + 4 * i, "gelu")
    return torch.add(y, self.linear(inner, 4 + 4 * i, "none"))

  # [3, s, s] -> [1 + patches, width], after ln_vision
  def see(self: __torch__.Tower, pixels: Tensor) -> Tensor:
    return self.see_patches(self.patches(pixels))

  def see_patches(self: __torch__.Tower, patches: Tensor) -> Tensor:
    x = self.embed(patches)
    self.keep(x)
    for i in range(self.blocks):
      x = self.block(x, i)
      self.keep(x)
    return self.norm(x, 2 * self.blocks, 1e-05)

  # One Q-Former layer: self-attention, in even layers a look at the image, then the queries' own MLP; each followed
  # by the sum with its input and a norm. n: the layer's first norm.
  def ask(self: __torch__.Tower, x: Tensor, image: Tensor, layer: int, n: int) -> Tensor:
    w = self.q_starts[layer]
    mixed = self.mix(self.linear(x, w, "none"), self.linear(x, w + 1, "none"), self.linear(x, w + 2, "none"),
                        self.q_heads)
    y = self.norm(torch.add(self.linear(mixed, w + 3, "none"), x), n, 1e-12)
    if layer % 2 == 0:
      seen = self.mix(self.linear(y, w + 4, "none"), self.linear(image, w + 5, "none"),
                         self.linear(image, w + 6, "none"), self.q_heads)
      y = self.norm(torch.add(self.linear(seen, w + 7, "none"), y), n + 1, 1e-12)
      w = w + 4
      n = n + 1
    inner = self.linear(y, w + 4, "gelu")
    return self.norm(torch.add(self.linear(inner, w + 5, "none"), y), n + 1, 1e-12)

  # [1 + patches, width] -> [queries, q_width]
  def query(self: __torch__.Tower, image: Tensor) -> Tensor:
    n = 2 * self.blocks + 1
    x = self.norm(self.queries, n, 1e-12).repeat([self.images, 1])
    n = n + 1
    self.keep(x)
    for layer in range(self.q_layers):
      x = self.ask(x, image, layer, n)
      n = n + 2
      if layer % 2 == 0:
        n = n + 1
      self.keep(x)
    return x

  # Groups of neighbouring patches in the order of rows, without the first token:
  # [1 + patches, width] -> [patches / group, group * width]
  def gather(self: __torch__.Tower, image: Tensor) -> Tensor:
    rows = image.unflatten(0, [self.images, -1])
    return torch.narrow(rows, 1, 1, rows.size(1) - 1).reshape([-1, self.group * self.width])

  # [rows, width of what comes] -> [rows, width of the language model]
  def project(self: __torch__.Tower, x: Tensor) -> Tensor:
    return self.linear(x.to(self.device), len(self.weights) - 1, "none").cpu()

  # [1 + patches, width] -> what is projected
  def bridge(self: __torch__.Tower, image: Tensor) -> Tensor:
    if self.group > 0:
      y = self.gather(image)
    else:
      y = self.query(image)
    return y

  def encode(self: __torch__.Tower, pixels: Tensor) -> Tensor:
    return self.project(self.bridge(self.see(self.normalise(pixels))))

  def position_embedding(self: __torch__.Tower) -> Tensor:
    return self.positions.cpu()
