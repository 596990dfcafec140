// Speech emotion recognition: see src/audio_emotion/listener.h and classifier.h.
#ifndef AUDIO_EMOTION_ARDUINO_H
#define AUDIO_EMOTION_ARDUINO_H

#include "audio_emotion/classifier.h"
#include "audio_emotion/listener.h"
#include "audio_emotion/model.h"

// Take samples from the microphone; when an utterance has ended, write the
// probability of each emotion and return true.
inline bool audioEmotionListen(struct ae_listener *listener, const int16_t *pcm, size_t n,
                               float probabilities[AE_N_EMOTIONS]) {
    static struct ae_classifier_work work;
    bool answered = false;
    for (size_t used; n > 0; pcm += used, n -= used) {
        if (ae_listener_process(listener, pcm, n, &used) == AE_UTTERANCE_ENDED)
            answered = ae_classify(&@SYMBOL@, &listener->utterance.result, &work,
                                   probabilities) == AE_OK;
    }
    return answered;
}

#endif
