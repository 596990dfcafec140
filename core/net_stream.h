/* Utterances on a live stream and their predictions by the network; audio_emotion.h has an example.
 *
 * Each prediction has the same bits as that of net_utterance.h from the samples between
 * utterance.start and utterance.end, given the same adaptation.
 */
#ifndef AE_NET_STREAM_H
#define AE_NET_STREAM_H

#include "adapt.h"
#include "endpointer.h"
#include "mel.h"
#include "net.h"
#include "spectrum.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ae_net_stream_utterance {
    uint64_t start, end;         /* samples since ae_net_stream_reset; end is the first after */
    struct ae_prediction result; /* of these samples */
    bool cut;                    /* at longest_s: the speaker goes on */
};

/* Blocks that a frame touches. */
#define AE_FRAME_BLOCKS ((AE_FRAME_LENGTH + AE_HOP_LENGTH - 1) / AE_HOP_LENGTH)

/* Holds no pointer: it may be copied, moved and stored, for the same network. */
struct ae_net_stream {
    struct ae_net_stream_utterance utterance; /* valid until the next call */
    struct ae_adapt speaker;                  /* for another one call ae_adapt_reset */
    bool adapts;                              /* to the speaker; true after the reset */

    struct ae_endpointer endpointer;
    int16_t samples[AE_FRAME_BLOCKS * AE_HOP_LENGTH]; /* the last block is being filled */
    int16_t log_mel[AE_ENDPOINTER_SLOTS][AE_N_MELS];  /* of the frame that ends in a block */
    uint32_t n_consumed;                              /* blocks of the utterance */
    struct ae_net_state state;
    union {
        struct {
            struct ae_spectrum_work work;
            struct ae_spectrum spectrum;
        } front_end;
        union ae_net_work net;
    } work; /* needed during a call only */
};

/* Begin a new stream of a new speaker. Returns AE_OK, or AE_ERR_ARG for a field outside its
 * limits. */
int ae_net_stream_reset(struct ae_net_stream *stream, const struct ae_net *net,
                        const struct ae_endpointer_config *config);

/* Take samples until something happens. Returns an event, or AE_ERR_ARG; `used` is how many
 * samples were taken: call again with the others. The end of a sound is AE_UTTERANCE_ENDED if
 * somebody spoke, else AE_NO_SPEECH. */
int ae_net_stream_process(struct ae_net_stream *stream, const struct ae_net *net,
                          const int16_t *pcm, size_t n, size_t *used);

/* End the stream. Returns AE_UTTERANCE_ENDED if that ended an utterance, AE_NO_SPEECH if it ended
 * another sound, else AE_NOTHING. Then only ae_net_stream_reset may follow. */
int ae_net_stream_finish(struct ae_net_stream *stream, const struct ae_net *net);

#ifdef __cplusplus
}
#endif
#endif
