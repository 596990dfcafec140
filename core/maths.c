#include "maths.h"

#include <string.h>

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

#if defined(__GNUC__) && defined(__SSE__)
#define SQRT_INSTRUCTION(root, x) __asm__("sqrtss %1, %0" : "=x"(root) : "x"(x))
#elif defined(__GNUC__) && defined(__aarch64__)
#define SQRT_INSTRUCTION(root, x) __asm__("fsqrt %s0, %s1" : "=w"(root) : "w"(x))
#elif defined(__GNUC__) && defined(__ARM_FP)
#define SQRT_INSTRUCTION(root, x) __asm__("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x))
#endif

#ifdef SQRT_INSTRUCTION

/* Rounded as IEEE 754 says, like the other way, so with the same bits. In assembly,
 * because compilers call libm for the sake of errno. */
static float root_of_normal(float x) {
    float root;
    SQRT_INSTRUCTION(root, x);
    return root;
}

#else

/* Digit by digit over the mantissa, as fdlibm's e_sqrtf.c: a few hundred integer
 * instructions where Newton's method would take fifteen emulated float ones. */
static float root_of_normal(float x) {
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

#endif

float ae_sqrtf(float x) {
    return x >= SMALLEST_FLOAT ? root_of_normal(x) : 0.0f;
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
