#include "descriptors.h"

#include "cepstrum.h"
#include "chroma.h"
#include "contrast.h"
#include "maths.h"
#include "time_domain.h"

#define LOG2_27_5_HZ 4.78135971f

#define GROUP(id, name, count, low, high) {name, AE_##id, count, low, high},
const struct ae_descriptor_group ae_descriptor_groups[AE_N_DESCRIPTOR_GROUPS] = {
    AE_DESCRIPTOR_TABLE(GROUP)};

void ae_descriptors_of_spectrum(struct ae_descriptors *descriptors, struct ae_spectral *spectral,
                                const int16_t frame[AE_FRAME_LENGTH],
                                const struct ae_spectrum *spectrum,
                                const int16_t log_mel[AE_N_MELS]) {
    float *value = descriptors->value;

    struct ae_time_domain time_domain;
    ae_time_domain(frame, &time_domain);
    value[AE_RMS] = time_domain.rms;
    value[AE_RMS_DB] = time_domain.rms_db;
    value[AE_ZCR] = time_domain.zcr;

    ae_mfcc(log_mel, &value[AE_MFCC]);
    ae_chroma(spectrum, &value[AE_CHROMA]);
    ae_contrast(spectrum, &value[AE_CONTRAST]);

    struct ae_spectral_shape shape;
    ae_spectral_update(spectral, spectrum, &shape);
    value[AE_CENTROID] = shape.centroid;
    value[AE_BANDWIDTH] = shape.bandwidth;
    value[AE_ROLLOFF_85] = shape.rolloff_85;
    value[AE_FLATNESS] = shape.flatness;
    value[AE_FLUX] = shape.flux;
    value[AE_BAND_ENERGY_RATIO] = shape.alpha_ratio;
    value[AE_HAMMARBERG] = shape.hammarberg;
    value[AE_SLOPE_0_500] = shape.slope_0_500;
    value[AE_SLOPE_500_1500] = shape.slope_500_1500;
}

void ae_descriptors_of_pitch(struct ae_descriptors *descriptors, float f0_hz) {
    descriptors->voiced = f0_hz > 0.0f;
    descriptors->value[AE_F0] = f0_hz;
    descriptors->value[AE_F0_SEMITONE] =
        descriptors->voiced ? 12.0f * (ae_log2f(f0_hz) - LOG2_27_5_HZ) : 0.0f;
}
