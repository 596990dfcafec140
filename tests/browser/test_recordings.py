"""A recording in the page gets what it gets in Python, bit for bit."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr
from playwright.sync_api import BrowserContext, Page, Route, expect

from audio_emotion.cli.csv_output import COLUMNS
from audio_emotion.data import audio
from audio_emotion.engine.emotions import EMOTIONS, NO_SPEECH
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.engine.network_file import to_bytes
from audio_emotion.export import export
from audio_emotion.recognition.model import EmotionModel
from audio_emotion.recognition.network_model import NetworkModel
from audio_emotion.recognition.predict import SCHEMA, predict
from build_page import sources
from chromium import opened
from documents import exported, in_python
from recordings import CLIPS, EVERYDAY, SAMPLE, several, write_wav

Open = Callable[[Path], None]

DASH = "\N{EN DASH}"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "several.wav"
    write_wav(path, several())
    return path


def test_a_wav_file_gets_the_same_bits(
    page: Page, upload: Open, recording: Path, model: EmotionModel
) -> None:
    upload(recording)
    document = json.loads(exported(page, "json"))
    result, utterances = in_python(recording, model)
    features = [utterance.pop("features") for utterance in document["utterances"]]
    assert (document["schema"], document["model"]) == (SCHEMA, model.name)
    assert document["results"] == [result]
    assert document["utterances"] == utterances
    assert len(result["timeline"]) > 1
    assert len(utterances) > 1
    assert all(50 < values["f0_mean"] < 650 for values in features)


def test_so_does_one_in_stereo(
    page: Page, upload: Open, recording: Path, model: EmotionModel
) -> None:
    stereo = recording.with_name("stereo.wav")
    samples = several()
    both = np.stack([samples, samples // 2 * 2], axis=1)
    soundfile.write(stereo, both, SAMPLE_RATE, subtype="PCM_16")
    upload(stereo)
    assert json.loads(exported(page, "json"))["results"] == [in_python(stereo, model)[0]]


@pytest.mark.parametrize(
    "form",
    [
        (".flac", 44_100, "PCM_16"),
        (".flac", 16_000, "PCM_16"),
        (".wav", 48_000, "PCM_24"),
        (".wav", 16_000, "FLOAT"),
        (".wav", 8_000, "ULAW"),
        (".wav", 22_050, "PCM_U8"),
        (".ogg", 48_000, "OPUS"),
        (".ogg", 44_100, "VORBIS"),
        (".mp3", 44_100, "MPEG_LAYER_III"),
    ],
)
def test_what_the_browser_decodes_gets_nearly_the_same(
    page: Page,
    upload: Open,
    tmp_path: Path,
    model: EmotionModel,
    form: tuple[str, int, str],
) -> None:
    """Decoder and resampler are the browser's: the label is the same, the bits are not."""
    suffix, rate, subtype = form
    path = tmp_path / f"several{suffix}"
    signal = soxr.resample(several().astype(np.float32) / 32768, SAMPLE_RATE, rate)
    soundfile.write(path, signal, rate, subtype=subtype)
    upload(path)
    assert_nearly_the_same(page, path, model)


@pytest.mark.parametrize("form", [(".m4a", "aac"), (".webm", "libopus")])
def test_so_does_what_phones_and_browsers_record(
    page: Page, upload: Open, tmp_path: Path, model: EmotionModel, form: tuple[str, str]
) -> None:
    suffix, codec = form
    path = tmp_path / f"several{suffix}"
    signal = soxr.resample(several().astype(np.float32) / 32768, SAMPLE_RATE, 48_000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(signal[None], format="fltp", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(stream.format, "mono", 48_000, stream.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    upload(path)
    assert_nearly_the_same(page, path, model)


def test_a_format_that_the_browser_does_not_know_is_refused_in_words(
    page: Page, tmp_path: Path
) -> None:
    """Python reads AIFF; the page says what would do."""
    path = tmp_path / "several.aiff"
    soundfile.write(path, several(), SAMPLE_RATE)
    page.set_input_files("#file", path)
    expect(page.locator("#message")).to_contain_text("Try WAV, FLAC, Ogg or MP3")


def assert_nearly_the_same(page: Page, path: Path, model: EmotionModel) -> None:
    found = json.loads(exported(page, "json"))["results"][0]
    expected = in_python(path, model)[0]
    assert found["emotion"] == expected["emotion"]
    assert found["confident"] == expected["confident"]
    assert found["probabilities"] == pytest.approx(expected["probabilities"], abs=0.05)


def test_the_table_has_a_row_per_utterance(page: Page, upload: Open, recording: Path) -> None:
    recording = recording.rename(recording.with_name('several, "two" of them.wav'))
    upload(recording)
    document = json.loads(exported(page, "json"))
    rows = list(csv.DictReader(io.StringIO(exported(page, "csv"))))
    assert len(rows) == len(document["utterances"])
    assert tuple(rows[0]) == COLUMNS
    for row, utterance in zip(rows, document["utterances"], strict=True):
        assert row["path"] == recording.name
        assert row["emotion"] == utterance["emotion"]
        assert row["confident"] == str(utterance["confident"]).lower()
        assert float(row["speech"]) == utterance["speech"]
        assert {name: float(row[name]) for name in EMOTIONS} == utterance["probabilities"]


def test_what_is_no_recording_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "letter.wav"
    path.write_text("Dear Sir or Madam")
    page.set_input_files("#file", path)
    expect(page.locator("#message")).to_contain_text("letter.wav: not a recording")
    expect(page.locator("#json")).to_be_disabled()


def test_nothing_stays_of_the_recording_before(page: Page, upload: Open, recording: Path) -> None:
    """After an error, and while the next one is opened."""
    upload(recording)
    letter = recording.with_name("letter.wav")
    letter.write_text("Dear Sir or Madam")
    page.set_input_files("#file", letter)
    expect(page.locator("#message")).to_contain_text("letter.wav: not a recording")
    expect(page.locator("#source")).to_have_text("")
    expect(page.locator("#label")).to_have_text("No utterance yet")
    expect(page.locator("#utterances li")).to_have_count(0)
    expect(page.locator("#timeline button")).to_have_count(0)
    assert page.locator("#bars .value").all_text_contents() == [DASH] * len(EMOTIONS)
    assert page.locator(".chart output").all_text_contents() == [DASH] * 4
    expect(page.locator("#json")).to_be_disabled()
    upload(recording)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/clips/*_ANG_*", hold)
    page.get_by_role("button", name="Acted anger").click()
    expect(page.locator("#source")).to_contain_text("opening acted anger")
    expect(page.locator("#label")).to_have_text("No utterance yet")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.locator("#source")).to_contain_text("acted anger (")


def test_the_newest_request_wins(page: Page) -> None:
    """The first sample arrives after the second."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/clips/*_ANG_*", hold)
    page.get_by_role("button", name="Acted anger").click()
    expect(page.locator("#source")).to_contain_text("opening acted anger")
    page.get_by_role("button", name="Acted sadness").click()
    expect(page.locator("#state")).to_contain_text("playing")
    while not held:
        page.wait_for_timeout(50)
    with page.expect_response("**/clips/*_ANG_*") as response:
        held[0].continue_()
    response.value.finished()
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)  # in which it would be shown
    expect(page.locator("#source")).to_contain_text("acted sadness")


def test_a_sample_that_does_not_load_is_an_error_in_words(
    context: BrowserContext, address: str
) -> None:
    page = opened(context.new_page(), address)
    page.route("**/clips/*_ANG_*", lambda route: route.abort())
    page.get_by_role("button", name="Acted anger").click()
    expect(page.locator("#message")).to_contain_text("did not load")
    expect(page.locator("#source")).to_have_text("")
    page.get_by_role("button", name="Acted sadness").click()
    expect(page.locator("#message")).to_be_hidden()


@pytest.mark.parametrize("part", ["boards.json", "emotion.wasm", "js/worker.js"])
def test_a_page_that_did_not_load_completely_says_so(
    context: BrowserContext, address: str, part: str
) -> None:
    page = context.new_page()
    page.route(f"**/{part}", lambda route: route.fulfill(status=404))
    page.goto(address)
    expect(page.locator("#message")).to_contain_text("The page")
    expect(page.locator("#listen")).to_be_disabled()


def test_it_can_be_dropped_on_the_page(page: Page, recording: Path) -> None:
    transfer = page.evaluate_handle(
        """bytes => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], "dropped.wav"));
            return transfer;
        }""",
        list(recording.read_bytes()),
    )
    page.dispatch_event("#stage", "drop", {"dataTransfer": transfer})
    expect(page.locator("#source")).to_have_text("dropped.wav")
    expect(page.locator("#utterances li").first).to_be_visible()


def test_a_moment_of_the_timeline_is_played(page: Page, upload: Open, recording: Path) -> None:
    upload(recording)
    utterance = page.locator("#timeline button").first
    utterance.hover(position={"x": 30, "y": 10})
    expect(page.locator("#tip")).to_contain_text("%")
    utterance.click(position={"x": 30, "y": 10})
    expect(page.locator("#state")).to_contain_text("playing")
    expect(page.locator("#play")).to_have_text("Stop")
    page.keyboard.press("Escape")
    expect(page.locator("#play")).to_have_text("Play")
    expect(page.locator("#state")).to_contain_text("the utterance at")


def test_a_sample_is_played_and_recognized(page: Page) -> None:
    page.get_by_role("button", name="Acted sadness").click()
    expect(page.locator("#source")).to_contain_text("acted sadness")
    expect(page.locator("#state")).to_contain_text("playing")
    expect(page.locator("#utterances li").first).to_be_visible()


@pytest.fixture(scope="session")
def deaf(model: NetworkModel) -> NetworkModel:
    """The network, to which nothing is speech."""
    network = replace(model.network, speech_scale=0.001, speech_threshold=1.0)
    return NetworkModel(to_bytes(network), model.metadata)


def test_no_speech_is_an_answer(
    context: BrowserContext, address: str, recording: Path, deaf: NetworkModel
) -> None:
    """Where results are shown, and in both files."""
    page = context.new_page()
    wasm = export.compile_wasm(sources(deaf))
    page.route("**/emotion.wasm", lambda route: route.fulfill(body=wasm))
    opened(page, address)
    page.set_input_files("#file", recording)
    expect(page.locator("#label")).to_have_text("No speech")
    result, utterances = in_python(recording, deaf)
    percent = f"{round(100 * (1 - result['speech']))} %"
    expect(page.locator("#confidence")).to_have_text(percent)
    expect(page.locator("#announcement")).to_have_text(f"No speech, {percent}")
    assert page.locator("#bars .value").all_text_contents() == [DASH] * len(EMOTIONS)
    assert page.locator("#utterances .name").all_text_contents() == ["No speech"] * len(utterances)
    expect(page.locator("#timeline button").first).to_have_class("utterance tint-no-speech")
    page.locator("#timeline button").first.hover(position={"x": 30, "y": 10})
    expect(page.locator("#tip")).to_contain_text("no speech")
    document = json.loads(exported(page, "json"))
    for utterance in document["utterances"]:
        del utterance["features"]
    assert result["emotion"] is None
    assert document["results"] == [result]
    assert document["utterances"] == utterances
    rows = list(csv.DictReader(io.StringIO(exported(page, "csv"))))
    assert {row["emotion"] for row in rows} == {NO_SPEECH}


SOUNDS = {
    "silence": np.random.default_rng(0).integers(-1, 2, 3 * SAMPLE_RATE),
    "a fan": audio.read(EVERYDAY / "fan.flac"),
    "noise": np.random.default_rng(0).normal(0, 1000, 2 * SAMPLE_RATE),
    "a knock": 20_000 * (np.arange(SAMPLE_RATE) // 40 == 40),
    "twenty seconds of hum": 3000 * np.sin(2 * np.pi / 320 * np.arange(20 * SAMPLE_RATE)),
}


@pytest.mark.filterwarnings("ignore:.*very quiet")
@pytest.mark.parametrize("name", SOUNDS)
def test_a_sound_is_no_speech(
    page: Page, upload: Open, tmp_path: Path, model: EmotionModel, name: str
) -> None:
    """In the page as in Python."""
    path = tmp_path / f"{name}.wav"
    write_wav(path, np.rint(SOUNDS[name]))
    upload(path)
    expect(page.locator("#label")).to_have_text("No speech")
    assert in_python(path, model)[0]["emotion"] is None
    found = set(page.locator("#utterances .name").all_text_contents())
    assert found <= {"No speech"}


def test_digital_silence_is_no_speech(page: Page, upload: Open, tmp_path: Path) -> None:
    write_wav(tmp_path / "zeros.wav", np.zeros(3 * SAMPLE_RATE))
    upload(tmp_path / "zeros.wav")
    expect(page.locator("#label")).to_have_text("No speech")


def test_a_recording_and_its_only_utterance_say_one_thing(
    page: Page, upload: Open, tmp_path: Path, model: EmotionModel
) -> None:
    """With the silence around it, which the command line hears, too."""
    path = tmp_path / "one.wav"
    clip = audio.read(SAMPLE / CLIPS[0])
    write_wav(path, np.concatenate([clip, np.zeros(SAMPLE_RATE, np.int16)]))
    result, (utterance,) = in_python(path, model)
    upload(path)
    document = json.loads(exported(page, "json"))
    assert document["results"] == [result]
    (found,) = document["utterances"]
    assert {name: found[name] for name in ("start_s", "end_s", "cut")} == {
        name: utterance[name] for name in ("start_s", "end_s", "cut")
    }
    for name in ("emotion", "confident", "speech", "probabilities"):
        assert found[name] == result[name]
    heard = page.locator("#label").inner_text()
    expect(page.locator("#utterances .name")).to_have_text(heard)
    page.locator("#utterances button").first.click()
    expect(page.locator("#label")).to_have_text(heard)


def test_speech_has_a_probability(
    page: Page, upload: Open, recording: Path, model: EmotionModel
) -> None:
    expect(page.locator("#speech .value")).to_have_text(DASH)
    upload(recording)
    speech = in_python(recording, model)[0]["speech"]
    expect(page.locator("#speech .value")).to_have_text(f"{round(100 * speech)} %")


def test_a_label_that_is_not_confident(page: Page, upload: Open, model: EmotionModel) -> None:
    results = predict([Path(__file__).parents[2] / "sample"], model)["results"]
    unconfident = next(result for result in results if not result["confident"])
    upload(Path(unconfident["path"]))
    expect(page.locator("#label")).to_have_text("Not confident")
    expect(page.locator("#confidence")).to_contain_text("perhaps")
