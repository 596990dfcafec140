/* The shape of a spectrum in a few numbers. */
#ifndef AE_SPECTRAL_H
#define AE_SPECTRAL_H

#include "spectrum.h"

/* What the next frame is compared with; all zero before the first. */
struct ae_spectral {
    uint16_t magnitude[AE_N_BINS]; /* of the frame before, on a scale of its own */
    float energy;                  /* sum of their squares */
};

/* The first four are those of librosa.feature.spectral_*, given the same frame;
 * the last four those of eGeMAPS (Eyben et al. 2016). All are 0 in silence, except
 * flatness, which is 1. */
struct ae_spectral_shape {
    float centroid;       /* Hz; mean frequency, weighted by magnitude */
    float bandwidth;      /* Hz; standard deviation of the frequency, weighted alike */
    float rolloff_85;     /* Hz; 85 % of the magnitude lies up to here */
    float flatness;       /* geometric over arithmetic mean of the power: 1 for a flat one */
    float flux;           /* distance from the frame before, both of Euclidean length 1 */
    float alpha_ratio;    /* dB; energy in 1-5 kHz over energy in 50-1000 Hz */
    float hammarberg;     /* dB; strongest bin up to 2 kHz over strongest in 2-5 kHz */
    float slope_0_500;    /* dB / Hz; straight line through the power in dB */
    float slope_500_1500; /* dB / Hz */
};

void ae_spectral_reset(struct ae_spectral *spectral);

void ae_spectral_update(struct ae_spectral *spectral, const struct ae_spectrum *spectrum,
                        struct ae_spectral_shape *shape);

#endif
