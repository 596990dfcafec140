# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "embedded-audio-emotion", "librosa==0.11.0", "numpy", "opensmile==2.6.0", "pandas",
#     "praat-parselmouth==0.4.7", "scipy", "soundfile",
# ]
# [tool.uv.sources]
# embedded-audio-emotion = { path = ".." }
# ///
"""Compare every feature of real recordings with what a peer makes of them.

    python benchmarks/features_against_peers.py generated_dataset/audio_dataframe.csv [CLIPS]

CLIPS (100) recordings of each of four corpora, drawn at random with seed 0, none of a
speaker who is kept for the last evaluation. Writes results/features_against_peers.csv: of
each feature Spearman's correlation over the recordings of each corpus, the median of the
ratio to the peer's value, and the 90th percentile of the distance of that ratio from its
median, in percent, over all.
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import opensmile
import pandas as pd
import parselmouth
from numpy.typing import NDArray
from rich.progress import track
from scipy.stats import spearmanr

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / folder) for folder in (".", "golden", "helpers")]

from make_librosa import descriptors as librosa_descriptors  # noqa: E402
from make_praat_formants import praat_formants  # noqa: E402
from make_praat_voice import SR, praat_voice  # noqa: E402

from audio_emotion.data import audio  # noqa: E402
from audio_emotion.data.feature_table import read_catalogue  # noqa: E402
from audio_emotion.engine import features  # noqa: E402
from core_features import summarise  # noqa: E402
from core_voice_quality import voice  # noqa: E402
from reference import descriptors as float64  # noqa: E402
from reference.functionals import contour, functionals  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "features_against_peers.csv"
CORPORA = ("ravdess", "crema", "emovo", "read_speech")
KEPT = re.compile(r"ravdess_2[34]|crema_10(0[1-9]|10)")

NAMES = features.names()
DESCRIPTORS = features.descriptor_names()
OF_LIBROSA = [name for name in DESCRIPTORS[: DESCRIPTORS.index("flatness") + 1] if name != "rms_db"]
OF_EGEMAPS = {
    "band_energy_ratio_voiced": "alphaRatioV",
    "hammarberg_voiced": "hammarbergIndexV",
    "slope_0_500_voiced": "slopeV0-500",
    "slope_500_1500_voiced": "slopeV500-1500",
}
EGEMAPS = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
PAUSE_DB = 25.0  # below the highest intensity: Praat's "To TextGrid (silences)"

Values = dict[str, float]
Peers = dict[str, tuple[str, float]]  # of each feature the peer's name and its value


def main(catalogue: Path, n_clips: int) -> None:
    rows = []
    for corpus, path in track(list(draw(catalogue, n_clips)), "recordings"):
        pcm = audio.read(path)
        ours = dict(zip(NAMES, features.extract(pcm).tolist(), strict=True))
        for name, (peer, theirs) in peers(pcm).items():
            rows.append((name, peer, corpus, ours[name], theirs))
    write(pd.DataFrame(rows, columns=["feature", "peer", "corpus", "ours", "theirs"]))


def draw(catalogue: Path, n_clips: int) -> Iterator[tuple[str, Path]]:
    table = read_catalogue(catalogue)
    table = table[~table["speaker"].str.fullmatch(KEPT)]
    for corpus in CORPORA:
        of_corpus = table[table["corpus"] == corpus]
        for path in of_corpus["path"].sample(min(n_clips, len(of_corpus)), random_state=0):
            yield corpus, Path(path)


def peers(pcm: NDArray[np.int16]) -> Peers:
    """What others make of a recording, by the feature it is a peer of."""
    f0_and_hnr, (jitter, shimmer, hnr_mean) = praat_voice(pcm)
    f0_hz = f0_and_hnr[:, 0]
    voiced = f0_hz > 0
    active = voiced | loud(pcm, len(f0_hz))
    found: Peers = {}
    hz, semitone = contour(f0_hz, voiced)
    put(found, "Praat", "f0", hz)
    put(found, "Praat", "f0_semitone", semitone)
    put(found, "Praat", "", timing(voiced, active))
    for number, values in enumerate(praat_formants(pcm).T[1:].astype(float), start=1):
        put(found, "Praat", f"f{number}", {"mean": values.mean(), "std": values.std()})
    of_hnr = f0_and_hnr[:, 1][f0_and_hnr[:, 1] > -200]  # where it is not silent
    voice = {"jitter_local": jitter, "shimmer_local": shimmer, "hnr_mean": hnr_mean}
    put(found, "Praat", "", voice | {"hnr_std": of_hnr.std()})
    frames = np.lib.stride_tricks.sliding_window_view(pcm, 400)[::160] / 32768
    activity = active_frames(pcm)
    for name, column in zip(OF_LIBROSA, librosa_descriptors(frames).T, strict=True):
        put(found, "librosa", name, functionals(column, activity))
    level = 20 * np.log10(np.maximum(librosa_descriptors(frames)[:, 0], 10 ** (-90.3 / 20)))
    put(found, "librosa", "rms_db", functionals(level, activity))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    power = np.abs(np.fft.rfft(frames * window, 512)) ** 2 + 1e-20
    for name, measure in (
        ("flux", float64.flux),
        ("band_energy_ratio", float64.band_energy_ratio),
    ):
        put(found, "float64", name, functionals(measure(power), activity))
    put_egemaps(found, pcm, span_s=max(1, np.ptp(np.flatnonzero(active))) / 100)
    return found


def put(found: Peers, peer: str, descriptor: str, values: Values) -> None:
    for functional, value in values.items():
        name = f"{descriptor}_{functional}" if descriptor else functional
        if name in NAMES:
            found[name] = (peer, value)


def put_egemaps(found: Peers, pcm: NDArray[np.int16], span_s: float) -> None:
    values = EGEMAPS.process_signal(pcm / 32768, SR).iloc[0]
    for name, theirs in OF_EGEMAPS.items():
        mean = values[f"{theirs}_sma3nz_amean"]
        std = abs(mean * values[f"{theirs}_sma3nz_stddevNorm"])
        put(found, "eGeMAPS", name, {"mean": mean, "std": std})
    n_peaks = values["loudnessPeaksPerSec"] * len(pcm) / SR
    put(found, "eGeMAPS", "", {"rms_peak_rate": n_peaks / span_s})


def loud(pcm: NDArray[np.int16], n_frames: int) -> NDArray[np.bool_]:
    """Whether Praat's intensity at each frame is near the highest."""
    sound = parselmouth.Sound(pcm / 32768, sampling_frequency=SR)
    intensity = sound.to_intensity(minimum_pitch=100, time_step=0.01)
    times = (np.arange(n_frames) * 160 + 200) / SR
    db = np.interp(times, intensity.xs(), intensity.values[0])
    return db > intensity.values.max() - PAUSE_DB


def timing(voiced: NDArray[np.bool_], active: NDArray[np.bool_]) -> Values:
    """The rhythm of stretches that are known."""
    values = summarise(np.zeros((len(voiced), len(DESCRIPTORS)), np.float32), voiced, active)
    kept = ("voiced_", "unvoiced_", "active_", "pause_")
    return {name: value for name, value in values.items() if name.startswith(kept)}


def active_frames(pcm: NDArray[np.int16]) -> NDArray[np.bool_]:
    """The core's own choice, from the last onset on: only the values differ."""
    extractor, active = features.Extractor(), []
    for start in range(0, len(pcm), features.HOP_LENGTH):
        if extractor.process(pcm[start : start + features.HOP_LENGTH]):
            active.append(bool(extractor._state.latest.active))
    onsets = np.flatnonzero(voice(pcm).frames["onset"])
    return np.array(active) & (np.arange(len(active)) >= max(onsets, default=0))


def write(table: pd.DataFrame) -> None:
    table = table[np.isfinite(table["theirs"])]
    with RESULT.open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["feature", "peer", *CORPORA, "median_ratio", "p90_percent"])
        for name in NAMES:
            of_feature = table[table["feature"] == name]
            correlations = [
                spearmanr(part["ours"], part["theirs"]).statistic
                for part in (of_feature[of_feature["corpus"] == corpus] for corpus in CORPORA)
            ]
            nonzero = of_feature[of_feature["theirs"] != 0]
            ratio = nonzero["ours"] / nonzero["theirs"]
            spread = np.percentile(np.abs(ratio / ratio.median() - 1), 90)
            figures = [f"{r:.3f}" for r in (*correlations, ratio.median())]
            lines.writerow([name, of_feature["peer"].iloc[0], *figures, f"{100 * spread:.1f}"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
