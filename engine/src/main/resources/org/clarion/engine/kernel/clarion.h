/*
 * What the files of the kernel library share: the operation that Java writes, the step that it runs over, vector helpers.
 *
 * A program is a table of operations. Every operation is cut into chunks that the threads of a team take one by one; no
 * chunk of an operation starts before the one before it is done. What a chunk computes depends on its own rows and
 * columns only, never on how many rows there are or who takes it: text is the same in any batch.
 */
#ifndef CLARION_H
#define CLARION_H

#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512VL__) || !defined(__AVX512VNNI__)
#error "this processor has no AVX-512 with VNNI"
#endif

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Element kinds of weights, activations and KV. */
enum { KIND_F32 = 0, KIND_BF16 = 1, KIND_I8 = 2, KIND_I4 = 3 };

enum { OP_EMBED, OP_NORM, OP_CONVERT, OP_PEAK, OP_LINEAR, OP_FINISH, OP_SPLIT, OP_ATTEND, OP_ATTEND_ALL, OP_BEST, OP_MASS, OP_KINDS };

/* What a linear operation does with its sums. */
enum { OUT_STORE, OUT_ADD, OUT_SWIGLU, OUT_GELU, OUT_GELU_BF16, OUT_INT };

/* Flags of operations. */
enum { LAYER_NORM = 1, ROTATE = 2, CAUSAL = 4, PEAK_GIVEN = 8 };

/* All pointers are to memory that Java owns. Which fields mean what is said at each operation. */
typedef struct {
  int32_t kind, flags;
  int32_t n, k;
  int32_t in_kind, out;
  int32_t tile_few, tile_many;
  int32_t heads, kv_heads;
  int32_t head_dim, kv_kind;
  int32_t from, taken;
  int64_t arena_tokens;
  int64_t stride, kv_stride;
  float eps, factor;
  void *a, *b, *c, *d, *e, *f, *g, *h;
} op_t;

/* Numbers of one pass; arrays of int32. */
typedef struct {
  int32_t rows;
  int32_t tasks;
  const int32_t *tokens;    /* [rows] */
  const int32_t *positions; /* [rows] */
  const int32_t *places;    /* [rows] position in the arena */
  const int32_t *task;      /* [tasks][4]: first row, rows, first position, start of the extent */
} step_t;

/* What a thread has for itself: memory that grows, and how many threads take chunks with it. */
typedef struct {
  float *memory;
  size_t floats;
  int threads;
} scratch_t;

static inline __m512 load_bf16(const uint16_t *p) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}

/* Round to nearest even, as bfloat16 conversions everywhere do; NaN does not occur. */
static inline __m256i to_bf16(__m512 x) {
  __m512i bits = _mm512_castps_si512(x);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  bits = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(bits, 16));
}

static inline __mmask16 first(int count) {
  return count >= 16 ? 0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

/*
 * Rows in blocks of 16, 32 or 64 numbers times a Hadamard matrix, in place, or as they are for 0: an outlier becomes a
 * small part of all numbers of its block. A row of weights goes the same way, divided by `block`, and sums stay the same.
 */
static inline void spread(float *x, int n, int block) {
  int vectors = block / 16;
  for (; n > 0 && block > 0; n -= block, x += block) {
    __m512 v[4];
    for (int i = 0; i < vectors; i++) {
      __m512 y = _mm512_loadu_ps(x + 16 * i), z = _mm512_permute_ps(y, 0xb1);
      y = _mm512_mask_sub_ps(_mm512_add_ps(y, z), 0xaaaa, z, y);
      z = _mm512_permute_ps(y, 0x4e);
      y = _mm512_mask_sub_ps(_mm512_add_ps(y, z), 0xcccc, z, y);
      z = _mm512_shuffle_f32x4(y, y, 0xb1);
      y = _mm512_mask_sub_ps(_mm512_add_ps(y, z), 0xf0f0, z, y);
      z = _mm512_shuffle_f32x4(y, y, 0x4e);
      v[i] = _mm512_mask_sub_ps(_mm512_add_ps(y, z), 0xff00, z, y);
    }
    for (int distance = 1; distance < vectors; distance *= 2) {
      for (int i = 0; i < vectors; i++) {
        if (!(i & distance)) {
          __m512 y = v[i], z = v[i + distance];
          v[i] = _mm512_add_ps(y, z);
          v[i + distance] = _mm512_sub_ps(y, z);
        }
      }
    }
    for (int i = 0; i < vectors; i++) {
      _mm512_storeu_ps(x + 16 * i, v[i]);
    }
  }
}

/* e^x, relative error below 2e-7: x = m ln 2 + r, a polynomial for e^r. */
static inline __m512 exp_ps(__m512 x) {
  x = _mm512_max_ps(_mm512_min_ps(x, _mm512_set1_ps(88.f)), _mm512_set1_ps(-104.f));
  __m512 m = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 8);
  __m512 r = _mm512_fnmadd_ps(m, _mm512_set1_ps(0.693359375f), x);
  r = _mm512_fnmadd_ps(m, _mm512_set1_ps(-2.12194440e-4f), r);
  __m512 p = _mm512_set1_ps(1.f / 5040);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f / 720));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f / 120));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f / 24));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f / 6));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.f));
  return _mm512_scalef_ps(p, m);
}

static inline __m512 silu_ps(__m512 x) {
  __m512 e = exp_ps(_mm512_sub_ps(_mm512_setzero_ps(), x));
  return _mm512_div_ps(x, _mm512_add_ps(_mm512_set1_ps(1.f), e));
}

/* x/2 (1 + erf(x / sqrt 2)); erf by Abramowitz and Stegun 7.1.26, absolute error below 2e-7. */
static inline __m512 gelu_ps(__m512 x) {
  __m512 z = _mm512_mul_ps(_mm512_abs_ps(x), _mm512_set1_ps(0.70710678f));
  __m512 t = _mm512_div_ps(_mm512_set1_ps(1.f), _mm512_fmadd_ps(z, _mm512_set1_ps(0.3275911f), _mm512_set1_ps(1.f)));
  __m512 p = _mm512_set1_ps(1.061405429f);
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-1.453152027f));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.421413741f));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-0.284496736f));
  p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.254829592f));
  __m512 tail = _mm512_mul_ps(_mm512_mul_ps(p, t), exp_ps(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(z, z))));
  /* 1 + erf(x): 2 - tail to the right, tail to the left, where the difference would cancel. */
  __mmask16 left = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
  __m512 both = _mm512_mask_mov_ps(_mm512_sub_ps(_mm512_set1_ps(2.f), tail), left, tail);
  return _mm512_mul_ps(_mm512_mul_ps(x, _mm512_set1_ps(0.5f)), both);
}

/* Chunks of each operation for a step, and the work of one. */
int embed_chunks(const op_t *, const step_t *);
void embed_run(const op_t *, const step_t *, int chunk, scratch_t *);
int norm_chunks(const op_t *, const step_t *);
void norm_run(const op_t *, const step_t *, int chunk, scratch_t *);
int convert_chunks(const op_t *, const step_t *);
void convert_run(const op_t *, const step_t *, int chunk, scratch_t *);
int peak_chunks(const op_t *, const step_t *);
void peak_run(const op_t *, const step_t *, int chunk, scratch_t *);
int linear_chunks(const op_t *, const step_t *);
void linear_run(const op_t *, const step_t *, int chunk, scratch_t *);
int finish_chunks(const op_t *, const step_t *);
void finish_run(const op_t *, const step_t *, int chunk, scratch_t *);
int split_chunks(const op_t *, const step_t *);
void split_run(const op_t *, const step_t *, int chunk, scratch_t *);
int best_chunks(const op_t *, const step_t *);
void best_run(const op_t *, const step_t *, int chunk, scratch_t *);
int mass_chunks(const op_t *, const step_t *);
void mass_run(const op_t *, const step_t *, int chunk, scratch_t *);
int attend_chunks(const op_t *, const step_t *);
void attend_run(const op_t *, const step_t *, int chunk, scratch_t *);
int attend_all_chunks(const op_t *, const step_t *);
void attend_all_run(const op_t *, const step_t *, int chunk, scratch_t *);

float *scratch_of(scratch_t *scratch, size_t floats);

#endif
