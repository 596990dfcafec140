/* Recognize a recording on the device itself and compare with what Python computes, the features bit
 * for bit. The recording takes @RECORDING_BYTES@ bytes of flash where this is included. */
#ifndef AE_SELF_TEST_H
#define AE_SELF_TEST_H

#include <string.h>

#include "listener.h"
#include "self_test_data.h"

/* Returns NULL if all is as in Python, else what is wrong. answer_us: the time from the last sample
 * to the answer, by now_us. `listener` is to be reset afterwards. */
static inline const char *ae_self_test(struct ae_listener *listener, uint32_t (*now_us)(void),
                                       uint32_t *answer_us) {
    static struct ae_classifier_work work;
    struct ae_result *result = &listener->utterance.result;
    const size_t n = sizeof recording / sizeof *recording;
    float probabilities[AE_N_EMOTIONS], speech = 0.0f;
    *answer_us = 0;
    ae_reset(&listener->core);
    for (size_t i = 0; i < n; i += AE_HOP_LENGTH)
        ae_process(&listener->core, recording + i, n - i < AE_HOP_LENGTH ? n - i : AE_HOP_LENGTH);
    const uint32_t began = now_us();
    if (ae_finish(&listener->core, result) != AE_OK ||
        ae_classify(&@SYMBOL@, result, &work, probabilities, &speech) != AE_OK)
        return "the model is for another core";
    *answer_us = now_us() - began;
    if (memcmp(result->features, expected_features, sizeof expected_features) != 0)
        return "features differ: look at the compiler's options";
    for (int i = 0; i < AE_N_EMOTIONS; i++) {
        const float error = probabilities[i] - expected_probabilities[i];
        if (error > @TOLERANCE@f || error < -@TOLERANCE@f)
            return "probabilities differ";
    }
    const float error = speech - expected_speech;
    if (error > @TOLERANCE@f || error < -@TOLERANCE@f)
        return "the probability of speech differs";
    const char *emotion = ae_model_is_speech(&@SYMBOL@, speech)
                              ? ae_emotion_names[ae_likeliest(probabilities)]
                              : "no speech";
    return strcmp(emotion, expected_emotion) == 0 ? NULL : "the emotion differs";
}

#endif
