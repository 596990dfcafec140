/* Speaker adaptation: subtract the speaker's mean embedding from an embedding.
 *
 * The mean is a running one over the newest utterances of one speaker, whatever their emotions,
 * shrunk towards zero while they are few. It needs no labels. */
#ifndef AE_ADAPT_H
#define AE_ADAPT_H

#include "net_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Holds no pointer: it may be stored and used again for the same speaker and network. */
struct ae_adapt {
    int32_t mean[AE_NET_MAX_EMBEDDING]; /* Q8 of the embedding's unit */
    uint32_t n;                         /* utterances in the mean, up to header->longest */
};

/* Begin with a new speaker: the mean is 0. */
void ae_adapt_reset(struct ae_adapt *adapt);

/* Add an utterance's embedding to the mean. */
void ae_adapt_update(struct ae_adapt *adapt, const struct ae_net *net, const int16_t *embedding);

/* Write the embedding minus the mean that includes it, or 0 where that is negative. The
 * adaptation is left as it was; for NULL the mean is 0. */
void ae_adapt_apply(const struct ae_adapt *adapt, const struct ae_net *net,
                    const int16_t *embedding, uint16_t *result);

#ifdef __cplusplus
}
#endif
#endif
