/* The emotion in a 16 kHz mono 16-bit WAV file on standard input. */
#include <stdio.h>

#include "model.h"

@SELF_TEST_AT_START@

int main(void) {
    static struct ae_state state;
    static struct ae_result result;
    static struct ae_classifier_work work;
    float probabilities[AE_N_EMOTIONS], speech;
    int16_t pcm[256];
    size_t n = fread(pcm, 1, 44, stdin); /* the header */
    if (!self_test())
        return 1;
    ae_reset(&state);
    while ((n = fread(pcm, sizeof *pcm, 256, stdin)) > 0)
        ae_process(&state, pcm, n);
    if (ae_finish(&state, &result) != AE_OK ||
        ae_classify(&@SYMBOL@, &result, &work, probabilities, &speech) != AE_OK)
        return 1;
    puts(!ae_model_is_speech(&@SYMBOL@, speech) ? "no speech"
         : ae_model_is_confident(&@SYMBOL@, probabilities)
             ? ae_emotion_names[ae_likeliest(probabilities)]
             : "not confident");
    return 0;
}
