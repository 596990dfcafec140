#include "correlation.h"

#include <string.h>

#ifdef __ARM_FEATURE_DSP

/* Two products in one instruction; the sum is the same integer as below. */
int32_t ae_correlation(const int16_t *a, const int16_t *b, int32_t n)
{
    int32_t sum = 0;
    for (; n >= 2; n -= 2, a += 2, b += 2) {
        uint32_t two_a, two_b;
        memcpy(&two_a, a, sizeof two_a);
        memcpy(&two_b, b, sizeof two_b);
        __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(two_a), "r"(two_b));
    }
    return n ? sum + *a * *b : sum;
}

#else

int32_t ae_correlation(const int16_t *a, const int16_t *b, int32_t n)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

#endif

int32_t ae_correlation_shift(uint32_t peak)
{
    int32_t bits = 0;
    for (; peak; peak >>= 1)
        bits++;
    return bits - 11;
}

float ae_peak_offset(const float value[3])
{
    float curvature = 2.0f * value[1] - value[0] - value[2];
    return curvature > 0.0f ? 0.5f * (value[2] - value[0]) / curvature : 0.0f;
}

float ae_peak_height(const float value[3])
{
    return value[1] + 0.25f * (value[2] - value[0]) * ae_peak_offset(value);
}
