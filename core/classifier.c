#include "classifier.h"

#include <string.h>

#include "maths.h"

/* Guo et al. 2017, "On calibration of modern neural networks". */
static void calibrate(const struct ae_model *model, float *scores) {
    const size_t n = model->n_classes;
    ae_normalize_scores(scores, n);
    for (size_t i = 0; i < n; i++) {
        if (scores[i] < model->smallest_score)
            scores[i] = model->smallest_score;
        scores[i] *= model->inverse_temperature;
    }
    ae_normalize_scores(scores, n);
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
