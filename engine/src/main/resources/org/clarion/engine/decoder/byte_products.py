
  # ---- int8: weights are bytes with one factor an output channel, inputs bytes with one factor a row. Inputs are spread
  # first: blocks of them are multiplied by a Hadamard matrix, and so are the weights' columns, which leaves products as
  # they are and shares what is large. Sums of bytes are exact. `levels` is the largest byte of an input: 127, or 63
  # where the processor would clip sums of two larger products.

  # Blocks of the inputs that all ranks have whole, of those cut by head, and of those cut by inner column; 0 for none.
  def set_spread(self: __torch__.Decoder, hidden: int, head: int, inner: int) -> NoneType:
    for block in [hidden, head, hidden, inner]:
      h = torch.ones([1, 1])
      for i in range(6):
        if h.size(0) < block:
          h = torch.cat([torch.cat([h, h], 1), torch.cat([h, torch.neg(h)], 1)], 0)
      self.spreads.append(torch.mul(h, float(h.size(0)) ** -0.5))
    return None

  def spread(self: __torch__.Decoder, x: Tensor, i: int) -> Tensor:
    h = self.spreads[i % 4]
    y = x
    if h.size(0) > 1:
      y = torch.matmul(x.reshape([-1, h.size(0)]), h).view([x.size(0), x.size(1)])
    return y

  # w has the columns of all ranks, of which this one keeps some: every rank has the same factors.
  def add_bytes(self: __torch__.Decoder, w: Tensor, first: int, count: int) -> NoneType:
    spread = self.spread(w, len(self.weights))
    factors = torch.clamp_min_(torch.mul(torch.amax(torch.abs(spread), [1], True), 1. / 127.), 1e-30)
    q = torch.round(torch.div(torch.narrow(spread, 1, first, count), factors)).to(1)
    self.weights.append(ops.onednn.qlinear_prepack(q.contiguous(), None))
    self.factors.append(torch.mul(factors, 1. / float(self.levels)).flatten())
    self.ones.append(torch.ones([w.size(0)]))
    self.zeros.append(torch.zeros([w.size(0)], dtype=3))
    self.gains.append(self.gain)
    self.gain = torch.zeros([0])
    return None

  def peaks(self: __torch__.Decoder, x: Tensor) -> Tensor:
    return torch.clamp_min_(torch.amax(torch.abs(x), [1], True), 1e-30)

  # Sums of bytes as float32, times the factors. Inputs go as unsigned bytes around levels + 1: signed ones fall into
  # reference code on processors without a matrix unit.
  def multiply(self: __torch__.Decoder, x: Tensor, peaks: Tensor, factors: Tensor, i: int) -> Tensor:
    scaled = torch.round_(torch.mul(x, torch.mul(torch.reciprocal(peaks), float(self.levels))))
    q = torch.add_(scaled.to(1).to(0), self.levels + 1)
    return ops.onednn.qlinear_pointwise(q, 1., self.levels + 1, self.weights[i], factors, self.zeros[i], None, 1., 0, 6,
                                        "none", self.none, "")

  def linear_bytes(self: __torch__.Decoder, x: Tensor, i: int) -> Tensor:
    y = x
    if self.gains[i].size(0) > 0:
      y = torch.mul(y, self.gains[i])
    y = self.spread(y, i)
    peaks = self.peaks(y)
    return torch.mul_(self.multiply(y, peaks, self.factors[i], i), peaks)

  # Between ranks a part has two exchanges, and all ranks' inputs have one factor a row: the sums then are those of one
  # rank. First the rows' peaks, [products, t], of which Java takes the largest of all ranks.
  def measure_part(self: __torch__.Decoder, part: int) -> NoneType:
    if part > 0:
      self.absorb(part - 1)
    inputs = annotate(List[Tensor], [])
    x = self.inputs(part)
    for j in range(len(x)):
      y = self.spread(x[j], self.outward(part, j))
      torch.copy_(torch.narrow(self.measured, 0, j * y.size(0), y.size(0)), self.peaks(y).flatten())
      inputs.append(y)
    self.waiting = inputs
    return None

  # Then the sums of bytes, [products, t, hidden], which Java adds over the ranks.
  def multiply_part(self: __torch__.Decoder, part: int) -> NoneType:
    t = self.x.size(0)
    for j in range(len(self.waiting)):
      i = self.outward(part, j)
      peaks = torch.narrow(self.measured, 0, j * t, t).unsqueeze(1)
      y = self.multiply(self.waiting[j], peaks, self.ones[i], i)
      torch.copy_(torch.narrow(self.exchange, 0, j * t, t), y)
    return None

  def absorb_bytes(self: __torch__.Decoder, part: int) -> NoneType:
    t = self.x.size(0)
    y = self.rescaled(part, 0, t)
    for j in range(1, len(self.waiting)):
      y = torch.add(y, self.rescaled(part, j, t))
    self.x = torch.add(self.x, y)
    return None

  def rescaled(self: __torch__.Decoder, part: int, j: int, t: int) -> Tensor:
    y = torch.mul(torch.narrow(self.exchange, 0, j * t, t), self.factors[self.outward(part, j)])
    return torch.mul_(y, torch.narrow(self.measured, 0, j * t, t).unsqueeze(1))
