#include "net_utterance.h"

#include <string.h>

static void hear_frame(struct ae_recognizer *r, const struct ae_net *net) {
    ae_spectrum_compute(r->samples, &r->work.spectrum, &r->spectrum);
    ae_log_mel(&r->spectrum, r->log_mel);
    ae_net_push(&r->net, net, r->log_mel, &r->work.net);
    r->n_frames++;
}

void ae_recognizer_reset(struct ae_recognizer *recognizer, const struct ae_net *net) {
    memset(recognizer, 0, sizeof *recognizer);
    ae_hop_reset(&recognizer->hop);
    ae_net_reset(&recognizer->net, net);
}

int ae_recognizer_process(struct ae_recognizer *recognizer, const struct ae_net *net,
                          const int16_t *pcm, size_t n) {
    if (recognizer == NULL || net == NULL || (pcm == NULL && n > 0))
        return AE_ERR_ARG;
    int n_frames = 0;
    while (n > 0) {
        int16_t *const samples = recognizer->samples;
        const size_t taken = ae_hop_take(&recognizer->hop, samples, AE_FRAME_LENGTH, pcm, n);
        pcm += taken;
        n -= taken;
        if (recognizer->hop.missing == 0) {
            ae_hop_advance(&recognizer->hop, samples, AE_FRAME_LENGTH);
            hear_frame(recognizer, net);
            n_frames++;
        }
    }
    return n_frames;
}

int ae_recognizer_estimate(struct ae_recognizer *recognizer, const struct ae_net *net,
                           const struct ae_adapt *adapt, struct ae_recognition *result) {
    if (recognizer == NULL || net == NULL || result == NULL)
        return AE_ERR_ARG;
    if (recognizer->n_frames == 0)
        return AE_ERR_SHORT;
    ae_net_answer(&recognizer->net, net, adapt, &recognizer->work.net, result);
    return AE_OK;
}

int ae_recognizer_finish(struct ae_recognizer *recognizer, const struct ae_net *net,
                         struct ae_adapt *adapt, struct ae_recognition *result) {
    const int status = ae_recognizer_estimate(recognizer, net, adapt, result);
    if (status == AE_OK && adapt)
        ae_adapt_update(adapt, net, result->embedding);
    return status;
}
