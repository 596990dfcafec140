#include "adapt.h"

#include <string.h>

static uint32_t next_count(const struct ae_adapt *adapt, const struct ae_net *net) {
    const uint32_t longest = net->header->longest;
    return adapt->n < longest ? adapt->n + 1 : longest;
}

/* A mean that takes in one more value, as if net->header->prior zeros came first. */
static int32_t next_mean(const struct ae_adapt *adapt, const struct ae_net *net, uint32_t i,
                         int16_t value) {
    const int32_t count = (int32_t)(next_count(adapt, net) + net->header->prior);
    return adapt->mean[i] + (value * 256 - adapt->mean[i]) / count;
}

static int32_t clamp(int32_t x, int32_t bound) {
    return x < -bound ? -bound : x > bound ? bound : x;
}

void ae_adapt_reset(struct ae_adapt *adapt) {
    memset(adapt, 0, sizeof *adapt);
}

void ae_adapt_update(struct ae_adapt *adapt, const struct ae_net *net, const int16_t *embedding) {
    for (uint32_t i = 0; i < net->header->n_embedding; i++)
        adapt->mean[i] = next_mean(adapt, net, i, embedding[i]);
    adapt->n = next_count(adapt, net);
}

void ae_adapt_apply(const struct ae_adapt *adapt, const struct ae_net *net,
                    const int16_t *embedding, uint16_t *result) {
    for (uint32_t i = 0; i < net->header->n_embedding; i++) {
        const int32_t mean = adapt ? next_mean(adapt, net, i, embedding[i]) : 0;
        const int32_t left = embedding[i] - clamp((mean + 256) >> 9, AE_ADAPT_BOUND);
        result[i] = (uint16_t)(left > 0 ? left : 0);
    }
}
