/* Mel-frequency cepstral coefficients. */
#ifndef AE_CEPSTRUM_H
#define AE_CEPSTRUM_H

#include <stdint.h>

#include "config.h"

/* The first coefficients of the orthonormal DCT-II of the mel energies in dB, as
 * librosa.feature.mfcc. `log_mel` is that of ae_log_mel: log2 energy, Q9, samples
 * being integers; 0 dB stands for energy 1 with samples in -1 to 1. */
void ae_mfcc(const int16_t log_mel[AE_N_MELS], float mfcc[AE_N_MFCC]);

#endif
