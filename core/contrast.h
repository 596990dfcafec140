/* Spectral contrast: how far the peaks of each octave stand above its valleys. */
#ifndef AE_CONTRAST_H
#define AE_CONTRAST_H

#include "spectrum.h"

#define AE_N_CONTRAST 7 /* below 200 Hz, five octaves up to 6400 Hz, and the rest */

/* In dB, as librosa.feature.spectral_contrast of the magnitudes with its defaults
 * (Jiang et al. 2002): 10 log10 of peak over valley, the mean magnitudes of the
 * strongest and the weakest 2 % of an octave's bins, at least one. */
void ae_contrast(const struct ae_spectrum *spectrum, float contrast[AE_N_CONTRAST]);

#endif
