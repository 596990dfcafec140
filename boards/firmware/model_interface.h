/* What harness_core.c measures: model_classifier.c has the features, and a classifier of them if
 * there is a model, model_network.c has a network. */
#ifndef MODEL_INTERFACE_H
#define MODEL_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

void model_reset(void);
void model_process(const int16_t *pcm, size_t n);

/* Answer. Returns AE_OK, or what the core says is wrong. */
int model_finish(void);

/* Print the fields that say what is the same for all recordings. */
void model_describe(void);

/* Print the answer, as further fields of a JSON object. */
void model_print(void);

#endif
