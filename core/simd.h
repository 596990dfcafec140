/* Four inputs times four rows of weights at once, where the compiler may use vectors.
 *
 * AE_SIMD names the instructions: AVX2 or SSE2 on x86-64, NEON on AArch64, SIMD128 in WebAssembly.
 * Without them, or with AE_SCALAR, it is not defined. Sums are modulo 2^32, whatever their order:
 * the bits are those of the scalar code.
 */
#ifndef AE_SIMD_H
#define AE_SIMD_H

#include <stdint.h>
#include <string.h>

#if defined(AE_SCALAR)
#elif defined(__AVX2__)
#define AE_SIMD "AVX2"
#include <immintrin.h>
#elif defined(__SSE2__) || defined(_M_X64)
#define AE_SIMD "SSE2"
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)
#define AE_SIMD "NEON"
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#define AE_SIMD "SIMD128"
#include <wasm_simd128.h>
#endif

#ifdef AE_SIMD

/* What every set of instructions defines:
 * ae_inputs     four inputs as 16 bits, once for each row of a register
 * ae_sums       partial sums of each row
 * ae_widen      inputs from bytes
 * ae_reorder    inputs from halfwords, the second and the third having changed places
 * ae_no_sums    zeros
 * ae_accumulate add the products with weights of dot.h
 * ae_total      the four sums
 * ae_four       sums of four channels, each with a weight of its own:
 *               ae_no_four, ae_accumulate_four, ae_store_four */

static inline uint32_t ae_load_four(const void *bytes) {
    uint32_t four;
    memcpy(&four, bytes, sizeof four);
    return four;
}

#if defined(__AVX2__) || defined(__SSE2__) || defined(_M_X64)

/* From the sums of pairs, of rows a and b and of rows c and d. */
static inline void ae_total_pairs(__m128i ab, __m128i cd, uint32_t sums[4]) {
    const __m128i low = _mm_unpacklo_epi32(ab, cd), high = _mm_unpackhi_epi32(ab, cd);
    const __m128i ac = _mm_add_epi32(low, _mm_shuffle_epi32(low, _MM_SHUFFLE(1, 0, 3, 2)));
    const __m128i bd = _mm_add_epi32(high, _mm_shuffle_epi32(high, _MM_SHUFFLE(1, 0, 3, 2)));
    _mm_storeu_si128((__m128i *)(void *)sums, _mm_unpacklo_epi32(ac, bd));
}

static inline __m128i ae_swap_middle(const uint16_t *x) {
    const __m128i four = _mm_loadl_epi64((const __m128i *)(const void *)x);
    return _mm_shufflelo_epi16(four, _MM_SHUFFLE(3, 1, 2, 0));
}

static inline __m128i ae_load_weights(const uint8_t *weights) {
    return _mm_loadu_si128((const __m128i *)(const void *)weights);
}

typedef __m128i ae_four;

static inline ae_four ae_no_four(void) {
    return _mm_setzero_si128();
}

static inline ae_four ae_accumulate_four(ae_four sums, const uint8_t *x, const int8_t *weights) {
    const __m128i zero = _mm_setzero_si128();
    const __m128i w = _mm_cvtsi32_si128((int)ae_load_four(weights));
    const __m128i x16 = _mm_unpacklo_epi8(_mm_cvtsi32_si128((int)ae_load_four(x)), zero);
    const __m128i w16 = _mm_srai_epi16(_mm_unpacklo_epi8(w, w), 8);
    const __m128i products =
        _mm_madd_epi16(_mm_unpacklo_epi16(x16, zero), _mm_unpacklo_epi16(w16, zero));
    return _mm_add_epi32(sums, products);
}

static inline void ae_store_four(ae_four sums, uint32_t *total) {
    _mm_storeu_si128((__m128i *)(void *)total, sums);
}

#endif

#if defined(__AVX2__)

typedef __m256i ae_inputs, ae_sums;

static inline ae_inputs ae_widen(const uint8_t *x) {
    return _mm256_cvtepu8_epi16(_mm_set1_epi32((int)ae_load_four(x)));
}

static inline ae_inputs ae_reorder(const uint16_t *x) {
    return _mm256_broadcastq_epi64(ae_swap_middle(x));
}

static inline ae_sums ae_no_sums(void) {
    return _mm256_setzero_si256();
}

static inline ae_sums ae_accumulate(ae_sums sums, ae_inputs x, const uint8_t *weights) {
    const __m256i w = _mm256_cvtepu8_epi16(ae_load_weights(weights));
    return _mm256_add_epi32(sums, _mm256_madd_epi16(x, w));
}

static inline void ae_total(ae_sums sums, uint32_t total[4]) {
    ae_total_pairs(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1), total);
}

#elif defined(__SSE2__) || defined(_M_X64)

typedef __m128i ae_inputs;
typedef struct {
    __m128i ab, cd;
} ae_sums;

static inline ae_inputs ae_widen(const uint8_t *x) {
    return _mm_unpacklo_epi8(_mm_set1_epi32((int)ae_load_four(x)), _mm_setzero_si128());
}

static inline ae_inputs ae_reorder(const uint16_t *x) {
    const __m128i four = ae_swap_middle(x);
    return _mm_unpacklo_epi64(four, four);
}

static inline ae_sums ae_no_sums(void) {
    return (ae_sums){_mm_setzero_si128(), _mm_setzero_si128()};
}

static inline ae_sums ae_accumulate(ae_sums sums, ae_inputs x, const uint8_t *weights) {
    const __m128i w = ae_load_weights(weights), zero = _mm_setzero_si128();
    return (ae_sums){
        _mm_add_epi32(sums.ab, _mm_madd_epi16(x, _mm_unpacklo_epi8(w, zero))),
        _mm_add_epi32(sums.cd, _mm_madd_epi16(x, _mm_unpackhi_epi8(w, zero))),
    };
}

static inline void ae_total(ae_sums sums, uint32_t total[4]) {
    ae_total_pairs(sums.ab, sums.cd, total);
}

#elif defined(__aarch64__)

typedef uint16x4_t ae_inputs;
typedef struct {
    uint32x4_t a, b, c, d;
} ae_sums;

static inline ae_inputs ae_widen(const uint8_t *x) {
    return vget_low_u16(vmovl_u8(vcreate_u8(ae_load_four(x))));
}

static inline ae_inputs ae_reorder(const uint16_t *x) {
    static const uint8_t order[8] = {0, 1, 4, 5, 2, 3, 6, 7};
    return vreinterpret_u16_u8(vtbl1_u8(vreinterpret_u8_u16(vld1_u16(x)), vld1_u8(order)));
}

static inline ae_sums ae_no_sums(void) {
    const uint32x4_t zero = vdupq_n_u32(0);
    return (ae_sums){zero, zero, zero, zero};
}

static inline ae_sums ae_accumulate(ae_sums sums, ae_inputs x, const uint8_t *weights) {
    const uint8x16_t w = vld1q_u8(weights);
    const uint16x8_t ab = vmovl_u8(vget_low_u8(w)), cd = vmovl_u8(vget_high_u8(w));
    return (ae_sums){
        vmlal_u16(sums.a, vget_low_u16(ab), x),
        vmlal_u16(sums.b, vget_high_u16(ab), x),
        vmlal_u16(sums.c, vget_low_u16(cd), x),
        vmlal_u16(sums.d, vget_high_u16(cd), x),
    };
}

static inline void ae_total(ae_sums sums, uint32_t total[4]) {
    const uint32x4_t ab = vpaddq_u32(sums.a, sums.b), cd = vpaddq_u32(sums.c, sums.d);
    vst1q_u32(total, vpaddq_u32(ab, cd));
}

typedef int32x4_t ae_four;

static inline ae_four ae_no_four(void) {
    return vdupq_n_s32(0);
}

static inline ae_four ae_accumulate_four(ae_four sums, const uint8_t *x, const int8_t *weights) {
    const int8x8_t w = vcreate_s8(ae_load_four(weights));
    return vmlal_s16(sums, vreinterpret_s16_u16(ae_widen(x)), vget_low_s16(vmovl_s8(w)));
}

static inline void ae_store_four(ae_four sums, uint32_t *total) {
    vst1q_u32(total, vreinterpretq_u32_s32(sums));
}

#else

typedef v128_t ae_inputs;
typedef struct {
    v128_t ab, cd;
} ae_sums;

static inline ae_inputs ae_widen(const uint8_t *x) {
    return wasm_u16x8_extend_low_u8x16(wasm_v128_load32_splat(x));
}

static inline ae_inputs ae_reorder(const uint16_t *x) {
    const v128_t four = wasm_v128_load64_splat(x);
    return wasm_i16x8_shuffle(four, four, 0, 2, 1, 3, 4, 6, 5, 7);
}

static inline ae_sums ae_no_sums(void) {
    return (ae_sums){wasm_i32x4_splat(0), wasm_i32x4_splat(0)};
}

static inline ae_sums ae_accumulate(ae_sums sums, ae_inputs x, const uint8_t *weights) {
    const v128_t w = wasm_v128_load(weights);
    return (ae_sums){
        wasm_i32x4_add(sums.ab, wasm_i32x4_dot_i16x8(x, wasm_u16x8_extend_low_u8x16(w))),
        wasm_i32x4_add(sums.cd, wasm_i32x4_dot_i16x8(x, wasm_u16x8_extend_high_u8x16(w))),
    };
}

static inline void ae_total(ae_sums sums, uint32_t total[4]) {
    const v128_t even = wasm_i32x4_shuffle(sums.ab, sums.cd, 0, 2, 4, 6);
    const v128_t odd = wasm_i32x4_shuffle(sums.ab, sums.cd, 1, 3, 5, 7);
    wasm_v128_store(total, wasm_i32x4_add(even, odd));
}

typedef v128_t ae_four;

static inline ae_four ae_no_four(void) {
    return wasm_i32x4_splat(0);
}

static inline ae_four ae_accumulate_four(ae_four sums, const uint8_t *x, const int8_t *weights) {
    const v128_t w = wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(weights));
    return wasm_i32x4_add(sums, wasm_i32x4_extmul_low_i16x8(ae_widen(x), w));
}

static inline void ae_store_four(ae_four sums, uint32_t *total) {
    wasm_v128_store(total, sums);
}

#endif
#endif
#endif
