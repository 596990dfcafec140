/* A support vector machine with radial basis functions, one against one. */
#ifndef AE_SVM_H
#define AE_SVM_H

#include "classifier.h"

struct ae_svm {
    const int16_t *vectors;    /* [n_vectors][inputs.n, made even], class by class */
    const float *coefficients; /* [n_vectors][n_classes - 1], for each other class */
    const uint16_t *n_vectors; /* [n_classes] */
    const float *intercepts;   /* [n_classes * (n_classes - 1) / 2] */
    float gamma;               /* a distance of d steps counts 2^(-gamma d^2) */
};

ae_score ae_svm_score;

#endif
