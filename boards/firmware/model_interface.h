/* What harness_core.c measures. model_classifier.c implements it with the acoustic features and,
 * if there is a model, its classifier; model_network.c with a network. */
#ifndef MODEL_INTERFACE_H
#define MODEL_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

void model_reset(void);
void model_process(const int16_t *pcm, size_t n);

/* Compute the result of the recording. Returns AE_OK or an error of the core. */
int model_finish(void);

/* Print the fields that are the same for all recordings. */
void model_describe(void);

/* Print the result as further fields of a JSON object. */
void model_print(void);

#endif
