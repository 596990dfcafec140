/* Any bytes as a network's file: what the core accepts must run on anything. */
#include "networks.h"

#define N_FRAMES 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

static uint32_t crc32(const uint8_t *bytes, size_t n) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
    return ~crc;
}

/* A few bytes where they are: of a network that was accepted it makes another that mostly is. */
static void mutate_in_place(uint8_t *data, size_t size, uint32_t *seed) {
    const size_t n = 1 + anything(seed) % 8;
    if (size >= n)
        LLVMFuzzerMutate(data + anything(seed) % (size - n + 1), n, n);
}

/* Without a length and a CRC that fit, nothing would get past the first check. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    uint32_t random = seed | 1;
    if (seed & 0x100)
        mutate_in_place(data, size, &random);
    else
        size = LLVMFuzzerMutate(data, size, most);
    if (seed % 16 != 0 && size >= sizeof(struct ae_net_header) + 4) {
        const uint32_t n_bytes = (uint32_t)size & ~3u;
        memcpy(data + offsetof(struct ae_net_header, n_bytes), &n_bytes, sizeof n_bytes);
        const uint32_t crc = crc32(data, n_bytes - 4);
        memcpy(data + n_bytes - 4, &crc, sizeof crc);
    }
    return size;
}

static void consume(const struct ae_net *net, uint32_t seed) {
    static struct ae_net_state state;
    static union ae_net_work work;
    struct ae_prediction result, again;
    struct ae_adapt adapt;
    memset(&state, 0xA5, sizeof state);
    ae_adapt_reset(&adapt);
    ae_net_reset(&state, net);
    for (int i = 0; i < N_FRAMES; i++) {
        int16_t log_mel[AE_N_MELS];
        for (int band = 0; band < AE_N_MELS; band++)
            log_mel[band] = (int16_t)(anything(&seed) >> 16);
        ae_net_push(&state, net, log_mel, &work);
        if (i % 8 == 0) {
            ae_net_predict(&state, net, &adapt, &work, &result);
            ae_adapt_update(&adapt, net, result.embedding);
        }
    }
    ae_net_predict(&state, net, &adapt, &work, &result);
    ae_net_predict(&state, net, &adapt, &work, &again);
    EXPECT(memcmp(&result, &again, sizeof result) == 0);
    expect_probabilities(&result);
    ae_net_is_confident(net, result.probabilities);
    ae_net_is_speech(net, result.speech);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    void *const bytes = malloc(size > 0 ? size : 1); /* not a byte more: ASan sees to it */
    struct ae_net net;
    EXPECT(bytes != NULL);
    if (size > 0)
        memcpy(bytes, data, size);
    if (ae_net_open(&net, bytes, size) == AE_OK)
        consume(&net, 1u + (uint32_t)size);
    free(bytes);
    return 0;
}
