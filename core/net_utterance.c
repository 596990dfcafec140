#include "net_utterance.h"

#include <string.h>

static void analyze_frame(struct ae_net_utterance *r, const struct ae_net *net) {
    ae_spectrum_compute(r->samples, &r->work.spectrum, &r->spectrum);
    ae_log_mel(&r->spectrum, r->log_mel);
    ae_net_push(&r->net, net, r->log_mel, &r->work.net);
    r->n_frames++;
}

void ae_net_utterance_reset(struct ae_net_utterance *utterance, const struct ae_net *net) {
    memset(utterance, 0, sizeof *utterance);
    ae_hop_reset(&utterance->hop);
    ae_net_reset(&utterance->net, net);
}

int ae_net_utterance_process(struct ae_net_utterance *utterance, const struct ae_net *net,
                             const int16_t *pcm, size_t n) {
    if (utterance == NULL || net == NULL || (pcm == NULL && n > 0))
        return AE_ERR_ARG;
    int n_frames = 0;
    while (ae_hop_next_frame(&utterance->hop, utterance->samples, AE_FRAME_LENGTH, &pcm, &n)) {
        analyze_frame(utterance, net);
        n_frames++;
    }
    return n_frames;
}

int ae_net_utterance_estimate(struct ae_net_utterance *utterance, const struct ae_net *net,
                              const struct ae_adapt *adapt, struct ae_prediction *result) {
    if (utterance == NULL || net == NULL || result == NULL)
        return AE_ERR_ARG;
    if (utterance->n_frames == 0)
        return AE_ERR_SHORT;
    ae_net_predict(&utterance->net, net, adapt, &utterance->work.net, result);
    return AE_OK;
}

int ae_net_utterance_finish(struct ae_net_utterance *utterance, const struct ae_net *net,
                            struct ae_adapt *adapt, struct ae_prediction *result) {
    const int status = ae_net_utterance_estimate(utterance, net, adapt, result);
    if (status == AE_OK && adapt && ae_net_is_speech(net, result->speech))
        ae_adapt_update(adapt, net, result->embedding);
    return status;
}
