/* What Python computes from recording.wav. */
#include "model.h"

static const float expected_features[AE_N_FEATURES] = {
@EXPECTED_FEATURES@
};
static const float expected_probabilities[AE_N_EMOTIONS] = {
@EXPECTED_PROBABILITIES@
};
static const float expected_speech = @EXPECTED_SPEECH@;
static const char expected_emotion[] = "@EXPECTED@";
