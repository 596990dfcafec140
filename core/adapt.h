/* What is left of an embedding when the speaker's own is taken away.
 *
 * The mean of the newest embeddings of one speaker, whatever the emotions were, shrunk
 * towards zero while few have been heard. No labels are needed. */
#ifndef AE_ADAPT_H
#define AE_ADAPT_H

#include "net_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Holds no pointer: it may be stored, to go on with the same speaker another day. */
struct ae_adapt {
    int32_t mean[AE_NET_MAX_EMBEDDING]; /* Q8 of the embedding's unit */
    uint32_t n;                         /* utterances heard, up to header->longest */
};

/* Begin with a new speaker. */
void ae_adapt_reset(struct ae_adapt *adapt);

/* Take an utterance's embedding into the mean. */
void ae_adapt_update(struct ae_adapt *adapt, const struct ae_net *net, const int16_t *embedding);

/* Write the embedding less the mean that includes it, or 0 where that is negative. The
 * adaptation is left as it was; NULL has a mean of 0. */
void ae_adapt_apply(const struct ae_adapt *adapt, const struct ae_net *net,
                    const int16_t *embedding, uint16_t *result);

#ifdef __cplusplus
}
#endif
#endif
