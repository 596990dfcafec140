/* The features of an utterance: all that a program needs to have. */
#include "acoustic_features.h"

static struct ae_state state;
static struct ae_result result;

CALLABLE void begin(void) {
    ae_reset(&state);
}

CALLABLE int hear(const int16_t *pcm, size_t n) {
    return ae_process(&state, pcm, n);
}

CALLABLE int answer(void) {
    return ae_finish(&state, &result);
}
