/* The network as it lies in a file or in flash: read in place, little-endian.
 *
 *     header, n_layers layers, arrays, CRC-32 of everything before it
 *
 * The arrays follow one another in the order of their use, each beginning at a multiple
 * of 4 bytes. Of every layer: weights, biases, shifts; then those of the embedding; then
 * weights and biases of the head. Behind the network a file may have more, which the
 * core does not read.
 */
#ifndef AE_NET_FILE_H
#define AE_NET_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "emotion.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AE_NET_FORMAT 2

/* FNV-1a over the definition of the input, see mel.h and peak.h; tests/engine/test_net_file.py has
 * the numbers. */
#define AE_FRONT_END_HASH 0xD370B131u

#define AE_NET_MAX_LAYERS    24
#define AE_NET_MAX_KERNEL    15  /* rows */
#define AE_NET_MAX_PERIOD    16  /* frames per row that is pooled: the product of the strides */
#define AE_NET_MAX_CHANNELS  512 /* times bands, so bytes of a row */
#define AE_NET_MAX_POOLED    256
#define AE_NET_MAX_EMBEDDING 64
#define AE_NET_MAX_WINDOW    2048 /* bytes that one output of a layer sees */

/* Bytes for the rows that layers look back at, and for the sums of the pooling. */
#ifndef AE_NET_ARENA
#define AE_NET_ARENA 12288
#endif

enum { AE_NET_NO_GATE = 1 };                   /* flags of the network */
enum { AE_NET_DENSE, AE_NET_DEPTHWISE };       /* kinds of layers */
enum { AE_NET_RELU = 1, AE_NET_RESIDUAL = 2 }; /* flags of a layer */

struct ae_net_header {
    uint8_t magic[4]; /* "AEM1" */
    uint16_t format;
    uint16_t header_bytes;
    uint32_t n_bytes; /* of the network, CRC included */
    uint32_t front_end_hash;
    float inverse_temperature; /* below 1: less confident than the scores */
    float threshold;           /* of a confident prediction's probability */
    float speech_scale;        /* octaves of odds per unit of the speech score */
    float speech_threshold;    /* of the probability that somebody speaks */
    uint16_t n_pooled;
    uint8_t n_layers, n_classes, n_embedding, flags;
    uint8_t prior, longest; /* of the adaptation */
    uint8_t head_shift;
    uint8_t emotions[AE_N_EMOTIONS]; /* of each class */
    int16_t center[AE_N_MELS];       /* of the input relative to the peak, Q9 */
};

/* A convolution over rows, which are [bands][channels]. Weights have 8 bits.
 *
 * DENSE: every output sees kernel_t rows, dilation_t apart, and of each kernel_f bands.
 * Its weights are [kernel_t][kernel_f][in_channels], padded to a multiple of 4 with
 * zeros, in the layout of dot.h.
 * DEPTHWISE: every channel sees kernel_t rows of itself. Its weights are signed and lie
 * in blocks of kernel_t by four channels.
 * RESIDUAL, for DENSE layers: the newest row that entered the layer before is added, of
 * the size of this one's outputs, both layers having stride 1.
 *
 * An output is (sum of products + bias) / 2^shift, rounded down. The bias has what is
 * missing to rounding half up, and 128 times the sum of the weights less because inputs
 * have 128 added. */
struct ae_net_layer {
    uint8_t kind, flags;
    uint8_t kernel_t, stride_t, dilation_t;
    uint8_t kernel_f, stride_f;
    uint8_t in_bands, out_bands, reserved;
    uint16_t in_channels, out_channels, reserved_too;
    uint32_t weights; /* where they begin */
};

/* Pointers into the file. */
struct ae_net {
    const struct ae_net_header *header;
    const struct ae_net_layer *layers;
    const uint8_t *embedding_weights; /* of 2 * n_pooled inputs, in blocks for ae_four_wide_dots */
    const int32_t *embedding_bias;
    const uint8_t *embedding_shift;
    const int8_t *head_weights; /* [n_classes + 1][n_embedding]; the last row scores speech */
    const int32_t *head_bias;
    uint32_t n_stem; /* layers until the last that skips rows */
    uint32_t period; /* frames per row behind it */
};

/* Open a network of at most `n` bytes, which must begin at a multiple of 4 and stay where they
 * are. Everything is checked, so that no network that opens can fault or overflow, whatever its
 * bytes; that takes about 40 instructions a byte.
 *
 * Returns AE_OK, AE_ERR_ARG, or AE_ERR_MODEL if it is not a network, not for this core,
 * damaged, or needs more than AE_NET_ARENA. */
int ae_net_open(struct ae_net *net, const void *bytes, size_t n);

/* n, or the next multiple of 4. */
static inline uint32_t ae_multiple_of_4(uint32_t n) {
    return (n + 3u) & ~3u;
}

static inline uint32_t ae_net_row_bytes(const struct ae_net_layer *layer) {
    return ae_multiple_of_4((uint32_t)layer->in_bands * layer->in_channels);
}

/* Rows that a layer looks at, from the oldest to the newest. */
static inline uint32_t ae_net_ring_rows(const struct ae_net_layer *layer) {
    return (layer->kernel_t - 1u) * layer->dilation_t + 1u;
}

/* Channels of the last layer: those that are pooled, and one more for the weight. */
static inline uint32_t ae_net_last_channels(const struct ae_net_header *header) {
    return header->n_pooled + (header->flags & AE_NET_NO_GATE ? 0u : 1u);
}

#ifdef __cplusplus
}
#endif
#endif
