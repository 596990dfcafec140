#include "spectrum.h"

#include "tables.h"

/* The windowed samples, Q15, in pairs at the places where ae_fft_real wants them. */
static void window(const int16_t *frame, struct ae_complex *z) {
    for (int n = 0; n < AE_FRAME_LENGTH / 2; n++) {
        struct ae_complex *pair = &z[ae_digit_reversed[n]];
        pair->re = frame[2 * n] * ae_hann[2 * n];
        pair->im = frame[2 * n + 1] * ae_hann[2 * n + 1];
    }
    for (int n = AE_FRAME_LENGTH / 2; n < AE_N_FFT / 2; n++) {
        z[ae_digit_reversed[n]] = (struct ae_complex){0, 0};
    }
}

static uint32_t square(int32_t x, int32_t shift) {
    uint32_t r = (uint32_t)(x < 0 ? -x : x);
    r = (r + ((1u << shift) >> 1)) >> shift;
    uint32_t h = r >> 4, l = r & 15;
    return h * h + ((h * l) >> 3);
}

void ae_spectrum_compute(const int16_t frame[AE_FRAME_LENGTH], struct ae_spectrum_work *work,
                         struct ae_spectrum *spectrum) {
    struct ae_complex *z = work->z;
    window(frame, z);
    int32_t exponent = ae_fft_real(z) - 15;

    uint32_t magnitude = 0;
    for (int k = 0; k < AE_N_FFT / 2; k++) {
        magnitude |= (uint32_t)((z[k].re ^ (z[k].re >> 31)) | (z[k].im ^ (z[k].im >> 31)));
    }
    if (magnitude == 0)
        exponent = 0;
    int32_t shift = ae_bit_length(magnitude) - 19;
    shift = shift > 0 ? shift : 0;
    exponent += shift + 4;
    spectrum->power[0] = square(z[0].re, shift);
    spectrum->power[AE_N_FFT / 2] = square(z[0].im, shift);
    for (int k = 1; k < AE_N_FFT / 2; k++) {
        spectrum->power[k] = square(z[k].re, shift) + square(z[k].im, shift);
    }
    spectrum->exponent = 2 * exponent;
}
