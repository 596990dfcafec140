/* Samples of a microphone: from a converter's words to 16 bits with gain, and their level.
 *
 *     static struct ae_microphone microphone;
 *     ae_microphone_reset(&microphone, 24, 0);
 *     ae_microphone_convert(&microphone, words, 1, n, pcm); // what I2S delivers
 *     ae_net_stream_process(&stream, &net, pcm, n, &used);
 *     if (ae_microphone_fault(&microphone) != AE_LEVEL_RIGHT)
 *         show(ae_microphone_advice[ae_microphone_fault(&microphone)]);
 *     ae_microphone_restart(&microphone); // the measurement
 *
 * Speech at 1 m is at about -65 dB of a digital microphone's full scale, so that 16 bits without
 * gain leave little of it. Its constant part, which can be a hundred times as large, is subtracted
 * before the gain: a first-order high-pass at 2.5 Hz.
 */
#ifndef AE_MICROPHONE_H
#define AE_MICROPHONE_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ae_level_fault {
    AE_LEVEL_RIGHT,
    AE_LEVEL_NO_SIGNAL, /* all words are the same */
    AE_LEVEL_OFFSET,    /* constant part above an eighth of the converter's full scale */
    AE_LEVEL_CLIPPED,   /* 1 ms of samples at the limits of 16 bits */
    AE_LEVEL_TOO_QUIET  /* no block of 10 ms above AE_QUIET_DBFS */
};
#define AE_QUIET_DBFS (-45)

/* What to do about a fault, in words; "" for AE_LEVEL_RIGHT. */
extern const char *const ae_microphone_advice[AE_LEVEL_TOO_QUIET + 1];

/* Holds no pointer: it may be copied, moved and stored. */
struct ae_microphone {
    uint32_t gain;      /* factor, Q16 */
    int left_shift;     /* bits */
    int32_t offset;     /* constant part, half of full scale is 2^30 */
    int32_t newest;     /* word */
    uint32_t n_samples; /* since the measurement began */
    uint32_t n_changes; /* words that differ from the one before */
    uint16_t filled;    /* samples of the next block of 10 ms */
    uint32_t n_clipped;
    uint32_t loudest; /* variance in the loudest block */
    int32_t sum;      /* of the block */
    uint64_t squares;
};

/* Begin. gain_db: -60 to 60, beyond which the nearest counts. left_shift: 0 to 16, how many bits
 * the converter's words are to be moved to the left for their sign to be the highest bit: 0 for
 * I2S, 1 for a microphone that is one bit late, 8 for 24 bits at the right of 32. */
void ae_microphone_reset(struct ae_microphone *microphone, int gain_db, int left_shift);

/* Write n samples from n words, each `stride` after the one before: 2 to take one of two channels.
 * What is beyond 16 bits is limited. */
void ae_microphone_convert(struct ae_microphone *microphone, const int32_t *words, size_t stride,
                           size_t n, int16_t *pcm);

/* The same with samples that are 16 bits already, in place. */
void ae_microphone_amplify(struct ae_microphone *microphone, int16_t *pcm, size_t n);

/* RMS of the loudest 10 ms since the measurement began, dB re full scale: -96 to 0. */
int ae_microphone_dbfs(const struct ae_microphone *microphone);

enum ae_level_fault ae_microphone_fault(const struct ae_microphone *microphone);

/* Begin a new measurement. */
void ae_microphone_restart(struct ae_microphone *microphone);

#ifdef __cplusplus
}
#endif
#endif
