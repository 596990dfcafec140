/* Formants: the resonances of the vocal tract. */
#ifndef AE_FORMANT_H
#define AE_FORMANT_H

#include "lpc.h"
#include "roots.h"
#include "spectrum.h"

#define AE_N_FORMANTS 3

/* The resonances of the last frame, where the search in the next one begins. */
struct ae_formant {
    struct ae_root_pair pairs[AE_LPC_ORDER / 2];
};

void ae_formant_reset(struct ae_formant *formant);

/* The lowest three formants of a voiced frame, in Hz, rising. The level does not matter.
 *
 * As Praat's "To Formant (burg)" with its defaults (five formants below 5500 Hz,
 * window 25 ms, pre-emphasis from 50 Hz): the angles of the roots of the linear
 * predictor, whatever their bandwidths, that are 50 Hz away from both ends.
 *
 * Returns how many there are: usually 3, fewer in a frame that is not speech, 0 in
 * silence. Only so many entries of `hz` are written. */
int ae_formant_update(struct ae_formant *formant, const struct ae_spectrum *spectrum,
                      struct ae_lpc_work *work, float hz[AE_N_FORMANTS]);

#endif
