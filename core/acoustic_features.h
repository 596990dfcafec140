/* audio_emotion: speech emotion features on a microcontroller.
 *
 * Give it 16 kHz mono 16-bit samples in pieces of any size; when the speaker
 * has finished, take the acoustic features of the utterance:
 *
 *     static struct ae_state state;
 *     static struct ae_result result;
 *     ae_reset(&state);
 *     while (microphone_read(pcm, n)) ae_process(&state, pcm, n);
 *     if (ae_finish(&state, &result) == AE_OK) use(result.features);
 *
 * No allocation, no libm, no mutable globals: the caller owns all memory, and
 * the same samples give the same bits on every target and in any chunking.
 */
#ifndef AE_ACOUSTIC_FEATURES_H
#define AE_ACOUSTIC_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "state.h" /* the layout of struct ae_state; only its size concerns you */
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What one utterance gave. Features are in the order of ae_feature_name(). */
struct ae_result {
    float features[AE_N_FEATURES];
    uint32_t n_frames; /* frames of AE_FRAME_LENGTH every AE_HOP_LENGTH samples */
};

/* Begin a new utterance. */
void ae_reset(struct ae_state *state);

/* Take `n` samples. Returns the number of frames completed, or < 0. */
int ae_process(struct ae_state *state, const int16_t *pcm, size_t n);

/* Summarise what was heard since ae_reset. The state is left as it was, so
 * more samples may follow and a running estimate costs nothing extra. */
int ae_finish(const struct ae_state *state, struct ae_result *result);

/* The name of feature `index`, as "<descriptor>_<functional>", written to
 * `name` with its closing zero. Returns AE_OK or AE_ERR_ARG. */
int ae_feature_name(size_t index, char name[AE_NAME_LENGTH]);

/* The same for the descriptors of a frame, state.latest.value[index]. */
int ae_descriptor_name(size_t index, char name[AE_NAME_LENGTH]);

#ifdef __cplusplus
}
#endif
#endif
