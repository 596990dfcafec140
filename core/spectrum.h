/* The power spectrum of a frame. */
#ifndef AE_SPECTRUM_H
#define AE_SPECTRUM_H

#include <stdint.h>

#include "config.h"
#include "fft.h"

/* |X_k|^2 = power[k] * 2^exponent, for the discrete Fourier transform X of the
 * frame, Hann-windowed and zero-padded to AE_N_FFT, with samples as integers.
 * Whatever the level, the strongest bin is at least 0.33 * 2^32, and the others are
 * rounded to a unit: 3.5 % of a bin 80 dB below it, at worst. When all windowed
 * samples are zero, so is everything, the exponent too. */
struct ae_spectrum {
    uint32_t power[AE_N_BINS];
    int32_t exponent;
    uint32_t low[AE_LOW_BINS]; /* power of the frame without its mean, from 60 Hz on */
};

/* Memory that is needed during the call only. */
struct ae_spectrum_work {
    struct ae_complex z[AE_N_FFT / 2];
    struct ae_complex low[AE_LOW_BINS];
};

void ae_spectrum_compute(const int16_t frame[AE_FRAME_LENGTH], struct ae_spectrum_work *work,
                         struct ae_spectrum *spectrum);

#endif
