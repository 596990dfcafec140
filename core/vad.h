/* Voice activity detection, from the energy of 10 ms blocks and an adaptive noise floor.
 *
 * It is cheap enough to run all day; the rest of the core need only run while it triggers. For the
 * pauses within an utterance see frame_activity.h, which knows the pitch of each frame and nothing
 * from before the utterance.
 */
#ifndef AE_VAD_H
#define AE_VAD_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* The noise floor is the lowest level of the last 1.6 to 2.4 s: it falls at once and rises only
 * when no block was quieter for so long. Speech is quieter between its syllables, noise is not
 * (minimum statistics, Martin 2001). */
#define AE_VAD_N_MINIMA 3

/* All levels are in hundredths of a dB, 0 for a root mean square of full scale. */
struct ae_vad {
    int32_t on, off;  /* above the floor */
    int32_t quietest; /* no block below it is speech */

    int32_t low;                     /* the input below 160 Hz, Q8: DC, wind and hum */
    int32_t past[3];                 /* the input above, newest first */
    int32_t smooth;                  /* level, over about 40 ms */
    int32_t peak;                    /* jumps to what is louder, sinks by 5 dB a second */
    int32_t minima[AE_VAD_N_MINIMA]; /* of `smooth` in 0.8 s each, newest first */
    uint16_t n_in_minimum;           /* blocks of the newest so far */
    uint16_t n_loud;                 /* blocks without a gap until now, saturating */
    bool started;
};

/* Begin with an unknown noise floor. Speech begins `on_db` above the floor and continues `off_db`
 * above it; no block below `quietest_dbfs` is speech. */
void ae_vad_reset(struct ae_vad *vad, int on_db, int off_db, int quietest_dbfs);

/* Take one block. Returns true if it may be speech: it and the three before it are above all of
 *  - the floor plus on_db, or off_db if the block before was loud,
 *  - quietest_dbfs,
 *  - 25 dB below the peak, as in frame_activity.h. */
bool ae_vad_update(struct ae_vad *vad, const int16_t block[AE_HOP_LENGTH]);

#endif
