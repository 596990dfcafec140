/* What the firmware does with a recording: harness_core.c runs the whole core,
 * harness_front_end.c only what computes in integers. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdint.h>

#include "wav.h"

#define PIECE_LENGTH 512 /* samples at most that are heard at once */

/* Print the fields that say what is the same for all recordings. */
void hear_describe(void);

/* Hear a recording in pieces and print what came of it, as further fields of a
 * JSON object. Returns NULL, or why nothing came of it. */
const char *hear(struct wav *recording, uint32_t piece_length);

#endif
