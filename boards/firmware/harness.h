/* Measurement of one recording. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdint.h>

#include "wav.h"

#define PIECE_LENGTH 512 /* samples, the most per call */

/* Print the fields that are the same for all recordings. */
void harness_describe(void);

/* Process a recording in pieces and print the results as further fields of a JSON object.
 * Returns NULL, or the reason why there are none. */
const char *harness_run(struct wav *recording, uint32_t piece_length);

#endif
