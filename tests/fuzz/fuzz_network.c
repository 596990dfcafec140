/* Any samples in any chunking through the network that ships: alone and on a live stream. */
#include "net_stream.h"
#include "networks.h"
#include "net_utterance.h"

#define LONGEST 48000 /* samples */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ae_net net;
static struct ae_recognizer whole, pieces;
static struct ae_net_listener listener;

static void expect_probabilities(const struct ae_recognition *answer) {
    float sum = 0.0f;
    for (int i = 0; i < AE_N_EMOTIONS; i++) {
        EXPECT(answer->probabilities[i] >= 0.0f && answer->probabilities[i] <= 1.0001f);
        sum += answer->probabilities[i];
    }
    EXPECT(sum > 0.999f && sum < 1.001f);
}

static void recognize(const struct sound *sound, uint32_t seed) {
    struct ae_recognition answer, other, estimate;
    struct ae_adapt adapt;
    ae_adapt_reset(&adapt);
    ae_recognizer_reset(&whole, &net);
    ae_recognizer_reset(&pieces, &net);
    ae_recognizer_process(&whole, &net, sound->samples, sound->n);
    for (size_t done = 0; done < sound->n;) {
        const size_t n = next_chunk(&seed, sound->n - done);
        ae_recognizer_process(&pieces, &net, sound->samples + done, n);
        done += n;
        if (anything(&seed) % 16 == 0)
            ae_recognizer_estimate(&pieces, &net, &adapt, &estimate);
    }
    const int status = ae_recognizer_estimate(&whole, &net, NULL, &answer);
    EXPECT(status == ae_recognizer_estimate(&pieces, &net, NULL, &other));
    if (status != AE_OK)
        return;
    EXPECT(memcmp(&answer, &other, sizeof answer) == 0);
    expect_probabilities(&answer);
    for (int i = 0; i < 3; i++)
        EXPECT(ae_recognizer_finish(&whole, &net, &adapt, &answer) == AE_OK);
    expect_probabilities(&answer);
}

static void listen(const struct sound *sound, uint32_t seed, int adapts) {
    EXPECT(ae_net_listener_reset(&listener, &net, &ae_listener_defaults) == AE_OK);
    listener.adapts = adapts != 0;
    for (size_t used, done = 0; done < sound->n; done += used) {
        const size_t n = 1 + next_chunk(&seed, sound->n - done - 1);
        const int event =
            ae_net_listener_process(&listener, &net, sound->samples + done, n, &used);
        EXPECT(used <= n && (event != AE_NOTHING || used == n));
        if (event == AE_UTTERANCE_ENDED)
            expect_probabilities(&listener.utterance.result);
    }
    if (ae_net_listener_finish(&listener, &net) == AE_UTTERANCE_ENDED)
        expect_probabilities(&listener.utterance.result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    if (net.header == NULL)
        open_shipped(&net);
    const uint8_t how = take_byte(&bytes);
    const struct sound sound = take_sound(&bytes, LONGEST);
    recognize(&sound, 1u + how);
    listen(&sound, 1u + how, how & 1);
    free(sound.samples);
    return 0;
}
