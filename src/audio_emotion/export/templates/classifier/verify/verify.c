/* Compare this model's prediction for recording.wav with the one computed in Python. */
#include <stdio.h>
#include <string.h>

#include "expected.h"

#define WAV_HEADER 44 /* bytes, as this recording's file has them */
#define TOLERANCE  @TOLERANCE@f /* of a probability: Python computes in float64 */

static int differing_features(const struct ae_result *result) {
    int n = 0;
    for (int i = 0; i < AE_N_FEATURES; i++)
        n += memcmp(&result->features[i], &expected_features[i], sizeof(float)) != 0;
    return n;
}

static int differs(const char *name, float probability, float expected) {
    const float error = probability - expected;
    printf("%-10s %.4f, expected %.4f\n", name, (double)probability, (double)expected);
    return error > TOLERANCE || error < -TOLERANCE;
}

static int differing_probabilities(const float *probabilities, float speech) {
    int n = differs("speech", speech, expected_speech);
    for (int i = 0; i < AE_N_EMOTIONS; i++)
        n += differs(ae_emotion_names[i], probabilities[i], expected_probabilities[i]);
    return n;
}

/* Feed the whole recording in pieces of n samples. */
static int recognize(FILE *wav, size_t n, struct ae_result *result, float *probabilities,
                     float *speech) {
    static struct ae_state state;
    static struct ae_classifier_work work;
    unsigned char bytes[2 * 512];
    int16_t pcm[512];
    size_t n_read;
    ae_reset(&state);
    fseek(wav, WAV_HEADER, SEEK_SET);
    while ((n_read = fread(bytes, 2, n, wav)) > 0) {
        for (size_t i = 0; i < n_read; i++)
            pcm[i] = (int16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
        ae_process(&state, pcm, n_read);
    }
    const int error = ae_finish(&state, result);
    return error != AE_OK ? error
                          : ae_classify(&@SYMBOL@, result, &work, probabilities, speech);
}

int main(int argc, char **argv) {
    static const size_t pieces[] = {64, 160, 256, 512}; /* what a DMA might give */
    static struct ae_result result;
    float probabilities[AE_N_EMOTIONS], speech = 0.0f;
    FILE *wav = argc == 2 ? fopen(argv[1], "rb") : NULL;
    int wrong = 0;
    if (wav == NULL) {
        fprintf(stderr, "usage: verify recording.wav\n");
        return 2;
    }
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        if (recognize(wav, pieces[p], &result, probabilities, &speech) != AE_OK)
            return 1;
        wrong += differing_features(&result);
    }
    fclose(wav);
    wrong += differing_probabilities(probabilities, speech);
    const char *emotion = ae_model_is_speech(&@SYMBOL@, speech)
                              ? ae_emotion_names[ae_likeliest(probabilities)]
                              : "no speech";
    wrong += strcmp(emotion, expected_emotion) != 0;
    printf("%s: %s, %d of %d features in %u frames as in Python, %s\n", wrong ? "WRONG" : "verified",
           emotion, AE_N_FEATURES - differing_features(&result), AE_N_FEATURES,
           (unsigned)result.n_frames, wrong ? "see above" : "bit for bit");
    return wrong != 0;
}
