/* Speaker adaptation: subtract what the embeddings of a speaker have in common from an embedding.
 *
 * It is half of a running mean over the newest utterances, whatever their emotions, shrunk towards
 * zero while they are few, and bounded. It needs no labels: where somebody shows one emotion only,
 * the mean is of the emotion and not of the voice, so it may count for little; docs/design.md has
 * the figures. */
#ifndef AE_ADAPT_H
#define AE_ADAPT_H

#include "net_file.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AE_ADAPT_BOUND 128 /* what is subtracted is at most this: half a unit of the embedding */

/* Holds no pointer: it may be stored and used again for the same speaker and network. */
struct ae_adapt {
    int32_t mean[AE_NET_MAX_EMBEDDING]; /* Q8 of the embedding's unit */
    uint32_t n;                         /* utterances in the mean, up to header->longest */
};

/* Begin with a new speaker: the mean is 0. */
void ae_adapt_reset(struct ae_adapt *adapt);

/* Add an utterance's embedding to the mean. */
void ae_adapt_update(struct ae_adapt *adapt, const struct ae_net *net, const int16_t *embedding);

/* Write the embedding minus half of the mean that includes it, bounded by AE_ADAPT_BOUND, or 0
 * where that is negative. The adaptation is left as it was; for NULL nothing is subtracted. */
void ae_adapt_apply(const struct ae_adapt *adapt, const struct ae_net *net,
                    const int16_t *embedding, uint16_t *result);

#ifdef __cplusplus
}
#endif
#endif
