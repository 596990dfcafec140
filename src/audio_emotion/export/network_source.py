"""A network as C source: one header, one array. The same network gives the same bytes."""

from __future__ import annotations

import textwrap
from typing import Final

from audio_emotion.engine import _core
from audio_emotion.engine.network_file import FRONT_END_HASH, Metadata
from audio_emotion.export.classifier_source import opening

FORMAT: Final[int] = _core.lib.AE_NET_FORMAT
SYMBOL: Final = "ae_emotion_network"


def header(metadata: Metadata, n_bytes: int, arena_bytes: int, version: str, notice: str) -> str:
    """Write model.h, which refuses to compile with a core of another version."""
    return f"""{_opening(metadata, version, notice)}
#ifndef AE_EMOTION_MODEL_H
#define AE_EMOTION_MODEL_H

#include "net_stream.h"
#include "net_utterance.h"

#if AE_FRONT_END_HASH != 0x{FRONT_END_HASH:08X}u || AE_NET_FORMAT != {FORMAT}
#error "this network is for another version of the core: run audio-emotion export again"
#endif
#if AE_NET_ARENA < {arena_bytes}
#error "this network needs AE_NET_ARENA of {arena_bytes}"
#endif

#ifdef __cplusplus
extern "C" {{
#endif

/* For ae_net_open(&net, {SYMBOL}, sizeof {SYMBOL}). */
extern const uint32_t {SYMBOL}[{n_bytes // 4}];

#ifdef __cplusplus
}}
#endif
#endif
"""


def source(content: bytes, metadata: Metadata, version: str, notice: str) -> str:
    """Write model.c: the network as 32-bit words, little-endian."""
    words = [content[at : at + 4][::-1].hex() for at in range(0, len(content), 4)]
    numbers = textwrap.fill(
        ", ".join(f"0x{word}" for word in words),
        100,
        initial_indent="    ",
        subsequent_indent="    ",
    )
    return f"""{_opening(metadata, version, notice)}
#include "model.h"

const uint32_t {SYMBOL}[{len(words)}] = {{
{numbers}
}};
"""


def _opening(metadata: Metadata, version: str, notice: str) -> str:
    about = (
        f"Network {metadata.name} for front end 0x{FRONT_END_HASH:08X}, trained on "
        f"{metadata.training_data}."
    )
    return opening(version, about, notice)
