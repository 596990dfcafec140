/* The power spectrum of a frame. */
#ifndef AE_SPECTRUM_H
#define AE_SPECTRUM_H

#include <stdint.h>

#include "config.h"
#include "fft.h"

/* |X_k|^2 = power[k] * 2^exponent, for the discrete Fourier transform X of the
 * frame, Hann-windowed and zero-padded to AE_N_FFT, with samples as integers.
 * The strongest bin fills 31 or 32 bits, whatever the level, and every bin is
 * rounded to a unit, so 90 dB below the strongest the error is 5 %. Of a frame
 * whose windowed samples are all zero everything, the exponent too, is 0. */
struct ae_spectrum {
    uint32_t power[AE_N_BINS];
    int32_t exponent;
};

/* Memory that is needed during the call only. */
struct ae_spectrum_work {
    struct ae_complex z[AE_N_FFT / 2];
};

void ae_spectrum_compute(const int16_t frame[AE_FRAME_LENGTH], struct ae_spectrum_work *work,
                         struct ae_spectrum *spectrum);

#endif
