/* The emotion of every utterance in a 16 kHz mono 16-bit WAV file on standard input.
 *
 * On a device the samples come from a microphone, and never end; the rest is the same. */
#include <stdio.h>

#include "model.h"

@SELF_TEST_AT_START@

static struct ae_net net;
static struct ae_net_stream listener; /* gets used to one speaker: see ae_adapt_reset */

static void show(int event) {
    const struct ae_net_stream_utterance *utterance = &listener.utterance;
    const float *probabilities = utterance->result.probabilities;
    const enum ae_emotion emotion = ae_likeliest(probabilities);
    if (event != AE_UTTERANCE_ENDED && event != AE_NO_SPEECH)
        return;
    printf("%.2f s to %.2f s: ", (double)utterance->start / AE_SAMPLE_RATE,
           (double)utterance->end / AE_SAMPLE_RATE);
    if (event == AE_NO_SPEECH)
        printf("no speech, speech %.0f %%\n", 100.0 * (double)utterance->result.speech);
    else
        printf("%s, %.0f %%\n",
               ae_net_is_confident(&net, probabilities) ? ae_emotion_names[emotion]
                                                        : "not confident",
               100.0 * (double)probabilities[emotion]);
}

int main(void) {
    int16_t pcm[256];
    size_t n = fread(pcm, 1, 44, stdin); /* the header */
    if (!self_test() || ae_net_open(&net, @SYMBOL@, sizeof @SYMBOL@) != AE_OK ||
        ae_net_stream_reset(&listener, &net, &ae_endpointer_defaults) != AE_OK)
        return 1;
    while ((n = fread(pcm, sizeof *pcm, 256, stdin)) > 0)
        for (size_t i = 0, used; i < n; i += used)
            show(ae_net_stream_process(&listener, &net, pcm + i, n - i, &used));
    show(ae_net_stream_finish(&listener, &net));
    return 0;
}
