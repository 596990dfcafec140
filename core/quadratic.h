/* Quadratic discriminant analysis: a normal distribution for each class.
 *
 * The inverse of a covariance matrix is U^T U with U upper triangular, so
 *
 *     score = bias - |U (x - mean)|^2,
 *
 * where the logarithms of the determinant and of the class's share are in the bias,
 * and log2(e) / 2 is in U: no division, no logarithm at run time.
 */
#ifndef AE_QUADRATIC_H
#define AE_QUADRATIC_H

#include "classifier.h"

/* Row r of U begins at column r, or the one before if r is odd, and ends at the even
 * number of inputs. Its 16-bit integers times `step` are U; `center` is U mean. */
struct ae_quadratic {
    const int16_t *factors; /* [n_classes] triangles of inputs.n rows */
    const float *step;      /* [n_classes][inputs.n] */
    const float *center;    /* [n_classes][inputs.n] */
    const float *bias;      /* [n_classes] */
};

ae_score ae_quadratic_score;

#endif
