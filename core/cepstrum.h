/* Mel-frequency cepstral coefficients. */
#ifndef AE_CEPSTRUM_H
#define AE_CEPSTRUM_H

#include <stdint.h>

#include "config.h"

/* The first coefficients of the orthonormal DCT-II of the mel energies in dB, as
 * librosa.feature.mfcc. `log_mel` is the output of ae_log_mel: log2 energy, Q9, of
 * integer samples; 0 dB is energy 1 of samples in -1 to 1. */
void ae_mfcc(const int16_t log_mel[AE_N_MELS], float mfcc[AE_N_MFCC]);

#endif
