import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_emotion.data import audio
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.recognition import classifier_file, predict
from fitted_classifiers import on_made_up

SECOND = features.SAMPLE_RATE


@pytest.fixture(scope="module")
def trained() -> classifier_file.ClassifierModel:
    return on_made_up("ShrinkageLDA")


def noise(seconds: float) -> np.ndarray:
    generator = np.random.default_rng(int(1000 * seconds))
    return generator.integers(-9000, 9000, int(seconds * SECOND)).astype(np.int16)


def blocks_of(samples: np.ndarray, length: int):
    return iter([samples[k : k + length] for k in range(0, len(samples), length)])


def test_document_is_json_of_the_designed_form(trained, sample):
    paths = sorted(sample.rglob("*.flac"))
    document = predict.predict(paths, trained)
    assert json.loads(json.dumps(document)) == document
    assert list(document) == ["schema", "model", "results", "errors", "warnings"]
    assert document["schema"] == 3
    assert document["model"] == "ShrinkageLDA"
    assert document["errors"] == document["warnings"] == []
    assert [result["path"] for result in document["results"]] == [str(path) for path in paths]
    for result in document["results"]:
        assert list(result["probabilities"]) == list(EMOTIONS)
        assert sum(result["probabilities"].values()) == pytest.approx(1)
        assert result["emotion"] == max(EMOTIONS, key=result["probabilities"].__getitem__)
        assert result["speech"] == 1.0  # nothing else was trained on


def test_probabilities_are_those_of_the_features(trained, recording):
    path = recording("a.wav")
    result = predict.predict([path], trained)["results"][0]
    expected = trained.probabilities(features.extract(audio.read(path))[None])[0]
    assert list(result["probabilities"].values()) == expected.tolist()
    assert result["timeline"] == []


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [(0.5, []), (3, []), (3.5, [0, 0.5]), (4, [0, 1]), (6.25, [0, 1, 2, 3, 3.25])],
)
def test_windows_cover_the_recording_to_its_end(seconds, starts):
    _, spans, windows = predict.features_over_time(iter([noise(seconds)]))
    assert spans == [(int(s * SECOND), int((s + 3) * SECOND)) for s in starts]
    assert len(windows) == len(spans)


@pytest.mark.parametrize("length", [1000, 16_000, 48_000, 77_777])
def test_block_length_changes_no_bit(length):
    samples = noise(7.3)
    whole, spans, windows = predict.features_over_time(blocks_of(samples, length))
    assert whole.tobytes() == features.extract(samples).tobytes()
    for (start, end), window in zip(spans, windows, strict=True):
        assert window.tobytes() == features.extract(samples[start:end]).tobytes()


def test_timeline_gives_seconds(trained, tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, noise(4.5), SECOND)
    timeline = predict.predict([path], trained)["results"][0]["timeline"]
    assert [(w["start_s"], w["end_s"]) for w in timeline] == [(0, 3), (1, 4), (1.5, 4.5)]
    assert all(sum(w["probabilities"].values()) == pytest.approx(1) for w in timeline)


def test_bad_files_are_listed_and_the_others_predicted(trained, recording, tmp_path):
    good = recording("good.wav")
    (text := tmp_path / "text.wav").write_text("no audio")
    short = recording("short.wav", 0.1 * np.sin(np.arange(200.0)))
    missing = tmp_path / "missing.wav"
    document = predict.predict([text, short, missing, good], trained)
    assert [result["path"] for result in document["results"]] == [str(good)]
    assert [failure["path"] for failure in document["errors"]] == [
        str(text),
        str(short),
        str(missing),
    ]
    for failure in document["errors"]:
        assert failure["error"].startswith(failure["path"])


def test_folders_and_patterns_are_expanded_each_recording_once(recording, tmp_path):
    first, second = recording("a/one.wav"), recording("a/b/two.flac")
    (tmp_path / "a" / "notes.txt").write_text("no recording")
    folder, pattern = tmp_path / "a", f"{tmp_path}/**/*.wav"
    assert predict.expand([folder]) == ([second, first], [])
    assert predict.expand([pattern]) == ([first], [])
    assert predict.expand([first, folder, pattern]) == ([first, second], [])


def test_a_name_with_brackets_is_a_name(recording):
    path = recording("take [1].wav")
    assert predict.expand([str(path)]) == ([path], [])


def test_empty_folder_and_pattern_without_match_are_errors(trained, tmp_path):
    document = predict.predict([tmp_path, f"{tmp_path}/*.wav"], trained)
    assert document["results"] == []
    assert "no recording in this folder" in document["errors"][0]["error"]
    assert "no file matches" in document["errors"][1]["error"]


def test_a_folder_that_nobody_may_look_into_is_not_skipped_in_silence(
    recording, tmp_path, monkeypatch
):
    path = recording("clips/open.wav")
    private = recording("clips/private/one.wav").parent
    list_folder = os.scandir

    def refuse(folder):
        if folder == str(private):
            raise PermissionError(13, "Permission denied", folder)
        return list_folder(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    found, failures = predict.expand([tmp_path / "clips"])
    assert found == [path]
    assert failures == [
        {
            "path": str(private),
            "error": f"{private}: folder cannot be listed (permission denied). "
            "Check its permissions.",
        }
    ]
    found, failures = predict.expand([private])
    assert not found
    assert len(failures) == 1


def test_a_name_too_long_for_a_file_does_not_stop_the_others(trained, recording):
    path = recording("fine.wav")
    document = predict.predict(["x" * 5000, path], trained)
    assert [found["path"] for found in document["results"]] == [str(path)]
    assert "cannot be read" in document["errors"][0]["error"]


def test_progress_counts_recordings(trained, recording):
    seen: list[tuple[int, int]] = []
    paths: list[Path] = [recording("a.wav"), recording("b.wav")]
    predict.predict(paths, trained, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_memory_does_not_grow_with_the_recording(monkeypatch):
    """Every array kept between blocks is one window long, however long the recording."""
    kept = []
    concatenate = np.concatenate

    def spy(arrays):
        kept.append(len(arrays[0]))
        return concatenate(arrays)

    monkeypatch.setattr(predict.np, "concatenate", spy)
    predict.features_over_time(blocks_of(noise(20), SECOND))
    assert max(kept) == 3 * SECOND
