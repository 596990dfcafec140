#include "classifier.h"

#include <string.h>

#include "maths.h"

#define IMPOSSIBLE (-1e9f) /* score of a class whose probability is to be 0 */

/* Guo et al. 2017, "On calibration of modern neural networks". Returns false if a score is
 * infinite or not a number: the sums of a model with too large numbers overflow. */
static bool calibrate(const struct ae_model *model, float *scores) {
    const size_t n = model->n_classes;
    ae_normalize_scores(scores, n);
    for (size_t i = 0; i < n; i++) {
        if (scores[i] < model->smallest_score)
            scores[i] = model->smallest_score;
        scores[i] *= model->inverse_temperature;
    }
    ae_normalize_scores(scores, n);
    float difference = 0.0f; /* of each with itself: NaN unless it is finite */
    for (size_t i = 0; i < n; i++)
        difference += scores[i] - scores[i];
    return difference >= 0.0f;
}

/* Take the class of no speech out of the scores. Returns the probability of speech. */
static float take_out_no_speech(const struct ae_model *model, float *scores) {
    float speech = 1.0f;
    for (size_t i = 0; i < model->n_classes; i++)
        if (model->emotions[i] == AE_NO_EMOTION) {
            speech -= ae_exp2f(scores[i]);
            scores[i] = IMPOSSIBLE;
            ae_normalize_scores(scores, model->n_classes);
        }
    return speech;
}

int ae_classify(const struct ae_model *model, const struct ae_result *result,
                struct ae_classifier_work *work, float probabilities[AE_N_EMOTIONS],
                float *speech) {
    if (model == NULL || result == NULL || work == NULL || probabilities == NULL || speech == NULL)
        return AE_ERR_ARG;
    if (model->schema_hash != AE_SCHEMA_HASH)
        return AE_ERR_MODEL;
    float scores[AE_MAX_CLASSES];
    model->score(model, result->features, work, scores);
    if (!calibrate(model, scores))
        return AE_ERR_MODEL;
    *speech = take_out_no_speech(model, scores);
    memset(probabilities, 0, AE_N_EMOTIONS * sizeof *probabilities);
    for (size_t i = 0; i < model->n_classes; i++)
        if (model->emotions[i] != AE_NO_EMOTION)
            probabilities[model->emotions[i]] = ae_exp2f(scores[i]);
    return AE_OK;
}

bool ae_model_is_speech(const struct ae_model *model, float speech) {
    return speech >= model->speech_threshold;
}

bool ae_model_is_confident(const struct ae_model *model, const float probabilities[AE_N_EMOTIONS]) {
    return probabilities[ae_likeliest(probabilities)] >= model->threshold;
}
