/* Standardized inputs of a classifier, as float or 16-bit integers, and their dot product. */
#ifndef AE_INPUT_SCALING_H
#define AE_INPUT_SCALING_H

#include "classifier.h"

/* Input i of a model. */
float ae_standardize(const struct ae_input_scaling *inputs, const float *features, size_t i);

/* All inputs as 16-bit integers: rounded, clipped to +-32767, and followed by a zero if
 * their number is odd. Returns the number written. */
size_t ae_quantize(const struct ae_input_scaling *inputs, const float *features,
                   int16_t *quantized);

/* The nearest 16-bit integer, at most 32767 in magnitude. */
int16_t ae_round_to_int16(float x);

/* Sum of x[i] * y[i]; n is even and no value is -32768. */
int64_t ae_dot(const int16_t *x, const int16_t *y, size_t n);

#endif
