// Speech emotion recognition: see src/audio_emotion/net_stream.h.
#ifndef AUDIO_EMOTION_ARDUINO_H
#define AUDIO_EMOTION_ARDUINO_H

#include "audio_emotion/model.h"

struct AudioEmotionAnswer {
    const char *name;                    // an emotion, "not confident" or "no speech"
    int emotion;                         // enum ae_emotion if confident, else -1
    float speech;                        // probability that somebody spoke
    float probabilities[AE_N_EMOTIONS];  // of each emotion, if so
};

inline struct ae_net *audioEmotionNet() {
    static struct ae_net net;
    return &net;
}

// Check the network and begin to listen. Returns false if the network is damaged.
inline bool audioEmotionBegin(struct ae_net_stream *listener) {
    return ae_net_open(audioEmotionNet(), @SYMBOL@, sizeof @SYMBOL@) == AE_OK &&
           ae_net_stream_reset(listener, audioEmotionNet(), &ae_endpointer_defaults) == AE_OK;
}

// Take samples from the microphone; when an utterance has ended, write the answer and return true.
inline bool audioEmotionListen(struct ae_net_stream *listener, const int16_t *pcm, size_t n,
                               struct AudioEmotionAnswer *answer) {
    const struct ae_prediction *result = &listener->utterance.result;
    bool answered = false;
    answer->name = "";
    if (audioEmotionNet()->header == NULL)  // see audioEmotionBegin
        return false;
    for (size_t used; n > 0; pcm += used, n -= used) {
        const int event = ae_net_stream_process(listener, audioEmotionNet(), pcm, n, &used);
        if (event != AE_UTTERANCE_ENDED && event != AE_NO_SPEECH)
            continue;
        const bool spoken = event == AE_UTTERANCE_ENDED;
        const bool confident =
            spoken && ae_net_is_confident(audioEmotionNet(), result->probabilities);
        answer->emotion = confident ? (int)ae_likeliest(result->probabilities) : -1;
        answer->name = confident ? ae_emotion_names[answer->emotion]
                       : spoken  ? "not confident"
                                 : "no speech";
        answer->speech = result->speech;
        for (int i = 0; i < AE_N_EMOTIONS; i++)
            answer->probabilities[i] = result->probabilities[i];
        answered = true;
    }
    return answered;
}

#endif
