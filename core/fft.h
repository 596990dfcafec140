/* The 512-point Fourier transform of real samples, in 32-bit integers.
 *
 * Block floating point: the block is scaled once, going in, so that its largest
 * component uses the whole word, and its exponent is remembered. From there on the
 * shifts are fixed, because a word holds twice the bits of the samples. The twiddle
 * factors' 15 bits leave errors of at most 8e-6 of the spectrum's norm; rounding
 * adds little to that.
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
