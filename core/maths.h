/* The little mathematics the core needs, without libm.
 *
 * Built from integer operations and float +, - and * only, each rounded as
 * IEEE 754 says, so the bits are the same everywhere as long as the compiler
 * does not fuse a multiply and an add (-ffp-contract=off).
 */
#ifndef AE_MATHS_H
#define AE_MATHS_H

#include <stdint.h>

/* Zero bits above the highest one; 32 for 0. */
int ae_clz32(uint32_t x);

/* floor(sqrt(x)), exact. */
uint32_t ae_isqrt32(uint32_t x);

/* log2(x), Q15, within 9e-5; 0 for 0. */
int32_t ae_log2_q15(uint32_t x);

/* sqrt(x), correctly rounded for every normal x; 0 for x below 2^-126. */
float ae_sqrtf(float x);

/* log2(x), within 2 ulp; -127 for x below 2^-126. */
float ae_log2f(float x);

/* 2^x, within 2 ulp; 0 for x below -126, 2^127 for x above 127. */
float ae_exp2f(float x);

#endif
