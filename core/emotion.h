/* The emotions, and the normalization of scores. */
#ifndef AE_EMOTION_H
#define AE_EMOTION_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ae_emotion {
    AE_ANGER,
    AE_DISGUST,
    AE_FEAR,
    AE_HAPPINESS,
    AE_NEUTRAL,
    AE_SADNESS,
    AE_SURPRISE,
    AE_N_EMOTIONS
};

extern const char *const ae_emotion_names[AE_N_EMOTIONS];

/* The emotion of the largest probability. */
enum ae_emotion ae_likeliest(const float probabilities[AE_N_EMOTIONS]);

/* Subtract log2 of the sum of 2^score, so that the scores are log2 probabilities. */
void ae_normalize_scores(float *scores, size_t n);

#ifdef __cplusplus
}
#endif
#endif
