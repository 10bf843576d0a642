# What all decoders share: weights, arena, rotation, attention, sums over ranks. A block's text follows this one in the
# same class and says how a layer is made of it: inputs(part), what a part multiplies by weights to add to the residual
# stream, outward(part, j), the numbers of these weights, and finish(x), the norm before the head.
class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  device : Device
  kind : int
  halved : bool
  packed : bool
  fused : bool
  levels : int
  hidden : int
  heads : int
  kv_heads : int
  head_dim : int
  parts : int
  arena_tokens : int
  batch : int
  eps : float
  embedding : Tensor
  weights : List[Tensor]
  norms : List[Tensor]
  halves : List[__torch__.torch.classes.quantized.LinearPackedParamsBase]
  gain : Tensor
  gains : List[Tensor]
  factors : List[Tensor]
  ones : List[Tensor]
  zeros : List[Tensor]
  spreads : List[Tensor]
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
  measured : Tensor
  waiting : List[Tensor]

  def __getstate__(self: __torch__.Decoder) -> int:
    return 0

  def __setstate__(self: __torch__.Decoder, state: int) -> NoneType:
    self.training = False
    self.device = torch.device("cpu")
    self.kind = 6
    self.halved = False
    self.packed = True
    self.fused = False
    self.levels = 0
    self.hidden = 0
    self.heads = 0
    self.kv_heads = 0
    self.head_dim = 0
    self.parts = 0
    self.arena_tokens = 0
    self.batch = 0
    self.eps = 0.
    self.embedding = torch.zeros([0])
    self.weights = annotate(List[Tensor], [])
    self.norms = annotate(List[Tensor], [])
    self.halves = annotate(List[__torch__.torch.classes.quantized.LinearPackedParamsBase], [])
    self.gain = torch.zeros([0])
    self.gains = annotate(List[Tensor], [])
    self.factors = annotate(List[Tensor], [])
    self.ones = annotate(List[Tensor], [])
    self.zeros = annotate(List[Tensor], [])
    self.spreads = annotate(List[Tensor], [])
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
    self.measured = torch.zeros([0])
    self.waiting = annotate(List[Tensor], [])
    return None

  # kind: number of the weights' type; of int8 ones, the type of attention's products. How they are multiplied: halved
  # by FBGEMM (float16 weights, float32 sums), packed in oneDNN's layout, where the processor has what these need, as
  # bytes where levels is not 0, or plainly. fused: prompts go through the library's fused attention.
  def set_kernels(self: __torch__.Decoder, device: str, kind: int, halved: bool, packed: bool,
                  fused: bool, levels: int) -> NoneType:
    self.device = torch.device(device)
    self.kind = kind
    self.halved = halved
    self.packed = packed
    self.fused = fused
    self.levels = levels
    return None

  # Sizes are those of this rank: its query heads, its KV heads. parts: how many sums over the ranks a step has.
  def set_shape(self: __torch__.Decoder, hidden: int, heads: int, kv_heads: int, head_dim: int, parts: int,
                eps: float) -> NoneType:
    self.hidden = hidden
    self.heads = heads
    self.kv_heads = kv_heads
    self.head_dim = head_dim
    self.parts = parts
    self.eps = eps
    return None

  # The table of rotary factors, one complex number for each position and pair: angles in float64.
  def make_rotations(self: __torch__.Decoder, base: float, positions: int) -> NoneType:
    half = self.head_dim // 2
    frequencies = torch.pow(base, torch.div(torch.arange(half).to(7), float(-half)))
    angles = torch.outer(torch.arange(positions).to(7), frequencies)
    self.rotations = torch.complex(torch.cos(angles).to(6), torch.sin(angles).to(6)).to(self.device)
    return None

  # One tensor [key or value, kv head, token, head_dim] a layer. It starts as zeros: what nobody has written yet may
  # be multiplied by a weight of zero, and must be finite for that.
  def make_arena(self: __torch__.Decoder, layers: int, tokens: int) -> NoneType:
    self.arena_tokens = tokens
    for i in range(layers):
      self.arena.append(torch.zeros([2, self.kv_heads, tokens, self.head_dim], device=self.device))
    return None

  # exchange [rows, hidden]; measured [rows], which only int8 needs. Rows are those of all products of a part.
  def set_exchange(self: __torch__.Decoder, exchange: Tensor, measured: Tensor) -> NoneType:
    self.exchange = exchange
    self.measured = measured
    return None

  # The same in the device's own memory.
  def make_exchange(self: __torch__.Decoder, rows: int) -> NoneType:
    self.exchange = torch.zeros([rows, self.hidden], device=self.device)
    self.measured = torch.zeros([rows], device=self.device)
    return None

  def exchanged(self: __torch__.Decoder) -> Tensor:
    return self.exchange

  def exchanged_peaks(self: __torch__.Decoder) -> Tensor:
    return self.measured

  # ---- Weights. The tensors that come in are scratch memory of the caller and may be changed.

  # Weights are numbered in the order in which they come: qkv, output, inner and outer one of the MLP of each layer, then
  # the head. w has this rank's rows and columns.
  def add(self: __torch__.Decoder, w: Tensor) -> NoneType:
    if self.levels > 0:
      self.add_bytes(w, 0, w.size(1))
    elif self.halved:
      self.halves.append(ops.quantized.linear_prepack_fp16(w.contiguous(), None))
    else:
      kept = w.to(self.kind).contiguous()
      if self.packed:
        kept = ops.mkldnn._reorder_linear_weight(kept, None)
      else:
        kept = kept.clone().to(self.device)
      self.weights.append(kept)
    return None

  def add_norm(self: __torch__.Decoder, gain: Tensor, bias: Tensor) -> NoneType:
    self.norms.append(gain.clone().to(self.device))
    self.norms.append(bias.clone().to(self.device))
    return None

  def add_embedding(self: __torch__.Decoder, w: Tensor) -> NoneType:
    kind = self.kind
    if self.levels > 0:
      kind = 15
    self.embedding = w.clone().to(kind).to(self.device)
    return None

  # The gain of the norm before a weight becomes part of its columns; of int8 weights, it stays with the inputs: it makes
  # their outliers smaller.
  def fold(self: __torch__.Decoder, w: Tensor, gain: Tensor) -> NoneType:
    if self.levels > 0:
      self.gain = gain.clone()
    else:
      torch.mul_(w, gain)
    return None

  # w: the rows of this rank's query heads, then its key heads, then its value heads. The scale of the scores becomes
  # part of the query rows. Rows of queries and keys are reordered so that the two numbers that are rotated together,
  # which lie half a head apart, become neighbours: dot products of both do not change.
  def add_qkv(self: __torch__.Decoder, w: Tensor) -> NoneType:
    d = self.head_dim
    q = torch.mul(torch.narrow(w, 0, 0, self.heads * d), float(d) ** -0.5)
    k = torch.narrow(w, 0, self.heads * d, self.kv_heads * d)
    v = torch.narrow(w, 0, (self.heads + self.kv_heads) * d, self.kv_heads * d)
    parts = annotate(List[Tensor], [])
    parts.append(q.view([self.heads, 2, d // 2, self.hidden]).transpose(1, 2).reshape([-1, self.hidden]))
    parts.append(k.view([self.kv_heads, 2, d // 2, self.hidden]).transpose(1, 2).reshape([-1, self.hidden]))
    parts.append(v)
    self.add(torch.cat(parts, 0))
    return None

  # Columns of a matrix whose inputs are divided among the ranks.
  def add_columns(self: __torch__.Decoder, w: Tensor, first: int, count: int) -> NoneType:
    if self.levels > 0:
      self.add_bytes(w, first, count)
    else:
      self.add(torch.narrow(w, 1, first, count))
    return None

  # ---- One step. Rows are the tokens of all prefill chunks and decoding sequences, one after the other.

  # Half-precision weights of the processor are multiplied by float32 activations and summed in float32.
  def linear(self: __torch__.Decoder, x: Tensor, i: int) -> Tensor:
    y = x
    if self.levels > 0:
      y = self.linear_bytes(x, i)
    elif self.halved:
      y = ops.quantized.linear_dynamic_fp16(x, self.halves[i])
    else:
      y = x.to(self.kind)
      if self.packed:
        y = ops.mkldnn._linear_pointwise(y, self.weights[i], None, "none", self.none, "")
      else:
        y = torch.linear(y, self.weights[i])
    return y.to(6)

  # rows [3, t]: token, position and place in the arena of each row. prefills: first row, count, position and extent
  # of each chunk. runs: first row, count, first extent, distance between extents and longest context of each group of
  # decoding rows. spans [n, hidden] replace the embeddings of span_rows.
  def begin(self: __torch__.Decoder, host_rows: Tensor, prefills: List[int], runs: List[int], span_rows: Tensor,
            spans: Tensor) -> NoneType:
    rows = host_rows.to(self.device)
    positions = rows.select(0, 1)
    self.embed(rows.select(0, 0), positions, span_rows, spans)
    planes = torch.mul(torch.arange(2 * self.kv_heads, device=self.device), self.arena_tokens)
    self.kv_rows = torch.add(rows.select(0, 2).unsqueeze(1), planes).flatten()
    self.prefills = prefills
    self.runs = runs
    masks = annotate(List[Tensor], [])
    for i in range(len(runs) // 5):
      count, longest = runs[5 * i + 1], runs[5 * i + 4]
      last = torch.narrow(positions, 0, runs[5 * i], count).view([count, 1, 1])
      unseen = torch.gt(torch.arange(longest, device=self.device).view([1, 1, longest]), last)
      masks.append(torch.masked_fill(torch.zeros([count, 1, longest], device=self.device), unseen, -1e30))
    self.masks = masks
    return None

  def embed(self: __torch__.Decoder, tokens: Tensor, positions: Tensor, span_rows: Tensor, spans: Tensor) -> NoneType:
    x = torch.embedding(self.embedding, tokens).to(6)
    if span_rows.size(0) > 0:
      torch.index_copy_(x, 0, span_rows.to(self.device), spans.to(self.device))
    self.x = x
    self.turns = torch.index_select(self.rotations, 0, positions).unsqueeze(1)
    return None

  # The chunk's queries in blocks, each over all keys up to its end. q [t, heads * head_dim]. With bf16 weights the
  # products here are bf16 too, at twice the rate; the softmax between them is not. (Single queries gain nothing from
  # it: they wait for memory, and small bf16 products are slow.)
  def attend_chunk(self: __torch__.Decoder, q: Tensor, mixed: Tensor, layer: int, start: int, count: int,
                   position: int, extent: int) -> NoneType:
    group = self.heads // self.kv_heads
    d = self.head_dim
    kind, block = 6, 64
    if self.kind == 15:
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
      ahead = torch.triu(torch.full([rows, rows], -1e30, device=self.device), 1)
      torch.add_(torch.narrow(scores.view([self.kv_heads, group, rows, end]), 3, end - rows, rows), ahead)
      result = torch.bmm(torch.softmax(scores, -1).to(kind), past.select(0, 1))
      result = result.view([self.kv_heads, group, rows, d]).permute([2, 0, 1, 3])
      torch.copy_(torch.narrow(mixed, 0, start + first, rows).view([rows, self.kv_heads, group, d]), result)
    return None

  # The same by the library's fused kernel, for all queries of the chunk at once.
  def attend_fused(self: __torch__.Decoder, q: Tensor, mixed: Tensor, layer: int, start: int, count: int,
                   position: int, extent: int) -> NoneType:
    d = self.head_dim
    past = torch.narrow(self.arena[layer], 2, extent, position + count).to(self.kind)
    queries = torch.narrow(q, 0, start, count).unflatten(1, [self.heads, d]).transpose(0, 1).to(self.kind).unsqueeze(0)
    keys = past.select(0, 0).unsqueeze(0)
    values = past.select(0, 1).unsqueeze(0)
    if position == 0:
      y = torch.scaled_dot_product_attention(queries, keys, values, None, 0., True, scale=1., enable_gqa=True)
    else:
      seen = torch.tril(torch.ones([count, position + count], dtype=11, device=self.device), position)
      y = torch.scaled_dot_product_attention(queries, keys, values, seen, 0., False, scale=1., enable_gqa=True)
    torch.copy_(torch.narrow(mixed, 0, start, count).view([count, self.heads, d]), y.squeeze(0).transpose(0, 1))
    return None

  # One query for each of `count` sequences whose extents lie at equal distances: keys of one head of all of them are
  # a view of the arena. With fewer sequences than heads it is cheaper to go by sequence, with all heads at once.
  def attend_run(self: __torch__.Decoder, q: Tensor, mixed: Tensor, layer: int, start: int, count: int,
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

  # What this rank's heads mixed, [t, heads * head_dim]. x: after the norm.
  def attention(self: __torch__.Decoder, x: Tensor, layer: int) -> Tensor:
    qkv = self.linear(x, 4 * layer)
    if self.batch > 0:
      mixed = self.attend_batch(qkv, layer)
    else:
      mixed = self.attend_arena(qkv, layer)
    return mixed

  # Sequences of equal length, `batch` of them one after the other, of which nothing is kept: what training asks for, so
  # nothing here is changed in place. What the arena holds comes before each of them.
  def attend_batch(self: __torch__.Decoder, qkv: Tensor, layer: int) -> Tensor:
    b, d = self.batch, self.head_dim
    t = qkv.size(0) // b
    turning = self.heads + self.kv_heads
    # Parts are split off together: walked back, narrow() makes a whole matrix of zeros for each.
    parts = torch.split_with_sizes(qkv, [turning * d, self.kv_heads * d], 1)
    pairs = parts[0].unflatten(1, [turning, d // 2, 2])
    turned = torch.view_as_real(torch.mul(torch.view_as_complex(pairs), self.turns)).flatten(2).to(self.kind)
    turned_parts = torch.split_with_sizes(turned, [self.heads, self.kv_heads], 1)
    group = self.heads // self.kv_heads
    q = turned_parts[0].view([b, t, self.kv_heads, group, d]).permute([2, 0, 3, 1, 4])
    q = q.reshape([self.kv_heads, b, group * t, d])
    k = turned_parts[1].view([b, t, self.kv_heads, d]).permute([2, 0, 1, 3])
    v = parts[1].to(self.kind)
    v = v.reshape([b, t, self.kv_heads, d]).permute([2, 0, 1, 3])
    start = self.arena_tokens
    if start > 0 or b * self.heads * t * t < 8000000:
      # Walking the fused operator back costs thousands of small products; as long as there is room for the scores, two
      # large ones are faster. Scores are read and written six times, so they stay in the kind of the products.
      if start > 0:
        # The same before all sequences. A copy: what was made without recording cannot be part of what is walked back.
        before = self.arena[layer].to(self.kind).unsqueeze(2).expand([2, self.kv_heads, b, start, d])
        k = torch.cat([before.select(0, 0), k], 2)
        v = torch.cat([before.select(0, 1), v], 2)
      later = torch.triu(torch.full([t, start + t], -1e30, device=self.device), start + 1).to(self.kind)
      scores = torch.matmul(q, k.transpose(2, 3)).view([self.kv_heads, b, group, t, start + t])
      scores = torch.add(scores, later).view([self.kv_heads, b, group * t, start + t])
      mixed = torch.matmul(torch.softmax(scores, 3), v)
    else:
      q = q.view([self.kv_heads, b, group, t, d]).permute([1, 0, 2, 3, 4]).reshape([b, self.heads, t, d])
      k = torch.repeat_interleave(k.transpose(0, 1), group, 1)
      v = torch.repeat_interleave(v.transpose(0, 1), group, 1)
      mixed = torch.scaled_dot_product_attention(q, k, v, None, 0., True, scale=1.)
      mixed = mixed.view([b, self.kv_heads, group * t, d]).transpose(0, 1)
    mixed = mixed.view([self.kv_heads, b, group, t, d]).permute([1, 3, 0, 2, 4])
    return mixed.reshape([b * t, self.heads * d]).to(6)

  # Sequences whose keys and values lie in the arena.
  def attend_arena(self: __torch__.Decoder, qkv: Tensor, layer: int) -> Tensor:
    d = self.head_dim
    turning = self.heads + self.kv_heads
    pairs = torch.narrow(qkv, 1, 0, turning * d).unflatten(1, [turning, d // 2, 2])
    torch.mul_(torch.view_as_complex(pairs), self.turns)
    kv = torch.narrow(qkv, 1, self.heads * d, 2 * self.kv_heads * d).reshape([-1, d])
    torch.index_copy_(self.arena[layer].view([-1, d]), 0, self.kv_rows, kv)
    q = torch.narrow(qkv, 1, 0, self.heads * d)
    mixed = torch.empty([q.size(0), self.heads * d], device=self.device)
    for i in range(len(self.prefills) // 4):
      start, count = self.prefills[4 * i], self.prefills[4 * i + 1]
      position, extent = self.prefills[4 * i + 2], self.prefills[4 * i + 3]
      if self.fused:
        self.attend_fused(q, mixed, layer, start, count, position, extent)
      else:
        self.attend_chunk(q, mixed, layer, start, count, position, extent)
    for i in range(len(self.runs) // 5):
      self.attend_run(q, mixed, layer, self.runs[5 * i], self.runs[5 * i + 1], self.runs[5 * i + 2],
                      self.runs[5 * i + 3], self.runs[5 * i + 4], self.masks[i])
    return mixed

  # This rank's part of the vocabulary for some rows.
  def logits(self: __torch__.Decoder, rows: Tensor) -> Tensor:
    return self.linear(self.finish(torch.index_select(self.x, 0, rows.to(self.device))), 4 * len(self.arena))

  # A whole step on one rank.
  def step(self: __torch__.Decoder, rows: Tensor, prefills: List[int], runs: List[int], span_rows: Tensor,
           spans: Tensor, logit_rows: Tensor) -> Tensor:
    self.begin(rows, prefills, runs, span_rows, spans)
    for part in range(self.parts):
      self.x = torch.add(self.x, self.contribution(part))
    return self.logits(logit_rows)

  # Keys and values of count places of the arena, in all layers; the two ranges do not overlap.
  def copy_positions(self: __torch__.Decoder, source: int, target: int, count: int) -> NoneType:
    for layer in range(len(self.arena)):
      torch.copy_(torch.narrow(self.arena[layer], 2, target, count), torch.narrow(self.arena[layer], 2, source, count))
    return None

  # What a part adds to the residual stream: the products of its inputs with the weights that lead outward.
  def contribution(self: __torch__.Decoder, part: int) -> Tensor:
    x = self.inputs(part)
    y = self.linear(x[0], self.outward(part, 0))
    for j in range(1, len(x)):
      y = torch.add(y, self.linear(x[j], self.outward(part, j)))
    return y

  # Between ranks, a part's output goes to `exchange`, memory that Java sums over the ranks; the next part adds it.
  def step_part(self: __torch__.Decoder, part: int) -> NoneType:
    if part > 0:
      self.absorb(part - 1)
    y = self.contribution(part)
    torch.copy_(torch.narrow(self.exchange, 0, 0, y.size(0)), y)
    return None

  def absorb(self: __torch__.Decoder, part: int) -> NoneType:
    if self.levels > 0:
      self.absorb_bytes(part)
    else:
      self.x = torch.add(self.x, torch.narrow(self.exchange, 0, 0, self.x.size(0)).to(self.device))
    return None

  def head_part(self: __torch__.Decoder, rows: Tensor) -> Tensor:
    self.absorb(self.parts - 1)
    return self.logits(rows).cpu()

  # ---- What is asked of logits [rows, vocabulary].

  # gathered: the logits of every rank one after the other, each [rows, widths[i]].
  def assemble(self: __torch__.Decoder, gathered: Tensor, rows: int, widths: List[int]) -> Tensor:
    parts = annotate(List[Tensor], [])
    start = 0
    for i in range(len(widths)):
      parts.append(torch.narrow(gathered, 0, start, rows * widths[i]).view([rows, widths[i]]))
      start = start + rows * widths[i]
    return torch.cat(parts, 1)

  def argmax(self: __torch__.Decoder, logits: Tensor) -> Tensor:
    return torch.argmax(logits, 1).cpu()

  def row(self: __torch__.Decoder, logits: Tensor, index: int) -> Tensor:
    return logits.select(0, index).cpu()

  def log_probabilities(self: __torch__.Decoder, logits: Tensor, tokens: Tensor) -> Tensor:
    chosen = torch.gather(logits, 1, tokens.to(logits.device).unsqueeze(1)).squeeze(1)
    return torch.sub(chosen, torch.logsumexp(logits, [1])).cpu()
