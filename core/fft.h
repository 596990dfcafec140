/* The 512-point Fourier transform of real samples, in 32-bit integers.
 *
 * The block is scaled once, going in, so that its largest component uses the
 * whole word; from there every stage halves. What is lost to rounding lies more
 * than 130 dB below the strongest bin, and what is lost to the 15-bit twiddle
 * factors about 105 dB.
 */
#ifndef AE_FFT_H
#define AE_FFT_H

#include <stdint.h>

#include "config.h"

struct ae_complex {
    int32_t re, im;
};

/* Transform in place: X_k = z[k] * 2^AE_FFT_EXPONENT / gain for bins 1 to 255, while
 * X_0 and X_256, both real, are z[0].re and z[0].im.
 *
 * Going in, the pair of samples n is at its digit-reversed place,
 * z[ae_digit_reversed[n]] = { x[2n], x[2n + 1] }. `gain` is the largest power of
 * two that takes no component beyond 2^31. Coming out, no component reaches 2^31. */
void ae_fft_real(struct ae_complex z[AE_N_FFT / 2], int32_t gain);

#define AE_FFT_EXPONENT 10

#endif
