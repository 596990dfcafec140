/* The acoustic features of one utterance, from samples in pieces of any size; audio_emotion.h has
 * an example. */
#ifndef AE_ACOUSTIC_FEATURES_H
#define AE_ACOUSTIC_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "state.h" /* private, included for the size of struct ae_state */
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one utterance. Features are in the order of ae_feature_name(). */
struct ae_result {
    float features[AE_N_FEATURES];
    uint32_t n_frames; /* frames of AE_FRAME_LENGTH every AE_HOP_LENGTH samples */
};

/* Begin a new utterance. */
void ae_reset(struct ae_state *state);

/* Take `n` samples. Returns the number of frames completed, or < 0. */
int ae_process(struct ae_state *state, const int16_t *pcm, size_t n);

/* Write the features of all samples since ae_reset. The state is left as it was, so more samples
 * may follow and a running estimate costs nothing extra. Returns AE_OK, AE_ERR_ARG or
 * AE_ERR_SHORT. */
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
