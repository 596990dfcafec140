"""The core's descriptors and functionals over whole recordings, as numpy arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import native
from conftest import REPOSITORY

FRAME_LENGTH, HOP_LENGTH = 400, 160

ffi, lib = native.load(
    """
    struct ae_descriptor_group { const char *name; uint8_t first, count; float low, high; };
    extern struct ae_descriptor_group ae_descriptor_groups[];
    extern int probe_n_descriptors, probe_n_groups, probe_n_features, probe_name_length;
    extern int probe_functionals_bytes;
    extern uint32_t probe_schema_hash;
    void probe_describe(const int16_t *pcm, int n_frames, float *values);
    void probe_summarise(const float *values, const bool *voiced, const bool *active,
                         const bool *onset, int n_frames, float *features);
    void probe_activity(const float *rms_db, const bool *voiced, int n_frames, bool *active);
    int probe_clz32(uint32_t x);
    uint32_t probe_sqrt_u32(uint32_t x);
    int32_t probe_log2_q15(uint32_t x);
    float ae_sqrtf(float x);
    float ae_log2f(float x);
    float ae_exp2f(float x);
    uint32_t ae_schema_hash(void);
    void ae_schema_name(size_t index, char *name);
    """,
    *sorted(path.name for path in native.CORE.glob("*.c")),
    str(REPOSITORY / "tests" / "helpers" / "probe.c"),
    extra=(f"-I{native.CORE}",),
)

GROUPS = {
    ffi.string(group.name).decode(): slice(group.first, group.first + group.count)
    for group in (lib.ae_descriptor_groups[i] for i in range(lib.probe_n_groups))
}


def feature_names() -> list[str]:
    """Names of all features, in order."""
    name = ffi.new("char[]", lib.probe_name_length)
    names = []
    for index in range(lib.probe_n_features):
        lib.ae_schema_name(index, name)
        names.append(ffi.string(name).decode())
    return names


def describe(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """Descriptors of each frame, shape (n_frames, n_descriptors); those of the voice are 0."""
    n_frames = 1 + (len(pcm) - FRAME_LENGTH) // HOP_LENGTH
    values = np.zeros((n_frames, lib.probe_n_descriptors), np.float32)
    pcm = np.ascontiguousarray(pcm, np.int16)
    lib.probe_describe(
        native.pointer(ffi, "int16_t *", pcm), n_frames, native.pointer(ffi, "float *", values)
    )
    return values


def activity(rms_db: NDArray[np.float32], voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each frame is speech, given its level and whether it is voiced."""
    active = np.zeros(len(rms_db), bool)
    rms_db, voiced = np.ascontiguousarray(rms_db, np.float32), np.ascontiguousarray(voiced)
    lib.probe_activity(
        native.pointer(ffi, "float *", rms_db),
        native.pointer(ffi, "bool *", voiced),
        len(rms_db),
        native.pointer(ffi, "bool *", active),
    )
    return active


def summarise(
    values: NDArray[np.float32],
    voiced: NDArray[np.bool_],
    active: NDArray[np.bool_],
    onset: int | None = None,
) -> dict[str, float]:
    """Features of frames whose descriptors are given, by name; a voice may begin anew in one."""
    values = np.ascontiguousarray(values, np.float32)
    voiced, active = np.ascontiguousarray(voiced), np.ascontiguousarray(active)
    onsets = np.zeros(len(values), bool)
    if onset is not None:
        onsets[onset] = True
    features = np.zeros(lib.probe_n_features, np.float32)
    lib.probe_summarise(
        native.pointer(ffi, "float *", values),
        native.pointer(ffi, "bool *", voiced),
        native.pointer(ffi, "bool *", active),
        native.pointer(ffi, "bool *", onsets),
        len(values),
        native.pointer(ffi, "float *", features),
    )
    return dict(zip(feature_names(), features.tolist(), strict=True))
