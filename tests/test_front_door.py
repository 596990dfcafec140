"""The Python interface, as a researcher types it."""

from __future__ import annotations

import doctest
import io
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import soxr
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import audio_emotion as ae
from audio_emotion.data import audio, feature_extraction
from audio_emotion.engine import features
from audio_emotion.errors import AudioError, InputError, ModelError
from audio_emotion.recognition import model as models
from audio_emotion.recognition import prediction
from audio_emotion.recognition.predict import predict as predict_document
from conftest import REPOSITORY


@pytest.fixture(scope="module")
def clips(sample: Path) -> list[str]:
    return [str(path) for path in sorted(sample.rglob("*.flac"))[:3]]


@pytest.fixture(scope="module")
def signal(clips: list[str]) -> tuple[np.ndarray[Any, Any], int]:
    return soundfile.read(clips[0])


def test_importing_the_package_imports_nothing_else() -> None:
    heavy = "numpy", "pandas", "sklearn", "scipy", "torch", "soundfile"
    code = f"import sys, audio_emotion; print([m for m in {heavy!r} if m in sys.modules])"
    assert run(code).strip() == "[]"


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def test_everything_is_listed_and_there() -> None:
    assert set(ae.__all__) <= set(dir(ae))
    for name in ae.__all__:
        assert getattr(ae, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'recognise'"):
        ae.recognise  # noqa: B018


def test_one_recording_is_what_the_command_line_says(clips: list[str]) -> None:
    (result,) = predict_document([clips[0]], ae.load_model())["results"]
    for source in (clips[0], Path(clips[0])):
        found = ae.predict(source)
        assert isinstance(found, ae.Prediction)
        assert (found.emotion, found.confident) == (result["emotion"], result["confident"])
        assert found.probabilities == result["probabilities"]
        assert list(found.timeline) == result["timeline"]
        assert (found.file, found.model) == (clips[0], "default")
    with Path(clips[0]).open("rb") as file:
        assert ae.predict(file).probabilities == found.probabilities
    data = Path(clips[0]).read_bytes()
    assert ae.predict(io.BytesIO(data)).probabilities == found.probabilities


def test_a_prediction_can_be_looked_at(clips: list[str]) -> None:
    found = ae.predict(clips[0])
    assert repr(found).startswith(f"<Prediction: {found.emotion}, {found.probability:.0%}")
    page = ae.Prediction(**{**vars(found), "file": "<b>.wav", "confident": False})._repr_html_()
    assert "&lt;b&gt;.wav" in page
    assert "not confident" in page
    assert all(emotion in page for emotion in ae.EMOTIONS)
    assert "not confident" in repr(ae.Prediction(**{**vars(found), "confident": False}))


def test_many_recordings_are_a_table_in_audformat_s_index(clips: list[str]) -> None:
    audformat = pytest.importorskip("audformat")
    for source in (clips, tuple(map(Path, clips)), pd.Series(clips), iter(clips)):
        table = ae.predict(source)
        assert table.columns.to_list() == ["emotion", "confident", *ae.EMOTIONS]
        audformat.assert_index(table.index)
        lengths = [len(audio.read(clip)) / features.SAMPLE_RATE for clip in clips]
        expected = audformat.segmented_index(clips, [0.0] * 3, [f"{length}s" for length in lengths])
        pd.testing.assert_index_equal(table.index, expected)
        for (file, _, _), row in table.iterrows():
            alone = ae.predict(file)
            assert row["emotion"] == alone.emotion
            assert row[list(ae.EMOTIONS)].to_dict() == alone.probabilities
    assert len(ae.predict([])) == 0


def test_features_are_a_table_in_audinterface_s_index(
    clips: list[str], signal: tuple[np.ndarray[Any, Any], int]
) -> None:
    audinterface = pytest.importorskip("audinterface")
    table = ae.extract_features(clips, n_jobs=2)
    assert table.columns.to_list() == list(features.names())
    for clip, row in zip(clips, table.to_numpy(), strict=True):
        np.testing.assert_array_equal(row, features.extract(audio.read(clip)))
    one = ae.extract_features(Path(clips[1]))
    pd.testing.assert_frame_equal(one, table.iloc[[1]])

    def process(samples: np.ndarray[Any, Any], sr: int) -> np.ndarray[Any, Any]:
        return ae.extract_features(samples[0], sr).to_numpy()

    interface = audinterface.Feature(list(features.names()), process_func=process)
    theirs = interface.process_files(clips)
    np.testing.assert_array_equal(theirs.to_numpy(), table.to_numpy())
    samples, sr = signal
    ours = ae.extract_features(samples, sr)
    pd.testing.assert_index_equal(ours.index, interface.process_signal(samples, sr).index)


def test_signals_of_every_type_shape_and_rate(signal: tuple[np.ndarray[Any, Any], int]) -> None:
    samples, sr = signal
    expected = ae.predict(samples, sr)
    scaled = np.rint(samples * 32768).astype(np.int16)
    for same in (
        scaled,
        scaled.astype(np.int32) << 16,
        samples.astype(np.float32),
        samples.tolist() and np.stack([samples, samples], axis=1),
        samples[:, None],
        scaled[::1][:, None],
    ):
        assert ae.predict(same, sr).probabilities == expected.probabilities
    assert ae.predict(samples, np.float64(sr)).probabilities == expected.probabilities
    eight_bit = np.clip(np.rint(samples * 128) + 128, 0, 255).astype(np.uint8)
    assert ae.predict(eight_bit, sr).emotion in ae.EMOTIONS
    other_rate = soxr.resample(samples, sr, 44100)
    resampled = ae.predict(other_rate, 44100).probabilities
    for emotion, probability in expected.probabilities.items():
        assert resampled[emotion] == pytest.approx(probability, abs=0.1)


WRONG: dict[str, tuple[tuple[Any, ...], str]] = {
    "none": ((None,), "None is no recording"),
    "bytes": ((b"RIFF",), r"io\.BytesIO"),
    "number": ((3,), "3 is no recording"),
    "dictionary": (({"a": 1},), "is no recording"),
    "list of numbers": (([0.1, 0.2],), r"numpy\.asarray"),
    "list of arrays": (([np.zeros(9)],), "in a list of recordings is no path"),
    "list with none": ((["a.wav", None],), "None in a list"),
    "no rate": ((np.zeros(800),), "no sample rate of its own"),
    "rate of a path": (("a.wav", 16000), "Leave it out"),
    "rate of paths": ((["a.wav"], 16000), "Leave it out"),
    "rate 0": ((np.zeros(800), 0), "is no sample rate"),
    "rate True": ((np.zeros(800), True), "is no sample rate"),
    "rate of text": ((np.zeros(800), "fast"), "is no sample rate"),
    "rate not whole": ((np.zeros(800), 16000.5), "is no sample rate"),
    "rate not finite": ((np.zeros(800), np.nan), "is no sample rate"),
    "rate of 1 GHz": ((np.zeros(800), 1e9), "is no sample rate"),
    "transposed": ((np.zeros((2, 48000)), 48000), r"samples\.T"),
    "three dimensions": ((np.zeros((2, 2, 2)), 16000), "are no recording"),
    "a single number": ((np.float64(0.1), 16000), "are no recording"),
    "complex": ((np.zeros(800, complex), 16000), "have no full scale"),
    "int64": ((np.zeros(800, np.int64), 16000), "have no full scale"),
    "bool": ((np.zeros(800, bool), 16000), "have no full scale"),
    "empty": ((np.zeros(0), 16000), "are empty"),
    "no channels": ((np.zeros((800, 0)), 16000), "needs \\(n, n_channels\\)"),
    "silent": ((np.zeros(800), 16000), "are silent"),
    "nan": ((np.full(800, np.nan), 16000), "NaN or infinite"),
    "integers as floats": ((np.arange(800.0), 16000), "Divide 16-bit values"),
}


@pytest.mark.parametrize(("arguments", "sentence"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("function", [ae.predict, ae.extract_features])
def test_what_is_no_recording_is_one_sentence(
    function: Any, arguments: tuple[Any, ...], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        function(*arguments)


def test_files_that_cannot_be_read(clips: list[str], tmp_path: Path) -> None:
    (text := tmp_path / "text.wav").write_text("hello")
    short = tmp_path / "short.wav"
    soundfile.write(short, np.tile([0.1, -0.1], 100), 16000)
    for function in (ae.predict, ae.extract_features):
        for bad, sentence in ((text, "not a recording"), (tmp_path, "a folder"), (short, "short")):
            for source in (bad, [clips[0], bad]):
                with pytest.raises(AudioError, match=sentence):
                    function(source)
        with pytest.warns(UserWarning, match="not a recording"):
            table = function([clips[0], text], errors="coerce")
        assert table.notna().all(axis=1).to_list() == [True, False]
        assert pd.isna(table.index[1][2])
        with pytest.raises(InputError, match="errors='ignore'"):
            function(clips, errors="ignore")


def test_models(clips: list[str], tmp_path: Path) -> None:
    path = REPOSITORY / "models" / "default.skops"
    classifier = ae.load_model(str(path))
    assert (classifier.kind, ae.load_model().kind) == ("classifier", "network")
    for given in (path, str(path), classifier):
        assert ae.predict(clips[0], model=given).model == classifier.name
    with pytest.raises(ModelError, match="cannot be read"):
        ae.load_model(tmp_path / "none.aem")
    with pytest.raises(InputError, match="is no path"):
        ae.load_model(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is no model"):
        ae.predict(clips[0], model=3)  # type: ignore[call-overload]
    with pytest.raises(InputError, match="cannot adapt"):
        ae.predict(clips, model=classifier, adapt=True)
    adapted = ae.predict(clips, adapt=True)
    assert not adapted.equals(ae.predict(clips))


def test_a_stream_of_any_rate_and_type(signal: tuple[np.ndarray[Any, Any], int]) -> None:
    samples, sr = signal
    pcm = np.rint(samples * 32768).astype(np.int16)
    expected = list(ae.stream([pcm], ae.load_model()))
    assert [event["event"] for event in expected] == ["began", "ended"]
    for pieces in (np.array_split(samples, 31), iter(np.array_split(pcm[:, None], 7)), [pcm, []]):
        assert list(ae.stream(pieces, sr=sr)) == expected
    doubled = np.repeat(samples, 2)
    (whole,) = (e for e in ae.stream([doubled], sr=2 * sr) if e["event"] == "ended")
    split = list(ae.stream(np.array_split(doubled, 100), sr=2 * sr, estimates=True))
    assert split[-1] == whole
    assert "estimate" in {event["event"] for event in split}
    for wrong in ("a.wav", None):
        with pytest.raises(InputError, match="is no stream"):
            ae.stream(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is no sample rate"):
        list(ae.stream([pcm], sr=0))


def test_progress_is_told(clips: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[int, int | None]] = []

    def progress(done: int, total: int | None, step: str = "", /) -> None:  # noqa: ARG001
        told.append((done, total))

    ae.predict(clips, progress=progress)
    ae.extract_features(clips, progress=progress)
    assert told == [(1, 3), (2, 3), (3, 3)] * 2
    ae.predict(clips[:1], progress=True)
    assert capsys.readouterr().out == ""


def test_a_step_of_scikit_learn(clips: list[str], signal: tuple[np.ndarray[Any, Any], int]) -> None:
    matrix = ae.extract_features(clips).to_numpy()
    extractor = ae.FeatureExtractor()
    assert extractor.get_feature_names_out().tolist() == list(features.names())
    for given in (clips, np.array(clips), pd.Series(clips), pd.DataFrame({"path": clips})):
        np.testing.assert_array_equal(extractor.fit_transform(given), matrix)
    table = ae.FeatureExtractor().set_output(transform="pandas").transform(clips)
    assert table.columns.to_list() == list(features.names())
    samples, sr = signal
    of_signals = ae.FeatureExtractor(sr=sr, n_jobs=1)
    assert clone(of_signals).get_params() == {"sr": sr, "n_jobs": 1}
    np.testing.assert_array_equal(of_signals.transform([samples, samples])[1], matrix[0])
    np.testing.assert_array_equal(of_signals.transform(np.stack([samples] * 2))[0], matrix[0])
    pipeline = make_pipeline(ae.FeatureExtractor(), StandardScaler(), LogisticRegression())
    emotions = ["fear", "anger", "fear"]
    assert pipeline.fit(clips, emotions).predict(clips).tolist() == emotions
    for wrong, sentence in (
        (clips[0], "one recording"),
        (pd.DataFrame({"a": clips, "b": clips}), "2 columns"),
        ([samples], "no sample rate"),
        ([None], "is no path"),
    ):
        with pytest.raises(InputError, match=sentence):
            extractor.transform(wrong)
    with pytest.raises(InputError, match="Leave it out"):
        of_signals.transform(clips)


@pytest.mark.parametrize("module", [feature_extraction, models, prediction])
def test_the_examples_of_the_docstrings_run(module: Any) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


def test_a_user_s_snippet_passes_mypy_strict(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (snippet := tmp_path / "snippet.py").write_text(
        textwrap.dedent("""
            import numpy as np
            import pandas as pd

            import audio_emotion as ae

            one: ae.Prediction = ae.predict("a.wav")
            many: pd.DataFrame = ae.predict(["a.wav", "b.mp3"])
            signal: ae.Prediction = ae.predict(np.zeros(16000), 16000)
            model: ae.EmotionModel = ae.load_model("MLP.skops")
            table: pd.DataFrame = ae.extract_features(["a.wav"], n_jobs=2, progress=True)
            names: list[str] = list(ae.FeatureExtractor(sr=16000).get_feature_names_out())
            for event in ae.stream([np.zeros(800, np.int16)], model):
                emotion: str | None = event["emotion"]
            version: str = ae.__version__
        """)
    )
    done = subprocess.run(
        [*(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"), snippet],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(REPOSITORY / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
