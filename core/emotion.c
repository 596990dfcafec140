#include "emotion.h"

#include "maths.h"

const char *const ae_emotion_names[AE_N_EMOTIONS] = {
    "anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise",
};

enum ae_emotion ae_likeliest(const float probabilities[AE_N_EMOTIONS]) {
    enum ae_emotion best = AE_ANGER;
    for (int i = 1; i < AE_N_EMOTIONS; i++)
        if (probabilities[i] > probabilities[best])
            best = (enum ae_emotion)i;
    return best;
}

static float largest_of(const float *values, size_t n) {
    float largest = values[0];
    for (size_t i = 1; i < n; i++)
        if (values[i] > largest)
            largest = values[i];
    return largest;
}

void ae_normalize_scores(float *scores, size_t n) {
    const float largest = largest_of(scores, n);
    float sum = 0.0f;
    for (size_t i = 0; i < n; i++) {
        scores[i] -= largest; /* first: beside a large one, the logarithm of the sum is lost */
        sum += ae_exp2f(scores[i]);
    }
    const float log_sum = ae_log2f(sum);
    for (size_t i = 0; i < n; i++)
        scores[i] -= log_sum;
}
