#include "quadratic.h"

#include "input_scaling.h"

void ae_quadratic_score(const struct ae_model *model, const float *features,
                        struct ae_classifier_work *work, float *scores) {
    const struct ae_quadratic *quadratic = model->parameters;
    const int16_t *factors = quadratic->factors;
    const float *step = quadratic->step;
    const float *center = quadratic->center;
    const size_t n = ae_quantize(&model->inputs, features, work->inputs);
    for (size_t c = 0; c < model->n_classes; c++) {
        float distance = 0.0f;
        for (size_t row = 0; row < model->inputs.n; row++) {
            const size_t first = row - row % 2;
            const float dot = (float)ae_dot(factors, work->inputs + first, n - first);
            const float along = dot * *step++ - *center++;
            distance += along * along;
            factors += n - first;
        }
        scores[c] = quadratic->bias[c] - distance;
    }
}
