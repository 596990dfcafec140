/* Recognize a recording on the device itself and compare with what Python computes, bit for bit.
 * The recording takes @RECORDING_BYTES@ bytes of flash where this is included. */
#ifndef AE_SELF_TEST_H
#define AE_SELF_TEST_H

#include <string.h>

#include "self_test_data.h"

static int ae_self_test_differs(const float *values, const float *others, size_t n) {
    return memcmp(values, others, n * sizeof *values) != 0;
}

/* What is wrong about the sound that has ended, the n-th; NULL if nothing is. */
static const char *ae_self_test_compare(const struct ae_net_stream_utterance *found, int event,
                                        size_t n) {
    if (n >= sizeof expected / sizeof *expected)
        return "more utterances than expected";
    if (found->start != expected[n].start || found->end != expected[n].end)
        return "an utterance begins or ends elsewhere";
    if (ae_self_test_differs(found->result.logits, expected[n].scores, N_CLASSES) ||
        ae_self_test_differs(found->result.probabilities, expected[n].probabilities,
                             AE_N_EMOTIONS) ||
        ae_self_test_differs(&found->result.speech, &expected[n].speech, 1))
        return "scores differ: look at the compiler's options";
    return event == (expected[n].is_speech ? AE_UTTERANCE_ENDED : AE_NO_SPEECH)
               ? NULL
               : "speech is none, or none is speech";
}

/* Returns NULL if all is as in Python, else what is wrong. answer_us: the longest time from the
 * last sample of an utterance to its answer, by now_us. `stream` is to be reset afterwards. */
static inline const char *ae_self_test(struct ae_net_stream *stream, uint32_t (*now_us)(void),
                                       uint32_t *answer_us) {
    static struct ae_net net;
    const size_t n = sizeof recording / sizeof *recording;
    size_t n_found = 0, used;
    *answer_us = 0;
    if (ae_net_open(&net, @SYMBOL@, sizeof @SYMBOL@) != AE_OK)
        return "the network is damaged";
    ae_net_stream_reset(stream, &net, &ae_endpointer_defaults);
    for (size_t i = 0, done = 0; !done; i += used) {
        const uint32_t began = now_us();
        const size_t left = n - i < AE_HOP_LENGTH ? n - i : AE_HOP_LENGTH;
        done = left == 0;
        used = 0;
        const int event = done ? ae_net_stream_finish(stream, &net)
                               : ae_net_stream_process(stream, &net, recording + i, left, &used);
        if (event != AE_UTTERANCE_ENDED && event != AE_NO_SPEECH)
            continue;
        const uint32_t took = now_us() - began;
        *answer_us = took > *answer_us ? took : *answer_us;
        const char *wrong = ae_self_test_compare(&stream->utterance, event, n_found++);
        if (wrong != NULL)
            return wrong;
    }
    return n_found == sizeof expected / sizeof *expected ? NULL : "fewer utterances than expected";
}

#endif
