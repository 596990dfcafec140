#include "net_file.h"

#include <stdbool.h>
#include <string.h>

#define LARGEST_SHIFT      14 /* of a layer's sums */
#define LARGEST_UNIT_SHIFT 24 /* of the embedding's */
#define LARGEST_HEAD_SHIFT 30
#define LARGEST_POOLED     2048  /* 16 * 127 is the largest mean and deviation */
#define LARGEST_INPUT      65535 /* of the head: an embedding less a mean, each of 16 bits */
#define SMALLEST_SCALE     0.001f
#define LARGEST_SCALE      1000.0f

/* CRC-32 of IEEE 802.3, four bits at a time. */
static uint32_t crc32(const uint32_t *words, size_t n) {
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    uint32_t crc = 0xFFFFFFFF;
    for (const uint32_t *end = words + n; words != end; words++) {
        crc ^= *words;
        for (int i = 0; i < 8; i++)
            crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* True for the bytes of a network of this core, as they were written. */
static bool is_whole(const struct ae_net_header *header, size_t n) {
    const uint8_t *bytes = header->magic;
    uint32_t crc;
    if (n < sizeof *header + sizeof crc || memcmp(header->magic, "AEM1", 4) != 0 ||
        header->format != AE_NET_FORMAT || header->header_bytes != sizeof *header ||
        header->front_end_hash != AE_FRONT_END_HASH || header->n_bytes % 4 != 0 ||
        header->n_bytes > n || header->n_bytes < sizeof *header + sizeof crc)
        return false;
    memcpy(&crc, bytes + header->n_bytes - sizeof crc, sizeof crc);
    return crc == crc32((const uint32_t *)(const void *)bytes, header->n_bytes / 4 - 1);
}

/* The bytes between the layers' table and the CRC, taken from front to back. */
struct arrays {
    const uint8_t *bytes;
    uint32_t taken, n_bytes;
};

/* The next array, or NULL if the file is too short. */
static const void *take(struct arrays *arrays, uint32_t n) {
    n = ae_multiple_of_4(n);
    if (n > arrays->n_bytes - arrays->taken)
        return NULL;
    arrays->taken += n;
    return arrays->bytes + arrays->taken - n;
}

static bool within(uint32_t value, uint32_t least, uint32_t most) {
    return value >= least && value <= most;
}

/* True if a sum of products and its bias have 32 bits. `magnitude` is the sum of the
 * weights' magnitudes. */
static bool fits(int64_t bias, uint32_t magnitude, uint32_t largest_input) {
    const int64_t largest = (int64_t)magnitude * largest_input;
    return bias <= INT32_MAX - largest && bias >= INT32_MIN + largest;
}

/* False for NaN. */
static bool is_between(float value, float least, float most) {
    return value >= least && value <= most;
}

static bool header_is_valid(const struct ae_net_header *header) {
    uint32_t known = 0;
    if (!within(header->n_layers, 1, AE_NET_MAX_LAYERS) ||
        !within(header->n_classes, 1, AE_N_EMOTIONS) ||
        !within(header->n_pooled, 1, AE_NET_MAX_POOLED) ||
        !within(header->n_embedding, 1, AE_NET_MAX_EMBEDDING) || header->flags > AE_NET_NO_GATE ||
        header->longest == 0 || header->head_shift > LARGEST_HEAD_SHIFT ||
        !is_between(header->inverse_temperature, SMALLEST_SCALE, LARGEST_SCALE) ||
        !is_between(header->threshold, 0.0f, 1.0f) ||
        !is_between(header->speech_scale, SMALLEST_SCALE, LARGEST_SCALE) ||
        !is_between(header->speech_threshold, 0.0f, 1.0f))
        return false;
    for (uint32_t i = 0; i < header->n_classes; i++) {
        if (header->emotions[i] >= AE_N_EMOTIONS || known >> header->emotions[i] & 1)
            return false;
        known |= 1u << header->emotions[i];
    }
    return true;
}

static bool shape_is_valid(const struct ae_net_layer *layer) {
    const uint32_t row = (uint32_t)layer->in_bands * layer->in_channels;
    if (layer->kind > AE_NET_DEPTHWISE || layer->flags > (AE_NET_RELU | AE_NET_RESIDUAL) ||
        !within(layer->kernel_t, 1, AE_NET_MAX_KERNEL) || !within(layer->stride_t, 1, 4) ||
        !within(layer->dilation_t, 1, 8) || !within(layer->kernel_f, 1, layer->in_bands) ||
        layer->stride_f == 0 || layer->reserved != 0 || layer->reserved_too != 0 ||
        !within(row, 1, AE_NET_MAX_CHANNELS) ||
        !within((uint32_t)layer->out_bands * layer->out_channels, 1, AE_NET_MAX_CHANNELS))
        return false;
    if (layer->out_bands != (layer->in_bands - layer->kernel_f) / layer->stride_f + 1)
        return false;
    return layer->kind == AE_NET_DENSE ||
           (layer->in_bands == 1 && layer->stride_f == 1 &&
            layer->in_channels == layer->out_channels && !(layer->flags & AE_NET_RESIDUAL));
}

/* True if a layer can follow another, which is NULL for the first. */
static bool follows(const struct ae_net_layer *layer, const struct ae_net_layer *before) {
    const uint32_t row = (uint32_t)layer->in_bands * layer->in_channels;
    if (before == NULL)
        return row == AE_N_MELS && !(layer->flags & AE_NET_RESIDUAL);
    if (row != (uint32_t)before->out_bands * before->out_channels)
        return false;
    return !(layer->flags & AE_NET_RESIDUAL) ||
           (layer->stride_t == 1 && before->stride_t == 1 &&
            layer->out_bands * layer->out_channels == before->in_bands * before->in_channels);
}

static uint32_t magnitude_of(int32_t weight) {
    return (uint32_t)(weight < 0 ? -weight : weight);
}

/* The sum of the weights of one output, and of their magnitudes. */
struct weights_sum {
    int32_t sum;
    uint32_t magnitude;
    bool padded_with_zeros;
};

static struct weights_sum sum_dense(const uint8_t *weights, uint32_t output, uint32_t n,
                                    uint32_t n_padded) {
    struct weights_sum sums = {0, 0, true};
    const uint8_t *const end = weights + (output / 4 + 1) * n_padded * 4;
    weights += (output / 4 * n_padded + output % 4) * 4;
    for (; weights < end; weights += 16)
        for (uint32_t j = 0; j < 4; j++) {
            const int32_t weight = weights[j] - 128;
            sums.sum += weight;
            sums.magnitude += magnitude_of(weight);
        }
    for (uint32_t j = n_padded - n; j > 0; j--)
        sums.padded_with_zeros &= weights[-12 - (int32_t)j] == 128;
    return sums;
}

static struct weights_sum sum_depthwise(const int8_t *weights, uint32_t kernel, uint32_t step) {
    struct weights_sum sums = {0, 0, true};
    for (; kernel > 0; kernel--, weights += step) {
        sums.sum += *weights;
        sums.magnitude += magnitude_of(*weights);
    }
    return sums;
}

static bool layer_is_valid(const struct ae_net_layer *layer, struct arrays *arrays) {
    if (!shape_is_valid(layer) || layer->weights != arrays->taken)
        return false;
    const uint32_t n_outputs = layer->out_channels, n_padded = ae_multiple_of_4(n_outputs);
    const uint32_t window = (uint32_t)layer->kernel_t * layer->kernel_f * layer->in_channels;
    const bool dense = layer->kind == AE_NET_DENSE;
    if (dense && window > AE_NET_MAX_WINDOW)
        return false;
    const uint32_t n_weights = n_padded * (dense ? ae_multiple_of_4(window) : layer->kernel_t);
    const void *const weights = take(arrays, n_weights);
    const int32_t *const bias = take(arrays, 4 * n_outputs);
    const uint8_t *const shift = take(arrays, n_outputs);
    if (weights == NULL || bias == NULL || shift == NULL)
        return false;
    for (uint32_t i = 0; i < n_outputs; i++) {
        const struct weights_sum sums =
            dense ? sum_dense(weights, i, window, ae_multiple_of_4(window))
                  : sum_depthwise((const int8_t *)weights + i / 4 * 4 * layer->kernel_t + i % 4,
                                  layer->kernel_t, 4);
        if (shift[i] > LARGEST_SHIFT || !sums.padded_with_zeros ||
            !fits(bias[i] + (int64_t)128 * sums.sum, sums.magnitude, 128))
            return false;
    }
    return true;
}

static bool embedding_is_valid(const struct ae_net *net) {
    const uint32_t n_inputs = 2u * net->header->n_pooled;
    for (uint32_t i = 0; i < net->header->n_embedding; i++) {
        const struct weights_sum sums =
            sum_dense(net->embedding_weights, i, n_inputs, ae_multiple_of_4(n_inputs));
        if (net->embedding_shift[i] > LARGEST_UNIT_SHIFT ||
            !fits(net->embedding_bias[i], sums.magnitude, LARGEST_POOLED))
            return false;
    }
    return true;
}

static bool head_is_valid(const struct ae_net *net) {
    const uint32_t n_inputs = net->header->n_embedding;
    for (uint32_t i = 0; i < net->header->n_classes + 1u; i++) {
        const struct weights_sum sums =
            sum_depthwise(net->head_weights + i * n_inputs, n_inputs, 1);
        if (!fits(net->head_bias[i], sums.magnitude, LARGEST_INPUT))
            return false;
    }
    return true;
}

static bool layers_are_valid(const struct ae_net_header *header, const struct ae_net_layer *layers,
                             struct arrays *arrays) {
    const struct ae_net_layer *before = NULL;
    const uint32_t n_last = ae_net_last_channels(header);
    uint32_t memory = header->n_pooled * 12u + ae_multiple_of_4(n_last);
    for (uint32_t i = 0; i < header->n_layers; i++) {
        if (!layer_is_valid(&layers[i], arrays) || !follows(&layers[i], before))
            return false;
        before = &layers[i];
        memory += ae_net_ring_rows(before) * ae_net_row_bytes(before);
        if (memory > AE_NET_ARENA)
            return false;
    }
    return before != NULL && before->flags & AE_NET_RELU && before->out_bands == 1 &&
           before->out_channels == n_last;
}

/* Find the stem. Returns false if its rows are too far apart. */
static bool find_stem(struct ae_net *net) {
    net->n_stem = 0;
    net->period = 1;
    for (uint32_t i = 0; i < net->header->n_layers; i++)
        if (net->layers[i].stride_t > 1) {
            net->n_stem = i + 1;
            net->period *= net->layers[i].stride_t;
            if (net->period > AE_NET_MAX_PERIOD)
                return false;
        }
    return true;
}

/* Find the arrays of an undamaged file. Returns false if its network could reach beyond its memory
 * or beyond 32 bits. */
static bool read_network(const struct ae_net_header *header, struct ae_net *net) {
    const struct ae_net_layer *layers = (const void *)(header + 1);
    struct arrays arrays = {header->magic, sizeof *header, header->n_bytes - 4};
    if (!header_is_valid(header) ||
        take(&arrays, header->n_layers * (uint32_t)sizeof *layers) == NULL ||
        !layers_are_valid(header, layers, &arrays))
        return false;
    const uint32_t n_inputs = ae_multiple_of_4(2u * header->n_pooled);
    const uint32_t n_embedding = header->n_embedding, n_scores = header->n_classes + 1u;
    net->header = header;
    net->layers = layers;
    net->embedding_weights = take(&arrays, ae_multiple_of_4(n_embedding) * n_inputs);
    net->embedding_bias = take(&arrays, 4 * n_embedding);
    net->embedding_shift = take(&arrays, n_embedding);
    net->head_weights = take(&arrays, n_scores * n_embedding);
    net->head_bias = take(&arrays, 4 * n_scores);
    if (net->embedding_weights == NULL || net->embedding_bias == NULL ||
        net->embedding_shift == NULL || net->head_weights == NULL || net->head_bias == NULL)
        return false;
    return arrays.taken == arrays.n_bytes && find_stem(net) && embedding_is_valid(net) &&
           head_is_valid(net);
}

int ae_net_open(struct ae_net *net, const void *bytes, size_t n) {
    if (net == NULL || bytes == NULL || (uintptr_t)bytes % 4 != 0)
        return AE_ERR_ARG;
    const struct ae_net_header *header = bytes;
    return is_whole(header, n) && read_network(header, net) ? AE_OK : AE_ERR_MODEL;
}
