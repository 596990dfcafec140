#include "dot.h"

#include "fixed_point.h"
#include "simd.h"

#ifdef AE_SIMD

#define VARIABLES ae_sums four = ae_no_sums()
#define BLOCK_OF_BYTES                                                                             \
    four = ae_accumulate(four, ae_widen(x), weights);                                              \
    x += 4;                                                                                        \
    weights += 16
#define BLOCK_OF_HALFWORDS                                                                         \
    four = ae_accumulate(four, ae_reorder(x), weights);                                            \
    x += 4;                                                                                        \
    weights += 16
#define STORE ae_total(four, sums)

#elif defined(__ARM_FEATURE_DSP)

/* Two products at once, as assembly because compilers do not find the instruction: the
 * weights' even bytes with one pair of inputs, their odd bytes with the other. */
#define FOUR_PRODUCTS(sum)                                                                         \
    "ldr %[odd], [%[weights]], #4\n\t"                                                             \
    "uxtb16 %[even], %[odd]\n\t"                                                                   \
    "uxtb16 %[odd], %[odd], ror #8\n\t"                                                            \
    "smlad %[" sum "], %[even], %[one], %[" sum "]\n\t"                                            \
    "smlad %[" sum "], %[odd], %[other], %[" sum "]\n\t"

#define SIXTEEN_PRODUCTS(load_inputs)                                                              \
    __asm__ volatile(                                                                              \
        load_inputs FOUR_PRODUCTS("a") FOUR_PRODUCTS("b") FOUR_PRODUCTS("c") FOUR_PRODUCTS("d")    \
        : [one] "=&r"(one), [other] "=&r"(other), [even] "=&r"(even), [odd] "=&r"(odd),            \
          [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [x] "+r"(x), [weights] "+r"(weights) \
        :                                                                                          \
        : "memory")

#define BYTES                                                                                      \
    "ldr %[other], [%[x]], #4\n\t"                                                                 \
    "uxtb16 %[one], %[other]\n\t"                                                                  \
    "uxtb16 %[other], %[other], ror #8\n\t"

#define HALFWORDS                                                                                  \
    "ldr %[one], [%[x]], #4\n\t"                                                                   \
    "ldr %[other], [%[x]], #4\n\t"

#define VARIABLES          uint32_t one, other, even, odd, a = 0, b = 0, c = 0, d = 0
#define BLOCK_OF_BYTES     SIXTEEN_PRODUCTS(BYTES)
#define BLOCK_OF_HALFWORDS SIXTEEN_PRODUCTS(HALFWORDS)

#else

/* A Cortex-M0+ has eight registers for everything, as many as are needed here as long as
 * the compiler keeps to this order. */
#if defined(__GNUC__) && defined(AE_SHORT_PRODUCTS)
#define STAY_IN_ORDER                                                                              \
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(x), "+r"(weights))
#else
#define STAY_IN_ORDER (void)0
#endif

#define PRODUCTS(i, place)                                                                         \
    a += (uint32_t)x[i] * weights[place];                                                          \
    b += (uint32_t)x[i] * weights[4 + (place)];                                                    \
    c += (uint32_t)x[i] * weights[8 + (place)];                                                    \
    d += (uint32_t)x[i] * weights[12 + (place)];                                                   \
    STAY_IN_ORDER

#define BLOCK(second, third)                                                                       \
    PRODUCTS(0, 0);                                                                                \
    PRODUCTS(1, second);                                                                           \
    PRODUCTS(2, third);                                                                            \
    PRODUCTS(3, 3);                                                                                \
    x += 4;                                                                                        \
    weights += 16

#define VARIABLES          uint32_t a = 0, b = 0, c = 0, d = 0
#define BLOCK_OF_BYTES     BLOCK(1, 2)
#define BLOCK_OF_HALFWORDS BLOCK(2, 1)

#endif

#ifndef STORE
#define STORE                                                                                      \
    sums[0] = a;                                                                                   \
    sums[1] = b;                                                                                   \
    sums[2] = c;                                                                                   \
    sums[3] = d
#endif

void ae_four_dots(const uint8_t *x, const uint8_t *weights, uint32_t n, uint32_t sums[AE_BLOCK]) {
    VARIABLES;
    for (const uint8_t *end = x + n; x != end;) {
        BLOCK_OF_BYTES;
    }
    STORE;
}

#ifdef AE_SIMD

/* Widened inputs serve four blocks, whose sums do not wait for each other. */
void ae_sixteen_dots(const uint8_t *x, const uint8_t *weights, uint32_t n,
                     uint32_t sums[4 * AE_BLOCK]) {
    const uint8_t *const second = weights + AE_BLOCK * n, *const third = second + AE_BLOCK * n;
    const uint8_t *const fourth = third + AE_BLOCK * n;
    ae_sums a = ae_no_sums(), b = a, c = a, d = a;
    for (uint32_t i = 0; i < n; i += AE_BLOCK) {
        const ae_inputs four = ae_widen(x + i);
        a = ae_accumulate(a, four, weights + AE_BLOCK * i);
        b = ae_accumulate(b, four, second + AE_BLOCK * i);
        c = ae_accumulate(c, four, third + AE_BLOCK * i);
        d = ae_accumulate(d, four, fourth + AE_BLOCK * i);
    }
    ae_total(a, sums);
    ae_total(b, sums + AE_BLOCK);
    ae_total(c, sums + 2 * AE_BLOCK);
    ae_total(d, sums + 3 * AE_BLOCK);
}

#endif

void ae_four_wide_dots(const uint16_t *x, const uint8_t *weights, uint32_t n,
                       uint32_t sums[AE_BLOCK]) {
    VARIABLES;
    for (const uint16_t *end = x + n; x != end;) {
        BLOCK_OF_HALFWORDS;
    }
    STORE;
}
