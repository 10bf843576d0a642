
  # ---- Training. What autograd records is called with tensors only and returns one. Weights come again before every
  # recorded step, made of the parameters of the checkpoint by operations that can be walked back.

  def forget(self: __torch__.Decoder) -> NoneType:
    self.weights = annotate(List[Tensor], [])
    self.norms = annotate(List[Tensor], [])
    self.x = torch.zeros([0])
    return None

  # An empty gain is none.
  def scaled(self: __torch__.Decoder, w: Tensor, gain: Tensor) -> Tensor:
    y = w
    if gain.size(0) > 0:
      y = torch.mul(w, gain)
    return y

  def record_embedding(self: __torch__.Decoder, w: Tensor) -> Tensor:
    self.add_embedding(w)
    return w.detach()

  def record_norm(self: __torch__.Decoder, gain: Tensor, bias: Tensor) -> Tensor:
    self.add_norm(gain, bias)
    return gain.detach()

  # rows: matrices of the same input, one above the other.
  def record_rows(self: __torch__.Decoder, gain: Tensor, rows: List[Tensor]) -> Tensor:
    self.add(self.scaled(torch.cat(rows, 0), gain))
    return gain.detach()

  def record_qkv(self: __torch__.Decoder, gain: Tensor, rows: List[Tensor]) -> Tensor:
    self.add_qkv(self.scaled(torch.cat(rows, 0), gain))
    return gain.detach()

  # What all sequences of the batches to come start with, tokens [n]: computed once, into an arena of that size.
  def keep_start(self: __torch__.Decoder, tokens: Tensor) -> NoneType:
    n = tokens.size(0)
    layers = len(self.arena)
    self.arena = annotate(List[Tensor], [])
    self.make_arena(layers, n)
    if n > 0:
      self.batch = 0
      places = torch.arange(n)
      nothing = torch.zeros([0], dtype=4)
      self.step(torch.stack([tokens, places, places], 0), [0, n, 0, 0], annotate(List[int], []), nothing,
                torch.zeros([0]), torch.narrow(places, 0, n - 1, 1))
      self.x = torch.zeros([0])
    return None

  # Sequences of equal length one after the other, after the start that is kept: tokens [b, t]. spans [n, hidden] replace the embeddings of span_rows,
  # which count through all sequences, as rows do. Logits of rows, [rows, vocabulary].
  def record_logits(self: __torch__.Decoder, tokens: Tensor, span_rows: Tensor, spans: Tensor,
                    rows: Tensor) -> Tensor:
    b, t = tokens.size(0), tokens.size(1)
    self.batch = b
    positions = torch.add(torch.arange(t, device=self.device), self.arena_tokens).repeat([b])
    # What the way back needs of the caller's memory is copied: the caller frees it before.
    self.embed(tokens.clone().to(self.device).flatten(), positions, span_rows.clone(), spans)
    for part in range(self.parts):
      self.x = torch.add(self.x, self.contribution(part))
    y = self.logits(rows.clone())
    self.x = torch.zeros([0])
    return y

  # Mean over the rows whose target is not negative.
  def record_loss(self: __torch__.Decoder, logits: Tensor, targets: Tensor) -> Tensor:
    return torch.cross_entropy_loss(logits, targets.clone().to(self.device))
