/* The features of an utterance: the least that a program contains. */
#include "acoustic_features.h"

static struct ae_state state;
static struct ae_result result;

CALLABLE void reset(void) {
    ae_reset(&state);
}

CALLABLE int process(const int16_t *pcm, size_t n) {
    return ae_process(&state, pcm, n);
}

CALLABLE int finish(void) {
    return ae_finish(&state, &result);
}
