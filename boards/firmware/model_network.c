#include "model_interface.h"

#include "json.h"
#include "model.h"

static struct ae_net net;
static struct ae_net_utterance utterance;
static struct ae_prediction result;

void model_reset(void) {
    if (net.header != NULL)
        ae_net_utterance_reset(&utterance, &net);
}

void model_process(const int16_t *pcm, size_t n) {
    if (net.header != NULL)
        ae_net_utterance_process(&utterance, &net, pcm, n);
}

int model_finish(void) {
    return net.header != NULL ? ae_net_utterance_finish(&utterance, &net, NULL, &result)
                              : AE_ERR_MODEL;
}

void model_describe(void) {
    ae_net_open(&net, ae_emotion_network, sizeof ae_emotion_network);
    json_field("front_end", AE_FRONT_END_HASH);
    json_field("state_bytes", sizeof utterance);
}

void model_print(void) {
    json_field("frames", utterance.n_frames);
    json_floats("scores", result.logits, net.header->n_classes);
    json_floats("probabilities", result.probabilities, AE_N_EMOTIONS);
    json_floats("speech", &result.speech, 1);
    json_text("emotion", ae_net_is_speech(&net, result.speech)
                             ? ae_emotion_names[ae_likeliest(result.probabilities)]
                             : NULL);
}
