// Speech emotion recognition: see src/audio_emotion/listener.h and classifier.h.
#ifndef AUDIO_EMOTION_ARDUINO_H
#define AUDIO_EMOTION_ARDUINO_H

#include "audio_emotion/classifier.h"
#include "audio_emotion/listener.h"
#include "audio_emotion/model.h"

struct AudioEmotionAnswer {
    const char *name;                    // an emotion, "not confident" or "no speech"
    int emotion;                         // enum ae_emotion if confident, else -1
    float speech;                        // probability that somebody spoke
    float probabilities[AE_N_EMOTIONS];  // of each emotion, if so
};

// Take samples from the microphone; when an utterance has ended, write the answer and return true.
inline bool audioEmotionListen(struct ae_listener *listener, const int16_t *pcm, size_t n,
                               struct AudioEmotionAnswer *answer) {
    static struct ae_classifier_work work;
    bool answered = false;
    answer->name = "";
    for (size_t used; n > 0; pcm += used, n -= used) {
        if (ae_listener_process(listener, pcm, n, &used) != AE_UTTERANCE_ENDED ||
            ae_classify(&@SYMBOL@, &listener->utterance.result, &work, answer->probabilities,
                        &answer->speech) != AE_OK)
            continue;
        const bool spoken = ae_model_is_speech(&@SYMBOL@, answer->speech);
        const bool confident = spoken && ae_model_is_confident(&@SYMBOL@, answer->probabilities);
        answer->emotion = confident ? (int)ae_likeliest(answer->probabilities) : -1;
        answer->name = confident ? ae_emotion_names[answer->emotion]
                       : spoken  ? "not confident"
                                 : "no speech";
        answered = true;
    }
    return answered;
}

#endif
