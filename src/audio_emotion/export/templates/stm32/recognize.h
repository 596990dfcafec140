/* Emotions from an I2S microphone at the SAI of an STM32: see README.md. */
#ifndef RECOGNIZE_H
#define RECOGNIZE_H

#include "main.h" /* of CubeMX: includes the HAL */

#ifdef __cplusplus
extern "C" {
#endif

/* Start the microphone at a block of the SAI that CubeMX has initialized; if it does not start, say
 * so again and again. */
void recognize_begin(SAI_HandleTypeDef *sai);

/* Process what the microphone has given since the last call: to be called in `while (1)`. */
void recognize_step(void);

#ifdef __cplusplus
}
#endif
#endif
