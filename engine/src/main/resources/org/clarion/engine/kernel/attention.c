/*
 * Attention over the KV arena.
 *
 * Keys of one KV head lie in blocks of 16 positions, [block, head_dim, 16] (bfloat16: [block, head_dim / 2, 16, 2]): a
 * vector holds one component of 16 keys, and a query's scores for them are sums over components, without a sum across a
 * vector. Values lie as [position, head_dim] (bfloat16: [position / 2, head_dim, 2]). head_dim is filled up with zeros to
 * a multiple of 16 in both. Of int8 keys and values, each position has a factor. Extents start at whole blocks.
 *
 * A score depends on its query and key alone, the softmax adds up positions counted from the sequence's start, and
 * results add up values in the order of positions: neither the extent's place, nor the chunk that a query came in, nor
 * the batch changes a bit.
 */
#include "matrix.h"

static inline int padded(const op_t *op) {
  return (op->head_dim + 15) & ~15;
}

static inline size_t element_bytes(int kind) {
  return kind == KIND_F32 ? 4 : kind == KIND_BF16 ? 2 : 1;
}

/* Bytes of one KV head's plane. */
static inline char *plane(const op_t *op, void *base, int head) {
  return (char *)base + (size_t)head * op->arena_tokens * padded(op) * element_bytes(op->kv_kind);
}

static inline float *factors(const op_t *op, void *base, int head) {
  return (float *)base + (size_t)head * op->arena_tokens;
}

static inline float largest(const float *x, int n) {
  __m512 peak = _mm512_setzero_ps();
  for (int i = 0; i < n; i += 16) {
    peak = _mm512_max_ps(peak, _mm512_abs_ps(_mm512_loadu_ps(x + i)));
  }
  return _mm512_reduce_max_ps(peak);
}

/* ---- SPLIT: rotates queries and keys and files keys and values.
        a = rows of queries, keys, values [rows, stride] float32, b = cos and sin [position, 2, head_dim / 2] (ROTATE),
        c = queries out [rows, heads, padded], times `factor`, float32 or, with bfloat16 keys, bfloat16, d = keys, e = values, f and g their factors (int8). */

int split_chunks(const op_t *op, const step_t *step) {
  (void)op;
  return step->rows;
}

static void rotate(const op_t *op, const step_t *step, int row, const float *x, float factor, float *y) {
  int d = op->head_dim, half = d / 2, n = padded(op);
  __m512 scale = _mm512_set1_ps(factor);
  if (!(op->flags & ROTATE)) {
    for (int i = 0; i < n; i += 16) {
      _mm512_storeu_ps(y + i, _mm512_mul_ps(_mm512_maskz_loadu_ps(first(d - i), x + i), scale));
    }
    return;
  }
  const float *cosine = (const float *)op->b + (size_t)step->positions[row] * d, *sine = cosine + half;
  for (int i = d; i < n; i++) {
    y[i] = 0;
  }
  for (int i = 0; i < half; i += 16) {
    __mmask16 mask = first(half - i);
    __m512 u = _mm512_maskz_loadu_ps(mask, x + i), v = _mm512_maskz_loadu_ps(mask, x + half + i);
    __m512 c = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, cosine + i), scale);
    __m512 s = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, sine + i), scale);
    _mm512_mask_storeu_ps(y + i, mask, _mm512_fmsub_ps(u, c, _mm512_mul_ps(v, s)));
    _mm512_mask_storeu_ps(y + half + i, mask, _mm512_fmadd_ps(v, c, _mm512_mul_ps(u, s)));
  }
}

/* Sixteen bytes of 16 numbers. */
static inline __m128i bytes_of(const float *x, float up) {
  return _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x), _mm512_set1_ps(up))));
}

/* One key into its block, whose components lie 16 numbers apart. */
static void file_key(const op_t *op, const float *x, char *block, int lane, float *factor) {
  int n = padded(op);
  if (op->kv_kind == KIND_F32) {
    for (int i = 0; i < n; i++) {
      ((float *)block)[16 * i + lane] = x[i];
    }
  } else if (op->kv_kind == KIND_BF16) { /* two components side by side */
    for (int i = 0; i < n; i += 16) {
      uint32_t pairs[8];
      _mm256_storeu_si256((__m256i *)pairs, to_bf16(_mm512_loadu_ps(x + i)));
      for (int j = 0; j < 8; j++) {
        ((uint32_t *)block)[16 * (i / 2 + j) + lane] = pairs[j];
      }
    }
  } else {
    float peak = largest(x, n), up = peak > 0 ? 127.f / peak : 0;
    *factor = peak / 127.f;
    for (int i = 0; i < n; i += 16) {
      int8_t q[16];
      _mm_storeu_si128((__m128i *)q, bytes_of(x + i, up));
      for (int j = 0; j < 16; j++) {
        ((int8_t *)block)[16 * (i + j) + lane] = q[j];
      }
    }
  }
}

/* A query as scores want it: float32, or bfloat16 where keys are. */
static void file_query(const op_t *op, const float *x, char *to) {
  int n = padded(op);
  if (op->kv_kind != KIND_BF16) {
    memcpy(to, x, (size_t)n * sizeof(float));
    return;
  }
  for (int i = 0; i < n; i += 16) {
    _mm256_storeu_si256((__m256i *)(to + 2 * i), to_bf16(_mm512_loadu_ps(x + i)));
  }
}

/* One value into its plane. The neighbour in a pair may be another thread's: only this position's halves are written. */
static void file_value(const op_t *op, const float *x, char *values, size_t place, float *factor) {
  int n = padded(op);
  if (op->kv_kind == KIND_F32) {
    memcpy(values + place * n * sizeof(float), x, (size_t)n * sizeof(float));
  } else if (op->kv_kind == KIND_BF16) {
    char *to = values + place / 2 * n * 4;
    unsigned upper = place % 2;
    for (int i = 0; i < n; i += 16) {
      __m512i halves = _mm512_cvtepu16_epi32(to_bf16(_mm512_loadu_ps(x + i)));
      _mm512_mask_storeu_epi16(to + 4 * i, upper ? 0xaaaaaaaa : 0x55555555, _mm512_slli_epi32(halves, 16 * upper));
    }
  } else {
    char *to = values + place * n;
    float peak = largest(x, n), up = peak > 0 ? 127.f / peak : 0;
    *factor = peak / 127.f;
    for (int i = 0; i < n; i += 16) {
      _mm_storeu_si128((__m128i *)(to + i), bytes_of(x + i, up));
    }
  }
}

void split_run(const op_t *op, const step_t *step, int row, scratch_t *scratch) {
  int d = op->head_dim, n = padded(op);
  const float *x = (const float *)op->a + row * op->stride;
  float *vector = scratch_of(scratch, (size_t)n);
  size_t place = (size_t)step->places[row], bytes = element_bytes(op->kv_kind);
  for (int h = 0; h < op->heads; h++) {
    size_t at = ((size_t)row * op->heads + h) * n;
    rotate(op, step, row, x + h * d, op->factor, vector);
    file_query(op, vector, (char *)op->c + at * (op->kv_kind == KIND_BF16 ? 2 : 4));
  }
  for (int h = 0; h < op->kv_heads; h++) {
    float *key_factor = op->f ? factors(op, op->f, h) + place : NULL;
    float *value_factor = op->g ? factors(op, op->g, h) + place : NULL;
    rotate(op, step, row, x + (op->heads + h) * d, 1.f, vector);
    file_key(op, vector, plane(op, op->d, h) + place / 16 * 16 * n * bytes, (int)(place % 16), key_factor);
    memcpy(vector, x + (op->heads + op->kv_heads + h) * d, (size_t)d * sizeof(float));
    memset(vector + d, 0, (size_t)(n - d) * sizeof(float));
    file_value(op, vector, plane(op, op->e, h), place, value_factor);
  }
}

/* ---- ATTEND: a = queries as SPLIT leaves them, d = keys, e = values, f and g their factors, c = out
        [rows, heads, head_dim] float32. A chunk is a part of one task (a sequence's new rows) and one KV head. */

enum {
  AHEAD = 4096, /* bytes */
  QUERIES = 24, /* that are computed together */
  MATRIX_QUERIES = 32, /* by the matrix unit */
  PART = 128,   /* rows of a chunk */
  TALL = 6,     /* queries of a tile: with four vectors of keys or values their sums fill most registers */
  STRETCH = 64  /* elements of values that stay in the first cache while all queries go over them */
};

/* Parts of a task that has all rows but one of each other; tasks have as many at most, some of them empty. */
static int parts_of(const step_t *step) {
  return (step->rows - step->tasks) / PART + 1;
}

int attend_chunks(const op_t *op, const step_t *step) {
  return step->tasks * op->kv_heads * parts_of(step);
}

/* Sixteen numbers of a plane: float32 or pairs of bfloat16 as they lie, or int8. */
static inline __attribute__((always_inline)) __m512 load(const char *p, const int KIND) {
  return KIND == KIND_I8 ? _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)))
                         : _mm512_loadu_ps(p);
}

#define BYTES(KIND) ((KIND) == KIND_F32 ? 4 : (KIND) == KIND_BF16 ? 2 : 1)

typedef struct {
  const void *query[MATRIX_QUERIES]; /* [padded] */
  float *scores[MATRIX_QUERIES];     /* by position, then weights; of bfloat16 values, pairs of bfloat16 */
  float *sums[MATRIX_QUERIES];       /* [padded] */
  float *out[MATRIX_QUERIES];        /* [head_dim] */
  int limit[MATRIX_QUERIES];         /* positions that the query sees */
  float inverse[MATRIX_QUERIES];     /* of the sum of its weights */
  int extent;
  int longest;
  const char *keys, *values;
  const float *key_factors, *value_factors;
} block_t;

/* sum + a x b for pairs of bfloat16 numbers. */
static inline __m512 add_pair(__m512 a, __m512 b, __m512 sum) {
#ifdef __AVX512BF16__
  return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
#else
  const __m512i upper = _mm512_set1_epi32((int)0xffff0000);
  __m512i x = _mm512_castps_si512(a), y = _mm512_castps_si512(b);
  sum = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(x, upper)), _mm512_castsi512_ps(_mm512_and_si512(y, upper)), sum);
  return _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(x, 16)), _mm512_castsi512_ps(_mm512_slli_epi32(y, 16)), sum);
#endif
}

/* Scores of NQ queries for NB blocks of 16 keys. */
static inline __attribute__((always_inline)) void score(const op_t *op, const block_t *b, int q, int64_t block,
                                                         const int NQ, const int NB, const int KIND) {
  int n = padded(op);
  __m512 sum[TALL][4];
#pragma GCC unroll 6
  for (int i = 0; i < NQ; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < NB; j++) {
      sum[i][j] = _mm512_setzero_ps();
    }
  }
  /* Of bfloat16 keys, one instruction takes two components. */
  int vectors = KIND == KIND_BF16 ? n / 2 : n;
  for (int c = 0; c < vectors; c++) {
    __m512 key[4];
#pragma GCC unroll 4
    for (int j = 0; j < NB; j++) {
      size_t index = (size_t)((block + j) * vectors + c) * 16;
      const char *from = b->keys + index * (KIND == KIND_I8 ? 1 : 4);
      key[j] = load(from, KIND);
      /* The processor's own prefetching starts anew on every page; the next blocks are a few pages away. */
      _mm_prefetch(from + (size_t)NB * n * 16 * BYTES(KIND), _MM_HINT_T0);
    }
#pragma GCC unroll 6
    for (int i = 0; i < NQ; i++) {
      __m512 component = _mm512_set1_ps(((const float *)b->query[q + i])[c]);
#pragma GCC unroll 4
      for (int j = 0; j < NB; j++) {
        sum[i][j] = KIND == KIND_BF16 ? add_pair(component, key[j], sum[i][j]) : _mm512_fmadd_ps(component, key[j], sum[i][j]);
      }
    }
  }
#pragma GCC unroll 4
  for (int j = 0; j < NB; j++) {
    int64_t start = (block + j) * 16;
#pragma GCC unroll 6
    for (int i = 0; i < NQ; i++) {
      __m512 s = sum[i][j];
      if (KIND == KIND_I8) {
        s = _mm512_mul_ps(s, _mm512_loadu_ps(b->key_factors + start));
      }
      _mm512_storeu_ps(b->scores[q + i] + (start - b->extent), s);
    }
  }
}

/* 2^x for x up to 0, relative error below 3e-6: enough for what is rounded to bfloat16. */
static inline __m512 rough_exp2_ps(__m512 x) {
  __m512 whole = _mm512_roundscale_ps(x, 8), f = _mm512_sub_ps(x, whole);
  __m512 p = _mm512_set1_ps(0.00957009667f);
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.0559178599f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.24024745f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.693121815f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.999999261f));
  return _mm512_scalef_ps(p, whole);
}

static inline __m256i weights_to_bf16(__m512 x) {
#ifdef __AVX512BF16__
  return (__m256i)_mm512_cvtneps_pbh(x);
#else
  return to_bf16(x);
#endif
}

/* Scores to weights, not yet divided by their sum; zero from the limit on. */
static inline __attribute__((always_inline)) void soften(block_t *b, int i, const int KIND) {
  float *s = b->scores[i];
  int limit = b->limit[i];
  __m512 peak = _mm512_set1_ps(-INFINITY), sum = _mm512_setzero_ps();
  for (int t = 0; t < limit; t += 16) {
    peak = _mm512_mask_max_ps(peak, first(limit - t), peak, _mm512_loadu_ps(s + t));
  }
  peak = _mm512_set1_ps(_mm512_reduce_max_ps(peak));
  const __m512 to_base_2 = _mm512_set1_ps(1.44269504f), peak_2 = _mm512_mul_ps(peak, to_base_2);
  for (int t = 0; t < b->longest; t += 16) {
    __mmask16 seen = first(limit > t ? limit - t : 0);
    __m512 score = _mm512_loadu_ps(s + t);
    if (KIND == KIND_BF16) {
      /* What is summed is what values are multiplied with. Pairs take half the room: they stay behind what is read. */
      __m512 weight = rough_exp2_ps(_mm512_fmsub_ps(score, to_base_2, peak_2));
      __m256i pairs = weights_to_bf16(_mm512_maskz_mov_ps(seen, weight));
      sum = _mm512_add_ps(sum, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(pairs), 16)));
      _mm256_storeu_si256((__m256i *)(s + t / 2), pairs);
      continue;
    }
    __m512 weight = _mm512_maskz_mov_ps(seen, exp_ps(_mm512_sub_ps(score, peak)));
    sum = _mm512_add_ps(sum, weight);
    if (KIND == KIND_I8) {
      weight = _mm512_mul_ps(weight, _mm512_maskz_loadu_ps(seen, b->value_factors + b->extent + t));
    }
    _mm512_storeu_ps(s + t, weight);
  }
  b->inverse[i] = 1.f / _mm512_reduce_add_ps(sum);
}

/* Adds weighted values to the sums of NQ queries: elements from..to, NV vectors of components from c on. */
static inline __attribute__((always_inline)) void mix(const op_t *op, const block_t *b, int q, int c, int from, int to,
                                                       const int NQ, const int NV, const int KIND) {
  const int TOGETHER = KIND == KIND_BF16 ? 2 : 1, SIZE = KIND == KIND_I8 ? 1 : 4;
  __m512 sum[TALL][4];
#pragma GCC unroll 6
  for (int i = 0; i < NQ; i++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      sum[i][v] = _mm512_loadu_ps(b->sums[q + i] + c + 16 * v);
    }
  }
  size_t row = (size_t)padded(op) * SIZE;
  const char *values = b->values + (size_t)(b->extent / TOGETHER + from) * row + (size_t)c * SIZE;
  for (int t = from; t < to; t++, values += row) {
    __m512 value[4];
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      value[v] = load(values + 16 * v * SIZE, KIND);
      _mm_prefetch(values + 16 * v * SIZE + AHEAD, _MM_HINT_T0);
    }
#pragma GCC unroll 6
    for (int i = 0; i < NQ; i++) {
      __m512 weight = _mm512_set1_ps(b->scores[q + i][t]);
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) {
        sum[i][v] = KIND == KIND_BF16 ? add_pair(weight, value[v], sum[i][v]) : _mm512_fmadd_ps(weight, value[v], sum[i][v]);
      }
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < NQ; i++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      _mm512_storeu_ps(b->sums[q + i] + c + 16 * v, sum[i][v]);
    }
  }
}

static void hand_out(const op_t *op, const block_t *b, int queries) {
  for (int i = 0; i < queries; i++) {
    for (int c = 0; c < padded(op); c += 16) {
      __m512 sum = _mm512_loadu_ps(b->sums[i] + c);
      _mm512_mask_storeu_ps(b->out[i] + c, first(op->head_dim - c), _mm512_mul_ps(sum, _mm512_set1_ps(b->inverse[i])));
    }
  }
}

/* Queries in tiles of nearly equal height. */
#define IN_TILES(CALL, ...) \
  for (int tile = 0, q = 0, tiles = (queries + TALL - 1) / TALL; tile < tiles; tile++) { \
    int height = queries / tiles + (tile < queries % tiles); \
    switch (height) { \
      case 1: CALL(op, b, q, __VA_ARGS__(1)); break; \
      case 2: CALL(op, b, q, __VA_ARGS__(2)); break; \
      case 3: CALL(op, b, q, __VA_ARGS__(3)); break; \
      case 4: CALL(op, b, q, __VA_ARGS__(4)); break; \
      case 5: CALL(op, b, q, __VA_ARGS__(5)); break; \
      default: CALL(op, b, q, __VA_ARGS__(6)); \
    } \
    q += height; \
  }

static inline __attribute__((always_inline)) void attend_block(const op_t *op, block_t *b, int queries, const int KIND) {
  int64_t block = b->extent / 16, end = block + (b->longest + 15) / 16;
#define FOUR_BLOCKS(NQ) block, NQ, 4, KIND
#define ONE_BLOCK(NQ) block, NQ, 1, KIND
  for (; block + 4 <= end; block += 4) {
    IN_TILES(score, FOUR_BLOCKS)
  }
  for (; block < end; block++) {
    IN_TILES(score, ONE_BLOCK)
  }
  int n = padded(op);
  for (int i = 0; i < queries; i++) {
    soften(b, i, KIND);
    memset(b->sums[i], 0, (size_t)n * sizeof(float));
  }
  /* The second of the last pair may be nobody's or another sequence's: its weight is zero, and it is finite. */
  int elements = KIND == KIND_BF16 ? (b->longest + 1) / 2 : b->longest;
#define FOUR_VECTORS(NQ) c, from, to, NQ, 4, KIND
#define ONE_VECTOR(NQ) c, from, to, NQ, 1, KIND
  for (int from = 0; from < elements; from += STRETCH) {
    int c = 0, to = from + STRETCH < elements ? from + STRETCH : elements;
    for (; c + 64 <= n; c += 64) {
      IN_TILES(mix, FOUR_VECTORS)
    }
    for (; c < n; c += 16) {
      IN_TILES(mix, ONE_VECTOR)
    }
  }
  hand_out(op, b, queries);
}

#ifdef MATRIX_UNIT
/* Positions that one product of weights and values takes. */
enum { MATRIX_POSITIONS = 2 * TILE_ROWS };

/* Numbers from one row of scores to the next: rows that lie a power of two apart would fight for places in the cache. */
static inline size_t matrix_width(int positions) {
  return (size_t)(positions + MATRIX_POSITIONS - 1) / MATRIX_POSITIONS * MATRIX_POSITIONS + 16;
}

static size_t matrix_floats(const op_t *op, int positions) {
  size_t n = (size_t)padded(op);
  return MATRIX_QUERIES * (matrix_width(positions) + n + n / 2) + TILE_ROWS * n;
}

/*
 * The same by the matrix unit: bfloat16 keys and values, head_dim a multiple of 32. Queries, scores and sums lie one row
 * after the other, `packed` is room for [queries, padded] bfloat16 and `tail` for [16, padded, 2] bfloat16.
 */
static void attend_by_matrix(const op_t *op, block_t *b, int queries, size_t width, char *packed, char *tail) {
  int n = padded(op), lower = queries > TILE_ROWS, longest = b->longest, blocks = (longest + 15) / 16;
  size_t across = (size_t)n * 2, row = (size_t)n * 4, block_bytes = (size_t)n * 32;
  for (int i = 0; i < queries; i++) {
    memcpy(packed + (size_t)i * across, b->query[i], across);
  }
  matrix_begin(queries);
  const char *keys = b->keys + (size_t)(b->extent / 16) * block_bytes;
  for (int block = 0; block < blocks; block += 2, keys += 2 * block_bytes) {
    int pair = block + 1 < blocks;
    matrix_zero();
    for (int c = 0; c < n; c += 32) {
      const char *from = keys + (size_t)c * 32;
      matrix_add(packed + 2 * c, across, lower, from, from + block_bytes, TILE_BYTES, pair, 0);
    }
    matrix_store(b->scores[0] + 16 * block, width * sizeof(float), lower, pair);
  }
  int whole = longest / MATRIX_POSITIONS, tiles = (longest + MATRIX_POSITIONS - 1) / MATRIX_POSITIONS;
  b->longest = tiles * MATRIX_POSITIONS;
  for (int i = 0; i < queries; i++) {
    soften(b, i, KIND_BF16);
  }
  /* What lies behind the last position is nobody's, or another sequence's. */
  const char *values = b->values + (size_t)(b->extent / 2) * row;
  if (tiles > whole) {
    size_t pairs = (size_t)(longest - whole * MATRIX_POSITIONS + 1) / 2;
    memcpy(tail, values + (size_t)whole * TILE_ROWS * row, pairs * row);
    memset(tail + pairs * row, 0, (TILE_ROWS - pairs) * row);
  }
  const char *weights = (const char *)b->scores[0];
  size_t weights_apart = width * sizeof(float);
  int step = lower || n % 64 ? 32 : 64;
  for (int c = 0; c < n; c += step) {
    matrix_zero();
    for (int t = 0; t < tiles; t++) {
      const char *from = (t < whole ? values + (size_t)t * TILE_ROWS * row : tail) + 4 * c;
      if (step == 64) {
        matrix_add_wide(weights + TILE_BYTES * t, weights_apart, from, row);
      } else {
        matrix_add(weights + TILE_BYTES * t, weights_apart, lower, from, from + TILE_BYTES, row, 1, 0);
      }
    }
    if (step == 64) {
      matrix_store_wide((char *)(b->sums[0] + c), row);
    } else {
      matrix_store(b->sums[0] + c, row, lower, 1);
    }
  }
  matrix_end();
  hand_out(op, b, queries);
}
#endif

/* Queries `start` to `start + queries` of a task: the query heads of a KV head, row after row. */
static void gather(const op_t *op, const int32_t *task, int head, int start, int queries, block_t *b) {
  int group = op->heads / op->kv_heads, n = padded(op);
  b->longest = 0;
  for (int i = 0; i < queries; i++) {
    int row = (start + i) / group, h = head * group + (start + i) % group;
    size_t index = (size_t)(task[0] + row) * op->heads + h;
    b->query[i] = (const char *)op->a + index * n * (op->kv_kind == KIND_BF16 ? 2 : 4);
    b->out[i] = (float *)op->c + index * op->head_dim;
    b->limit[i] = task[2] + (op->flags & CAUSAL ? row + 1 : task[1]);
    b->longest = b->limit[i] > b->longest ? b->limit[i] : b->longest;
  }
}

static void rows_of(block_t *b, int queries, float *scores, size_t width, float *sums, int n) {
  for (int i = 0; i < queries; i++) {
    b->scores[i] = scores + i * width;
    b->sums[i] = sums + (size_t)i * n;
  }
}

void attend_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  int parts = parts_of(step), part = parts - 1 - chunk % parts; /* the last sees most and comes first */
  int head = chunk / parts % op->kv_heads;
  const int32_t *task = step->task + 4 * (chunk / parts / op->kv_heads);
  int group = op->heads / op->kv_heads, n = padded(op);
  int rows = task[1] < (part + 1) * PART ? task[1] : (part + 1) * PART, end = rows * group;
  int positions = task[2] + (op->flags & CAUSAL ? rows : task[1]);
  block_t b = {.extent = task[3],
               .keys = plane(op, op->d, head),
               .values = plane(op, op->e, head),
               .key_factors = op->kv_kind == KIND_I8 ? factors(op, op->f, head) : NULL,
               .value_factors = op->kv_kind == KIND_I8 ? factors(op, op->g, head) : NULL};
#ifdef MATRIX_UNIT
  if (matrix_unit_allowed && op->kv_kind == KIND_BF16 && n % 32 == 0) {
    size_t width = matrix_width(positions);
    float *scores = scratch_of(scratch, matrix_floats(op, positions)), *sums = scores + MATRIX_QUERIES * width;
    char *packed = (char *)(sums + MATRIX_QUERIES * n), *tail = packed + (size_t)MATRIX_QUERIES * n * 2;
    rows_of(&b, MATRIX_QUERIES, scores, width, sums, n);
    for (int start = part * PART * group; start < end; start += MATRIX_QUERIES) {
      int queries = end - start < MATRIX_QUERIES ? end - start : MATRIX_QUERIES;
      gather(op, task, head, start, queries, &b);
      attend_by_matrix(op, &b, queries, width, packed, tail);
    }
    return;
  }
#endif
  size_t width = (size_t)(positions + 15) / 16 * 16;
  float *scores = scratch_of(scratch, QUERIES * (width + (size_t)n));
  rows_of(&b, QUERIES, scores, width, scores + QUERIES * width, n);
  for (int start = part * PART * group; start < end; start += QUERIES) {
    int queries = end - start < QUERIES ? end - start : QUERIES;
    gather(op, task, head, start, queries, &b);
    switch (op->kv_kind) {
      case KIND_F32: attend_block(op, &b, queries, KIND_F32); break;
      case KIND_BF16: attend_block(op, &b, queries, KIND_BF16); break;
      default: attend_block(op, &b, queries, KIND_I8);
    }
  }
}
