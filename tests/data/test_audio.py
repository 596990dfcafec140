"""Recordings of every kind, and everything that is no recording."""

import io
import os
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audio_emotion.data import audio, channels, decoders
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.errors import AudioError, AudioWarning


def tone(rate: int, seconds: float = 1.0, frequency_hz: float = 440.0, peak: float = 0.5):
    return peak * np.sin(2 * np.pi * frequency_hz * np.arange(int(seconds * rate)) / rate)


def rms(signal: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(signal, dtype=float))))


def snr_db(truth: np.ndarray, signal: np.ndarray) -> float:
    error = signal.astype(float) - truth
    return 10 * np.log10(np.sum(truth**2) / np.sum(error**2))


def warned(path: Path) -> tuple[np.ndarray, list[str]]:
    """What is read of a recording, and the reasons that are given for warnings."""
    sentences: list[str] = []
    samples = audio.read(path, sentences.append)
    assert all(sentence.startswith(f"{path}: ") for sentence in sentences)
    return samples, [sentence.removeprefix(f"{path}: ") for sentence in sentences]


# --- what is kept exactly -------------------------------------------------------------------------


@given(samples=arrays(np.int16, st.integers(2, 3000)))
@settings(max_examples=50, deadline=None)
def test_16_khz_mono_16_bit_passes_bit_for_bit(samples):
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="WAV", subtype="PCM_16")
    file.seek(0)
    np.testing.assert_array_equal(audio.read(file, lambda _too_quiet: None), samples)


def test_the_whole_range_passes_bit_for_bit(recording):
    every_value = np.arange(-32768, 32768, dtype=np.int16)
    for name in ("all.wav", "all.flac"):
        np.testing.assert_array_equal(audio.read(recording(name, every_value)), every_value)


def test_level_is_kept(recording):
    quiet, loud = tone(16_000, peak=0.001), tone(16_000, peak=0.9)
    samples, warnings = warned(recording("quiet.wav", quiet))
    assert abs(samples).max() == 33
    assert warnings == [
        "very quiet, its peak is at -60 dBFS; raise the gain of the microphone, or bring samples "
        "to the full scale of their type."
    ]
    assert abs(audio.read(recording("loud.wav", loud))).max() == 29_492


# --- what is converted ----------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 22_050, 24_414, 44_100, 48_000, 96_000])
def test_any_sample_rate_becomes_16_khz(recording, rate):
    samples = audio.read(recording("tone.wav", tone(rate), rate, subtype="FLOAT"))
    assert abs(len(samples) - 16_000) <= 1
    middle = slice(800, -800)  # the tone begins and ends abruptly
    truth = 32768 * tone(16_000)[: len(samples)]
    assert snr_db(truth[middle], samples[middle]) > 75


def test_what_16_khz_cannot_carry_is_filtered_out(recording):
    too_high = tone(48_000, frequency_hz=9_000) + tone(48_000, frequency_hz=100, peak=0.01)
    samples = audio.read(recording("high.wav", too_high, 48_000, subtype="FLOAT"))
    alias = abs(np.fft.rfft(samples * np.hanning(len(samples))))[7_000]
    assert alias < 1e-4 * 0.25 * 32768 * len(samples)


@pytest.mark.parametrize(
    ("subtype", "worst_step"),
    [("PCM_U8", 256), ("PCM_24", 1), ("PCM_32", 1), ("FLOAT", 1), ("DOUBLE", 1)],
)
def test_any_sample_width_becomes_16_bit(recording, subtype, worst_step):
    samples = audio.read(recording("tone.wav", tone(16_000), subtype=subtype))
    assert abs(samples - 32768 * tone(16_000)).max() <= worst_step


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("tone.flac", {}),
        ("tone.ogg", {"subtype": "VORBIS"}),
        ("tone.opus", {"format": "OGG", "subtype": "OPUS"}),
        ("tone.mp3", {}),
        ("tone.aiff", {}),
        ("tone.caf", {}),
    ],
)
def test_any_format_is_read_from_a_path_and_from_memory(recording, name, how):
    path = recording(name, tone(16_000), **how)
    samples = audio.read(path)
    # Lossy formats keep the tone, not its samples: look at the strongest frequency.
    spectrum = abs(np.fft.rfft(samples[:16_000], 16_000))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    with path.open("rb") as file:
        np.testing.assert_array_equal(audio.read(file), samples)
    np.testing.assert_array_equal(audio.read(str(path)), samples)
    np.testing.assert_array_equal(audio.read(io.BytesIO(path.read_bytes())), samples)


@pytest.mark.parametrize("n_channels", [2, 6])
def test_channels_are_averaged(recording, n_channels):
    mono = tone(16_000)
    same = audio.read(recording("same.wav", np.tile(mono[:, None], n_channels)))
    assert abs(same - 32768 * mono).max() <= 1
    independent = 0.1 * np.random.default_rng(7).standard_normal((16_000, n_channels))
    mixed = audio.read(recording("independent.wav", independent, subtype="FLOAT"))
    assert abs(mixed - 32768 * independent.mean(axis=1)).max() <= 1


@pytest.mark.parametrize("n_channels", [2, 6])
def test_dead_channels_are_left_out(recording, n_channels):
    mono = tone(16_000)
    one_lives = 1e-4 * np.random.default_rng(5).standard_normal((len(mono), n_channels))
    one_lives[:, 1] = mono
    samples, warnings = warned(recording("one.wav", one_lives))
    assert abs(samples - 32768 * mono).max() <= 1
    dead = "channel 1" if n_channels == 2 else "channels 1, 3, 4, 5, 6"
    assert warnings == [f"{dead} of {n_channels} silent and left out of the mix."]


@pytest.mark.parametrize("kept_values", [2**23, 1000])
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("x.wav", {}),
        ("x.flac", {}),
        ("x.ogg", {"subtype": "VORBIS"}),
        ("x.opus", {"format": "OGG", "subtype": "OPUS"}),
    ],
)
def test_channels_in_opposite_phase_do_not_cancel(recording, monkeypatch, name, how, kept_values):
    """Whether a recording is kept until its channels are chosen, or decoded again."""
    monkeypatch.setattr(channels, "_KEPT_VALUES", kept_values)
    mono = tone(16_000, peak=0.4)
    noise = 1e-3 * np.random.default_rng(6).standard_normal((len(mono), 2))
    opposite = np.stack([mono, -1.1 * mono], axis=1) + noise
    samples, warnings = warned(recording(name, opposite, **how))
    assert warnings == ["the channels cancel each other, so channel 2 alone was read."]
    middle = slice(4000, 12_000)
    assert abs(rms(samples[middle]) / rms(-1.1 * 32768 * mono[middle]) - 1) < 0.03
    if "flac" in name or "wav" in name:
        assert abs(samples - 32768 * opposite[:, 1]).max() <= 1


def test_offsets_of_channels_are_no_sound(recording):
    mono = tone(16_000, peak=0.1)
    offset = np.stack([mono + 0.5, mono - 0.5], axis=1)
    samples, warnings = warned(recording("offset.wav", offset))
    assert not warnings
    assert abs(samples - 32768 * mono).max() <= 1


def test_out_of_range_clips_and_never_wraps(recording):
    signal = np.array([0.0, 1.0, -1.0, 1.5, -1.5, 0.99999])
    samples = audio.read(recording("loud.wav", signal, subtype="FLOAT"))
    assert samples.tolist() == [0, 32767, -32768, 32767, -32768, 32767]


def test_overshoot_of_resampling_clips_and_never_wraps(recording):
    square = np.sign(tone(48_000, frequency_hz=200))
    samples = audio.read(recording("square.wav", square, 48_000, subtype="FLOAT")).astype(int)
    assert samples.max() == 32767
    assert samples.min() == -32768
    assert abs(np.diff(samples)).max() < 65_000  # a wrapped sample would be a full-scale spike
    assert (abs(samples) > 24_000).mean() > 0.95


# --- streaming ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [16_000, 24_414, 44_100])
@pytest.mark.parametrize("block_values", [1, 7, 1000, 4096])
def test_blocks_of_any_size_join_to_the_same_samples(recording, monkeypatch, rate, block_values):
    noise = 0.1 * np.random.default_rng(0).standard_normal((3001, 2))
    path = recording("noise.wav", noise, rate, subtype="FLOAT")
    whole = audio.read(path)
    monkeypatch.setattr(decoders, "BLOCK_VALUES", block_values)
    blocks = list(audio.blocks(path))
    np.testing.assert_array_equal(np.concatenate(blocks), whole)
    assert all(len(block) for block in blocks)


def test_streaming_equals_resampling_everything_at_once(recording):
    signal = tone(44_100, seconds=20).astype(np.float32)
    path = recording("long.wav", signal, 44_100, subtype="FLOAT")
    at_once = np.rint(32768 * soxr.resample(signal, 44_100, 16_000))
    np.testing.assert_array_equal(audio.read(path), at_once)


def test_blocks_stay_small_however_long_the_recording_is(recording):
    path = recording("long.wav", np.tile(tone(8_000), 200), 8_000)
    sizes = [len(block) for block in audio.blocks(path)]
    assert sum(sizes) == 200 * 16_000
    assert max(sizes) <= 3 * decoders.BLOCK_VALUES


# --- what is no recording -------------------------------------------------------------------------


def refused(source, message: str) -> None:
    """Both ways of reading refuse with the name, the rule and no traceback of another library."""
    for read in (audio.read, lambda source: list(audio.blocks(source))):
        with pytest.raises(AudioError, match=message) as caught:
            read(source)
        if isinstance(source, Path):
            assert str(caught.value).startswith(f"{source}: ")


def test_files_that_are_not_there(tmp_path):
    refused(tmp_path / "none.wav", r"no such file\.$")
    refused(tmp_path, "a folder, not a recording")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_a_named_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    refused(tmp_path / "pipe.wav", "not a file that may be read")


@pytest.mark.parametrize(
    "content",
    [
        b"RIFF",
        b"Happy families are all alike.\n" * 100,
        np.random.default_rng(1).bytes(5000),
        b"\0" * 5000,
    ],
    ids=["header", "text", "noise", "zeros"],
)
@pytest.mark.parametrize("name", ["x.wav", "x.flac", "x.ogg", "x.raw", "x.txt", "x"])
def test_files_that_are_not_audio(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, "not a recording that can be read; wav, .* ffmpeg")


@pytest.mark.parametrize("name", ["empty.wav", "empty.mp3"])
def test_empty_files(tmp_path, name):
    (tmp_path / name).touch()
    refused(tmp_path / name, "empty, 0 bytes")


def test_recordings_without_samples(recording):
    refused(recording("none.wav", np.zeros(0)), "holds no samples")
    refused(recording("none.flac", np.zeros(0)), "holds no samples|empty, 0 bytes")
    blip = np.array([0.5])
    refused(recording("blip.wav", blip, 96_000), "shorter than one sample at 16000 Hz")


@pytest.mark.parametrize("value", [0.0, 0.25, -1.0])
def test_silence_is_read_with_a_warning_unless_it_is_refused(recording, value):
    path = recording("silent.wav", np.full(16_000, value))
    samples, warnings = warned(path)
    step = 32768 * value
    np.testing.assert_array_equal(samples, np.full(16_000, step, np.int16))
    expected = f"silent, every sample is {step:.0f}; check the microphone or the recording."
    assert warnings == [expected]
    with pytest.raises(AudioError) as caught:
        audio.read(path, allow_silence=False)
    assert str(caught.value) == f"{path}: {expected}"


def test_the_dither_of_an_empty_input_is_silence_but_a_whisper_is_not(recording):
    noise = np.random.default_rng(2).integers(0, 2, 16_000, dtype=np.int16)
    with pytest.raises(AudioError, match=r"silent in 16 bits, its peak is at -96 dBFS"):
        audio.read(recording("dither.wav", noise), allow_silence=False)
    whisper = recording("whisper.wav", 2 * noise)
    with pytest.warns(AudioWarning, match="very quiet, its peak is at -90 dBFS"):
        assert audio.read(whisper, allow_silence=False).max() == 2


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_numbers(recording, value):
    signal = tone(16_000)
    signal[7_000] = value
    refused(recording("broken.wav", signal, subtype="FLOAT"), "contains NaN or infinite samples")


def test_integers_stored_as_floats(recording):
    path = recording("integers.wav", 32768 * tone(16_000), subtype="FLOAT")
    refused(path, "float samples reach 16384, full scale is 1.0. Divide integer values by 32768")


@pytest.mark.parametrize("rate", [1, 3_999, 800_000])
def test_sample_rates_of_a_broken_header(recording, rate):
    refused(recording("rate.wav", tone(16_000), rate), f"{rate} Hz is outside 4000 to 768000 Hz")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("cut.wav", {}),
        ("cut.flac", {}),
        ("cut.ogg", {"subtype": "VORBIS"}),
        ("cut.opus", {"format": "OGG", "subtype": "OPUS"}),
        ("cut.mp3", {}),
        ("cut.aiff", {}),
        ("cut.au", {}),
    ],
)
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_recordings_that_are_cut_short_are_read_as_far_as_they_go(recording, name, how, kept):
    noise = 0.1 * np.random.default_rng(3).standard_normal(64_000)
    path = recording(name, noise, **how)
    whole = audio.read(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    samples, warnings = warned(path)
    # The last frame of a lossy format overlaps with one that is gone.
    certain = len(samples) - (2048 if name.endswith(("mp3", "ogg", "opus")) else 0)
    np.testing.assert_array_equal(samples[:certain], whole[:certain])
    # One Ogg page is about a second, one frame of FLAC or MP3 a fraction of it.
    page = {"ogg": 20_000, "opus": 17_600, "flac": 4096, "mp3": 2 * 1152}
    missing = kept * len(whole) - len(samples)
    assert missing < page.get(name.removeprefix("cut."), 100)
    assert len(warnings) == 1
    assert re.search(r"are there and were read\.$|^cut short inside an Ogg page; ", warnings[0])


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_recording_cut_short_before_its_first_sound_is_refused(recording, subtype):
    path = recording("cut.ogg", subtype=subtype)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(AudioError, match="cut short, nothing of it can be decoded"):
        audio.read(path, lambda _sentence: None)


@pytest.mark.parametrize("declared", [0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_F000])
def test_wav_written_into_a_pipe_declares_no_length_and_is_fine(recording, declared):
    path = recording("pipe.wav")
    whole = audio.read(path)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", declared)
    path.write_bytes(content)
    np.testing.assert_array_equal(audio.read(path), whole)


class Pipe(io.RawIOBase):
    """A stream that can only be read forwards, such as standard input."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self._content.readinto(buffer)


def test_a_stream_that_cannot_seek_is_read(recording):
    path = recording("noise.wav")
    np.testing.assert_array_equal(audio.read(Pipe(path.read_bytes())), audio.read(path))


def test_a_nameless_stream_is_called_audio_data():
    refused(io.BytesIO(b"not audio"), "^audio data: not a recording")


# --- real recordings ------------------------------------------------------------------------------


def test_every_recording_of_the_sample_is_speech_of_a_few_seconds(sample):
    for path in sorted(sample.rglob("*.ogg")) + sorted(sample.rglob("*.flac")):
        samples = audio.read(path)
        assert samples.dtype == np.int16
        assert 1.0 < len(samples) / SAMPLE_RATE < 6.0
        assert abs(samples.astype(int)).max() > 300
