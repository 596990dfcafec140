/* What JavaScript calls: one utterance at a time, all memory static. */
#include "model.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

static struct ae_state state;
static struct ae_result result;
static struct ae_classifier_work work;
static int16_t samples[4096];
static float probability[AE_N_EMOTIONS], speech_probability;

void EXPORT(reset)(void) {
    ae_reset(&state);
}

/* Where to put samples before process(n). */
int16_t *EXPORT(pcm)(void) {
    return samples;
}

int EXPORT(capacity)(void) {
    return sizeof samples / sizeof *samples;
}

int EXPORT(process)(int n) {
    return n < 0 || n > capacity() ? AE_ERR_ARG : ae_process(&state, samples, (size_t)n);
}

int EXPORT(finish)(void) {
    return ae_finish(&state, &result);
}

int EXPORT(classify)(void) {
    return ae_classify(&@SYMBOL@, &result, &work, probability, &speech_probability);
}

float *EXPORT(features)(void) {
    return result.features;
}

int EXPORT(n_features)(void) {
    return AE_N_FEATURES;
}

float *EXPORT(probabilities)(void) {
    return probability;
}

/* Probability that somebody speaks. */
float EXPORT(speech)(void) {
    return speech_probability;
}

int EXPORT(is_speech)(void) {
    return ae_model_is_speech(&@SYMBOL@, speech_probability);
}

int EXPORT(confident)(void) {
    return is_speech() && ae_model_is_confident(&@SYMBOL@, probability);
}
