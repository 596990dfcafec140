"""Conditions do what their names say, to any recording, the same each time."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from audio_emotion.engine.features import FRAME_LENGTH, SAMPLE_RATE, Samples, extract
from audio_emotion.errors import AudioError, InputError
from audio_emotion.evaluation.perturbations import codecs, conditions, levels, noises, rooms, tempo
from audio_emotion.evaluation.perturbations.conditions import Condition

CHANGE_LENGTH = {"tempo", "digital silence", "quiet noise", "trim"}


def words(seconds: float = 2.0, loudness: float = 3000.0, seed: int = 0) -> Samples:
    """Noise in syllables, with a pause before, after and between."""
    n = round(seconds * SAMPLE_RATE)
    time = np.arange(n) / SAMPLE_RATE
    syllables = np.sin(2 * np.pi * 2 * time) > 0
    speaking = syllables & (time > 0.3) & (time < seconds - 0.3)
    noise = np.random.default_rng(seed).standard_normal(n)
    return levels.saturated(noise * np.where(speaking, loudness, 2.0))


@pytest.fixture(scope="module")
def noise_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noise")
    rain = np.random.default_rng(1).standard_normal(SAMPLE_RATE) * 0.1
    bark = np.where(np.arange(SAMPLE_RATE) < 800, 0.9 * rain / np.abs(rain).max(), 0.0)
    for name, signal in {"001_-_Rain": rain, "002_-_Dog_bark": bark}.items():
        (folder / name).mkdir()
        soundfile.write(folder / name / "a.wav", signal, SAMPLE_RATE)
    return folder


@pytest.fixture(scope="module")
def speakers(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("speakers")
    rows = []
    for place, speaker in enumerate(["ada", "bob", "eve"]):
        path = folder / f"{speaker}.wav"
        soundfile.write(path, words(1.5, seed=place), SAMPLE_RATE)
        rows.append((str(path), speaker, "anger"))
    return pd.DataFrame(rows, columns=["path", "speaker", "emotion"])


@pytest.fixture(scope="module")
def every(noise_folder: Path, speakers: pd.DataFrame) -> tuple[Condition, ...]:
    # Speech serves as an impulse response as well as any.
    responses = tuple(speakers["path"])
    return conditions.standard(noises.find_recordings(noise_folder), speakers, responses)


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@cache
def tone(frequency: float, seconds: float = 1.5) -> Samples:
    return levels.saturated(
        8000 * np.sin(2 * np.pi * frequency * np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE)
    )


def frequency_of(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 2**19))
    return float(np.argmax(spectrum) * SAMPLE_RATE / 2**19)


def test_every_condition_has_a_name_of_its_own(every: tuple[Condition, ...]) -> None:
    keys = [(one.group, one.name, one.level) for one in every]
    assert len(set(keys)) == len(keys) > 40
    assert all(one.unit for one in every)


def test_conditions_repeat_and_keep_the_length(every: tuple[Condition, ...]) -> None:
    samples = words()
    for condition in every:
        altered = condition(samples, random())
        assert altered.dtype == np.int16
        np.testing.assert_array_equal(altered, condition(samples, random()), condition.name)
        assert condition.name in CHANGE_LENGTH or len(altered) == len(samples), condition.name
        assert not np.array_equal(altered, samples), condition.name


@pytest.mark.parametrize("n_samples", [FRAME_LENGTH, 1])
def test_any_recording_can_be_altered(every: tuple[Condition, ...], n_samples: int) -> None:
    for samples in (np.zeros(n_samples, np.int16), words(0.5)[4800 : 4800 + n_samples]):
        for condition in every:
            altered = condition(samples, random())
            if n_samples == FRAME_LENGTH:
                assert np.isfinite(extract(altered)).all(), condition.name


def test_digital_silence_stays_silent(every: tuple[Condition, ...]) -> None:
    silence = np.zeros(SAMPLE_RATE, np.int16)
    for condition in every:
        if condition.name not in {"dither", "DC offset", "A-law"}:  # which has no code for 0
            assert np.abs(condition(silence, random())).max() <= 2, condition.name  # Opus


def test_full_scale_saturates(every: tuple[Condition, ...]) -> None:
    """Wrapped round, a sample would jump from one end of the scale to the other."""
    loud = levels.saturated(40000 * np.sin(2 * np.pi * 200 * np.arange(8000) / SAMPLE_RATE))
    for condition in every:
        if condition.group in {"level", "tiny"} or (condition.unit, condition.level) == (
            "dB SNR",
            20,
        ):
            altered = condition(loud, random()).astype(int)[: len(loud)]
            peaks = np.abs(loud[: len(altered)].astype(int)) == 32767
            assert (altered * loud[: len(altered)] >= 0)[peaks].mean() > 0.99, condition.name


@pytest.mark.parametrize("loudness", [100.0, 3000.0, 12000.0])
def test_the_ratio_is_the_one_asked_for(every: tuple[Condition, ...], loudness: float) -> None:
    samples = words(loudness=loudness)
    for condition in every:
        if condition.unit == "dB SNR":
            noise = condition.draw(len(samples), random())  # type: ignore[attr-defined]
            both = np.stack([samples.astype(float), noise], axis=1)
            (speech, added), *_ = np.linalg.lstsq(both, condition(samples, random()), rcond=None)
            loudness = added**2 * np.mean(np.square(noise))
            ratio = 10 * np.log10(speech**2 * levels.speech_power(samples) / loudness)
            assert ratio == pytest.approx(condition.level, abs=0.1), condition.name


def test_speech_is_found_between_pauses() -> None:
    samples = words(seconds=3.0)
    begin, end = levels.span(samples)
    assert begin == pytest.approx(0.5 * SAMPLE_RATE, abs=160) or begin == pytest.approx(
        0.3 * SAMPLE_RATE, abs=160
    )
    assert 2.2 * SAMPLE_RATE < end <= 2.7 * SAMPLE_RATE + 160
    assert levels.speech_power(samples) == pytest.approx(3000**2, rel=0.05)


def test_a_click_is_no_speech_and_a_tone_is_all_speech() -> None:
    click = words(seconds=3.0)
    click[1000:1100] = 30000
    assert levels.span(click)[0] > 4000
    assert levels.active(tone(440.0)).all()


def test_what_holds_no_speech_counts_whole() -> None:
    silence = np.zeros(1000, np.int16)
    assert levels.span(silence) == (0, 1000)
    assert levels.speech_power(silence) == 0.0
    assert levels.span(np.zeros(0, np.int16)) == (0, 0)


def test_a_noise_that_pauses_is_drawn_where_it_does_not(noise_folder: Path) -> None:
    bark = noises.find_recordings(noise_folder)["dog bark"]
    for seed in range(20):
        piece = noises.RecordedNoise(bark, 10.0).draw(4000, random(seed))
        assert np.abs(piece).max() > 1000


def test_babble_is_without_the_speaker(speakers: pd.DataFrame) -> None:
    clips = noises.babble_clips(speakers)
    own = dict(clips)
    mute = tuple((speaker, own[speaker] if speaker != "ada" else "no such file") for speaker in own)
    babble = noises.Babble(mute, 5.0).without("ada")
    assert len(babble(words(), random())) == len(words())
    with pytest.raises(AudioError, match="no such file"):
        noises.Babble(mute, 5.0).without("bob")(words(), random())


def test_babble_needs_another_speaker(speakers: pd.DataFrame) -> None:
    alone = speakers[speakers["speaker"] == "ada"]
    assert not any(one.name == "babble" for one in conditions.standard(None, alone))
    with pytest.raises(InputError, match="another speaker than 'ada'"):
        noises.Babble(noises.babble_clips(alone), 5.0).without("ada")(words(), random())


def test_noises_are_named_by_their_folders(noise_folder: Path, tmp_path: Path) -> None:
    assert set(noises.find_recordings(noise_folder)) == {"rain", "dog bark"}
    assert set(noises.find_recordings(noise_folder / "001_-_Rain")) == {"background"}
    with pytest.raises(InputError, match="no recording in this folder"):
        noises.find_recordings(tmp_path)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(AudioError, match="broken"):
        noises.find_recordings(tmp_path)


def test_pink_noise_falls_by_three_db_per_octave() -> None:
    noise = noises.ColoredNoise("pink", 0.0).draw(2**17, random())
    power = np.square(np.abs(np.fft.rfft(noise)))
    frequency = np.fft.rfftfreq(2**17, 1 / SAMPLE_RATE)
    octaves = [power[(frequency >= f) & (frequency < 2 * f)].sum() for f in (125, 500, 2000)]
    assert octaves == pytest.approx([np.mean(octaves)] * 3, rel=0.1)
    assert np.mean(np.square(noise)) == pytest.approx(1, rel=0.1)


# ITU-T G.711, tables 1a to 2b: decision values and what is decoded, in 16 bits.
MU = {0x80: 32124, 0x00: -32124, 0xFF: 0, 0x7F: 0, 0x8F: 16764, 0xF0: 120, 0xEF: 132, 0x70: -120}
A = {0xAA: 32256, 0x2A: -32256, 0xD5: 8, 0x55: -8, 0x80: 5504, 0xC5: 264, 0xDA: 248}


@pytest.mark.parametrize(("decode", "table"), [(codecs.from_mu, MU), (codecs.from_a, A)])
def test_companding_follows_the_recommendation(
    decode: Callable[[np.ndarray], Samples], table: dict[int, int]
) -> None:
    assert dict(zip(table, decode(np.array(list(table), np.uint8)), strict=True)) == table


@pytest.mark.parametrize(
    ("encode", "decode", "subtype"),
    [(codecs.to_mu, codecs.from_mu, "ULAW"), (codecs.to_a, codecs.from_a, "ALAW")],
)
def test_companding_agrees_with_libsndfile(
    encode: Callable[[Samples], codecs.Codes],
    decode: Callable[[codecs.Codes], Samples],
    subtype: str,
) -> None:
    codes = np.arange(256, dtype=np.uint8)
    raw = {"samplerate": 8000, "channels": 1, "format": "RAW", "subtype": subtype}
    theirs, _ = soundfile.read(io.BytesIO(codes.tobytes()), dtype="int16", **raw)
    np.testing.assert_array_equal(decode(codes), theirs)
    # Any value is sent as one of its two neighbors; a decoded value comes out as it went in.
    every = np.arange(-32768, 32768).astype(np.int16)
    ours = decode(encode(every)).astype(int)
    order = np.sort(np.unique(theirs.astype(int)))
    place = np.clip(np.searchsorted(order, every), 1, len(order) - 1)
    assert ((ours == order[place]) | (ours == order[place - 1])).all()
    np.testing.assert_array_equal(decode(encode(theirs)), theirs)
    assert (np.diff(ours) >= 0).all()


def test_a_telephone_passes_its_band_only() -> None:
    for name in ("mu-law", "A-law"):
        line = codecs.Telephone(name)  # type: ignore[arg-type]
        power = {f: np.mean(np.square(line(tone(f), random()).astype(float))) for f in (60, 1000)}
        assert power[1000] == pytest.approx(np.mean(np.square(tone(1000).astype(float))), rel=0.05)
        assert power[60] < power[1000] / 1000
        assert np.std(line(tone(5000.0), random())[800:-800]) < 10


@pytest.mark.parametrize("name", ["Opus", "MP3"])
def test_what_is_coded_comes_out_at_its_time(name: str) -> None:
    chirp = 8000 * np.sin(np.cumsum(2 * np.pi * np.linspace(300, 2000, 30001) / SAMPLE_RATE))
    samples = levels.saturated(chirp)
    for kbit_s in (6.0, 12.0) if name == "Opus" else (16.0, 32.0):
        codec = codecs.Coded(name, kbit_s)  # type: ignore[arg-type]
        encoded = codec.encode(samples)
        container = 1000 if name == "Opus" else 0  # about so many bytes, whatever the length
        rate = 8 * (len(encoded) - container) / len(samples) * 16
        assert rate == pytest.approx(kbit_s, rel=0.4)
        decoded = codec.decode(encoded, len(samples))
        assert len(decoded) == len(samples)
        shifts = range(-400, 401)
        middle = samples[1000:-1000].astype(float)
        likeness = [np.dot(decoded[1000 + s : len(decoded) - 1000 + s], middle) for s in shifts]
        assert abs(shifts[int(np.argmax(likeness))]) <= 2


@pytest.mark.parametrize("room", rooms.ROOMS, ids=lambda room: room.name)
def test_a_room_reverberates_as_long_as_it_says(room: rooms.Room) -> None:
    response = rooms.response(room)
    assert rooms.reverberation_s(np.square(response), SAMPLE_RATE) == pytest.approx(
        room.level, rel=0.15
    )
    assert np.sum(np.square(response)) == pytest.approx(1)
    assert int(np.argmax(np.abs(response))) < 32  # 2 ms: aligned


def test_reverberation_time_of_a_known_decay() -> None:
    decay = random().standard_normal(16000) * 10 ** (-3 * np.arange(16000) / SAMPLE_RATE / 0.5)
    assert rooms.reverberation_s(np.square(decay), SAMPLE_RATE) == pytest.approx(0.5, rel=0.05)


def test_recorded_rooms_are_chosen_by_their_reverberation(tmp_path: Path) -> None:
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    for seconds in (0.3, 0.7, 1.5):
        decay = 0.3 * random().standard_normal(len(time)) * 10 ** (-3 * time / seconds)
        decay[0] = 1.0
        before = np.zeros(400)  # the way of the direct sound
        soundfile.write(tmp_path / f"{seconds}.wav", np.append(before, 0.5 * decay), SAMPLE_RATE)
    found = rooms.find_responses(tmp_path)
    assert [Path(path).name for path in found] == ["0.7.wav"]
    click = np.zeros(SAMPLE_RATE, np.int16)
    click[100] = 20000
    heard = rooms.RecordedRoom(found, 0.7)(click, random())
    assert np.abs(heard).argmax() == 100
    assert np.square(heard.astype(float)).sum() == pytest.approx(20000.0**2, rel=0.01)
    (tmp_path / "0.7.wav").unlink()
    with pytest.raises(InputError, match=r"none of its 2 recordings .* of 0\.6 to 0\.8 s"):
        rooms.find_responses(tmp_path)


@pytest.mark.parametrize("semitones", [-2.0, 2.0])
@pytest.mark.parametrize("frequency", [110.0, 400.0])
def test_pitch_moves_by_the_ratio(semitones: float, frequency: float) -> None:
    shifted = tempo.Pitch(semitones)(tone(frequency), random())
    wanted = frequency * 2 ** (semitones / 12)
    assert frequency_of(shifted) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize("times", [0.8, 1.25])
@pytest.mark.parametrize("frequency", [110.0, 400.0])
def test_tempo_changes_the_length_and_not_the_pitch(times: float, frequency: float) -> None:
    altered = tempo.Tempo(times)(tone(frequency), random())
    assert len(altered) == round(len(tone(frequency)) / times)
    assert frequency_of(altered) == pytest.approx(frequency, rel=0.01)
    assert np.std(altered[1000:-1000]) == pytest.approx(8000 / np.sqrt(2), rel=0.05)


def test_stretching_by_nothing_changes_nothing() -> None:
    samples = words().astype(float)
    np.testing.assert_allclose(tempo.stretched(samples, 1.0), samples, atol=1e-6)


@pytest.mark.parametrize("slope", [-6.0, 3.0])
def test_a_tilt_is_so_many_db_per_octave(slope: float) -> None:
    tilted = conditions.Tilt(slope)
    both = levels.saturated(tone(500.0) / 4.0 + tone(1000.0) / 4.0)
    spectrum = np.abs(np.fft.rfft(tilted(both, random()) * np.hanning(len(both))))
    bins = [round(f * len(both) / SAMPLE_RATE) for f in (500, 1000)]
    assert 20 * np.log10(spectrum[bins[1]] / spectrum[bins[0]]) == pytest.approx(slope, abs=0.2)
    assert np.std(tilted(both, random())) == pytest.approx(np.std(both), rel=0.02)


@given(st.floats(-40, 12))
def test_a_gain_is_so_many_db(db: float) -> None:
    samples = tone(440.0)[:4000]
    wanted = np.clip(samples * 10 ** (db / 20), -32768, 32767)
    np.testing.assert_allclose(conditions.Gain(db)(samples, random()), wanted, atol=0.5)


def test_clipping_cuts_below_the_peak() -> None:
    clipped = conditions.Clipping(6.0)(words(), random())
    peak = np.abs(words().astype(int)).max()
    assert np.abs(clipped).max() == pytest.approx(peak * 10 ** (-6 / 20), abs=1)


def test_an_offset_moves_every_sample() -> None:
    samples = words()
    moved = conditions.Offset(300.0)(samples, random()).astype(int)
    np.testing.assert_array_equal(moved, np.minimum(samples.astype(int) + 300, 32767))


def test_hum_is_at_multiples_of_the_mains_and_as_loud_as_it_says() -> None:
    samples = words(loudness=1000.0)
    hum = conditions.Hum(10.0)(samples, random()).astype(float) - samples
    assert levels.speech_power(samples) / np.mean(np.square(hum)) == pytest.approx(10, rel=0.01)
    spectrum = np.abs(np.fft.rfft(hum * np.hanning(len(hum))))
    loudest = np.argsort(spectrum)[-4:] * SAMPLE_RATE / len(hum)
    assert np.abs(loudest - 50 * np.rint(loudest / 50)).max() < 1


def test_silence_comes_first() -> None:
    samples = words()
    silent = conditions.LeadingSilence(1.0, "digital silence", is_noisy=False)(samples, random())
    noisy = conditions.LeadingSilence(1.0, "quiet noise", is_noisy=True)(samples, random())
    np.testing.assert_array_equal(silent, np.concatenate([np.zeros(SAMPLE_RATE, int), samples]))
    np.testing.assert_array_equal(noisy[SAMPLE_RATE:], samples)
    power = np.mean(np.square(noisy[:SAMPLE_RATE].astype(float)))
    ratio = 10 * np.log10(levels.speech_power(samples) / power)
    assert ratio == pytest.approx(40, abs=0.2)


def test_tiny_changes_are_tiny() -> None:
    samples = words()
    np.testing.assert_array_equal(conditions.Shift()(samples, random())[1:], samples[:-1])
    np.testing.assert_array_equal(conditions.Trim()(samples, random()), samples[160:])
    steps = conditions.Dither()(samples, random()).astype(int) - samples
    assert set(steps.tolist()) == {-1, 0, 1}
