"""Describe the extension modules `engine._core_*`: the C core, compiled as it is flashed."""

import os
from pathlib import Path

from cffi import FFI

PORTABLE_FLAGS = ["-std=c99", "-O3", "-ffp-contract=off"]
MSVC_FLAGS = ["/O2", "/fp:precise"]

# What each module is compiled with besides. AVX2 comes without FMA: no product joins a sum.
VARIANTS: dict[str, list[str]] = {"baseline": [], "scalar": ["-DAE_SCALAR"], "avx2": ["-mavx2"]}

DECLARATIONS = """
    #define AE_SAMPLE_RATE ...
    #define AE_FRAME_LENGTH ...
    #define AE_HOP_LENGTH ...
    #define AE_N_MELS ...
    #define AE_N_DESCRIPTORS ...
    #define AE_N_FEATURES ...
    #define AE_NAME_LENGTH ...
    #define AE_SCHEMA_HASH ...
    #define AE_ERR_SHORT ...

    struct ae_descriptors { float value[...]; bool voiced; bool active; ...; };
    struct ae_state { struct ae_descriptors latest; int16_t log_mel[...]; ...; };
    struct ae_result { float features[...]; uint32_t n_frames; };

    void ae_reset(struct ae_state *state);
    int ae_process(struct ae_state *state, const int16_t *pcm, size_t n);
    int ae_finish(const struct ae_state *state, struct ae_result *result);
    int ae_feature_name(size_t index, char *name);
    int ae_descriptor_name(size_t index, char *name);

    struct ae_endpointer_config {
        uint16_t on_db, off_db;
        int16_t quietest_dbfs;
        uint16_t shortest_ms, pause_ms, longest_s, estimate_ms;
    };
    extern const struct ae_endpointer_config ae_endpointer_defaults;
    enum ae_endpointer_event {
        AE_NOTHING, AE_UTTERANCE_BEGAN, AE_ESTIMATE, AE_UTTERANCE_ENDED, AE_NO_SPEECH, ...
    };
    struct ae_utterance { uint64_t start, end; struct ae_result result; bool cut; };
    struct ae_listener { struct ae_utterance utterance; ...; };

    #define AE_OK ...
    #define AE_MODEL_FORMAT ...
    #define AE_MAX_UNITS ...
    #define AE_N_EMOTIONS ...
    #define AE_FRONT_END_HASH ...
    #define AE_NET_FORMAT ...
    #define AE_NET_MAX_LAYERS ...
    #define AE_NET_MAX_KERNEL ...
    #define AE_NET_MAX_CHANNELS ...
    #define AE_NET_MAX_POOLED ...
    #define AE_NET_MAX_EMBEDDING ...
    #define AE_NET_MAX_WINDOW ...
    #define AE_NET_ARENA ...

    struct ae_net { ...; };
    struct ae_net_state { ...; };
    union ae_net_work { uint16_t pooled[...]; ...; };
    struct ae_adapt { int32_t mean[...]; uint32_t n; };
    struct ae_prediction {
        float probabilities[...]; float logits[...]; int16_t embedding[...]; float speech;
    };
    union ae_net_utterance_work { union ae_net_work net; ...; };
    struct ae_net_utterance {
        struct ae_net_state net;
        union ae_net_utterance_work work;
        uint32_t n_frames;
        ...;
    };

    int ae_net_open(struct ae_net *net, const void *bytes, size_t n);
    void ae_net_push(struct ae_net_state *state, const struct ae_net *net,
        const int16_t *log_mel, union ae_net_work *work);
    const uint8_t *ae_net_row(
        struct ae_net_state *state, const struct ae_net *net, uint32_t index);
    extern const char *const ae_emotion_names[];

    void ae_net_classify(const struct ae_net *net, const struct ae_adapt *adapt,
        struct ae_prediction *result);
    bool ae_net_is_speech(const struct ae_net *net, float speech);
    bool ae_net_is_confident(const struct ae_net *net, const float *probabilities);
    void ae_adapt_reset(struct ae_adapt *adapt);
    void ae_adapt_update(
        struct ae_adapt *adapt, const struct ae_net *net, const int16_t *embedding);
    void ae_net_utterance_reset(struct ae_net_utterance *utterance, const struct ae_net *net);
    int ae_net_utterance_process(struct ae_net_utterance *utterance, const struct ae_net *net,
        const int16_t *pcm, size_t n);
    int ae_net_utterance_estimate(struct ae_net_utterance *utterance, const struct ae_net *net,
        const struct ae_adapt *adapt, struct ae_prediction *result);
    int ae_net_utterance_finish(struct ae_net_utterance *utterance, const struct ae_net *net,
        struct ae_adapt *adapt, struct ae_prediction *result);

    int ae_listener_reset(struct ae_listener *listener, const struct ae_endpointer_config *config);
    int ae_listener_process(
        struct ae_listener *listener, const int16_t *pcm, size_t n, size_t *used);
    int ae_listener_finish(struct ae_listener *listener);

    struct ae_net_stream_utterance { uint64_t start, end; struct ae_prediction result; bool cut; };
    struct ae_net_stream {
        struct ae_net_stream_utterance utterance;
        struct ae_adapt speaker;
        bool adapts;
        ...;
    };
    int ae_net_stream_reset(struct ae_net_stream *stream, const struct ae_net *net,
        const struct ae_endpointer_config *config);
    int ae_net_stream_process(struct ae_net_stream *stream, const struct ae_net *net,
        const int16_t *pcm, size_t n, size_t *used);
    int ae_net_stream_finish(struct ae_net_stream *stream, const struct ae_net *net);

    #define AE_NO_EMOTION ...

    struct ae_classifier_work { ...; };
    struct ae_model;
    typedef void ae_score(const struct ae_model *model, const float *features,
        struct ae_classifier_work *work, float *scores);
    struct ae_input_scaling {
        uint16_t n; const uint16_t *feature; const float *center; const float *scale;
    };
    struct ae_model {
        uint32_t schema_hash;
        const char *name;
        uint16_t n_classes;
        const uint8_t *emotions;
        ae_score *score;
        const void *parameters;
        struct ae_input_scaling inputs;
        float smallest_score, inverse_temperature, speech_threshold, threshold;
    };
    struct ae_layer {
        uint16_t n_inputs, n_units; const int16_t *weights; const float *step; const float *bias;
    };
    struct ae_mlp { const struct ae_layer *layers; uint16_t n_layers; };
    struct ae_linear { const float *weights; const float *bias; };
    struct ae_quadratic {
        const int16_t *factors; const float *step; const float *center; const float *bias;
    };
    struct ae_svm {
        const int16_t *vectors;
        const float *coefficients;
        const uint16_t *n_vectors;
        const float *intercepts;
        float gamma;
    };
    struct ae_forest {
        const uint16_t *feature;
        const int32_t *threshold;
        const int16_t (*child)[2];
        const int32_t *root;
        const int32_t *leaf;
        const int32_t *start;
        float unit;
        uint16_t n_trees, leaf_width;
        bool proportional;
    };
    void ae_forest_score(const struct ae_model *model, const float *features,
        struct ae_classifier_work *work, float *scores);
    void ae_linear_score(const struct ae_model *model, const float *features,
        struct ae_classifier_work *work, float *scores);
    void ae_mlp_score(const struct ae_model *model, const float *features,
        struct ae_classifier_work *work, float *scores);
    void ae_quadratic_score(const struct ae_model *model, const float *features,
        struct ae_classifier_work *work, float *scores);
    void ae_svm_score(const struct ae_model *model, const float *features,
        struct ae_classifier_work *work, float *scores);
    int ae_classify(const struct ae_model *model, const struct ae_result *result,
        struct ae_classifier_work *work, float *probabilities, float *speech);

    void log_mel_of_frames(const int16_t *pcm, size_t n_frames, int16_t *log_mel);
    const char *simd(void);
    int host_runs_avx2(void);
"""

SOURCE = """
#include "audio_emotion.h"
#include "forest.h"
#include "linear.h"
#include "mlp.h"
#include "quadratic.h"
#include "simd.h"
#include "svm.h"

static void log_mel_of_frames(const int16_t *pcm, size_t n_frames, int16_t *log_mel) {
    struct ae_spectrum_work work;
    struct ae_spectrum spectrum;
    for (; n_frames--; pcm += AE_HOP_LENGTH, log_mel += AE_N_MELS) {
        ae_spectrum_compute(pcm, &work, &spectrum);
        ae_log_mel(&spectrum, log_mel);
    }
}

static const char *simd(void) {
#ifdef AE_SIMD
    return AE_SIMD;
#else
    return "scalar";
#endif
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>

/* Processor and system: the latter keeps the registers. Zig's __builtin_cpu_supports says no. */
static int host_runs_avx2(void) {
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2) != 0;
}
#else
static int host_runs_avx2(void) {
    return 0;
}
#endif
"""


def builder(variant: str) -> FFI:
    """Return the description of one module."""
    ffi = FFI()
    ffi.cdef(DECLARATIONS)
    # What debuggers want names the folder of the build: the same sources would give other bytes.
    flags = MSVC_FLAGS if os.name == "nt" else [*PORTABLE_FLAGS, "-g0"]
    ffi.set_source(
        f"audio_emotion.engine._core_{variant}",
        SOURCE,
        sources=sorted(str(path) for path in Path("core").glob("*.c")),
        include_dirs=["core"],
        extra_compile_args=[*flags, *VARIANTS[variant]],
    )
    return ffi


baseline, scalar, avx2 = map(builder, VARIANTS)
