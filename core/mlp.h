/* A network of fully connected layers with rectified units between them. */
#ifndef AE_MLP_H
#define AE_MLP_H

#include "classifier.h"

/* Unit u is (inputs . weights[u]) * step[u] + bias[u]. */
struct ae_layer {
    uint16_t n_inputs;      /* even */
    uint16_t n_units;       /* at most AE_MAX_UNITS */
    const int16_t *weights; /* [n_units][n_inputs] */
    const float *step;      /* [n_units] */
    const float *bias;      /* [n_units] */
};

struct ae_mlp {
    const struct ae_layer *layers;
    uint16_t n_layers;
};

ae_score ae_mlp_score;

#endif
