/* The 512-point Fourier transform of real samples, in 32-bit integers.
 *
 * Block floating point: before each multiplication by a twiddle factor the whole
 * block is rounded to 16 bits and sign, as much as a 32-bit product with a 14-bit
 * factor allows, and the common exponent remembers the shift. Sums are exact.
 */
#ifndef AE_FFT_H
#define AE_FFT_H

#include <stdint.h>

#include "config.h"

struct ae_complex {
    int32_t re, im;
};

/* Transform in place and return the exponent: X_k = z[k] * 2^exponent for bins 1
 * to 255, while X_0 and X_256, both real, are z[0].re and z[0].im.
 *
 * Going in, sample pair n is at its digit-reversed place,
 * z[ae_digit_reversed[n]] = { x[2n], x[2n + 1] }, no component beyond 2^30.
 * Coming out, no component exceeds 2^30 in magnitude. */
int32_t ae_fft_real(struct ae_complex z[AE_N_FFT / 2]);

/* How many bits it takes to write x; 0 for 0. */
int32_t ae_bit_length(uint32_t x);

#endif
