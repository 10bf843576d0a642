
  # ---- Swin transformer, mean of its rows, MedCLIP's projection, then the trained one.

  window : int
  side : int
  depths : List[int]
  heads : List[int]
  shifts : List[int]
  tables : List[Tensor]

  def __setstate__(self: __torch__.Tower, state: int) -> NoneType:
    self.clear()
    self.window = 0
    self.side = 0
    self.depths = annotate(List[int], [])
    self.heads = annotate(List[int], [])
    self.shifts = annotate(List[int], [])
    self.tables = annotate(List[Tensor], [])
    return None

  # side: patches along an edge of the image.
  def set_shape(self: __torch__.Tower, patch: int, width: int, window: int, side: int, depths: List[int],
                heads: List[int]) -> NoneType:
    self.patch = patch
    self.width = width
    self.window = window
    self.side = side
    self.depths = depths
    self.heads = heads
    return None

  # What a block adds to its scores: a bias for each distance of two places in a window, and, in shifted blocks, what
  # keeps patches apart that only the shift made neighbours. table [(2 * window - 1) ^ 2, heads].
  def add_table(self: __torch__.Tower, table: Tensor, side: int, shift: int) -> NoneType:
    w = self.window
    places = torch.arange(w * w)
    rows = torch.floor_divide(places, w)
    columns = torch.remainder(places, w)
    down = torch.add(torch.sub(rows.unsqueeze(1), rows.unsqueeze(0)), w - 1)
    right = torch.add(torch.sub(columns.unsqueeze(1), columns.unsqueeze(0)), w - 1)
    index = torch.add(torch.mul(down, 2 * w - 1), right).flatten()
    bias = torch.index_select(table, 0, index).view([w * w, w * w, table.size(1)]).permute([2, 0, 1]).unsqueeze(0)
    if shift > 0:
      bias = torch.add(bias, self.apart(side, shift))
    self.tables.append(bias.contiguous().to(self.kind).to(self.device))
    self.shifts.append(shift)
    return None

  # [windows, 1, places, places]: -100 between places that were not neighbours before the shift.
  def apart(self: __torch__.Tower, side: int, shift: int) -> Tensor:
    w = self.window
    edge = torch.arange(side)
    part = torch.add(torch.ge(edge, side - w).to(4), torch.ge(edge, side - shift).to(4))
    area = torch.add(torch.mul(part, 3).unsqueeze(1), part.unsqueeze(0))
    area = self.windows(area.unsqueeze(2)).squeeze(2)
    unlike = torch.ne(area.unsqueeze(1), area.unsqueeze(2))
    return torch.masked_fill(torch.zeros(unlike.size()), unlike, -100.).unsqueeze(1)

  # [side, side, c] -> [windows, places, c]
  def windows(self: __torch__.Tower, x: Tensor) -> Tensor:
    w = self.window
    n = x.size(0) // w
    return x.reshape([n, w, n, w, x.size(2)]).permute([0, 2, 1, 3, 4]).reshape([n * n, w * w, x.size(2)])

  # ---- The image's way.

  # w and n: the block's first weight and norm.
  def block(self: __torch__.Tower, x: Tensor, index: int, side: int, heads: int, w: int, n: int) -> Tensor:
    c = x.size(1)
    shift = self.shifts[index]
    y = self.norm(x, n, 1e-05).view([side, side, c])
    if shift > 0:
      y = torch.roll(y, [-shift, -shift], [0, 1])
    qkv = self.linear(self.windows(y).view([-1, c]), w, "none").view([-1, self.window * self.window, 3 * c])
    mixed = self.attend(torch.narrow(qkv, 2, 0, c), torch.narrow(qkv, 2, c, c), torch.narrow(qkv, 2, 2 * c, c), heads,
                        self.tables[index])
    edge = side // self.window
    y = self.linear(mixed.reshape([-1, c]), w + 1, "none").view([edge, edge, self.window, self.window, c])
    y = y.permute([0, 2, 1, 3, 4]).reshape([side, side, c])
    if shift > 0:
      y = torch.roll(y, [shift, shift], [0, 1])
    z = torch.add(x, y.reshape([-1, c]))
    inner = self.linear(self.norm(z, n + 1, 1e-05), w + 2, "gelu")
    return torch.add(z, self.linear(inner, w + 3, "none"))

  # Four neighbours become one row of twice the width.
  def merge(self: __torch__.Tower, x: Tensor, side: int, w: int, n: int) -> Tensor:
    c = x.size(1)
    y = x.view([side // 2, 2, side // 2, 2, c]).permute([0, 2, 3, 1, 4]).reshape([-1, 4 * c])
    return self.linear(self.norm(y, n, 1e-05), w, "none")

  # [3, s, s] -> [rows, width of the last stage], after the last norm
  def see(self: __torch__.Tower, pixels: Tensor) -> Tensor:
    x = self.norm(self.linear(self.patches(pixels), 0, "none"), 0, 1e-05)
    self.keep(x)
    side, index, w, n = self.side, 0, 1, 1
    for stage in range(len(self.depths)):
      for i in range(self.depths[stage]):
        x = self.block(x, index, side, self.heads[stage], w, n)
        index = index + 1
        w = w + 4
        n = n + 2
      if stage + 1 < len(self.depths):
        x = self.merge(x, side, w, n)
        side = side // 2
        w = w + 1
        n = n + 1
      self.keep(x)
    return self.norm(x, n, 1e-05)

  # [rows, width] -> [1, width]
  def pool(self: __torch__.Tower, image: Tensor) -> Tensor:
    return torch.mean(image, [0], True)

  # [1, width] -> [1, feature width]
  def feature(self: __torch__.Tower, pooled: Tensor) -> Tensor:
    return self.linear(pooled, len(self.weights) - 2, "none")

  # [1, feature width] -> [1, width of the language model]
  def project(self: __torch__.Tower, x: Tensor) -> Tensor:
    return self.linear(x.to(self.device), len(self.weights) - 1, "none").cpu()

  def encode(self: __torch__.Tower, pixels: Tensor) -> Tensor:
    return self.project(self.feature(self.pool(self.see(self.normalise(pixels)))))
