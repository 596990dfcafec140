/* Roots of a real polynomial, two at a time. */
#ifndef AE_ROOTS_H
#define AE_ROOTS_H

#include <stdbool.h>

#define AE_ROOTS_MAX_DEGREE 10

/* The factor z^2 - sum z + product of a polynomial, named after its two roots:
 * a conjugate pair where sum^2 < 4 product, else both real. */
struct ae_root_pair {
    float sum, product;
};

/* Split a[0] z^degree + ... + a[degree] into its degree / 2 quadratic factors.
 *
 * `a[0]` is 1, `degree` even, and every root within the unit circle. `pairs`
 * holds a guess of each factor; the closer it is, the sooner it is refined.
 * Returns false if the roots could not be found; `pairs` is then only partly so. */
bool ae_roots(const float *a, int degree, struct ae_root_pair *pairs);

#endif
