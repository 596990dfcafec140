#include "mlp.h"

#include "input_scaling.h"
#include "maths.h"

/* `step` is what an input of 1 stands for. */
static void run_layer(const struct ae_layer *layer, const int16_t *inputs, float step,
                      float *outputs) {
    const int16_t *weights = layer->weights;
    for (size_t u = 0; u < layer->n_units; u++) {
        const float dot = (float)ae_dot(weights, inputs, layer->n_inputs);
        outputs[u] = dot * (layer->step[u] * step) + layer->bias[u];
        weights += layer->n_inputs;
    }
}

/* Outputs below 0 become 0; the largest lies between 2^14 and 2^15. Returns what 1
 * then stands for, a power of two. */
static float rectify(const float *outputs, size_t n, int16_t *inputs) {
    float largest = 1e-6f;
    for (size_t u = 0; u < n; u++)
        if (outputs[u] > largest)
            largest = outputs[u];
    float step = 1.0f / 16384.0f;
    while (largest > 32767.0f * step)
        step *= 2.0f;
    while (largest < 16383.5f * step)
        step *= 0.5f;
    const float inverse = 1.0f / step; /* exact */
    for (size_t u = 0; u < n; u++)
        inputs[u] = outputs[u] > 0.0f ? ae_round_to_int16(outputs[u] * inverse) : 0;
    if (n % 2 == 1)
        inputs[n] = 0;
    return step;
}

void ae_mlp_score(const struct ae_model *model, const float *features,
                  struct ae_classifier_work *work, float *scores) {
    const struct ae_mlp *mlp = model->parameters;
    const struct ae_layer *last = &mlp->layers[mlp->n_layers - 1];
    float step = 1.0f;
    ae_quantize(&model->inputs, features, work->inputs);
    for (const struct ae_layer *layer = mlp->layers; layer < last; layer++) {
        run_layer(layer, work->inputs, step, work->units);
        step = rectify(work->units, layer->n_units, work->inputs);
    }
    run_layer(last, work->inputs, step, scores);
}
