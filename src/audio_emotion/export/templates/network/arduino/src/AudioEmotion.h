// Speech emotion recognition: see src/audio_emotion/net_stream.h.
#ifndef AUDIO_EMOTION_ARDUINO_H
#define AUDIO_EMOTION_ARDUINO_H

#include "audio_emotion/model.h"

inline struct ae_net *audioEmotionNet() {
    static struct ae_net net;
    return &net;
}

// Check the network and begin to listen. Returns false if the network is damaged.
inline bool audioEmotionBegin(struct ae_net_stream *listener) {
    return ae_net_open(audioEmotionNet(), @SYMBOL@, sizeof @SYMBOL@) == AE_OK &&
           ae_net_stream_reset(listener, audioEmotionNet(), &ae_endpointer_defaults) == AE_OK;
}

// Take samples from the microphone; when an utterance has ended, write the
// probability of each emotion and return true.
inline bool audioEmotionListen(struct ae_net_stream *listener, const int16_t *pcm, size_t n,
                               float probabilities[AE_N_EMOTIONS]) {
    bool answered = false;
    if (audioEmotionNet()->header == NULL)  // see audioEmotionBegin
        return false;
    for (size_t used; n > 0; pcm += used, n -= used) {
        if (ae_net_stream_process(listener, audioEmotionNet(), pcm, n, &used) !=
            AE_UTTERANCE_ENDED)
            continue;
        for (int i = 0; i < AE_N_EMOTIONS; i++)
            probabilities[i] = listener->utterance.result.probabilities[i];
        answered = true;
    }
    return answered;
}

// The likeliest emotion, or "not confident".
inline const char *audioEmotionName(const float probabilities[AE_N_EMOTIONS]) {
    return ae_net_is_confident(audioEmotionNet(), probabilities)
               ? ae_emotion_names[ae_likeliest(probabilities)]
               : "not confident";
}

#endif
