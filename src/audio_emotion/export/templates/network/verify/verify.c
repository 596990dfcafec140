/* Compare this network's predictions for recording.wav with those computed in Python. */
#include <stdio.h>
#include <string.h>

#include "expected.h"

#define WAV_HEADER 44 /* bytes, as this recording's file has them */
#define N_EXPECTED (sizeof expected / sizeof *expected)

static struct ae_net net;
static struct ae_net_stream listener;

static int differing(const float *values, const float *others, size_t n) {
    int n_differing = 0;
    for (size_t i = 0; i < n; i++)
        n_differing += memcmp(&values[i], &others[i], sizeof *values) != 0;
    return n_differing;
}

static bool has_ended(int event) {
    return event == AE_UTTERANCE_ENDED || event == AE_NO_SPEECH;
}

/* What is wrong about the sound that has ended, the n-th. */
static int compare(int event, size_t n) {
    const struct ae_net_stream_utterance *found = &listener.utterance;
    if (n >= N_EXPECTED)
        return 1;
    return (event != (expected[n].is_speech ? AE_UTTERANCE_ENDED : AE_NO_SPEECH)) +
           differing(&found->result.speech, &expected[n].speech, 1) +
           differing(found->result.logits, expected[n].scores, N_CLASSES) +
           differing(found->result.probabilities, expected[n].probabilities, AE_N_EMOTIONS) +
           (found->start != expected[n].start) + (found->end != expected[n].end);
}

/* Feed the whole recording in pieces of `length` samples. */
static int listen(FILE *wav, size_t length) {
    unsigned char bytes[2 * 512];
    int16_t pcm[512];
    size_t n, n_found = 0;
    int wrong = 0;
    ae_net_stream_reset(&listener, &net, &ae_endpointer_defaults);
    fseek(wav, WAV_HEADER, SEEK_SET);
    while ((n = fread(bytes, 2, length, wav)) > 0) {
        for (size_t i = 0; i < n; i++)
            pcm[i] = (int16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
        for (size_t i = 0, used; i < n; i += used) {
            const int event = ae_net_stream_process(&listener, &net, pcm + i, n - i, &used);
            if (has_ended(event))
                wrong += compare(event, n_found++);
        }
    }
    const int event = ae_net_stream_finish(&listener, &net);
    if (has_ended(event))
        wrong += compare(event, n_found++);
    return wrong + (n_found != N_EXPECTED);
}

int main(int argc, char **argv) {
    static const size_t pieces[] = {64, 160, 256, 512}; /* what a DMA might give */
    FILE *wav = argc == 2 ? fopen(argv[1], "rb") : NULL;
    int wrong = 0;
    if (wav == NULL) {
        fprintf(stderr, "usage: verify recording.wav\n");
        return 2;
    }
    if (ae_net_open(&net, @SYMBOL@, sizeof @SYMBOL@) != AE_OK) {
        printf("WRONG: the network is damaged\n");
        return 1;
    }
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
        wrong += listen(wav, pieces[p]);
    fclose(wav);
    for (size_t n = 0; n < N_EXPECTED; n++) {
        printf("%-10s %.4f expected\n", "speech", (double)expected[n].speech);
        for (int i = 0; i < AE_N_EMOTIONS; i++)
            printf("%-10s %.4f expected\n", ae_emotion_names[i],
                   (double)expected[n].probabilities[i]);
    }
    printf("%s: %s, %d scores of %d utterances as in Python, %s\n", wrong ? "WRONG" : "verified",
           expected_emotion, (int)(N_EXPECTED * N_CLASSES), (int)N_EXPECTED,
           wrong ? "not all of them" : "bit for bit");
    return wrong != 0;
}
