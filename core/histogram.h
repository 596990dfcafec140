/* Percentiles of values whose range is known beforehand. */
#ifndef AE_HISTOGRAM_H
#define AE_HISTOGRAM_H

#include <stdint.h>

#define AE_HISTOGRAM_BINS 96

struct ae_histogram {
    uint32_t count[AE_HISTOGRAM_BINS];
};

/* Count a value by its place between the ends of the range: 0 to 1, clipped. */
void ae_histogram_add(struct ae_histogram *histogram, float place);

/* The place, in bins, below which `fraction` of the n values lie, those of a bin taken to
 * be spread evenly over it; so within a bin. 0 for n = 0. */
float ae_histogram_place(const uint32_t *count, int n_bins, uint32_t n, float fraction);

#endif
