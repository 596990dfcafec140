"""Print checksums of what the core makes of samples, to compare machines with.

    python release/bits.py SAMPLES.s16

The samples are 16 kHz mono, as raw little-endian int16: decoding and resampling are other
libraries' work. Of ours it loads only what stands on the core, so that an emulator can run it.
"""

import hashlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from audio_emotion.engine import features
from audio_emotion.recognition.model import default_model_path, load_model

samples = np.frombuffer(Path(sys.argv[1]).read_bytes(), "<i2").astype(np.int16)
model = load_model(default_model_path())
extractor = model.extractor()
extractor.process(samples)
embedding = extractor.finish()
made: dict[str, npt.NDArray[Any]] = {
    "log_mel": features.log_mel(samples),
    "features": features.extract(samples),
    "embedding": embedding,
    "probabilities": model.probabilities(embedding[None]),
}
print(f"{platform.machine()} Python {platform.python_version()}", file=sys.stderr)
print(json.dumps({name: hashlib.sha256(what.tobytes()).hexdigest() for name, what in made.items()}))
