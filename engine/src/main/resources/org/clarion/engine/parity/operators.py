class Operators(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  none : List[Optional[number]]

  def __getstate__(self: __torch__.Operators) -> int:
    return 0

  def __setstate__(self: __torch__.Operators, state: int) -> NoneType:
    self.training = False
    self.none = annotate(List[Optional[number]], [])
    return None

  def layer_norm(self: __torch__.Operators, x: Tensor, gain: Tensor, bias: Tensor, eps: float) -> Tensor:
    return torch.layer_norm(x, [x.size(-1)], gain, bias, eps)

  # As the decoder does it: the gain goes into the next weight, here the identity.
  def rms_norm(self: __torch__.Operators, x: Tensor, gain: Tensor, eps: float) -> Tensor:
    normed = torch.mul(x, torch.rsqrt(torch.add_(torch.mean(torch.mul(x, x), [1], True), eps)))
    return torch.linear(normed, torch.diag(gain))

  # As the image tower does it: after a linear layer, inside its kernel.
  def gelu(self: __torch__.Operators, x: Tensor, packed: bool) -> Tensor:
    y = torch.gelu(x)
    if packed:
      eye = ops.mkldnn._reorder_linear_weight(torch.eye(x.size(0)), None)
      y = ops.mkldnn._linear_pointwise(x.unsqueeze(0), eye, None, "gelu", self.none, "none").squeeze(0)
    return y

  def gelu_tanh(self: __torch__.Operators, x: Tensor) -> Tensor:
    return torch.gelu(x, approximate="tanh")

  def silu(self: __torch__.Operators, x: Tensor) -> Tensor:
    return torch.silu(x)

  def softmax(self: __torch__.Operators, x: Tensor) -> Tensor:
    return torch.softmax(x, -1)

  def log_softmax(self: __torch__.Operators, x: Tensor) -> Tensor:
    return torch.sub(x, torch.logsumexp(x, [-1], True))

  # As the decoder does it: halves interleaved, neighbours rotated as complex numbers. x [heads, t, d]; the result is
  # put back into halves.
  def rope(self: __torch__.Operators, x: Tensor, positions: Tensor, base: float) -> Tensor:
    heads, t, d = x.size(0), x.size(1), x.size(2)
    frequencies = torch.pow(base, torch.div(torch.arange(d // 2).to(7), float(-(d // 2))))
    angles = torch.outer(positions.to(7), frequencies)
    turns = torch.complex(torch.cos(angles).to(6), torch.sin(angles).to(6))
    pairs = x.view([heads, t, 2, d // 2]).transpose(2, 3).contiguous()
    turned = torch.view_as_real(torch.mul(torch.view_as_complex(pairs), turns))
    return turned.transpose(2, 3).reshape([heads, t, d])

  # A convolution whose stride is its size, as one matrix product over patches: [3, s, s] -> [out, n, n]
  def patches(self: __torch__.Operators, pixels: Tensor, w: Tensor, bias: Tensor) -> Tensor:
    p = w.size(2)
    n = pixels.size(1) // p
    rows = pixels.view([3, n, p, n, p]).permute([1, 3, 0, 2, 4]).reshape([n * n, 3 * p * p])
    return torch.linear(rows, w.flatten(1), bias).transpose(0, 1).reshape([w.size(0), n, n])

  # [b, heads, m, d] and [b, heads, n, d]
  def attention(self: __torch__.Operators, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v)

  # Queries are the last of the keys' positions, each sees what is not after it.
  def causal(self: __torch__.Operators, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    m, n = q.size(2), k.size(2)
    scores = torch.mul(torch.matmul(q, k.transpose(2, 3)), float(q.size(3)) ** -0.5)
    ahead = torch.triu(torch.full([m, n], -1e30), n - m + 1)
    return torch.matmul(torch.softmax(torch.add(scores, ahead), -1), v)

  def round(self: __torch__.Operators, x: Tensor, kind: int) -> Tensor:
    return x.to(kind).to(6)
