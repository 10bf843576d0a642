/*
 * Attention over the KV arena.
 *
 * Keys of one KV head lie in blocks of 16 positions, [block, head_dim, 16] (bfloat16: [block, head_dim / 2, 16, 2]): a
 * vector holds one component of 16 keys, and a query's scores for them are sums over components, without a sum across a vector. Values lie as [position, head_dim].
 * head_dim is filled up with zeros to a multiple of 16 in both. Of int8 keys and values, each position has a factor.
 *
 * A score depends on its query and key alone, the softmax adds up positions counted from the sequence's start, and
 * results add up values in the order of positions: neither the extent's place, nor the chunk that a query came in, nor
 * the batch changes a bit.
 */
#include "clarion.h"

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

static void file_value(const op_t *op, const float *x, char *to, float *factor) {
  int n = padded(op);
  if (op->kv_kind == KIND_F32) {
    memcpy(to, x, (size_t)n * sizeof(float));
  } else if (op->kv_kind == KIND_BF16) {
    for (int i = 0; i < n; i += 16) {
      _mm256_storeu_si256((__m256i *)(to + 2 * i), to_bf16(_mm512_loadu_ps(x + i)));
    }
  } else {
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
    if (op->kv_kind == KIND_BF16) {
      rotate(op, step, row, x + h * d, op->factor, vector);
      file_value(op, vector, (char *)op->c + 2 * at, NULL);
    } else {
      rotate(op, step, row, x + h * d, op->factor, (float *)op->c + at);
    }
  }
  for (int h = 0; h < op->kv_heads; h++) {
    float *key_factor = op->f ? factors(op, op->f, h) + place : NULL;
    float *value_factor = op->g ? factors(op, op->g, h) + place : NULL;
    rotate(op, step, row, x + (op->heads + h) * d, 1.f, vector);
    file_key(op, vector, plane(op, op->d, h) + place / 16 * 16 * n * bytes, (int)(place % 16), key_factor);
    memcpy(vector, x + (op->heads + op->kv_heads + h) * d, (size_t)d * sizeof(float));
    memset(vector + d, 0, (size_t)(n - d) * sizeof(float));
    file_value(op, vector, plane(op, op->e, h) + place * n * bytes, value_factor);
  }
}

/* ---- ATTEND: a = queries as SPLIT leaves them, d = keys, e = values, f and g their factors, c = out
        [rows, heads, head_dim] float32. A chunk is one task (a sequence's new rows) and one KV head. */

enum {
  AHEAD = 4096, /* bytes */
  QUERIES = 8,  /* that are computed together */
  MARGIN = 16   /* scores before the first and after the last */
};

int attend_chunks(const op_t *op, const step_t *step) {
  return step->tasks * op->kv_heads;
}

static inline __attribute__((always_inline)) __m512 load(const char *p, size_t index, const int KIND) {
  if (KIND == KIND_F32) {
    return _mm512_loadu_ps((const float *)p + index);
  }
  if (KIND == KIND_BF16) {
    return load_bf16((const uint16_t *)p + index);
  }
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)((const int8_t *)p + index))));
}

#define BYTES(KIND) ((KIND) == KIND_F32 ? 4 : (KIND) == KIND_BF16 ? 2 : 1)

typedef struct {
  const void *query[QUERIES];  /* [padded] */
  float *scores[QUERIES];      /* by position, from -16 on */
  float *out[QUERIES];         /* [head_dim] */
  int limit[QUERIES];          /* positions that the query sees */
  float inverse[QUERIES];      /* of the sum of its weights */
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
  __m512 sum[4][4];
#pragma GCC unroll 4
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
      key[j] = KIND == KIND_I8 ? load(from, 0, KIND) : _mm512_loadu_ps(from);
      /* The processor's own prefetching starts anew on every page; the next blocks are a few pages away. */
      _mm_prefetch(from + (size_t)NB * n * 16 * BYTES(KIND), _MM_HINT_T0);
    }
#pragma GCC unroll 4
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
#pragma GCC unroll 4
    for (int i = 0; i < NQ; i++) {
      __m512 s = sum[i][j];
      if (KIND == KIND_I8) {
        s = _mm512_mul_ps(s, _mm512_loadu_ps(b->key_factors + start));
      }
      _mm512_storeu_ps(b->scores[q + i] + (start - b->extent), s);
    }
  }
}

/* Scores to weights, not yet divided by their sum; zero from the limit on. */
static void soften(block_t *b, int i) {
  float *s = b->scores[i];
  int limit = b->limit[i];
  __m512 peak = _mm512_set1_ps(-INFINITY), sum = _mm512_setzero_ps();
  for (int t = 0; t < limit; t += 16) {
    peak = _mm512_mask_max_ps(peak, first(limit - t), peak, _mm512_loadu_ps(s + t));
  }
  peak = _mm512_set1_ps(_mm512_reduce_max_ps(peak));
  int t = 0;
  for (; t < limit; t += 16) {
    __m512 weight = _mm512_maskz_mov_ps(first(limit - t), exp_ps(_mm512_sub_ps(_mm512_loadu_ps(s + t), peak)));
    sum = _mm512_add_ps(sum, weight);
    _mm512_storeu_ps(s + t, weight);
  }
  for (; t < b->longest; t += 16) {
    _mm512_storeu_ps(s + t, _mm512_setzero_ps());
  }
  b->inverse[i] = 1.f / _mm512_reduce_add_ps(sum);
  if (b->value_factors) {
    for (t = 0; t < limit; t += 16) {
      __m512 factor = _mm512_maskz_loadu_ps(first(limit - t), b->value_factors + b->extent + t);
      _mm512_storeu_ps(s + t, _mm512_mul_ps(_mm512_loadu_ps(s + t), factor));
    }
  }
}

/* Weighted values of NQ queries, NV vectors of components from c on. */
static inline __attribute__((always_inline)) void mix(const op_t *op, const block_t *b, int q, int c, const int NQ,
                                                       const int NV, const int KIND) {
  int n = padded(op);
  __m512 sum[4][4];
#pragma GCC unroll 4
  for (int i = 0; i < NQ; i++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      sum[i][v] = _mm512_setzero_ps();
    }
  }
  size_t at = (size_t)b->extent * n + c;
  for (int t = 0; t < b->longest; t++, at += n) {
    __m512 value[4];
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      value[v] = load(b->values, at + 16 * v, KIND);
      _mm_prefetch(b->values + (at + 16 * v + AHEAD / BYTES(KIND)) * BYTES(KIND), _MM_HINT_T0);
    }
#pragma GCC unroll 4
    for (int i = 0; i < NQ; i++) {
      __m512 weight = _mm512_set1_ps(b->scores[q + i][t]);
#pragma GCC unroll 4
      for (int v = 0; v < NV; v++) {
        sum[i][v] = _mm512_fmadd_ps(weight, value[v], sum[i][v]);
      }
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < NQ; i++) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; v++) {
      _mm512_mask_storeu_ps(b->out[q + i] + c + 16 * v, first(op->head_dim - c - 16 * v),
                            _mm512_mul_ps(sum[i][v], _mm512_set1_ps(b->inverse[q + i])));
    }
  }
}

/* Up to four queries at a time: with four vectors of keys or values their sums fill half the registers, and every
   number that is loaded is used four times. */
#define UP_TO_4_QUERIES(CALL, ...) \
  for (int q = 0; q < queries; q += 4) { \
    switch (queries - q) { \
      case 1: CALL(op, b, q, __VA_ARGS__(1)); break; \
      case 2: CALL(op, b, q, __VA_ARGS__(2)); break; \
      case 3: CALL(op, b, q, __VA_ARGS__(3)); break; \
      default: CALL(op, b, q, __VA_ARGS__(4)); \
    } \
  }

static inline __attribute__((always_inline)) void attend_block(const op_t *op, block_t *b, int queries, const int KIND) {
  int64_t block = b->extent / 16, end = (b->extent + b->longest + 15) / 16;
#define FOUR_BLOCKS(NQ) block, NQ, 4, KIND
#define ONE_BLOCK(NQ) block, NQ, 1, KIND
  for (; block + 4 <= end; block += 4) {
    UP_TO_4_QUERIES(score, FOUR_BLOCKS)
  }
  for (; block < end; block++) {
    UP_TO_4_QUERIES(score, ONE_BLOCK)
  }
  for (int i = 0; i < queries; i++) {
    soften(b, i);
  }
  int n = padded(op), c = 0;
#define FOUR_VECTORS(NQ) c, NQ, 4, KIND
#define ONE_VECTOR(NQ) c, NQ, 1, KIND
  for (; c + 64 <= n; c += 64) {
    UP_TO_4_QUERIES(mix, FOUR_VECTORS)
  }
  for (; c < n; c += 16) {
    UP_TO_4_QUERIES(mix, ONE_VECTOR)
  }
}

void attend_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  const int32_t *task = step->task + 4 * (chunk / op->kv_heads);
  int head = chunk % op->kv_heads;
  int first_row = task[0], rows = task[1], position = task[2];
  int group = op->heads / op->kv_heads, all = rows * group, n = padded(op);
  int causal = op->flags & CAUSAL;
  block_t b = {.extent = task[3],
               .keys = plane(op, op->d, head),
               .values = plane(op, op->e, head),
               .key_factors = op->kv_kind == KIND_I8 ? factors(op, op->f, head) : NULL,
               .value_factors = op->kv_kind == KIND_I8 ? factors(op, op->g, head) : NULL};
  size_t width = (size_t)(position + rows + 3 * 64 + 2 * MARGIN) / 16 * 16;
  float *memory = scratch_of(scratch, QUERIES * width);
  for (int start = 0; start < all; start += QUERIES) {
    int queries = all - start < QUERIES ? all - start : QUERIES;
    b.longest = 0;
    for (int i = 0; i < queries; i++) {
      int row = (start + i) / group, h = head * group + (start + i) % group;
      size_t index = (size_t)(first_row + row) * op->heads + h;
      b.query[i] = (const char *)op->a + index * n * (op->kv_kind == KIND_BF16 ? 2 : 4);
      b.out[i] = (float *)op->c + index * op->head_dim;
      b.scores[i] = memory + i * width + MARGIN;
      b.limit[i] = causal ? position + row + 1 : position + rows;
      b.longest = b.limit[i] > b.longest ? b.limit[i] : b.longest;
    }
    switch (op->kv_kind) {
      case KIND_F32: attend_block(op, &b, queries, KIND_F32); break;
      case KIND_BF16: attend_block(op, &b, queries, KIND_BF16); break;
      default: attend_block(op, &b, queries, KIND_I8);
    }
  }
}
