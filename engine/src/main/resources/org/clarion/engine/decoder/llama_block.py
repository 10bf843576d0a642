
  # ---- LLaMA: two parts a layer, attention and MLP, each behind an RMS norm.

  # RMS norm without its gain, which the following weight contains.
  def norm(self: __torch__.Decoder, x: Tensor) -> Tensor:
    return torch.mul(x, torch.rsqrt(torch.add_(torch.mean(torch.mul(x, x), [1], True), self.eps)))

  # This rank's part of the MLP's output, [t, hidden]. The inner weight has the gate's rows, then as many others.
  def mlp(self: __torch__.Decoder, layer: int) -> Tensor:
    gate_up = self.linear(self.norm(self.x), 4 * layer + 2)
    ffn = gate_up.size(1) // 2
    gate = torch.silu(torch.narrow(gate_up, 1, 0, ffn))
    return self.linear(torch.mul_(gate, torch.narrow(gate_up, 1, ffn, ffn)), 4 * layer + 3)

  def contribution(self: __torch__.Decoder, part: int) -> Tensor:
    layer = part // 2
    if part % 2 == 0:
      y = self.attention(self.norm(self.x), layer)
    else:
      y = self.mlp(layer)
    return y

  def finish(self: __torch__.Decoder, x: Tensor) -> Tensor:
    return self.norm(x)
