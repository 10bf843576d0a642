/*
 * What is done row by row: embeddings, norms, conversion of activations to what linear layers take.
 */
#include "clarion.h"

#include <math.h>

/* Rows that one chunk of a row-wise operation takes. */
enum { ROWS = 4 };

static int row_chunks(const step_t *step) {
  return (step->rows + ROWS - 1) / ROWS;
}

#define EACH_ROW(step, chunk, row) \
  for (int row = (chunk) * ROWS, row##_end = row + ROWS < (step)->rows ? row + ROWS : (step)->rows; \
       row < row##_end; row++)


/* ---- EMBED: a = table [vocabulary, n] bfloat16, b = out [rows, n] float32. */

int embed_chunks(const op_t *op, const step_t *step) {
  (void)op;
  return row_chunks(step);
}

void embed_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  (void)scratch;
  EACH_ROW(step, chunk, row) {
    const uint16_t *from = (const uint16_t *)op->a + (size_t)step->tokens[row] * op->n;
    float *to = (float *)op->b + (size_t)row * op->n;
    for (int i = 0; i < op->n; i++) {
      uint32_t bits = (uint32_t)from[i] << 16;
      memcpy(&to[i], &bits, 4);
    }
  }
}

/* ---- Rows of float32 to what a linear layer takes. */

static inline __m512 peak_of(const float *x, int n) {
  __m512 peak = _mm512_setzero_ps();
  for (int i = 0; i < n; i += 16) {
    peak = _mm512_max_ps(peak, _mm512_abs_ps(_mm512_maskz_loadu_ps(first(n - i), x + i)));
  }
  return peak;
}

/* To bytes of value x 127 / peak + 128; the factor that undoes it is returned. */
static float quantise(const float *x, int n, float peak, uint8_t *out) {
  /* A row of zeros has any factor; a peak that is not finite gives rubbish in this row alone. */
  float up = peak > 0 ? 127.f / peak : 0.f;
  __m512 factor = _mm512_set1_ps(up);
  for (int i = 0; i < n; i += 16) {
    __mmask16 mask = first(n - i);
    __m512i q = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + i), factor));
    q = _mm512_max_epi32(_mm512_min_epi32(q, _mm512_set1_epi32(127)), _mm512_set1_epi32(-127));
    _mm_mask_storeu_epi8(out + i, mask, _mm512_cvtepi32_epi8(_mm512_add_epi32(q, _mm512_set1_epi32(128))));
  }
  return peak > 0 ? peak / 127.f : 0.f;
}

/* c: inputs of the linear layer [rows, n] in op->in_kind, d: row factors [rows] for int8. */
static void hand_over(const op_t *op, int row, const float *x, float peak) {
  size_t start = (size_t)row * op->n;
  if (op->in_kind == KIND_I8) {
    ((float *)op->d)[row] = quantise(x, op->n, peak, (uint8_t *)op->c + start);
  } else if (op->in_kind == KIND_BF16) {
    for (int i = 0; i < op->n; i += 16) {
      __mmask16 mask = first(op->n - i);
      _mm256_mask_storeu_epi16((uint16_t *)op->c + start + i, mask, to_bf16(_mm512_maskz_loadu_ps(mask, x + i)));
    }
  } else if ((float *)op->c + start != x) {
    memcpy((float *)op->c + start, x, (size_t)op->n * sizeof(float));
  }
}

/* ---- NORM: a = x [rows, n] float32, b = gain [n], e = bias [n] or null; result as hand_over says, spread in blocks of k. */

int norm_chunks(const op_t *op, const step_t *step) {
  (void)op;
  return row_chunks(step);
}

void norm_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  int n = op->n;
  float *y = scratch_of(scratch, (size_t)n + 16);
  const float *gain = op->b, *bias = op->e;
  EACH_ROW(step, chunk, row) {
    const float *x = (const float *)op->a + (size_t)row * n;
    __m512 mean = _mm512_setzero_ps();
    if (op->flags & LAYER_NORM) {
      __m512 sum = _mm512_setzero_ps();
      for (int i = 0; i < n; i += 16) {
        sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(first(n - i), x + i));
      }
      mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / (float)n);
    }
    __m512 squares = _mm512_setzero_ps();
    for (int i = 0; i < n; i += 16) {
      __mmask16 mask = first(n - i);
      __m512 v = _mm512_maskz_sub_ps(mask, _mm512_maskz_loadu_ps(mask, x + i), mean);
      squares = _mm512_fmadd_ps(v, v, squares);
    }
    __m512 scale = _mm512_set1_ps(1.f / sqrtf(_mm512_reduce_add_ps(squares) / (float)n + op->eps));
    for (int i = 0; i < n; i += 16) {
      __mmask16 mask = first(n - i);
      __m512 v = _mm512_mul_ps(_mm512_maskz_sub_ps(mask, _mm512_maskz_loadu_ps(mask, x + i), mean), scale);
      v = _mm512_mul_ps(v, _mm512_maskz_loadu_ps(mask, gain + i));
      if (bias) {
        v = _mm512_add_ps(v, _mm512_maskz_loadu_ps(mask, bias + i));
      }
      _mm512_mask_storeu_ps(y + i, mask, v);
    }
    spread(y, n, op->k);
    hand_over(op, row, y, op->in_kind == KIND_I8 ? _mm512_reduce_max_ps(peak_of(y, n)) : 0);
  }
}

/* ---- CONVERT: a = x [rows, n] float32, spread in place in blocks of k; f = largest magnitudes [rows] if PEAK_GIVEN, and x
        spread already; result as hand_over says. */

int convert_chunks(const op_t *op, const step_t *step) {
  (void)op;
  return row_chunks(step);
}

void convert_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  (void)scratch;
  EACH_ROW(step, chunk, row) {
    float *x = (float *)op->a + (size_t)row * op->n;
    float peak = 0;
    if (op->flags & PEAK_GIVEN) {
      peak = ((const float *)op->f)[row];
    } else {
      spread(x, op->n, op->k);
      if (op->in_kind == KIND_I8) {
        peak = _mm512_reduce_max_ps(peak_of(x, op->n));
      }
    }
    hand_over(op, row, x, peak);
  }
}

/* ---- PEAK: a = x [rows, n] float32, spread in place in blocks of k, f = largest magnitude of each row [rows]. */

int peak_chunks(const op_t *op, const step_t *step) {
  (void)op;
  return row_chunks(step);
}

void peak_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  (void)scratch;
  EACH_ROW(step, chunk, row) {
    float *x = (float *)op->a + (size_t)row * op->n;
    spread(x, op->n, op->k);
    ((float *)op->f)[row] = _mm512_reduce_max_ps(peak_of(x, op->n));
  }
}

/* ---- FINISH: a = x [rows, n] float32 += b = sums over all ranks, int32 [rows, n] x d = column factors [n] x e = row
        factors [rows]. The same operations in the same order as LINEAR's OUT_ADD. KIND_F32: b is float32 and added. */

int finish_chunks(const op_t *op, const step_t *step) {
  (void)op;
  return row_chunks(step);
}

void finish_run(const op_t *op, const step_t *step, int chunk, scratch_t *scratch) {
  (void)scratch;
  EACH_ROW(step, chunk, row) {
    float *x = (float *)op->a + (size_t)row * op->n;
    for (int i = 0; i < op->n; i += 16) {
      __mmask16 mask = first(op->n - i);
      const char *sums = (const char *)op->b + ((size_t)row * op->n + i) * 4;
      __m512 y;
      if (op->in_kind == KIND_F32) {
        y = _mm512_maskz_loadu_ps(mask, sums);
      } else {
        y = _mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(mask, sums));
        y = _mm512_mul_ps(y, _mm512_set1_ps(((const float *)op->e)[row]));
        y = _mm512_mul_ps(y, _mm512_maskz_loadu_ps(mask, (const float *)op->d + i));
      }
      _mm512_mask_storeu_ps(x + i, mask, _mm512_add_ps(_mm512_maskz_loadu_ps(mask, x + i), y));
    }
  }
}

/* ---- BEST: a = logits [rows, n] float32, b = int32 [rows]: the id with the largest, the lowest of equals. NaN loses. */

int best_chunks(const op_t *op, const step_t *step) {
  (void)op;
  return step->rows;
}

void best_run(const op_t *op, const step_t *step, int row, scratch_t *scratch) {
  (void)step, (void)scratch;
  const float *x = (const float *)op->a + (size_t)row * op->n;
  __m512 best = _mm512_set1_ps(-INFINITY);
  for (int i = 0; i < op->n; i += 16) {
    __mmask16 mask = first(op->n - i);
    __m512 v = _mm512_mask_loadu_ps(best, mask, x + i);
    mask = _mm512_cmp_ps_mask(v, best, _CMP_GT_OQ);
    best = _mm512_mask_mov_ps(best, mask, v);
  }
  __m512 peak = _mm512_set1_ps(_mm512_reduce_max_ps(best));
  ((int32_t *)op->b)[row] = 0;
  for (int i = 0; i < op->n; i += 16) {
    __mmask16 found = _mm512_cmp_ps_mask(_mm512_maskz_loadu_ps(first(op->n - i), x + i), peak, _CMP_EQ_OQ);
    found &= first(op->n - i);
    if (found) {
      ((int32_t *)op->b)[row] = i + __builtin_ctz(found);
      return;
    }
  }
}

/* ---- MASS: a = logits [rows, n] float32, b = float32 [rows]: logarithm of the sum of their exponentials. */

int mass_chunks(const op_t *op, const step_t *step) {
  (void)op;
  return step->rows;
}

void mass_run(const op_t *op, const step_t *step, int row, scratch_t *scratch) {
  (void)step, (void)scratch;
  const float *x = (const float *)op->a + (size_t)row * op->n;
  __m512 peak = _mm512_set1_ps(-INFINITY), sum = _mm512_setzero_ps();
  for (int i = 0; i < op->n; i += 16) {
    __mmask16 mask = first(op->n - i);
    peak = _mm512_mask_max_ps(peak, mask, peak, _mm512_maskz_loadu_ps(mask, x + i));
  }
  float most = _mm512_reduce_max_ps(peak);
  for (int i = 0; i < op->n; i += 16) {
    __mmask16 mask = first(op->n - i);
    __m512 v = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + i), _mm512_set1_ps(most));
    sum = _mm512_add_ps(sum, _mm512_maskz_mov_ps(mask, exp_ps(v)));
  }
  ((float *)op->b)[row] = most + logf(_mm512_reduce_add_ps(sum));
}
