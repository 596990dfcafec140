"""Make this sample from the collection of corpora: `python sample/make_sample.py COLLECTION`.

Needs only soundfile. The Ogg container carries a random serial number, so a second run gives other
bytes with the same audio.
"""

import shutil
import sys
from pathlib import Path

import soundfile

RAVDESS = Path("Ravdess/audio_speech_actors_01-24")
RAVDESS_ACTORS = (19, 20, 21, 22)  # odd numbers are men, even numbers women
KEPT_AS_FLAC = {"03-01-01-01-01-01-19", "03-01-05-02-02-01-20", "03-01-08-02-01-01-22"}
# Five clips of an emotion are the fewest one can train on, and CREMA-D has no surprise.
MORE_RAVDESS_CLIPS = ("03-01-08-02-02-01-20", "03-01-08-02-01-01-21")
CREMA = Path("Crema")
CREMA_CLIPS = (
    "1038_IEO_HAP_MD",
    "1038_IWL_HAP_XX",
    "1038_TIE_SAD_XX",
    "1038_WSI_NEU_XX",
    "1091_TAI_ANG_XX",
    "1091_TAI_DIS_XX",
    "1091_TAI_FEA_XX",
    "1091_TAI_HAP_XX",
    "1091_TAI_SAD_XX",
    "1091_WSI_SAD_XX",
)

# libsndfile maps 0..1 to 256..6 kbit/s per channel: 0.8 is about 56 kbit/s.
OPUS_COMPRESSION_LEVEL = 0.8


def ravdess_clips() -> list[Path]:
    """One clip per actor and label, sentence and intensity alternating, and some more."""
    clips = []
    for actor in RAVDESS_ACTORS:
        for label in range(1, 9):
            statement = 1 + (label + actor) % 2
            # Neutral (01) was recorded at normal intensity only.
            intensity = 1 if label == 1 else 1 + (label + actor // 2) % 2
            stem = f"03-01-{label:02}-{intensity:02}-{statement:02}-01-{actor:02}"
            clips.append(RAVDESS / f"Actor_{actor:02}" / f"{stem}.flac")
    clips += [RAVDESS / f"Actor_{stem[-2:]}" / f"{stem}.flac" for stem in MORE_RAVDESS_CLIPS]
    return clips


def copy_as_opus(source: Path, target: Path) -> None:
    """Encode a recording again, with the same samples a second."""
    samples, rate = soundfile.read(source, dtype="int16")
    soundfile.write(
        target.with_suffix(".ogg"),
        samples,
        rate,
        format="OGG",
        subtype="OPUS",
        compression_level=OPUS_COMPRESSION_LEVEL,
    )


def main(collection: Path) -> None:
    """Copy or encode every clip into the folder of this script."""
    sample = Path(__file__).parent
    for clip in ravdess_clips() + [CREMA / f"{stem}.ogg" for stem in CREMA_CLIPS]:
        (sample / clip).parent.mkdir(parents=True, exist_ok=True)
        if clip.suffix == ".flac" and clip.stem not in KEPT_AS_FLAC:
            copy_as_opus(collection / clip, sample / clip)
        else:
            shutil.copyfile(collection / clip, sample / clip)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
