/* From the features of an utterance to the probability of each emotion, and of speech.
 *
 *     static struct ae_classifier_work work;
 *     float probabilities[AE_N_EMOTIONS], speech;
 *     if (ae_classify(&ae_emotion_model, &result, &work, probabilities, &speech) == AE_OK)
 *         show(!ae_model_is_speech(&ae_emotion_model, speech) ? "no speech"
 *              : ae_model_is_confident(&ae_emotion_model, probabilities)
 *                  ? ae_emotion_names[ae_likeliest(probabilities)]
 *                  : "not confident");
 *
 * A model is constant data that `audio-emotion export` writes. It points to the one
 * function of its kind, so the linker leaves the other kinds out.
 */
#ifndef AE_CLASSIFIER_H
#define AE_CLASSIFIER_H

#include <stdbool.h>

#include "acoustic_features.h"
#include "emotion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raise it when the structs of a model change: files exported before then refuse
 * to compile. */
#define AE_MODEL_FORMAT 2

#define AE_MAX_UNITS   128           /* of a layer of a network */
#define AE_NO_EMOTION  AE_N_EMOTIONS /* the class of sounds that are no speech */
#define AE_MAX_CLASSES (AE_N_EMOTIONS + 1)

/* Memory that is needed during the call only. Numbers of inputs are even everywhere,
 * the last one being zero if need be. */
struct ae_classifier_work {
    int16_t inputs[AE_N_FEATURES + AE_N_FEATURES % 2 + AE_MAX_UNITS];
    float units[AE_MAX_UNITS];
};

struct ae_model;

/* Writes the score of each class: log2 of its probability, plus any constant. */
typedef void ae_score(const struct ae_model *model, const float *features,
                      struct ae_classifier_work *work, float *scores);

/* The features a model reads, standardized: (feature - center) * scale. */
struct ae_input_scaling {
    uint16_t n;
    const uint16_t *feature; /* index into the features of the result */
    const float *center;
    const float *scale;
};

struct ae_model {
    uint32_t schema_hash; /* AE_SCHEMA_HASH of the features it was trained on */
    const char *name;
    uint16_t n_classes;
    const uint8_t *emotions; /* enum ae_emotion of each class, or AE_NO_EMOTION */
    ae_score *score;
    const void *parameters; /* of the kind that `score` belongs to, see its header */
    struct ae_input_scaling inputs;
    float smallest_score;      /* log2; smaller scores are raised to it */
    float inverse_temperature; /* below 1: less confident than the scores */
    float speech_threshold;    /* of speech's probability */
    float threshold;           /* of a confident prediction's probability */
};

/* Write the probability that somebody speaks, 1 for models without the class AE_NO_EMOTION, and of
 * each emotion, given that somebody does; 0 for emotions that are no class of the model.
 *
 * Returns AE_OK, AE_ERR_ARG, or AE_ERR_MODEL if the features of the model are not
 * those of this core, or its numbers so large that a score is not finite. */
int ae_classify(const struct ae_model *model, const struct ae_result *result,
                struct ae_classifier_work *work, float probabilities[AE_N_EMOTIONS], float *speech);

/* True if the probability of speech reaches the model's threshold. */
bool ae_model_is_speech(const struct ae_model *model, float speech);

/* True if the largest probability reaches the model's threshold. */
bool ae_model_is_confident(const struct ae_model *model, const float probabilities[AE_N_EMOTIONS]);

#ifdef __cplusplus
}
#endif
#endif
