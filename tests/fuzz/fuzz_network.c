/* Any samples in any chunking through one network: alone and on a live stream.
 * FUZZ_LONGEST is how many samples an input has at most. */
#include "net_stream.h"
#include "net_utterance.h"
#include "networks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ae_net net;
static size_t longest;
static struct ae_net_utterance whole, pieces;
static struct ae_net_stream stream;

static void recognize(const struct sound *sound, uint32_t seed) {
    struct ae_prediction prediction, other, estimate;
    struct ae_adapt adapt;
    ae_adapt_reset(&adapt);
    ae_net_utterance_reset(&whole, &net);
    ae_net_utterance_reset(&pieces, &net);
    ae_net_utterance_process(&whole, &net, sound->samples, sound->n);
    for (size_t done = 0; done < sound->n;) {
        const size_t n = next_chunk(&seed, sound->n - done);
        ae_net_utterance_process(&pieces, &net, sound->samples + done, n);
        done += n;
        if (anything(&seed) % 16 == 0)
            ae_net_utterance_estimate(&pieces, &net, &adapt, &estimate);
    }
    const int status = ae_net_utterance_estimate(&whole, &net, NULL, &prediction);
    EXPECT(status == ae_net_utterance_estimate(&pieces, &net, NULL, &other));
    if (status != AE_OK)
        return;
    EXPECT(memcmp(&prediction, &other, sizeof prediction) == 0);
    expect_probabilities(&prediction);
    for (int i = 0; i < 3; i++)
        EXPECT(ae_net_utterance_finish(&whole, &net, &adapt, &prediction) == AE_OK);
    expect_probabilities(&prediction);
}

static void expect_end(int event, const struct ae_prediction *prediction) {
    if (event != AE_UTTERANCE_ENDED && event != AE_NO_SPEECH)
        return;
    EXPECT((event == AE_UTTERANCE_ENDED) == ae_net_is_speech(&net, prediction->speech));
    expect_probabilities(prediction);
}

static void listen(const struct sound *sound, uint32_t seed, int adapts) {
    EXPECT(ae_net_stream_reset(&stream, &net, &ae_endpointer_defaults) == AE_OK);
    stream.adapts = adapts != 0;
    for (size_t used, done = 0; done < sound->n; done += used) {
        const size_t n = 1 + next_chunk(&seed, sound->n - done - 1);
        const int event = ae_net_stream_process(&stream, &net, sound->samples + done, n, &used);
        EXPECT(used <= n && (event != AE_NOTHING || used == n));
        expect_end(event, &stream.utterance.result);
    }
    expect_end(ae_net_stream_finish(&stream, &net), &stream.utterance.result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    if (net.header == NULL)
        open_given(&net, &longest);
    const uint8_t how = take_byte(&bytes);
    const struct sound sound = take_sound(&bytes, longest);
    recognize(&sound, 1u + how);
    listen(&sound, 1u + how, how & 1);
    free(sound.samples);
    return 0;
}
