/* Correlation of 16-bit samples, and the top of a sampled peak. */
#ifndef AE_CORRELATION_H
#define AE_CORRELATION_H

#include <stdbool.h>
#include <stdint.h>

/* Sum of a[i] * b[i]. The caller keeps every partial sum inside 32 bits. */
int32_t ae_correlation(const int16_t *a, const int16_t *b, int32_t n);

/* Four lags at once: r[j] is the sum of x[i] * later[i + j] for i < n - j, where
 * n > 3. */
#ifdef __ARM_FEATURE_DSP
void ae_four_correlations(const int16_t *x, const int16_t *later, int32_t n, int32_t r[4]);
#else
static inline void ae_four_correlations(const int16_t *x, const int16_t *later, int32_t n,
                                        int32_t r[4]) {
    for (int32_t i = 0; i < 4; i++)
        r[i] = ae_correlation(x, later + i, n - i);
}
#endif

/* Right shift (left when negative) that brings a magnitude into 1024..2047, so
 * that a sum of 511 squares stays below 2^31. */
int32_t ae_correlation_shift(uint32_t magnitude);

/* A stretch of samples to correlate with what follows it. */
struct ae_stretch {
    const int16_t *x;
    int32_t n;
    float scale; /* what the correlation is normalised with; see its function */
};

/* A normalised correlation at one lag, -1 to 1. */
typedef float ae_correlation_at(const struct ae_stretch *stretch, int32_t lag);

/* Cross-correlation of the first n samples with the n samples `lag` later; the
 * scale is the sum of squares of the first n. */
ae_correlation_at ae_cross_correlation;
struct ae_stretch ae_cross_stretch(const int16_t *x, int32_t n);

/* A maximum between samples. */
struct ae_peak {
    float lag, height;
};

/* Climb from a lag to the nearest maximum, at most `steps` away, and interpolate
 * it. If there is none the peak is left where the climb ended. */
bool ae_climb(ae_correlation_at *at, const struct ae_stretch *stretch, int32_t lag, int32_t steps,
              struct ae_peak *peak);

/* The top of the parabola through three neighbours, `lag` being the middle one's. */
struct ae_peak ae_parabola(const float value[3], int32_t lag);

#endif
