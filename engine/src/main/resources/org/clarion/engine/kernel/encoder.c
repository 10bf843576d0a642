/*
 * Attention of an encoder: every query of an image sees all keys of that image. Nothing is kept for later, so keys and
 * values are packed for each head as the products want them, and queries are taken many at a time.
 */
#include "matrix.h"

/*
 * ATTEND_ALL: a = queries, b = keys, d = values, float32, heads side by side; c = out [rows, heads, head_dim] float32.
 * n = queries of an image, k = its keys, stride = floats from query to query, kv_stride = from key to key and from value
 * to value, factor = of scores, in_kind = kind of the products (float32 or bfloat16). A chunk is one head of one image.
 *
 * Packed, four bytes make one element of a product: a float32, or two neighbouring bfloat16 that one instruction
 * multiplies and adds up. Panels have 32 columns, the last one 16 or 32.
 */

enum { TALL = 12 /* queries of a tile */, MATRIX_TALL = 32 /* of the matrix unit's */, WIDE = 32, VECTOR = 16 };

typedef struct {
  int matrix;       /* whether the matrix unit computes */
  int tall;         /* queries that are taken together */
  int dim;          /* components of a head, filled up to whole vectors */
  int keys;         /* keys of an image, filled up */
  int key_groups;   /* elements that a score sums over */
  int value_groups; /* elements that a component sums over */
  int32_t *key_panels, *value_panels;
  int32_t *queries; /* [tall, key_groups] */
  int32_t *weights; /* [tall, value_groups filled up to whole vectors] */
  float *scores;    /* [tall, keys] */
  float *mixed;     /* [tall, dim] */
  float *row;       /* [dim] */
} head_t;

static inline size_t filled(size_t n, size_t unit) {
  return (n + unit - 1) / unit * unit;
}

int attend_all_chunks(const op_t *op, const step_t *step) {
  return step->rows / op->n * op->heads;
}

static head_t head_of(const op_t *op, scratch_t *scratch) {
  int pairs = op->in_kind == KIND_BF16;
  head_t h = {.tall = TALL};
#ifdef MATRIX_UNIT
  h.matrix = pairs && matrix_unit_allowed;
  h.tall = h.matrix ? MATRIX_TALL : TALL;
#endif
  size_t unit = h.matrix ? WIDE : VECTOR, tall = (size_t)h.tall;
  h.dim = (int)filled((size_t)op->head_dim, unit);
  h.keys = (int)filled((size_t)op->k, unit);
  h.key_groups = pairs ? h.dim / 2 : h.dim;
  h.value_groups = pairs ? h.keys / 2 : h.keys;
  size_t key_panels = (size_t)h.keys * (size_t)h.key_groups, value_panels = (size_t)h.dim * (size_t)h.value_groups;
  size_t queries = filled(tall * (size_t)h.key_groups, VECTOR), weights = filled(tall * (size_t)h.value_groups, VECTOR);
  size_t scores = tall * (size_t)h.keys, mixed = tall * (size_t)h.dim;
  /* All sizes but those of queries and weights are multiples of a vector. */
  float *memory = scratch_of(scratch, key_panels + value_panels + queries + weights + scores + mixed +
                                        (size_t)h.dim);
  h.key_panels = (int32_t *)memory;
  h.value_panels = h.key_panels + key_panels;
  h.queries = h.value_panels + value_panels;
  h.weights = h.queries + queries;
  h.scores = (float *)(h.weights + weights);
  h.mixed = h.scores + scores;
  h.row = h.mixed + mixed;
  return h;
}

/* One head's components times a factor, as elements: out [key_groups]. */
static void elements(const op_t *op, const head_t *h, const float *x, float factor, int32_t *out) {
  for (int i = 0; i < h->dim; i += VECTOR) {
    __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(first(op->head_dim - i), x + i), _mm512_set1_ps(factor));
    if (op->in_kind == KIND_BF16) {
      _mm256_storeu_si256((__m256i *)(out + i / 2), to_bf16(v));
    } else {
      _mm512_storeu_ps(out + i, v);
    }
  }
}

/* Rows lie pages apart, and the processor does not guess the next one. */
enum { ROWS_AHEAD = 8 };

static inline void fetch(const op_t *op, const float *row) {
  for (int i = 0; i < op->head_dim + VECTOR; i += VECTOR) {
    _mm_prefetch((const char *)(row + i), _MM_HINT_T0);
  }
}

static void pack_keys(const op_t *op, const head_t *h, const float *keys) {
  for (int j = 0; j < h->keys; j++) {
    int panel = j / WIDE * WIDE, width = h->keys - panel < WIDE ? VECTOR : WIDE;
    int32_t *to = h->key_panels + (size_t)panel * h->key_groups + j % WIDE;
    int32_t *from = (int32_t *)h->row;
    fetch(op, keys + (j + ROWS_AHEAD) * op->kv_stride);
    if (j < op->k) {
      elements(op, h, keys + j * op->kv_stride, 1.f, from);
    } else {
      memset(from, 0, (size_t)h->key_groups * 4);
    }
    for (int g = 0; g < h->key_groups; g++) {
      to[(size_t)g * width] = from[g];
    }
  }
}

static inline __m512 value(const op_t *op, const float *values, int key, int c) {
  return key < op->k ? _mm512_maskz_loadu_ps(first(op->head_dim - c), values + key * op->kv_stride + c)
                     : _mm512_setzero_ps();
}

static void pack_values(const op_t *op, const head_t *h, const float *values) {
  int apart = op->in_kind == KIND_BF16 ? 2 : 1; /* keys of an element */
  for (int g = 0; g < h->value_groups; g++) {
    for (int key = apart * g; key < apart * (g + 1); key++) {
      fetch(op, values + (key + ROWS_AHEAD) * op->kv_stride);
    }
    for (int c = 0; c < h->dim; c += VECTOR) {
      int panel = c / WIDE * WIDE, width = h->dim - panel < WIDE ? VECTOR : WIDE;
      int32_t *to = h->value_panels + (size_t)panel * h->value_groups + (size_t)g * width + c % WIDE;
      if (op->in_kind == KIND_BF16) {
        __m512i even = _mm512_cvtepu16_epi32(to_bf16(value(op, values, 2 * g, c)));
        __m512i odd = _mm512_cvtepu16_epi32(to_bf16(value(op, values, 2 * g + 1, c)));
        _mm512_store_si512(to, _mm512_or_si512(even, _mm512_slli_epi32(odd, 16)));
      } else {
        _mm512_store_ps(to, value(op, values, g, c));
      }
    }
  }
}

/* out = TALL rows of elements x one panel of NV vectors. */
static inline __attribute__((always_inline)) void tile(const int32_t *rows, int groups, const int32_t *panel, float *out,
                                                        int width, const int NV, const int KIND) {
  __m512 sum[TALL][2];
#pragma GCC unroll 12
  for (int r = 0; r < TALL; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) {
      sum[r][v] = _mm512_setzero_ps();
    }
  }
  for (int g = 0; g < groups; g++, panel += VECTOR * NV) {
    __m512i b[2];
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) {
      b[v] = _mm512_load_si512(panel + VECTOR * v);
    }
#pragma GCC unroll 12
    for (int r = 0; r < TALL; r++) {
      __m512i a = _mm512_set1_epi32(rows[(size_t)r * groups + g]);
#pragma GCC unroll 2
      for (int v = 0; v < NV; v++) {
#ifdef __AVX512BF16__
        if (KIND == KIND_BF16) {
          sum[r][v] = _mm512_dpbf16_ps(sum[r][v], (__m512bh)a, (__m512bh)b[v]);
          continue;
        }
#endif
        sum[r][v] = _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b[v]), sum[r][v]);
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < TALL; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < NV; v++) {
      _mm512_store_ps(out + (size_t)r * width + VECTOR * v, sum[r][v]);
    }
  }
}

/* out [TALL, width] = rows x all panels. */
static inline __attribute__((always_inline)) void panels(const int32_t *rows, int groups, const int32_t *panel,
                                                          float *out, int width, const int KIND) {
  int column = 0;
  for (; column + WIDE <= width; column += WIDE) {
    tile(rows, groups, panel + (size_t)column * groups, out + column, width, 2, KIND);
  }
  if (column < width) {
    tile(rows, groups, panel + (size_t)column * groups, out + column, width, 1, KIND);
  }
}

#ifdef MATRIX_UNIT
/* out [count, width] = rows x all panels. */
static void panels_by_matrix(const int32_t *rows, int count, int groups, const int32_t *panel, float *out, int width) {
  int lower = count > TILE_ROWS;
  size_t across = (size_t)groups * 4, down = WIDE * 4;
  matrix_begin(count);
  for (int column = 0; column < width; column += WIDE) {
    matrix_zero();
    for (int g = 0; g < groups; g += TILE_ROWS, panel += TILE_ROWS * WIDE) {
      const char *from = (const char *)panel;
      matrix_add((const char *)(rows + g), across, lower, from, from + TILE_BYTES, down, 1, 0);
    }
    matrix_store(out + column, (size_t)width * sizeof(float), lower, 1);
  }
  matrix_end();
}
#endif

/* Scores to weights, not yet divided by their sum, as elements; the sum's inverse is returned. */
static float soften(const op_t *op, const head_t *h, const float *scores, int32_t *weights) {
  __m512 peak = _mm512_set1_ps(-INFINITY), sum = _mm512_setzero_ps();
  for (int j = 0; j < op->k; j += VECTOR) {
    peak = _mm512_mask_max_ps(peak, first(op->k - j), peak, _mm512_load_ps(scores + j));
  }
  peak = _mm512_set1_ps(_mm512_reduce_max_ps(peak));
  for (int j = 0; j < h->keys; j += VECTOR) {
    __m512 weight = _mm512_maskz_mov_ps(first(op->k - j), exp_ps(_mm512_sub_ps(_mm512_load_ps(scores + j), peak)));
    sum = _mm512_add_ps(sum, weight);
    if (op->in_kind == KIND_BF16) {
      _mm256_storeu_si256((__m256i *)(weights + j / 2), to_bf16(weight));
    } else {
      _mm512_storeu_ps(weights + j, weight);
    }
  }
  return 1.f / _mm512_reduce_add_ps(sum);
}

/* out = what all rows of elements give with the panels. */
static inline __attribute__((always_inline)) void products(const head_t *h, const int32_t *rows, int count, int groups,
                                                            const int32_t *panel, float *out, int width,
                                                            const int KIND) {
#ifdef MATRIX_UNIT
  if (KIND == KIND_BF16 && h->matrix) {
    panels_by_matrix(rows, count, groups, panel, out, width);
    return;
  }
#endif
  (void)h;
  (void)count;
  panels(rows, groups, panel, out, width, KIND);
}

static inline __attribute__((always_inline)) void queries_of(const op_t *op, const head_t *h, const float *queries,
                                                              float *out, int rows, const int KIND) {
  for (int r = 0; r < rows; r++) {
    fetch(op, queries + (r + ROWS_AHEAD) * op->stride);
    elements(op, h, queries + r * op->stride, op->factor, h->queries + (size_t)r * h->key_groups);
  }
  /* A vectors' tile is computed whole: what it has too many is left over from rows before. */
  products(h, h->queries, rows, h->key_groups, h->key_panels, h->scores, h->keys, KIND);
  float inverse[MATRIX_TALL];
  for (int r = 0; r < rows; r++) {
    inverse[r] = soften(op, h, h->scores + (size_t)r * h->keys, h->weights + (size_t)r * h->value_groups);
  }
  products(h, h->weights, rows, h->value_groups, h->value_panels, h->mixed, h->dim, KIND);
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < op->head_dim; c += VECTOR) {
      _mm512_mask_storeu_ps(out + ((size_t)r * op->heads) * op->head_dim + c, first(op->head_dim - c),
                            _mm512_mul_ps(_mm512_load_ps(h->mixed + (size_t)r * h->dim + c),
                                          _mm512_set1_ps(inverse[r])));
    }
  }
}

void attend_all_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  (void)step;
  int image = chunk / op->heads, column = chunk % op->heads * op->head_dim;
  const float *queries = (const float *)op->a + (size_t)image * op->n * op->stride + column;
  float *out = (float *)op->c + (size_t)image * op->n * op->heads * op->head_dim + column;
  size_t seen = (size_t)image * op->k * op->kv_stride + column;
  head_t h = head_of(op, scratch);
  pack_keys(op, &h, (const float *)op->b + seen);
  pack_values(op, &h, (const float *)op->d + seen);
  memset(h.queries, 0, (size_t)h.tall * h.key_groups * 4);
  memset(h.weights, 0, (size_t)h.tall * h.value_groups * 4);
  for (int row = 0; row < op->n; row += h.tall) {
    int rows = op->n - row < h.tall ? op->n - row : h.tall;
    const float *from = queries + row * op->stride;
    float *to = out + (size_t)row * op->heads * op->head_dim;
    if (op->in_kind == KIND_BF16) {
      queries_of(op, &h, from, to, rows, KIND_BF16);
    } else {
      queries_of(op, &h, from, to, rows, KIND_F32);
    }
  }
}
