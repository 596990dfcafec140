/* The streaming network: rows of log-mel energies in, a prediction from all of them out. */
#ifndef AE_NET_H
#define AE_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "adapt.h"
#include "net_file.h"
#include "peak.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Holds no pointer: it may be copied, moved and stored, for the same network. */
struct ae_net_state {
    uint64_t arena[AE_NET_ARENA / 8];   /* sums of the pooling, then a ring per layer */
    uint32_t weight;                    /* of all rows pooled */
    uint8_t newest[AE_NET_MAX_LAYERS];  /* row of each ring */
    uint8_t waiting[AE_NET_MAX_LAYERS]; /* rows since the last output of a layer of the stem */
    uint8_t next;                       /* layer to run on the newest row of the stem */
    uint8_t age;                        /* frames since that row, its own included */
    struct ae_peak peak;                /* that the input is relative to */
};

/* Memory that is needed during a call only. */
union ae_net_work {
    uint8_t window[AE_NET_MAX_WINDOW];
    uint16_t pooled[2 * AE_NET_MAX_POOLED]; /* 256ths: means, then deviations */
};

/* Of one utterance. */
struct ae_prediction {
    float probabilities[AE_N_EMOTIONS]; /* if somebody speaks; 0 for emotions that are no class of
                                           the network */
    float logits[AE_N_EMOTIONS];        /* of its classes: log2 plus a constant, uncalibrated */
    int16_t embedding[AE_NET_MAX_EMBEDDING]; /* 256ths, before adaptation */
    float speech;                            /* probability that somebody speaks */
};

void ae_net_reset(struct ae_net_state *state, const struct ae_net *net);

/* Take one frame's log-mel energies, Q9. A row is pooled net->period - 1 frames after the frame
 * that completes it in the stem, so that no frame takes much longer than another. */
void ae_net_push(struct ae_net_state *state, const struct ae_net *net,
                 const int16_t log_mel[AE_N_MELS], union ae_net_work *work);

/* Predict from all frames since ae_net_reset. The state is left as it was: more frames may follow.
 * `adapt`, NULL for an unknown speaker, is left as it was, too: at the end of the utterance call
 * ae_adapt_update with result->embedding if ae_net_is_speech. */
void ae_net_predict(struct ae_net_state *state, const struct ae_net *net,
                    const struct ae_adapt *adapt, union ae_net_work *work,
                    struct ae_prediction *result);

/* The last step alone: compute logits, probabilities and speech from the embedding in `result`. */
void ae_net_classify(const struct ae_net *net, const struct ae_adapt *adapt,
                     struct ae_prediction *result);

/* True if the probability that somebody speaks reaches the network's threshold. Only then the
 * probabilities of the emotions mean anything. */
bool ae_net_is_speech(const struct ae_net *net, float speech);

/* True if the largest probability reaches the network's threshold. */
bool ae_net_is_confident(const struct ae_net *net, const float probabilities[AE_N_EMOTIONS]);

/* The newest row of values that layer `index` was given, in 16ths with 128 added; for index
 * n_layers the last layer's outputs. */
const uint8_t *ae_net_row(struct ae_net_state *state, const struct ae_net *net, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
