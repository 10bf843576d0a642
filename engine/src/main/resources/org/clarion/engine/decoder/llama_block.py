
  # ---- LLaMA: two parts a layer, attention and MLP, each behind an RMS norm.

  # RMS norm without its gain, which the following weight contains.
  def norm(self: __torch__.Decoder, x: Tensor) -> Tensor:
    return torch.mul(x, torch.rsqrt(torch.add_(torch.mean(torch.mul(x, x), [1], True), self.eps)))

  # What this rank's inner columns of the MLP hold, [t, ffn]. The inner weight has the gate's rows, then as many others.
  def mlp(self: __torch__.Decoder, layer: int) -> Tensor:
    gate_up = self.linear(self.norm(self.x), 4 * layer + 2)
    halves = torch.split(gate_up, gate_up.size(1) // 2, 1)
    return torch.mul_(torch.silu(halves[0]), halves[1])

  def inputs(self: __torch__.Decoder, part: int) -> List[Tensor]:
    if part % 2 == 0:
      y = self.attention(self.norm(self.x), part // 2)
    else:
      y = self.mlp(part // 2)
    return [y]

  def outward(self: __torch__.Decoder, part: int, j: int) -> int:
    return 2 * part + 1

  def finish(self: __torch__.Decoder, x: Tensor) -> Tensor:
    return self.norm(x)
