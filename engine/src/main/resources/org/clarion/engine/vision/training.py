
  # ---- Training. What autograd records is called with tensors only and returns one. Weights from a mark on come again
  # before every recorded step, made of the parameters of the checkpoint by operations that can be walked back.

  # Keeps the first weights, norms and Q-Former layers; drops what came after them.
  def forget(self: __torch__.Tower, weights: int, norms: int, layers: int) -> NoneType:
    self.weights = self.weights[:weights]
    self.biases = self.biases[:weights]
    self.norms = self.norms[:2 * norms]
    self.q_starts = self.q_starts[:layers]
    return None

  def record_linear(self: __torch__.Tower, w: Tensor, bias: Tensor) -> Tensor:
    self.add_linear(w, bias)
    return bias.detach()

  def record_norm(self: __torch__.Tower, gain: Tensor, bias: Tensor) -> Tensor:
    self.add_norm(gain, bias)
    return bias.detach()

  def record_qkv(self: __torch__.Tower, w: Tensor, q_bias: Tensor, v_bias: Tensor) -> Tensor:
    self.add_qkv(w, q_bias, v_bias)
    return v_bias.detach()

  def record_tokens(self: __torch__.Tower, first_token: Tensor, positions: Tensor) -> Tensor:
    self.set_tokens(first_token, positions)
    return first_token.detach()

  def record_queries(self: __torch__.Tower, queries: Tensor) -> Tensor:
    self.set_queries(queries)
    return queries.detach()

  # Each takes the rows of all images and gives what a later part of the tower takes. The images of pixels
  # [images, 3, s, s] are those of what follows, unless set_images says otherwise.

  def set_images(self: __torch__.Tower, images: int) -> NoneType:
    self.images = images
    return None

  def record_see(self: __torch__.Tower, pixels: Tensor) -> Tensor:
    rows = annotate(List[Tensor], [])
    for i in range(pixels.size(0)):
      rows.append(self.patches(self.normalise(pixels.select(0, i))))
    self.images = pixels.size(0)
    return self.see_patches(torch.cat(rows, 0))

  def record_bridge(self: __torch__.Tower, image: Tensor) -> Tensor:
    return self.bridge(image)

  def record_project(self: __torch__.Tower, rows: Tensor) -> Tensor:
    return self.project(rows)

  # A picture's rows side by side, through a linear layer to labels: mean cross-entropy over [pictures, labels].
  def record_labels(self: __torch__.Tower, rows: Tensor, w: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    scores = torch.linear(rows.reshape([-1, w.size(1)]), w, bias)
    return torch.binary_cross_entropy_with_logits(scores, targets.clone())
