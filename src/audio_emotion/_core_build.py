"""Describe the extension module `audio_emotion._core`: the C core, compiled as it is flashed."""

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

    int ae_listener_reset(struct ae_listener *listener, const struct ae_listener_config *config);
    int ae_listener_process(
        struct ae_listener *listener, const int16_t *pcm, size_t n, size_t *used);
    int ae_listener_finish(struct ae_listener *listener);
    """
)
builder.set_source(
    "audio_emotion._core",
    '#include <stdbool.h>\n#include "listener.h"',
    sources=sorted(str(path) for path in Path("core").glob("*.c")),
    include_dirs=["core"],
    extra_compile_args=MSVC_FLAGS if os.name == "nt" else PORTABLE_FLAGS,
)
