/* What Python computes from recording.wav. */
#include "model.h"

#define N_CLASSES @N_CLASSES@

static const struct expected {
    uint64_t start, end;
    float scores[N_CLASSES], probabilities[AE_N_EMOTIONS], speech;
    bool is_speech;
} expected[] = {
@EXPECTED_UTTERANCES@
};
static const char expected_emotion[] = "@EXPECTED@";
