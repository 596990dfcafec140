#include "linear.h"

#include "input_scaling.h"

void ae_linear_score(const struct ae_model *model, const float *features,
                     struct ae_classifier_work *work, float *scores) {
    const struct ae_linear *linear = model->parameters;
    const float *weight = linear->weights;
    (void)work;
    for (size_t c = 0; c < model->n_classes; c++)
        scores[c] = linear->bias[c];
    for (size_t i = 0; i < model->inputs.n; i++) {
        const float input = ae_standardize(&model->inputs, features, i);
        for (size_t c = 0; c < model->n_classes; c++)
            scores[c] += *weight++ * input;
    }
}
