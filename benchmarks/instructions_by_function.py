"""Count the instructions of a frame on a processor, by function.

python benchmarks/instructions_by_function.py cortex-m0plus recording.wav [model]
"""

from __future__ import annotations

import sys
from pathlib import Path

from audio_emotion.data import audio
from audio_emotion.devices.device import Device
from audio_emotion.recognition.model import load_model

LEAST_SHARE = 0.005


def main() -> None:
    """Print the functions with the most instructions, prediction included."""
    cpu, recording, *model = sys.argv[1:]
    device = Device(cpu, load_model(Path(model[0])) if model else None)
    run = device.run(audio.read(Path(recording)))
    counts = device.program.instructions_by_function()
    total = counts.total()
    print(f"{total / run.n_frames:9,.0f} instructions a frame on a {cpu}")
    for name, n in counts.most_common():
        if n >= LEAST_SHARE * total:
            print(f"{n / run.n_frames:9,.0f} {n / total:6.1%}  {name}")


if __name__ == "__main__":
    main()
