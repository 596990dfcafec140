#include "moments.h"

#include "maths.h"

/* A spread this small beside the mean is rounding error. */
#define ROUNDING 1e-6f

void ae_moments_add(struct ae_moments *moments, float x, float one_over_n) {
    const float distance = x - moments->mean;
    moments->mean += distance * one_over_n;
    moments->m2 += distance * (x - moments->mean);
}

void ae_moments_add_third(struct ae_moments *moments, float x, float n, float one_over_n) {
    const float distance = x - moments->mean;
    const float step = distance * one_over_n;
    const float square = distance * step * (n - 1.0f);
    moments->m3 += step * (square * (n - 2.0f) - 3.0f * moments->m2);
    ae_moments_add(moments, x, one_over_n);
}

float ae_moments_std(const struct ae_moments *moments, uint32_t n) {
    if (n == 0)
        return 0.0f;
    const float std = ae_sqrtf(moments->m2 / (float)n);
    const float mean = moments->mean < 0.0f ? -moments->mean : moments->mean;
    return std > ROUNDING * mean ? std : 0.0f;
}

float ae_moments_skewness(const struct ae_moments *moments, uint32_t n) {
    const float std = ae_moments_std(moments, n);
    return std > 0.0f ? moments->m3 / (float)n / std / std / std : 0.0f;
}
