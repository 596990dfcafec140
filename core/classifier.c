#include "classifier.h"

#include <string.h>

#include "maths.h"

const char *const ae_emotion_names[AE_N_EMOTIONS] = {
    "anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise",
};

static float largest_of(const float *values, size_t n) {
    float largest = values[0];
    for (size_t i = 1; i < n; i++)
        if (values[i] > largest)
            largest = values[i];
    return largest;
}

/* Subtract log2 of the sum of 2^score, so that the scores are log2 probabilities. */
static void normalize(float *scores, size_t n) {
    const float largest = largest_of(scores, n);
    float sum = 0.0f;
    for (size_t i = 0; i < n; i++)
        sum += ae_exp2f(scores[i] - largest);
    const float log_sum = largest + ae_log2f(sum);
    for (size_t i = 0; i < n; i++)
        scores[i] -= log_sum;
}

/* Guo et al. 2017, "On calibration of modern neural networks". */
static void calibrate(const struct ae_model *model, float *scores) {
    const size_t n = model->n_classes;
    normalize(scores, n);
    for (size_t i = 0; i < n; i++) {
        if (scores[i] < model->smallest_score)
            scores[i] = model->smallest_score;
        scores[i] *= model->inverse_temperature;
    }
    normalize(scores, n);
}

int ae_classify(const struct ae_model *model, const struct ae_result *result,
                struct ae_classifier_work *work, float probabilities[AE_N_EMOTIONS]) {
    if (model == NULL || result == NULL || work == NULL || probabilities == NULL)
        return AE_ERR_ARG;
    if (model->schema_hash != AE_SCHEMA_HASH)
        return AE_ERR_MODEL;
    float scores[AE_N_EMOTIONS];
    model->score(model, result->features, work, scores);
    calibrate(model, scores);
    memset(probabilities, 0, AE_N_EMOTIONS * sizeof *probabilities);
    for (size_t i = 0; i < model->n_classes; i++)
        probabilities[model->emotions[i]] = ae_exp2f(scores[i]);
    return AE_OK;
}

enum ae_emotion ae_likeliest(const float probabilities[AE_N_EMOTIONS]) {
    enum ae_emotion best = AE_ANGER;
    for (int i = 1; i < AE_N_EMOTIONS; i++)
        if (probabilities[i] > probabilities[best])
            best = (enum ae_emotion)i;
    return best;
}
