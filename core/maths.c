#include "maths.h"

#include <string.h>

#include "tables.h"

#define FLOAT_BIAS     127
#define MANTISSA_BITS  23
#define MANTISSA_MASK  0x7FFFFFu
#define SMALLEST_FLOAT 1.17549435e-38f /* 2^-126, the smallest normal number */

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

int ae_clz32(uint32_t x) {
#if defined(__GNUC__)
    return x == 0 ? 32 : __builtin_clz(x);
#else
    int zeros = 0;
    if (x == 0)
        return 32;
    for (int step = 16; step > 0; step /= 2) {
        if (x >> (32 - step) == 0) {
            zeros += step;
            x <<= step;
        }
    }
    return zeros;
#endif
}

/* A straight line between the table's square roots is less than one off, which
 * the last two lines mend. */
uint32_t ae_isqrt32(uint32_t x) {
    if (x == 0)
        return 0;
    const int shift = ae_clz32(x) & ~1;
    const uint32_t normal = x << shift; /* 2^30 <= normal */
    const uint16_t *low = &ae_square_root[(normal >> 24) - 64];
    const uint32_t fraction = normal >> 8 & 0xFFFF;
    uint32_t root = low[0] + ((uint32_t)(low[1] - low[0]) * fraction >> 16);
    if (root * root > normal)
        root--;
    if (normal - root * root > 2 * root)
        root++;
    return root >> (shift / 2);
}

int32_t ae_log2_q15(uint32_t x) {
    if (x == 0)
        return 0;
    const int zeros = ae_clz32(x);
    const uint32_t mantissa = x << zeros << 1; /* without its leading one */
    const uint16_t *low = &ae_log2_mantissa[mantissa >> 26];
    const uint32_t fraction = mantissa >> 10 & 0xFFFF;
    const uint32_t log2_mantissa = low[0] + ((uint32_t)(low[1] - low[0]) * fraction >> 16);
    return (int32_t)((uint32_t)(31 - zeros) << 15) + (int32_t)log2_mantissa;
}

/* Digit by digit over the mantissa, as fdlibm's e_sqrtf.c: a few hundred integer
 * instructions where Newton's method would take fifteen emulated float ones. */
float ae_sqrtf(float x) {
    if (!(x >= SMALLEST_FLOAT))
        return 0.0f;
    const uint32_t bits = bits_of(x);
    const int32_t exponent = (int32_t)(bits >> MANTISSA_BITS) - FLOAT_BIAS;
    const int32_t half = exponent >> 1;
    uint32_t rest = (bits & MANTISSA_MASK) | (MANTISSA_MASK + 1);
    rest <<= (exponent & 1) + 1;
    uint32_t root = 0;
    uint32_t twice = 0;
    for (uint32_t digit = 1u << 24; digit != 0; digit >>= 1) {
        const uint32_t trial = twice + digit;
        if (trial <= rest) {
            twice = trial + digit;
            rest -= trial;
            root += digit;
        }
        rest <<= 1;
    }
    root += root & 1; /* the 25th digit rounds; a tie cannot happen */
    return float_of((uint32_t)(half + FLOAT_BIAS - 1) * (MANTISSA_MASK + 1) + (root >> 1));
}

/* log2(1 + t) = t times a minimax polynomial for sqrt(1/2) <= 1 + t < sqrt(2),
 * whose relative error is 2.7e-8. */
float ae_log2f(float x) {
    if (!(x >= SMALLEST_FLOAT))
        return -FLOAT_BIAS;
    const uint32_t sqrt_half = 0x3F3504F3u;
    const uint32_t above = bits_of(x) - sqrt_half;
    const int32_t exponent = (int32_t)above >> MANTISSA_BITS;
    const float t = float_of((above & MANTISSA_MASK) + sqrt_half) - 1.0f;
    float slope = 0.125836994f;
    slope = slope * t - 0.207269747f;
    slope = slope * t + 0.215715615f;
    slope = slope * t - 0.238944822f;
    slope = slope * t + 0.287916247f;
    slope = slope * t - 0.360703683f;
    slope = slope * t + 0.480910643f;
    slope = slope * t - 0.721347347f;
    slope = slope * t + 1.442695000f;
    return (float)exponent + slope * t;
}

/* 2^x = 2^n times a minimax polynomial of the rest, which is within 1/2 of zero;
 * its relative error is 1.9e-9. */
float ae_exp2f(float x) {
    if (!(x >= -126.0f))
        return 0.0f;
    if (x > 127.0f)
        x = 127.0f;
    const int32_t n = (int32_t)(x + (x < 0.0f ? -0.5f : 0.5f));
    const float t = x - (float)n;
    float power = 0.000153458118f;
    power = power * t + 0.00133999313f;
    power = power * t + 0.00961848896f;
    power = power * t + 0.0555032878f;
    power = power * t + 0.240226469f;
    power = power * t + 0.693147206f;
    power = power * t + 1.0f;
    return power * float_of((uint32_t)(n + FLOAT_BIAS) << MANTISSA_BITS);
}
