/* Functions for the page's worker: the stream of any exported network (stream.h is
 * src/audio_emotion/export/templates/network/wasm/exports.c, filled in) and what only the page
 * shows. All memory is static. */
#include "stream.h"

#include <string.h>

#include "listener.h"
#include "net_utterance.h"

static struct ae_listener feature_stream; /* acoustic features of the utterances of the stream */
static struct ae_state contours; /* frame by frame, of an utterance that was chosen */
static struct ae_net_utterance utterance;
static struct ae_prediction prediction;
static char name[AE_NAME_LENGTH];

/* Log-mel energies, Q9, of the frame that ends with the newest complete block of the stream. */
const int16_t *EXPORT(log_mel)(void) {
    const unsigned next = listener.endpointer.newest;
    return listener.log_mel[(next + AE_ENDPOINTER_SLOTS - 1) % AE_ENDPOINTER_SLOTS];
}

int EXPORT(n_mels)(void) {
    return AE_N_MELS;
}

/* enum ae_endpointer_phase of the stream. */
int EXPORT(phase)(void) {
    return (int)listener.endpointer.phase;
}

/* State of the speaker adaptation: speaker_size() bytes to keep or to put back. */
struct ae_adapt *EXPORT(speaker)(void) {
    return &listener.speaker;
}

int EXPORT(speaker_size)(void) {
    return sizeof listener.speaker;
}

/* The adaptation is valid for this network only. */
uint32_t EXPORT(network_id)(void) {
    uint32_t crc;
    memcpy(&crc, net.header->magic + net.header->n_bytes - sizeof crc, sizeof crc);
    return crc;
}

float EXPORT(threshold)(void) {
    return net.header->threshold;
}

float EXPORT(speech_threshold)(void) {
    return net.header->speech_threshold;
}

/* Begin the acoustic features of the stream that reset() began. */
int EXPORT(features_reset)(int estimate_ms) {
    struct ae_endpointer_config config = ae_endpointer_defaults;
    config.estimate_ms = (uint16_t)estimate_ms;
    return ae_listener_reset(&feature_stream, &config);
}

/* As process(), with the same events: features() are then those of the utterance. */
int EXPORT(features_process)(int start, int n) {
    if (start < 0 || n < 0 || n > capacity() - start)
        return AE_ERR_ARG;
    return ae_listener_process(&feature_stream, samples + start, (size_t)n, &n_used);
}

int EXPORT(features_finish)(void) {
    return ae_listener_finish(&feature_stream);
}

const float *EXPORT(features)(void) {
    return feature_stream.utterance.result.features;
}

int EXPORT(n_features)(void) {
    return AE_N_FEATURES;
}

const char *EXPORT(feature_name)(int index) {
    ae_feature_name((size_t)index, name);
    return name;
}

/* Begin the descriptors, frame by frame, of some samples. */
void EXPORT(contours_reset)(void) {
    ae_reset(&contours);
}

/* Returns how many frames were completed: descriptors() are those of the newest. */
int EXPORT(contours_process)(int start, int n) {
    if (start < 0 || n < 0 || n > capacity() - start)
        return AE_ERR_ARG;
    return ae_process(&contours, samples + start, (size_t)n);
}

const float *EXPORT(descriptors)(void) {
    return contours.latest.value;
}

int EXPORT(voiced)(void) {
    return contours.latest.voiced;
}

int EXPORT(n_descriptors)(void) {
    return AE_N_DESCRIPTORS;
}

const char *EXPORT(descriptor_name)(int index) {
    ae_descriptor_name((size_t)index, name);
    return name;
}

/* Begin an utterance with known ends, without speaker adaptation. */
void EXPORT(recognize_reset)(void) {
    ae_net_utterance_reset(&utterance, &net);
}

int EXPORT(recognize)(int start, int n) {
    if (start < 0 || n < 0 || n > capacity() - start)
        return AE_ERR_ARG;
    return ae_net_utterance_process(&utterance, &net, samples + start, (size_t)n);
}

/* Probabilities of each emotion, or NULL if it was shorter than a frame. */
const float *EXPORT(recognized)(void) {
    const int status = ae_net_utterance_estimate(&utterance, &net, NULL, &prediction);
    return status == AE_OK ? prediction.probabilities : NULL;
}

/* Probability that somebody speaks, where recognized() was not NULL. */
float EXPORT(recognized_speech)(void) {
    return prediction.speech;
}
