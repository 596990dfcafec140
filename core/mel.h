/* Mel bands on a logarithmic scale. */
#ifndef AE_MEL_H
#define AE_MEL_H

#include <stdint.h>

#include "config.h"
#include "spectrum.h"

/* log2 of the energy in each band, Q9: 512 is an octave of energy, 3.01 dB; an
 * energy up to 1 gives 0. The bands are triangles of peak 1 between 60 and 7600 Hz
 * on Slaney's mel scale (librosa's `norm=None, htk=False`) over the power spectrum. */
void ae_log_mel(const struct ae_spectrum *spectrum, int16_t log_mel[AE_N_MELS]);

#endif
