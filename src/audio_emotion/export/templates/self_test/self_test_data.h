#ifndef AE_SELF_TEST_DATA_H
#define AE_SELF_TEST_DATA_H

/* verify/recording.wav, whose license is in NOTICE.md. */
#include <stdint.h>

static const int16_t recording[] = {
@RECORDING_SAMPLES@
};

@EXPECTED_H@

#endif
