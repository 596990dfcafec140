#include "model_interface.h"

#include "acoustic_features.h"
#include "json.h"
#ifdef WITH_MODEL
#include "model.h"
#endif

static struct ae_state state;
static struct ae_result result;
#ifdef WITH_MODEL
static struct ae_classifier_work work;
static float probabilities[AE_N_EMOTIONS], speech;
#endif

void model_reset(void) {
    ae_reset(&state);
}

void model_process(const int16_t *pcm, size_t n) {
    ae_process(&state, pcm, n);
}

int model_finish(void) {
    int status = ae_finish(&state, &result);
#ifdef WITH_MODEL
    if (status == AE_OK)
        status = ae_classify(&ae_emotion_model, &result, &work, probabilities, &speech);
#endif
    return status;
}

void model_describe(void) {
    json_field("schema", AE_SCHEMA_HASH);
    json_field("state_bytes", sizeof state);
}

void model_print(void) {
    json_field("frames", result.n_frames);
    json_floats("features", result.features, AE_N_FEATURES);
#ifdef WITH_MODEL
    json_floats("probabilities", probabilities, AE_N_EMOTIONS);
    json_floats("speech", &speech, 1);
    json_text("emotion", ae_model_is_speech(&ae_emotion_model, speech)
                             ? ae_emotion_names[ae_likeliest(probabilities)]
                             : NULL);
#endif
}
