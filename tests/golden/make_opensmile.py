# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "opensmile==2.6.0", "soundfile"]
# ///
"""openSMILE's eGeMAPS of the recordings in sample/: writes opensmile.npz.

    python tests/golden/make_opensmile.py

`clips`, shape (42,), are the paths below sample/. eGeMAPSv02 (Eyben et al. 2016) in
openSMILE's own configuration gives of each clip `functionals`, shape (42, 88), called
`functional_names`, and of each frame that it calls voiced, every 10 ms, a row of
`descriptors`, called `descriptor_names`: frame `frame` of clip number `clip`.
"""

from pathlib import Path

import numpy as np
import soundfile
from opensmile import FeatureLevel, FeatureSet, Smile

SR = 16000
PITCH = "F0semitoneFrom27.5Hz_sma3nz"
LEFT_OUT = ("logRel", "bandwidth", "amplitude")  # nothing in the core to compare with


def main():
    here = Path(__file__).parent
    sample = here.parent.parent / "sample"
    whole = Smile(FeatureSet.eGeMAPSv02, FeatureLevel.Functionals)
    framewise = Smile(FeatureSet.eGeMAPSv02, FeatureLevel.LowLevelDescriptors)
    kept = [name for name in framewise.feature_names if not any(part in name for part in LEFT_OUT)]
    paths = sorted(path for path in sample.rglob("*") if path.suffix in {".flac", ".ogg"})
    functionals, clips, frames, descriptors = [], [], [], []
    for clip, path in enumerate(paths):
        pcm, sr = soundfile.read(path, dtype="int16")
        assert sr == SR, path
        signal = pcm.astype(np.float32) / 2**15
        functionals.append(whole.process_signal(signal, sr).to_numpy()[0])
        values = framewise.process_signal(signal, sr)
        voiced = np.flatnonzero(values[PITCH] > 0)
        clips += [clip] * len(voiced)
        frames.append(voiced)
        descriptors.append(values[kept].to_numpy()[voiced])
    np.savez_compressed(
        here / "opensmile.npz",
        clips=[path.relative_to(sample).as_posix() for path in paths],
        functional_names=whole.feature_names,
        functionals=np.array(functionals, np.float32),
        descriptor_names=kept,
        descriptors=np.concatenate(descriptors).astype(np.float16),
        clip=np.array(clips, np.uint8),
        frame=np.concatenate(frames).astype(np.uint16),
    )


if __name__ == "__main__":
    main()
