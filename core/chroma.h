/* Energy of the twelve pitch classes. */
#ifndef AE_CHROMA_H
#define AE_CHROMA_H

#include "spectrum.h"

#define AE_N_CHROMA 12 /* C, C#, ... B */

/* As librosa.feature.chroma_stft with tuning 0: the strongest class is 1, silence
 * is all 0. Bins 54 dB below the strongest one are left out. */
void ae_chroma(const struct ae_spectrum *spectrum, float chroma[AE_N_CHROMA]);

#endif
