/* Linear prediction of the band below the formant ceiling. */
#ifndef AE_LPC_H
#define AE_LPC_H

#include <stdint.h>

#include "spectrum.h"

#define AE_LPC_ORDER       10  /* five resonances, Praat's default */
#define AE_LPC_CEILING_BIN 176 /* the bin at 5500 Hz, Praat's default ceiling */
#define AE_LPC_CEILING_HZ  5500

/* Memory that is needed during the call only. */
struct ae_lpc_work {
    /* Bin k of the band plus, and minus, its mirror image ceiling - k. */
    int32_t even[AE_LPC_CEILING_BIN / 2 + 1];
    int32_t odd[AE_LPC_CEILING_BIN / 2 + 1];
};

/* The predictor 1 + a[1] z^-1 + ... + a[order] z^-order of the frame, as if it
 * had been resampled to twice the ceiling and pre-emphasised from 50 Hz.
 *
 * Returns the order: AE_LPC_ORDER, or the next even number at which prediction
 * became exact to rounding (a tone), or 0 if the band is silent. Every root
 * lies within the unit circle. */
int ae_lpc(const struct ae_spectrum *spectrum, struct ae_lpc_work *work, float a[AE_LPC_ORDER + 1]);

#endif
