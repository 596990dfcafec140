/* Square root, logarithm and power of two without libm.
 *
 * Built from integer operations and float +, - and * only, each rounded as
 * IEEE 754 says, so the bits are the same everywhere as long as the compiler
 * does not fuse a multiply and an add (-ffp-contract=off).
 */
#ifndef AE_MATHS_H
#define AE_MATHS_H

#include <stdint.h>

#include "tables.h"

/* sqrt(x), correctly rounded for every normal x; 0 for x below 2^-126. */
float ae_sqrtf(float x);

/* log2(x), within 2 ulp; -127 for x below 2^-126. */
float ae_log2f(float x);

/* 2^x, within 2 ulp; 0 for x below -126, 2^127 for x above 127. */
float ae_exp2f(float x);

/* The following are inline because they run for every bin of every frame. */

/* Zero bits above the highest one; 32 for 0. */
static inline int ae_clz32(uint32_t x) {
#if defined(__GNUC__)
    return x == 0 ? 32 : __builtin_clz(x);
#else
    int zeros = x == 0;
    for (int step = 16; step > 0; step /= 2) {
        if (x >> (32 - step) == 0) {
            zeros += step;
            x <<= step;
        }
    }
    return zeros;
#endif
}

/* Between two values of a table, `fraction` of the way, Q16. */
static inline uint32_t ae_interpolate(const uint16_t *low, uint32_t fraction) {
    return low[0] + ((uint32_t)(low[1] - low[0]) * fraction >> 16);
}

/* sqrt(x) within 2, for x < 2^16 within 0.51; at most 65535. */
static inline uint32_t ae_sqrt_u32(uint32_t x) {
    if (x == 0)
        return 0;
    const int zeros = ae_clz32(x);
    const uint32_t normal = x << zeros >> (zeros & 1); /* at least 2^30 */
    const uint32_t root =
        ae_interpolate(&ae_square_root[(normal >> 24) - 64], normal >> 8 & 0xFFFF);
    return ((root << 1 >> zeros / 2) + 1) >> 1;
}

/* log2(x), Q15, within 9e-5; 0 for 0. */
static inline int32_t ae_log2_q15(uint32_t x) {
    if (x == 0)
        return 0;
    const int zeros = ae_clz32(x);
    const uint32_t mantissa = x << zeros << 1; /* without its leading one */
    const uint32_t log2_mantissa =
        ae_interpolate(&ae_log2_mantissa[mantissa >> 26], mantissa >> 10 & 0xFFFF);
    return (int32_t)((uint32_t)(31 - zeros) << 15 | log2_mantissa);
}

#endif
