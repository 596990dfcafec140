/* The emotion of an utterance by its features: the least that a program contains. */
#include "model.h"

static struct ae_state state;
static struct ae_result result;
static struct ae_classifier_work work;
static float probabilities[AE_N_EMOTIONS], speech;

CALLABLE void reset(void) {
    ae_reset(&state);
}

CALLABLE int process(const int16_t *pcm, size_t n) {
    return ae_process(&state, pcm, n);
}

CALLABLE int finish(void) {
    const int status = ae_finish(&state, &result);
    if (status != AE_OK)
        return status;
    return ae_classify(&ae_emotion_model, &result, &work, probabilities, &speech);
}
