
  # ---- Falcon: one part a layer, attention and MLP side by side, each behind its own layer norm.

  def norm(self: __torch__.Decoder, x: Tensor, i: int) -> Tensor:
    return torch.layer_norm(x, [self.hidden], self.norms[2 * i], self.norms[2 * i + 1], self.eps)

  def inputs(self: __torch__.Decoder, layer: int) -> List[Tensor]:
    inner = torch.gelu(self.linear(self.norm(self.x, 2 * layer + 1), 4 * layer + 2))
    return [self.attention(self.norm(self.x, 2 * layer), layer), inner]

  def outward(self: __torch__.Decoder, layer: int, j: int) -> int:
    return 4 * layer + 1 + 2 * j

  def finish(self: __torch__.Decoder, x: Tensor) -> Tensor:
    return self.norm(x, 2 * len(self.arena))
