# What all image towers share: kernels, weights, norms, attention, pixels. A tower's text follows this one in the same
# class: its shape, the order of its weights, and encode(pixels).
class Tower(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  device : Device
  kind : int
  packed : bool
  patch : int
  width : int
  stages : bool
  weights : List[Tensor]
  biases : List[Tensor]
  norms : List[Tensor]
  shift : Tensor
  scale : Tensor
  kept : List[Tensor]
  none : List[Optional[number]]

  def __getstate__(self: __torch__.Tower) -> int:
    return 0

  def clear(self: __torch__.Tower) -> NoneType:
    self.training = False
    self.device = torch.device("cpu")
    self.kind = 6
    self.packed = True
    self.patch = 0
    self.width = 0
    self.stages = False
    self.weights = annotate(List[Tensor], [])
    self.biases = annotate(List[Tensor], [])
    self.norms = annotate(List[Tensor], [])
    self.shift = torch.zeros([0])
    self.scale = torch.zeros([0])
    self.kept = annotate(List[Tensor], [])
    self.none = annotate(List[Optional[number]], [])
    return None

  # kind: number of the weights' type. packed: in oneDNN's layout, where the processor has what it needs.
  def set_kernels(self: __torch__.Tower, device: str, kind: int, packed: bool) -> NoneType:
    self.device = torch.device(device)
    self.kind = kind
    self.packed = packed
    return None

  # ---- Weights, in the order in which the image passes them. What comes in is scratch memory of the caller.

  # Mean and deviation of each channel, of pixels scaled to 0..1.
  def set_normalisation(self: __torch__.Tower, mean: Tensor, std: Tensor) -> NoneType:
    self.shift = mean.clone().view([3, 1, 1]).to(self.device)
    self.scale = std.clone().view([3, 1, 1]).to(self.device)
    return None

  def add_linear(self: __torch__.Tower, w: Tensor, bias: Tensor) -> NoneType:
    kept = w.flatten(1).to(self.kind)
    if self.packed:
      kept = ops.mkldnn._reorder_linear_weight(kept, None)
    else:
      kept = kept.clone().to(self.device)
    self.weights.append(kept)
    self.biases.append(bias.clone().to(self.kind).to(self.device))
    return None

  def add_matrix(self: __torch__.Tower, w: Tensor) -> NoneType:
    self.add_linear(w, torch.zeros([w.size(0)]))
    return None

  def add_norm(self: __torch__.Tower, gain: Tensor, bias: Tensor) -> NoneType:
    self.norms.append(gain.clone().to(self.device))
    self.norms.append(bias.clone().to(self.device))
    return None

  # ---- Parts. Activations between them are float32.

  def linear(self: __torch__.Tower, x: Tensor, i: int, activation: str) -> Tensor:
    y = x.to(self.kind)
    if self.packed:
      y = ops.mkldnn._linear_pointwise(y, self.weights[i], self.biases[i], activation, self.none, "none")
    else:
      y = torch.linear(y, self.weights[i], self.biases[i])
      if activation == "gelu":
        y = torch.gelu(y)
    return y.to(6)

  def norm(self: __torch__.Tower, x: Tensor, i: int, eps: float) -> Tensor:
    return torch.layer_norm(x, [x.size(-1)], self.norms[2 * i], self.norms[2 * i + 1], eps)

  # q [b, m, width], k and v [b, n, width], mask to add to the scores [b or 1, heads, m, n] -> [b, m, width]
  def attend(self: __torch__.Tower, q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Optional[Tensor]) -> Tensor:
    d = q.size(2) // heads
    qs = q.to(self.kind).unflatten(2, [heads, d]).transpose(1, 2)
    ks = k.to(self.kind).unflatten(2, [heads, d]).transpose(1, 2)
    vs = v.to(self.kind).unflatten(2, [heads, d]).transpose(1, 2)
    if torch.is_grad_enabled():
      # Walking the fused operator back costs thousands of small products; few rows are cheaper as three large ones.
      scores = torch.mul(torch.matmul(qs, ks.transpose(2, 3)).to(6), float(d) ** -0.5)
      if mask is not None:
        scores = torch.add(scores, unchecked_cast(Tensor, mask))
      mixed = torch.matmul(torch.softmax(scores, 3).to(self.kind), vs)
    else:
      mixed = torch.scaled_dot_product_attention(qs, ks, vs, mask)
    return mixed.transpose(1, 2).flatten(2).to(6)

  def keep(self: __torch__.Tower, x: Tensor) -> NoneType:
    if self.stages:
      self.kept.append(x.clone())
    return None

  # uint8 [3, s, s] -> float32, as the model was trained to see it
  def normalise(self: __torch__.Tower, pixels: Tensor) -> Tensor:
    return torch.div(torch.sub(torch.div(pixels.to(self.device).to(6), 255.), self.shift), self.scale)

  # [3, s, s] -> [patches, 3 * patch * patch]. A single channel stands for three that are equal.
  def patches(self: __torch__.Tower, pixels: Tensor) -> Tensor:
    p = self.patch
    n = pixels.size(1) // p
    colours = pixels.to(self.device).expand([3, n * p, n * p])
    return colours.reshape([3, n, p, n, p]).permute([1, 3, 0, 2, 4]).reshape([n * n, 3 * p * p])

  # ---- For comparisons: what a tower passed on between its parts, in order.

  def record(self: __torch__.Tower, on: bool) -> NoneType:
    self.stages = on
    self.kept = annotate(List[Tensor], [])
    return None

  def recorded(self: __torch__.Tower, index: int) -> Tensor:
    return self.kept[index].cpu()
