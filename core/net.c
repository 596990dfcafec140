#include "net.h"

#include <string.h>

#include "conv.h"
#include "dot.h"
#include "maths.h"
#include "pooling.h"

/* The rows that a layer looks back at. */
struct ring {
    uint8_t *rows;
    uint32_t n_rows, row_bytes, newest;
};

static struct ae_pooling pooling_of(struct ae_net_state *state, const struct ae_net *net) {
    const uint32_t n = net->header->n_pooled;
    return (struct ae_pooling){state->arena, (uint32_t *)(state->arena + n), n};
}

static uint8_t *first_ring(struct ae_net_state *state, const struct ae_net *net) {
    return (uint8_t *)state->arena + net->header->n_pooled * 12u;
}

static uint8_t *row_of(const struct ring *ring, uint32_t index) {
    return ring->rows + index * ring->row_bytes;
}

/* The ring of a layer that begins at `rows`. Behind the last layer's is the last row. */
static struct ring ring_of(const struct ae_net_state *state, const struct ae_net *net,
                           uint32_t index, uint8_t *rows) {
    const struct ae_net_layer *layer = &net->layers[index];
    if (index == net->header->n_layers)
        return (struct ring){rows, 1, ae_multiple_of_4(ae_net_last_channels(net->header)), 0};
    return (struct ring){rows, ae_net_ring_rows(layer), ae_net_row_bytes(layer),
                         state->newest[index]};
}

/* Where the next row of a ring is to be written. */
static uint8_t *advance(struct ring *ring, uint8_t *newest) {
    if (ring->n_rows > 1)
        *newest = (uint8_t)(ring->newest = ring->newest + 1 < ring->n_rows ? ring->newest + 1 : 0);
    return row_of(ring, ring->newest);
}

static void quantize(const int16_t *center, int32_t peak, const int16_t *log_mel, uint8_t *row) {
    for (int i = 0; i < AE_N_MELS; i++) {
        const int32_t x = ((log_mel[i] - peak - center[i] + 32) >> 6) + AE_ZERO;
        row[i] = (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
    }
}

/* Find the rows that a layer sees, the oldest first. */
static void look_back(const struct ring *ring, const struct ae_net_layer *layer,
                      const uint8_t **rows) {
    uint32_t row = ring->newest + 1; /* the oldest */
    for (uint32_t t = 0; t < layer->kernel_t; t++) {
        row = row < ring->n_rows ? row : row - ring->n_rows;
        rows[t] = row_of(ring, row);
        row += layer->dilation_t;
    }
}

static void run_dense(const struct ae_net_layer *layer, const struct ae_filters *filters,
                      const uint8_t *const *rows, union ae_net_work *work, const uint8_t *residual,
                      uint8_t *outputs) {
    const uint32_t length = (uint32_t)layer->kernel_f * layer->in_channels;
    const uint32_t step = (uint32_t)layer->stride_f * layer->in_channels;
    if (layer->kernel_t == 1 && layer->out_bands == 1) {
        ae_dense(filters, rows[0], residual, outputs);
        return;
    }
    memset(work->window + filters->n_inputs - 4, AE_ZERO, 4);
    for (uint32_t band = 0; band < layer->out_bands; band++) {
        for (uint32_t t = 0; t < layer->kernel_t; t++)
            memcpy(work->window + t * length, rows[t] + band * step, length);
        ae_dense(filters, work->window, residual, outputs);
        outputs += layer->out_channels;
        if (residual)
            residual += layer->out_channels;
    }
}

static void run_layer(const struct ae_net *net, const struct ae_net_layer *layer,
                      const struct ring *ring, union ae_net_work *work, const uint8_t *before,
                      uint8_t *outputs) {
    const uint8_t *const bytes = net->header->magic;
    const uint8_t *rows[AE_NET_MAX_KERNEL];
    const bool dense = layer->kind == AE_NET_DENSE;
    const uint32_t n_outputs = layer->out_channels;
    struct ae_filters filters = {
        .weights = bytes + layer->weights,
        .n_inputs = layer->kernel_t,
        .n_outputs = n_outputs,
        .relu = (layer->flags & AE_NET_RELU) != 0,
    };
    if (dense)
        filters.n_inputs =
            ae_multiple_of_4((uint32_t)layer->kernel_t * layer->kernel_f * layer->in_channels);
    filters.bias = (const int32_t *)(const void *)(filters.weights +
                                                   ae_multiple_of_4(n_outputs) * filters.n_inputs);
    filters.shift = (const uint8_t *)(filters.bias + n_outputs);
    look_back(ring, layer, rows);
    if (dense)
        run_dense(layer, &filters, rows, work, layer->flags & AE_NET_RESIDUAL ? before : NULL,
                  outputs);
    else
        ae_depthwise(&filters, rows, outputs);
}

void ae_net_reset(struct ae_net_state *state, const struct ae_net *net) {
    uint8_t *const rings = first_ring(state, net);
    memset(state, 0, sizeof *state);
    memset(rings, AE_ZERO, (size_t)((uint8_t *)state->arena + sizeof state->arena - rings));
    ae_peak_reset(&state->peak);
    state->next = net->header->n_layers;
}

/* A layer, and what it and the one before it are given. */
struct place {
    uint32_t index;
    struct ring ring;
    const uint8_t *before; /* the newest row */
};

static void move_on(struct place *place, const struct ae_net_state *state,
                    const struct ae_net *net) {
    struct ring *const ring = &place->ring;
    place->before = row_of(ring, ring->newest);
    *ring = ring_of(state, net, ++place->index, row_of(ring, ring->n_rows));
}

static void run_and_move_on(struct place *place, struct ae_net_state *state,
                            const struct ae_net *net, union ae_net_work *work) {
    const struct ring *const ring = &place->ring;
    const uint32_t i = place->index;
    struct ring next = ring_of(state, net, i + 1, row_of(ring, ring->n_rows));
    uint8_t *outputs =
        i + 1 < net->header->n_layers ? advance(&next, &state->newest[i + 1]) : next.rows;
    run_layer(net, &net->layers[i], ring, work, place->before, outputs);
    move_on(place, state, net);
}

/* Bytes from the weights of the layers behind the stem to those of another layer. */
static uint32_t spread_bytes(const struct ae_net *net, uint32_t index) {
    const uint8_t *const bytes = net->header->magic;
    const uint32_t end = (uint32_t)(net->embedding_weights - bytes);
    return (index < net->header->n_layers ? net->layers[index].weights : end) -
           (net->n_stem < net->header->n_layers ? net->layers[net->n_stem].weights : end);
}

/* The layers behind the stem share the frames until its next row, by the bytes of their weights:
 * no frame takes much longer than another. */
void ae_net_push(struct ae_net_state *state, const struct ae_net *net,
                 const int16_t log_mel[AE_N_MELS], union ae_net_work *work) {
    const uint32_t n_layers = net->header->n_layers;
    struct place place = {.ring = ring_of(state, net, 0, first_ring(state, net))};
    quantize(net->header->center, ae_peak_update(&state->peak, log_mel), log_mel,
             advance(&place.ring, &state->newest[0]));
    while (place.index < net->n_stem &&
           ++state->waiting[place.index] == net->layers[place.index].stride_t) {
        state->waiting[place.index] = 0;
        run_and_move_on(&place, state, net, work);
    }
    if (place.index == net->n_stem) {
        state->next = (uint8_t)net->n_stem;
        state->age = 0;
    }
    state->age++;
    while (place.index < state->next)
        move_on(&place, state, net);
    while (state->next < n_layers && spread_bytes(net, state->next + 1u) * net->period <=
                                         spread_bytes(net, n_layers) * state->age) {
        run_and_move_on(&place, state, net, work);
        state->next++;
    }
    if (state->age < net->period)
        return;
    const struct ae_pooling pooling = pooling_of(state, net);
    const uint8_t *const row = place.ring.rows;
    const bool gate = !(net->header->flags & AE_NET_NO_GATE);
    ae_pooling_add(&pooling, row, gate ? row[pooling.n] - (uint32_t)AE_ZERO : 1, &state->weight);
}

const uint8_t *ae_net_row(struct ae_net_state *state, const struct ae_net *net, uint32_t index) {
    struct ring ring = ring_of(state, net, 0, first_ring(state, net));
    for (uint32_t i = 1; i <= index; i++)
        ring = ring_of(state, net, i, row_of(&ring, ring.n_rows));
    return row_of(&ring, ring.newest);
}

static int32_t clamp_to_int16(int32_t x) {
    return x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x;
}

static void embed(const struct ae_net *net, uint16_t *pooled, int16_t *embedding) {
    const uint32_t n_pooled = 2u * net->header->n_pooled, n = ae_multiple_of_4(n_pooled);
    const uint32_t n_units = net->header->n_embedding;
    const uint8_t *weights = net->embedding_weights;
    uint32_t offset = 0, sums[AE_BLOCK] = {0};
    for (uint32_t k = 0; k < n_pooled; k++)
        offset -= 128u * pooled[k]; /* of the weights' 128 */
    for (uint32_t k = n_pooled; k < n; k++)
        pooled[k] = 0;
    for (uint32_t i = 0; i < n_units; i++) {
        if (i % AE_BLOCK == 0)
            ae_four_wide_dots(pooled, weights + i * n, n, sums);
        const uint32_t sum = sums[i % AE_BLOCK] + (uint32_t)net->embedding_bias[i] + offset;
        embedding[i] = (int16_t)clamp_to_int16((int32_t)sum >> net->embedding_shift[i]);
    }
}

/* The score of row `index` of the head. */
static float score(const struct ae_net *net, uint32_t index, const uint16_t *inputs) {
    const uint32_t n = net->header->n_embedding;
    const int8_t *weights = net->head_weights + index * n;
    const uint32_t bits = (127u - net->header->head_shift) << 23; /* of 2^-head_shift */
    int32_t sum = net->head_bias[index];
    float unit;
    memcpy(&unit, &bits, sizeof unit);
    for (uint32_t k = 0; k < n; k++)
        sum += weights[k] * inputs[k];
    return (float)sum * unit;
}

void ae_net_classify(const struct ae_net *net, const struct ae_adapt *adapt,
                     struct ae_prediction *result) {
    const struct ae_net_header *header = net->header;
    uint16_t inputs[AE_NET_MAX_EMBEDDING];
    float scores[AE_N_EMOTIONS];
    memset(result->probabilities, 0, sizeof result->probabilities);
    memset(result->logits, 0, sizeof result->logits);
    ae_adapt_apply(NULL, net, result->embedding, inputs);
    const float octaves = score(net, header->n_classes, inputs) * header->speech_scale;
    result->speech = 1.0f / (1.0f + ae_exp2f(-octaves));
    if (adapt)
        ae_adapt_apply(adapt, net, result->embedding, inputs);
    for (uint32_t i = 0; i < header->n_classes; i++) {
        result->logits[i] = score(net, i, inputs);
        scores[i] = result->logits[i] * header->inverse_temperature;
    }
    ae_normalize_scores(scores, header->n_classes);
    for (uint32_t i = 0; i < header->n_classes; i++)
        result->probabilities[header->emotions[i]] = ae_exp2f(scores[i]);
}

void ae_net_predict(struct ae_net_state *state, const struct ae_net *net,
                    const struct ae_adapt *adapt, union ae_net_work *work,
                    struct ae_prediction *result) {
    const struct ae_pooling pooling = pooling_of(state, net);
    memset(result, 0, sizeof *result);
    ae_pooling_finish(&pooling, state->weight, work->pooled);
    embed(net, work->pooled, result->embedding);
    ae_net_classify(net, adapt, result);
}

bool ae_net_is_speech(const struct ae_net *net, float speech) {
    return speech >= net->header->speech_threshold;
}

bool ae_net_is_confident(const struct ae_net *net, const float probabilities[AE_N_EMOTIONS]) {
    return probabilities[ae_likeliest(probabilities)] >= net->header->threshold;
}
