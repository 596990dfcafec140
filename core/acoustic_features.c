#include "acoustic_features.h"

#include <string.h>

static void find_voice(struct ae_state *s, const int16_t *history) {
    struct ae_pitch_frame pitch;
    ae_pitch_update(&s->pitch, history, &s->work.pitch, &pitch);
    ae_periods_update(&s->periods, history, &pitch, &s->work.periods);
    ae_hnr_update(&s->hnr, &pitch);
    ae_descriptors_of_pitch(&s->latest, pitch.f0_hz);
    s->latest.onset = pitch.onset;
    s->latest.value[AE_HNR] = pitch.hnr_db;
    if (pitch.voiced) /* a formant that is not found keeps its value of the frame before */
        ae_formant_update(&s->formant, &s->spectrum, &s->work.lpc, &s->latest.value[AE_F1]);
}

static void analyze_frame(struct ae_state *s) {
    const int16_t *history = s->samples;
    const int16_t *frame = history + AE_HISTORY_LENGTH - AE_FRAME_LENGTH;

    ae_spectrum_compute(frame, &s->work.spectrum, &s->spectrum);
    ae_log_mel(&s->spectrum, s->log_mel);
    ae_descriptors_of_spectrum(&s->latest, &s->spectral, frame, &s->spectrum, s->log_mel);
    find_voice(s, history);
    s->latest.active =
        ae_frame_activity_update(&s->frame_activity, s->latest.value[AE_RMS_DB], s->latest.voiced);
    ae_functionals_add(&s->functionals, &s->latest);
    s->n_frames++;
}

void ae_reset(struct ae_state *state) {
    memset(state, 0, sizeof *state);
    ae_hop_reset(&state->hop);
    ae_spectral_reset(&state->spectral);
    ae_pitch_reset(&state->pitch);
    ae_periods_reset(&state->periods);
    ae_hnr_reset(&state->hnr);
    ae_formant_reset(&state->formant);
    ae_frame_activity_reset(&state->frame_activity);
    ae_functionals_reset(&state->functionals);
}

int ae_process(struct ae_state *state, const int16_t *pcm, size_t n) {
    if (state == NULL || (pcm == NULL && n > 0))
        return AE_ERR_ARG;
    int n_frames = 0;
    while (ae_hop_next_frame(&state->hop, state->samples, AE_HISTORY_LENGTH, &pcm, &n)) {
        analyze_frame(state);
        n_frames++;
    }
    return n_frames;
}

int ae_finish(const struct ae_state *state, struct ae_result *result) {
    if (state == NULL || result == NULL)
        return AE_ERR_ARG;
    if (state->n_frames == 0)
        return AE_ERR_SHORT;
    float voice[AE_N_VOICE_QUALITY];
    ae_voice_quality_finish(&state->periods, &state->hnr, voice);
    ae_functionals_finish(&state->functionals, voice, result->features);
    result->n_frames = state->n_frames;
    return AE_OK;
}

int ae_feature_name(size_t index, char name[AE_NAME_LENGTH]) {
    if (index >= AE_N_FEATURES || name == NULL)
        return AE_ERR_ARG;
    ae_schema_name(index, name);
    return AE_OK;
}

int ae_descriptor_name(size_t index, char name[AE_NAME_LENGTH]) {
    if (index >= AE_N_DESCRIPTORS || name == NULL)
        return AE_ERR_ARG;
    ae_schema_descriptor_name(index, name);
    return AE_OK;
}
