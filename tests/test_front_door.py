"""The Python interface, as a researcher types it."""

from __future__ import annotations

import doctest
import io
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
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

MODELS = REPOSITORY / "models"


@pytest.fixture(scope="module")
def clips(sample: Path) -> list[str]:
    return [str(path) for path in sorted(sample.rglob("*.flac"))[:3]]


@pytest.fixture(scope="module")
def signal(clips: list[str]) -> tuple[np.ndarray[Any, Any], int]:
    return soundfile.read(clips[0])


def test_importing_the_package_imports_nothing_else() -> None:
    assert run("import audio_emotion as ae; print(ae.errors.InputError.__name__)") == "InputError\n"
    heavy = "numpy", "pandas", "sklearn", "scipy", "torch", "soundfile"
    code = f"import sys, audio_emotion; print([m for m in {heavy!r} if m in sys.modules])"
    assert run(code).strip() == "[]"


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def test_everything_is_listed_and_there() -> None:
    assert dir(ae) == sorted(ae.__all__)
    assert ae.errors.InputError is InputError
    for name in ae.__all__:
        assert getattr(ae, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'recognise'"):
        ae.recognise  # noqa: B018


def test_one_recording_is_what_the_command_line_says(
    clips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (result,) = predict_document([clips[0]], ae.load_model())["results"]
    for source in (clips[0], Path(clips[0])):
        found = ae.predict(source)
        assert isinstance(found, ae.Prediction)
        assert (found.emotion, found.confident) == (result["emotion"], result["confident"])
        assert found.speech == result["speech"]
        assert found.probabilities == result["probabilities"]
        assert list(found.timeline) == result["timeline"]
        assert (found.file, found.model) == (clips[0], "default")
    with Path(clips[0]).open("rb") as file:
        assert ae.predict(file).probabilities == found.probabilities
        assert ae.predict(file).probabilities == found.probabilities  # from its beginning again
        features_of_file = ae.extract_features(file)
        assert features_of_file.index.names == ["start", "end"]
        np.testing.assert_array_equal(features_of_file, ae.extract_features(clips[0]))
    data = io.BytesIO(Path(clips[0]).read_bytes())
    assert ae.predict(data).probabilities == found.probabilities
    data.seek(9)
    monkeypatch.setattr(data, "seekable", lambda: False)
    with pytest.raises(AudioError, match="not a recording"):  # a pipe goes on where it is
        ae.predict(data)
    data.seek(0)
    assert ae.predict(data).probabilities == found.probabilities


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
    for source in (
        *(clips, tuple(map(Path, clips)), iter(clips), dict.fromkeys(clips).keys()),
        *(pd.Series(clips), pd.Index(clips), pd.array(clips), pd.Categorical(clips)),
        *(pd.DataFrame({"file": clips}), np.array(clips), np.array(clips)[:, None]),
    ):
        table = ae.predict(source)
        assert table.columns.to_list() == ["emotion", "confident", "speech", *ae.EMOTIONS]
        audformat.assert_index(table.index)
        lengths = [len(audio.read(clip)) / features.SAMPLE_RATE for clip in clips]
        expected = audformat.segmented_index(clips, [0.0] * 3, [f"{length}s" for length in lengths])
        pd.testing.assert_index_equal(table.index, expected)
        for (file, _, _), row in table.iterrows():
            alone = ae.predict(file)
            assert row["emotion"] == alone.emotion
            assert row["speech"] == alone.speech
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


def test_the_index_is_that_of_audinterface_at_any_rate(clips: list[str], tmp_path: Path) -> None:
    audinterface = pytest.importorskip("audinterface")
    interface = audinterface.Feature(["peak"], process_func=lambda samples, _: samples.max())
    for sr in (11025, 44100, 48000):
        path = str(tmp_path / f"{sr}.wav")
        samples = soundfile.read(clips[0])[0][:40001]  # no whole number of samples at 16 kHz
        soundfile.write(path, samples, sr)
        theirs = interface.process_files([path]).index
        for ours in (ae.extract_features([path]), ae.predict([path])):
            pd.testing.assert_index_equal(ours.index, theirs)
        signal, _ = soundfile.read(path)
        ours, theirs = ae.extract_features(signal, sr), interface.process_signal(signal, sr)
        pd.testing.assert_index_equal(ours.index, theirs.index)


def test_a_name_that_is_no_text(clips: list[str], tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.flac")
    try:
        Path(path).write_bytes(Path(clips[0]).read_bytes())
    except OSError:
        pytest.skip("file names are Unicode on this system")
    assert ae.predict(path).file == path
    for table in (ae.predict([path]), ae.extract_features(path)):
        assert table.index.get_level_values("file").to_list() == [path]
    with pytest.raises(ModelError, match="not a model"):
        ae.load_model(path)


def test_files_that_cannot_be_read(clips: list[str], tmp_path: Path) -> None:
    (text := tmp_path / "text.wav").write_text("hello")
    short = tmp_path / "short.wav"
    soundfile.write(short, np.tile([0.1, -0.1], 100), 16000)
    for function in (ae.predict, ae.extract_features):
        for bad, sentence in ((text, "not a recording"), (tmp_path, "a folder"), (short, "short")):
            for source in (bad, [clips[0], bad]):
                with pytest.raises(AudioError, match=sentence):
                    function(source)
        with pytest.warns(UserWarning, match="not a recording") as warned:
            table = function([clips[0], text], errors="coerce")
        assert warned[0].filename == __file__
        assert table.notna().all(axis=1).to_list() == [True, False]
        assert pd.isna(table.index[1][2])
        for source in (clips, clips[0]):
            for wrong in ("ignore", ["raise"], None):
                with pytest.raises(InputError, match="errors="):
                    function(source, errors=wrong)
        with text.open("ab") as file, pytest.raises(InputError, match="open for writing"):
            function(file)


@pytest.mark.parametrize("n_jobs", [0, True, "2", 1.5])
def test_threads_are_a_number(clips: list[str], n_jobs: Any) -> None:
    with pytest.raises(InputError, match="no number of threads"):
        ae.extract_features(clips, n_jobs=n_jobs)
    with pytest.raises(InputError, match="no number of threads"):
        ae.FeatureExtractor(n_jobs=n_jobs).transform(clips)
    assert len(ae.extract_features(clips, n_jobs=np.int64(-2))) == len(clips)


def test_models(clips: list[str], tmp_path: Path) -> None:
    path = REPOSITORY / "models" / "default.skops"
    classifier = ae.load_model(str(path))
    assert (classifier.kind, ae.load_model().kind) == ("classifier", "network")
    for given in (path, str(path), classifier):
        assert ae.predict(clips[0], model=given).model == classifier.name
    with pytest.raises(ModelError, match="cannot be read"):
        ae.load_model(tmp_path / "none.aem")
    with pytest.raises(InputError, match="is not a path"):
        ae.load_model(3)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="null"):
        ae.load_model("a\0.aem")
    for wrong in (3, {}, b"a.aem", ae.EmotionModel, StandardScaler()):
        with pytest.raises(InputError, match="is not a model"):
            ae.predict(clips[0], model=wrong)  # type: ignore[call-overload]
    for source in (clips, clips[0]):
        with pytest.raises(InputError, match="cannot adapt"):
            ae.predict(source, model=classifier, adapt=True)
    adapted = ae.predict(clips, adapt=True)
    assert not adapted.equals(ae.predict(clips))
    assert adapted.equals(ae.predict(clips, adapt=np.True_))
    with pytest.raises(InputError, match="not the file of a voice"):
        ae.predict(clips, adapt="")
    alone = ae.predict(clips[0], adapt=True).probabilities
    assert alone == adapted[list(ae.EMOTIONS)].iloc[0].to_dict()
    assert all(len(repr(model)) < 300 for model in (classifier, ae.load_model()))


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
    for wrong in ("a.wav", None, b"RIFF", 3):
        with pytest.raises(InputError, match="is not a stream"):
            ae.stream(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is not a sample rate"):
        ae.stream([pcm], sr=0)
    for blocks, sentence in (
        (pcm, r"one as \[samples\]"),
        (["a.wav"], r"predict\(path\)"),
        ([pcm.tobytes()], r"numpy\.frombuffer"),
        ([None], "no array of samples"),
    ):
        with pytest.raises(InputError, match=sentence):
            list(ae.stream(blocks))


def test_progress_is_told(clips: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[int, int | None]] = []

    def progress(done: int, total: int | None) -> None:
        told.append((done, total))

    ae.predict(clips, progress=progress)
    ae.extract_features(clips, progress=progress)
    assert told == [(1, 3), (2, 3), (3, 3)] * 2
    for bar in (True, np.True_, False, None):
        ae.predict(clips[:1], progress=bar)
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
        ([samples], r"predict\(samples, 44100\)"),
        ([None], "is not a path"),
        (None, "is not a recording"),
        (3, "is not a recording"),
        ({clips[0]: 1}, "is not a recording"),
        (io.BytesIO(), "one recording"),
    ):
        with pytest.raises(InputError, match=sentence):
            extractor.transform(wrong)
    for wrong, sentence in (
        (clips, "Leave it out"),
        (samples, r"one as \[samples\]"),
        ([samples, None], "is not; a recording"),
    ):
        with pytest.raises(InputError, match=sentence):
            of_signals.transform(wrong)
    for nothing in (extractor, of_signals):
        assert nothing.transform([]).shape == (0, 160)


def test_models_and_results_travel_to_other_processes(clips: list[str]) -> None:
    for path in (None, REPOSITORY / "models" / "default.skops"):
        model = ae.load_model(path)
        found = ae.predict(clips[0], model=model)
        assert pickle.loads(pickle.dumps(found)) == found
        assert ae.predict(clips[0], model=pickle.loads(pickle.dumps(model))) == found
    pipeline = make_pipeline(ae.FeatureExtractor(), StandardScaler(), LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1]}, cv=2, n_jobs=2)
    paths = pd.Series(clips * 2, index=list("abcdef"))
    assert search.fit(paths, ["fear", "anger"] * 3).best_score_ >= 0
    table = pipeline[:-1].set_output(transform="pandas").fit_transform(paths)
    assert table.index.to_list() == paths.index.to_list()


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
            listed: ae.Prediction = ae.predict([0.0, 0.1], 16000)
            with open("a.wav", "rb") as file:
                opened: ae.Prediction = ae.predict(file)
                of_file: pd.DataFrame = ae.extract_features(file)
            model: ae.EmotionModel = ae.load_model("MLP.skops")
            table: pd.DataFrame = ae.extract_features(["a.wav"], n_jobs=2, progress=True)
            def tell(done: int, total: int | None) -> None: ...
            told: pd.DataFrame = ae.predict(pd.Series(["a.wav"]), progress=tell)
            names: list[str] = list(ae.FeatureExtractor(sr=16000).get_feature_names_out())
            for event in ae.stream([np.zeros(800, np.int16)], model):
                emotion: str | None = event["emotion"]
            version: str = ae.__version__
            error: type[ValueError] = ae.errors.InputError
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
