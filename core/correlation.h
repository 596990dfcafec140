/* Sums of products of 16-bit samples, and the top of a sampled peak. */
#ifndef AE_CORRELATION_H
#define AE_CORRELATION_H

#include <stdint.h>

/* Largest magnitude for which a sum of 512 squares stays below 2^31. */
#define AE_CORRELATION_PEAK 2047

/* Sum of a[i] * b[i]. The caller keeps every partial sum inside 32 bits. */
int32_t ae_correlation(const int16_t *a, const int16_t *b, int32_t n);

/* Right shift (left when negative) that brings a magnitude into 1024..2047. */
int32_t ae_correlation_shift(uint32_t peak);

/* Where the parabola through three equally spaced values has its top, relative
 * to the middle one (-0.5 to 0.5 when that is the largest), and how high it is. */
float ae_peak_offset(const float value[3]);
float ae_peak_height(const float value[3]);

#endif
