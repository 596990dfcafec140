"""Describe the extension module `engine._core`: the C core, compiled as it is flashed."""

import os
from pathlib import Path

from cffi import FFI

PORTABLE_FLAGS = ["-std=c99", "-O3", "-ffp-contract=off"]
MSVC_FLAGS = ["/O2", "/fp:precise"]

builder = FFI()
builder.cdef(
    """
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

    struct ae_listener_config {
        uint16_t on_db, off_db;
        int16_t quietest_dbfs;
        uint16_t shortest_ms, pause_ms, longest_s, estimate_ms;
    };
    extern const struct ae_listener_config ae_listener_defaults;
    enum ae_listener_event { AE_NOTHING, AE_UTTERANCE_BEGAN, AE_ESTIMATE, AE_UTTERANCE_ENDED, ... };
    struct ae_utterance { uint64_t start, end; struct ae_result result; bool cut; };
    struct ae_listener { struct ae_utterance utterance; ...; };

    #define AE_OK ...
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
    struct ae_recognition { float probabilities[...]; float logits[...]; int16_t embedding[...]; };
    union ae_recognizer_work { union ae_net_work net; ...; };
    struct ae_recognizer {
        struct ae_net_state net;
        union ae_recognizer_work work;
        uint32_t n_frames;
        ...;
    };

    int ae_net_open(struct ae_net *net, const void *bytes, size_t n);
    void ae_net_push(struct ae_net_state *state, const struct ae_net *net,
        const int16_t *log_mel, union ae_net_work *work);
    const uint8_t *ae_net_row(
        struct ae_net_state *state, const struct ae_net *net, uint32_t index);
    void ae_net_classify(const struct ae_net *net, const struct ae_adapt *adapt,
        struct ae_recognition *result);
    bool ae_net_is_sure(const struct ae_net *net, const float *probabilities);
    void ae_adapt_reset(struct ae_adapt *adapt);
    void ae_adapt_update(
        struct ae_adapt *adapt, const struct ae_net *net, const int16_t *embedding);
    void ae_recognizer_reset(struct ae_recognizer *recognizer, const struct ae_net *net);
    int ae_recognizer_process(struct ae_recognizer *recognizer, const struct ae_net *net,
        const int16_t *pcm, size_t n);
    int ae_recognizer_estimate(struct ae_recognizer *recognizer, const struct ae_net *net,
        const struct ae_adapt *adapt, struct ae_recognition *result);
    int ae_recognizer_finish(struct ae_recognizer *recognizer, const struct ae_net *net,
        struct ae_adapt *adapt, struct ae_recognition *result);

    int ae_listener_reset(struct ae_listener *listener, const struct ae_listener_config *config);
    int ae_listener_process(
        struct ae_listener *listener, const int16_t *pcm, size_t n, size_t *used);
    int ae_listener_finish(struct ae_listener *listener);

    struct ae_net_utterance { uint64_t start, end; struct ae_recognition result; bool cut; };
    struct ae_net_listener {
        struct ae_net_utterance utterance;
        struct ae_adapt speaker;
        bool adapts;
        ...;
    };
    int ae_net_listener_reset(struct ae_net_listener *listener, const struct ae_net *net,
        const struct ae_listener_config *config);
    int ae_net_listener_process(struct ae_net_listener *listener, const struct ae_net *net,
        const int16_t *pcm, size_t n, size_t *used);
    int ae_net_listener_finish(struct ae_net_listener *listener, const struct ae_net *net);

    struct ae_cue { bool hear; enum ae_listener_event event; ...; };
    struct ae_segmenter { uint64_t start, end; ...; };

    bool ae_segmenter_reset(
        struct ae_segmenter *segmenter, const struct ae_listener_config *config);
    size_t ae_segmenter_take(
        struct ae_segmenter *segmenter, int16_t *block, const int16_t *pcm, size_t n,
        struct ae_cue *cue);
    void ae_segmenter_finish(struct ae_segmenter *segmenter, struct ae_cue *cue);
    """
)
builder.set_source(
    "audio_emotion.engine._core",
    "\n".join(f'#include "{name}.h"' for name in ("listener", "net_stream", "net_utterance")),
    sources=sorted(str(path) for path in Path("core").glob("*.c")),
    include_dirs=["core"],
    # What debuggers want names the folder of the build: the same sources would give other bytes.
    extra_compile_args=MSVC_FLAGS if os.name == "nt" else [*PORTABLE_FLAGS, "-g0"],
)
