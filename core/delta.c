#include "delta.h"

/* In units per frame, as HTK (Young et al. 2006, section 5.9) with a window of two; the
 * slope belongs to the middle frame. */
void ae_delta_add(struct ae_delta *delta, float x, float one_over_n) {
    float *past = delta->past;
    if (one_over_n > 0.0f) {
        const float slope = 0.2f * (x - past[0]) + 0.1f * (past[3] - past[1]);
        const float magnitude = slope < 0.0f ? -slope : slope;
        ae_moments_add(&delta->moments, slope, one_over_n);
        delta->mean_abs += (magnitude - delta->mean_abs) * one_over_n;
    }
    past[0] = past[1];
    past[1] = past[2];
    past[2] = past[3];
    past[3] = x;
}
