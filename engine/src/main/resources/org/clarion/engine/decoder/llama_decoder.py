class LlamaDecoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  bf16 : bool
  f16 : bool
  packed : bool
  hidden : int
  heads : int
  kv_heads : int
  head_dim : int
  ffn : int
  arena_tokens : int
  eps : float
  embedding : Tensor
  weights : List[Tensor]
  halves : List[__torch__.torch.classes.quantized.LinearPackedParamsBase]
  rotations : Tensor
  arena : List[Tensor]
  none : List[Optional[number]]
  x : Tensor
  turns : Tensor
  kv_rows : Tensor
  prefills : List[int]
  runs : List[int]
  masks : List[Tensor]
  exchange : Tensor

  def __getstate__(self: __torch__.LlamaDecoder) -> int:
    return 0

  def __setstate__(self: __torch__.LlamaDecoder, state: int) -> NoneType:
    self.training = False
    self.bf16 = False
    self.f16 = False
    self.packed = True
    self.hidden = 0
    self.heads = 0
    self.kv_heads = 0
    self.head_dim = 0
    self.ffn = 0
    self.arena_tokens = 0
    self.eps = 0.
    self.embedding = torch.zeros([0])
    self.weights = annotate(List[Tensor], [])
    self.halves = annotate(List[__torch__.torch.classes.quantized.LinearPackedParamsBase], [])
    self.rotations = torch.zeros([0])
    self.arena = annotate(List[Tensor], [])
    self.none = annotate(List[Optional[number]], [])
    self.x = torch.zeros([0])
    self.turns = torch.zeros([0])
    self.kv_rows = torch.zeros([0])
    self.prefills = annotate(List[int], [])
    self.runs = annotate(List[int], [])
    self.masks = annotate(List[Tensor], [])
    self.exchange = torch.zeros([0])
    return None

  # Sizes are those of this rank: its query heads, its KV heads, its part of the MLP. packed: oneDNN's layout for
  # weights, where the processor has what it needs.
  def configure(self: __torch__.LlamaDecoder, bf16: bool, f16: bool, packed: bool, hidden: int, heads: int, kv_heads: int,
                head_dim: int, ffn: int, eps: float) -> NoneType:
    self.bf16 = bf16
    self.f16 = f16
    self.packed = packed
    self.hidden = hidden
    self.heads = heads
    self.kv_heads = kv_heads
    self.head_dim = head_dim
    self.ffn = ffn
    self.eps = eps
    return None

  # The table of rotary factors, one complex number for each position and pair: angles in float64.
  def make_rotations(self: __torch__.LlamaDecoder, base: float, positions: int) -> NoneType:
    half = self.head_dim // 2
    frequencies = torch.pow(base, torch.div(torch.arange(half).to(7), float(-half)))
    angles = torch.outer(torch.arange(positions).to(7), frequencies)
    self.rotations = torch.complex(torch.cos(angles).to(6), torch.sin(angles).to(6))
    return None

  # One tensor [key or value, kv head, token, head_dim] a layer. It starts as zeros: what nobody has written yet may
  # be multiplied by a weight of zero, and must be finite for that.
  def make_arena(self: __torch__.LlamaDecoder, layers: int, tokens: int) -> NoneType:
    self.arena_tokens = tokens
    for i in range(layers):
      self.arena.append(torch.zeros([2, self.kv_heads, tokens, self.head_dim]))
    return None

  def set_exchange(self: __torch__.LlamaDecoder, exchange: Tensor) -> NoneType:
    self.exchange = exchange
    return None

  # ---- Weights. The tensors that come in are scratch memory of the caller and may be changed.

  # Weights are numbered in the order in which they come: qkv, output, gate and up, down of each layer, then the head.
  def add(self: __torch__.LlamaDecoder, w: Tensor) -> NoneType:
    if self.f16:
      self.halves.append(ops.quantized.linear_prepack_fp16(w.contiguous(), None))
    else:
      kept = w
      if self.bf16:
        kept = w.to(15)
      if self.packed:
        kept = ops.mkldnn._reorder_linear_weight(kept.contiguous(), None)
      else:
        kept = kept.clone()
      self.weights.append(kept)
    return None

  def add_embedding(self: __torch__.LlamaDecoder, w: Tensor) -> NoneType:
    if self.bf16:
      self.embedding = w.to(15)
    elif self.f16:
      self.embedding = w.to(5)
    else:
      self.embedding = w.clone()
    return None

  # w: the rows of all query heads, then all key heads, then all value heads of the model. This rank keeps its query
  # heads from `first_head` and its KV heads from `first_kv` on. The norm's gain becomes part of the columns, the
  # scale of the scores part of the query rows. Rows of queries and keys are reordered so that the two numbers that
  # are rotated together, which lie half a head apart, become neighbours: dot products of both do not change.
  def add_qkv(self: __torch__.LlamaDecoder, w: Tensor, gain: Tensor, all_heads: int, all_kv_heads: int,
              first_head: int, first_kv: int) -> NoneType:
    d = self.head_dim
    torch.mul_(w, gain)
    q = torch.narrow(w, 0, first_head * d, self.heads * d)
    torch.mul_(q, float(d) ** -0.5)
    k = torch.narrow(w, 0, (all_heads + first_kv) * d, self.kv_heads * d)
    v = torch.narrow(w, 0, (all_heads + all_kv_heads + first_kv) * d, self.kv_heads * d)
    parts = annotate(List[Tensor], [])
    parts.append(q.view([self.heads, 2, d // 2, self.hidden]).transpose(1, 2).reshape([-1, self.hidden]))
    parts.append(k.view([self.kv_heads, 2, d // 2, self.hidden]).transpose(1, 2).reshape([-1, self.hidden]))
    parts.append(v)
    self.add(torch.cat(parts, 0))
    return None

  # The columns of this rank's query heads.
  def add_output(self: __torch__.LlamaDecoder, w: Tensor, first_head: int) -> NoneType:
    self.add(torch.narrow(w, 1, first_head * self.head_dim, self.heads * self.head_dim))
    return None

  # w: all rows of the gate, then all rows of the up matrix; this rank keeps the same part of both.
  def add_gate_up(self: __torch__.LlamaDecoder, w: Tensor, gain: Tensor, first: int) -> NoneType:
    torch.mul_(w, gain)
    parts = annotate(List[Tensor], [])
    parts.append(torch.narrow(w, 0, first, self.ffn))
    parts.append(torch.narrow(w, 0, w.size(0) // 2 + first, self.ffn))
    self.add(torch.cat(parts, 0))
    return None

  def add_down(self: __torch__.LlamaDecoder, w: Tensor, first: int) -> NoneType:
    self.add(torch.narrow(w, 1, first, self.ffn))
    return None

  def add_head(self: __torch__.LlamaDecoder, w: Tensor, gain: Tensor, first: int, count: int) -> NoneType:
    self.add(torch.mul_(torch.narrow(w, 0, first, count), gain))
    return None

  # ---- One step. Rows are the tokens of all prefill chunks and decoding sequences, one after the other.

  # Half-precision weights are multiplied by float32 activations and summed in float32.
  def linear(self: __torch__.LlamaDecoder, x: Tensor, i: int) -> Tensor:
    y = x
    if self.f16:
      y = ops.quantized.linear_dynamic_fp16(x, self.halves[i])
    else:
      if self.bf16:
        y = x.to(15)
      if self.packed:
        y = ops.mkldnn._linear_pointwise(y, self.weights[i], None, "none", self.none, "")
      else:
        y = torch.linear(y, self.weights[i])
    return y.to(6)

  # RMS norm without its gain, which the following weight contains.
  def norm(self: __torch__.LlamaDecoder, x: Tensor) -> Tensor:
    return torch.mul(x, torch.rsqrt(torch.add_(torch.mean(torch.mul(x, x), [1], True), self.eps)))

  # rows [3, t]: token, position and place in the arena of each row. prefills: first row, count, position and extent
  # of each chunk. runs: first row, count, first extent, distance between extents and longest context of each group of
  # decoding rows. spans [n, hidden] replace the embeddings of span_rows.
  def begin(self: __torch__.LlamaDecoder, rows: Tensor, prefills: List[int], runs: List[int], span_rows: Tensor,
            spans: Tensor) -> NoneType:
    x = torch.embedding(self.embedding, rows.select(0, 0)).to(6)
    if span_rows.size(0) > 0:
      torch.index_copy_(x, 0, span_rows, spans)
    self.x = x
    positions = rows.select(0, 1)
    self.turns = torch.index_select(self.rotations, 0, positions).unsqueeze(1)
    planes = torch.mul(torch.arange(2 * self.kv_heads), self.arena_tokens)
    self.kv_rows = torch.add(rows.select(0, 2).unsqueeze(1), planes).flatten()
    self.prefills = prefills
    self.runs = runs
    masks = annotate(List[Tensor], [])
    for i in range(len(runs) // 5):
      count, longest = runs[5 * i + 1], runs[5 * i + 4]
      last = torch.narrow(positions, 0, runs[5 * i], count).view([count, 1, 1])
      unseen = torch.gt(torch.arange(longest).view([1, 1, longest]), last)
      masks.append(torch.masked_fill(torch.zeros([count, 1, longest]), unseen, -1e30))
    self.masks = masks
    return None

  # The chunk's queries in blocks, each over all keys up to its end. q [t, heads * head_dim]. With bf16 weights the
  # products here are bf16 too, at twice the rate; the softmax between them is not. (Single queries gain nothing from
  # it: they wait for memory, and small bf16 products are slow.)
  def attend_chunk(self: __torch__.LlamaDecoder, q: Tensor, mixed: Tensor, layer: int, start: int, count: int,
                   position: int, extent: int) -> NoneType:
    group = self.heads // self.kv_heads
    d = self.head_dim
    kind, block = 6, 64
    if self.bf16:
      kind, block = 15, 128
    everything = torch.narrow(self.arena[layer], 2, extent, position + count).to(kind)
    for i in range((count + block - 1) // block):
      first = i * block
      rows = min(block, count - first)
      end = position + first + rows
      past = torch.narrow(everything, 2, 0, end)
      part = torch.narrow(q, 0, start + first, rows).unflatten(1, [self.kv_heads, group, d])
      part = part.permute([1, 2, 0, 3]).to(kind).reshape([self.kv_heads, group * rows, d])
      scores = torch.bmm(part, past.select(0, 0).transpose(1, 2)).to(6)
      ahead = torch.triu(torch.full([rows, rows], -1e30), 1)
      torch.add_(torch.narrow(scores.view([self.kv_heads, group, rows, end]), 3, end - rows, rows), ahead)
      result = torch.bmm(torch.softmax(scores, -1).to(kind), past.select(0, 1))
      result = result.view([self.kv_heads, group, rows, d]).permute([2, 0, 1, 3])
      torch.copy_(torch.narrow(mixed, 0, start + first, rows).view([rows, self.kv_heads, group, d]), result)
    return None

  # One query for each of `count` sequences whose extents lie at equal distances: keys of one head of all of them are
  # a view of the arena. With fewer sequences than heads it is cheaper to go by sequence, with all heads at once.
  def attend_run(self: __torch__.LlamaDecoder, q: Tensor, mixed: Tensor, layer: int, start: int, count: int,
                 extent: int, distance: int, longest: int, mask: Tensor) -> NoneType:
    group = self.heads // self.kv_heads
    d = self.head_dim
    if count < self.kv_heads or count == 1:
      for i in range(count):
        past = torch.narrow(self.arena[layer], 2, extent + i * distance, longest)
        query = torch.narrow(q, 0, start + i, 1).view([self.kv_heads, group, d])
        scores = torch.baddbmm(torch.narrow(mask, 0, i, 1), query, past.select(0, 0).transpose(1, 2))
        result = torch.bmm(torch.softmax(scores, -1), past.select(0, 1))
        torch.copy_(torch.narrow(mixed, 0, start + i, 1).view([self.kv_heads, group, d]), result)
    else:
      plane = self.arena_tokens * d
      for h in range(self.kv_heads):
        keys = torch.as_strided(self.arena[layer], [count, longest, d], [distance * d, d, 1], h * plane + extent * d)
        values = torch.as_strided(self.arena[layer], [count, longest, d], [distance * d, d, 1],
                                  (self.kv_heads + h) * plane + extent * d)
        query = torch.narrow(torch.narrow(q, 0, start, count), 1, h * group * d, group * d).unflatten(1, [group, d])
        scores = torch.baddbmm(mask, query, keys.transpose(1, 2))
        result = torch.bmm(torch.softmax(scores, -1), values)
        torch.copy_(torch.narrow(torch.narrow(mixed, 0, start, count), 1, h * group * d, group * d),
                    result.view([count, group * d]))
    return None

  # This rank's part of the attention block's output, [t, hidden].
  def attention(self: __torch__.LlamaDecoder, layer: int) -> Tensor:
    d = self.head_dim
    qkv = self.linear(self.norm(self.x), 4 * layer)
    turning = self.heads + self.kv_heads
    pairs = torch.narrow(qkv, 1, 0, turning * d).unflatten(1, [turning, d // 2, 2])
    torch.mul_(torch.view_as_complex(pairs), self.turns)
    kv = torch.narrow(qkv, 1, self.heads * d, 2 * self.kv_heads * d).reshape([-1, d])
    torch.index_copy_(self.arena[layer].view([-1, d]), 0, self.kv_rows, kv)
    q = torch.narrow(qkv, 1, 0, self.heads * d)
    mixed = torch.empty([q.size(0), self.heads * d])
    for i in range(len(self.prefills) // 4):
      self.attend_chunk(q, mixed, layer, self.prefills[4 * i], self.prefills[4 * i + 1], self.prefills[4 * i + 2],
                        self.prefills[4 * i + 3])
    for i in range(len(self.runs) // 5):
      self.attend_run(q, mixed, layer, self.runs[5 * i], self.runs[5 * i + 1], self.runs[5 * i + 2],
                      self.runs[5 * i + 3], self.runs[5 * i + 4], self.masks[i])
    return self.linear(mixed, 4 * layer + 1)

  # This rank's part of the MLP's output, [t, hidden].
  def mlp(self: __torch__.LlamaDecoder, layer: int) -> Tensor:
    gate_up = self.linear(self.norm(self.x), 4 * layer + 2)
    gate = torch.silu(torch.narrow(gate_up, 1, 0, self.ffn))
    return self.linear(torch.mul_(gate, torch.narrow(gate_up, 1, self.ffn, self.ffn)), 4 * layer + 3)

  # This rank's part of the vocabulary for some rows.
  def logits(self: __torch__.LlamaDecoder, rows: Tensor) -> Tensor:
    return self.linear(self.norm(torch.index_select(self.x, 0, rows)), 4 * len(self.arena))

  # A whole step on one rank.
  def step(self: __torch__.LlamaDecoder, rows: Tensor, prefills: List[int], runs: List[int], span_rows: Tensor,
           spans: Tensor, logit_rows: Tensor) -> Tensor:
    self.begin(rows, prefills, runs, span_rows, spans)
    for layer in range(len(self.arena)):
      self.x = torch.add(self.x, self.attention(layer))
      self.x = torch.add(self.x, self.mlp(layer))
    return self.logits(logit_rows)

  # Between ranks, a part's output goes to `exchange`, memory that Java sums over the ranks; the next part adds it.
  def publish(self: __torch__.LlamaDecoder, partial: Tensor) -> NoneType:
    torch.copy_(torch.narrow(self.exchange, 0, 0, partial.size(0)), partial)
    return None

  def absorb(self: __torch__.LlamaDecoder) -> NoneType:
    self.x = torch.add(self.x, torch.narrow(self.exchange, 0, 0, self.x.size(0)))
    return None

  def attention_part(self: __torch__.LlamaDecoder, layer: int) -> NoneType:
    if layer > 0:
      self.absorb()
    self.publish(self.attention(layer))
    return None

  def mlp_part(self: __torch__.LlamaDecoder, layer: int) -> NoneType:
    self.absorb()
    self.publish(self.mlp(layer))
    return None

  def head_part(self: __torch__.LlamaDecoder, rows: Tensor) -> Tensor:
    self.absorb()
    return self.logits(rows)

  # ---- What is asked of logits [rows, vocabulary].

  # gathered: the logits of every rank one after the other, each [rows, widths[i]].
  def assemble(self: __torch__.LlamaDecoder, gathered: Tensor, rows: int, widths: List[int]) -> Tensor:
    parts = annotate(List[Tensor], [])
    start = 0
    for i in range(len(widths)):
      parts.append(torch.narrow(gathered, 0, start, rows * widths[i]).view([rows, widths[i]]))
      start = start + rows * widths[i]
    return torch.cat(parts, 1)

  def argmax(self: __torch__.LlamaDecoder, logits: Tensor) -> Tensor:
    return torch.argmax(logits, 1)

  def row(self: __torch__.LlamaDecoder, logits: Tensor, index: int) -> Tensor:
    return logits.select(0, index)

  def log_probabilities(self: __torch__.LlamaDecoder, logits: Tensor, tokens: Tensor) -> Tensor:
    chosen = torch.gather(logits, 1, tokens.unsqueeze(1)).squeeze(1)
    return torch.sub(chosen, torch.logsumexp(logits, [1]))
