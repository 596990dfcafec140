/* What tests need beyond the stages themselves: sizes that only the compiler knows,
 * inline functions, and loops over the frames of a recording. acoustic.py declares
 * it to Python. */
#include <string.h>

#include "frame_activity.h"
#include "maths.h"
#include "mel.h"
#include "schema.h"

extern const int probe_n_descriptors, probe_n_groups, probe_n_features, probe_name_length;
extern const int probe_functionals_bytes;
extern const uint32_t probe_schema_hash;
int probe_clz32(uint32_t x);
uint32_t probe_sqrt_u32(uint32_t x);
int32_t probe_log2_q15(uint32_t x);
void probe_describe(const int16_t *pcm, int n_frames, float *values);
void probe_summarise(const float *values, const bool *voiced, const bool *active,
                     const bool *onset, int n_frames, float *features);
void probe_activity(const float *rms_db, const bool *voiced, int n_frames, bool *active);

const int probe_n_descriptors = AE_N_DESCRIPTORS;
const int probe_n_groups = AE_N_DESCRIPTOR_GROUPS;
const int probe_n_features = AE_N_FEATURES;
const int probe_name_length = AE_NAME_LENGTH;
const int probe_functionals_bytes = sizeof(struct ae_functionals);
const uint32_t probe_schema_hash = AE_SCHEMA_HASH;

int probe_clz32(uint32_t x) {
    return ae_clz32(x);
}

uint32_t probe_sqrt_u32(uint32_t x) {
    return ae_sqrt_u32(x);
}

int32_t probe_log2_q15(uint32_t x) {
    return ae_log2_q15(x);
}

/* The descriptors of each frame of a recording, shape (n_frames, AE_N_DESCRIPTORS);
 * those of the voice are 0. */
void probe_describe(const int16_t *pcm, int n_frames, float *values) {
    struct ae_spectral spectral;
    ae_spectral_reset(&spectral);
    for (int i = 0; i < n_frames; i++) {
        const int16_t *frame = pcm + AE_HOP_LENGTH * i;
        struct ae_spectrum_work work;
        struct ae_spectrum spectrum;
        struct ae_descriptors descriptors = {{0}, false, false, false};
        int16_t log_mel[AE_N_MELS];
        ae_spectrum_compute(frame, &work, &spectrum);
        ae_log_mel(&spectrum, log_mel);
        ae_descriptors_of_spectrum(&descriptors, &spectral, frame, &spectrum, log_mel);
        memcpy(values + AE_N_DESCRIPTORS * i, descriptors.value, sizeof descriptors.value);
    }
}

/* The features of frames whose descriptors are given, those of the voice being known. */
void probe_summarise(const float *values, const bool *voiced, const bool *active,
                     const bool *onset, int n_frames, float *features) {
    struct ae_functionals functionals;
    ae_functionals_reset(&functionals);
    for (int i = 0; i < n_frames; i++) {
        struct ae_descriptors descriptors = {{0}, voiced[i], active[i], onset[i]};
        memcpy(descriptors.value, values + AE_N_DESCRIPTORS * i, sizeof descriptors.value);
        ae_functionals_add(&functionals, &descriptors);
    }
    const float voice[AE_N_VOICE_QUALITY] = {0.25f, 0.5f, 0.75f, 1.0f};
    ae_functionals_finish(&functionals, voice, features);
}

void probe_activity(const float *rms_db, const bool *voiced, int n_frames, bool *active) {
    struct ae_frame_activity activity;
    ae_frame_activity_reset(&activity);
    for (int i = 0; i < n_frames; i++)
        active[i] = ae_frame_activity_update(&activity, rms_db[i], voiced[i]);
}
