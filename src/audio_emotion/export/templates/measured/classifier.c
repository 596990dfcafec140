/* The emotion of an utterance by its features: all that a program needs to have. */
#include "model.h"

static struct ae_state state;
static struct ae_result result;
static struct ae_classifier_work work;
static float probabilities[AE_N_EMOTIONS];

CALLABLE void begin(void) {
    ae_reset(&state);
}

CALLABLE int hear(const int16_t *pcm, size_t n) {
    return ae_process(&state, pcm, n);
}

CALLABLE int answer(void) {
    const int status = ae_finish(&state, &result);
    if (status != AE_OK)
        return status;
    return ae_classify(&ae_emotion_model, &result, &work, probabilities);
}
