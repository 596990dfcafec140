#include "histogram.h"

void ae_histogram_add(struct ae_histogram *histogram, float place) {
    const float bin = place * AE_HISTOGRAM_BINS;
    int index = 0;
    if (bin >= AE_HISTOGRAM_BINS - 1)
        index = AE_HISTOGRAM_BINS - 1;
    else if (bin > 0.0f)
        index = (int)bin;
    histogram->count[index]++;
}

float ae_histogram_place(const uint32_t *count, int n_bins, uint32_t n, float fraction) {
    if (n == 0)
        return 0.0f;
    float below = fraction * (float)n; /* values still to be passed */
    int bin = 0;
    while (bin < n_bins - 1 && below > (float)count[bin])
        below -= (float)count[bin++];
    const float within = count[bin] > 0 ? below / (float)count[bin] : 0.0f;
    return (float)bin + (within < 1.0f ? within : 1.0f);
}
