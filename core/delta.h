/* Slopes of a descriptor over five frames in a row. */
#ifndef AE_DELTA_H
#define AE_DELTA_H

#include "moments.h"

#define AE_DELTA_FRAMES 5

struct ae_delta {
    float past[AE_DELTA_FRAMES - 1]; /* values, oldest first */
    float mean_abs;
    struct ae_moments moments;
};

/* Add the next value, and unless one_over_n is 0 the slope of the line through it and the
 * four before it as the n-th slope. */
void ae_delta_add(struct ae_delta *delta, float x, float one_over_n);

#endif
