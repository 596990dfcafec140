/* Scores that are sums of weighted features: linear discriminant analysis, ridge and
 * logistic regression. */
#ifndef AE_LINEAR_H
#define AE_LINEAR_H

#include "classifier.h"

struct ae_linear {
    const float *weights; /* [inputs.n][n_classes] */
    const float *bias;    /* [n_classes] */
};

ae_score ae_linear_score;

#endif
