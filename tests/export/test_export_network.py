"""Exported networks: the same answers in C, bit for bit, from the files that they need alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_export import SKETCHES, files_below, run

import exported_models
import native
from audio_emotion.data import audio
from audio_emotion.data.sample import sample_recording
from audio_emotion.devices import budget, profile
from audio_emotion.devices.boards import find
from audio_emotion.devices.device import Device
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.utterance_recognizer import AdaptationState, UtteranceRecognizer
from audio_emotion.errors import InputError
from audio_emotion.export import export
from audio_emotion.export.targets import TARGETS
from conftest import REPOSITORY
from random_network_models import made_up


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One exported folder per target."""
    root = tmp_path_factory.mktemp("networks")
    for target in TARGETS:
        export.export(made_up(), root / target, target)
    return root


def expected(folders: Path) -> dict:
    return json.loads((folders / "c" / "verify" / "expected.json").read_text())


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_c_folder_builds_without_a_warning_and_verifies(folders: Path, compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    folder = folders / "c"
    flags = f"CFLAGS={' '.join(native.FLAGS)}"
    run(["make", "-B", f"CC={compiler}", flags], folder)
    with (folder / "verify" / "recording.wav").open("rb") as wav:
        said = subprocess.run(
            [folder / "build" / "emotion"], stdin=wav, capture_output=True, check=True
        ).stdout.decode()
    (utterance,) = expected(folders)["utterances"]
    start, end = utterance["start"] / 16_000, utterance["end"] / 16_000
    assert said.startswith(f"{start:.2f} s to {end:.2f} s: ")
    assert "bit for bit" in run(["make", "-B", f"CC={compiler}", flags, "verify"], folder)


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"c"}))
def test_every_target_verifies_on_this_machine(folders: Path, target: str) -> None:
    said = run(["make", "-C", "verify"], folders / target)
    assert f"verified: {expected(folders)['emotion']}" in said


def test_what_is_expected_is_what_the_recognizer_says(folders: Path) -> None:
    pcm = audio.read(folders / "c" / "verify" / "recording.wav")
    (utterance,) = expected(folders)["utterances"]
    recognizer = UtteranceRecognizer(made_up())
    recognizer.process(pcm[utterance["start"] : utterance["end"]])
    answer = recognizer.finish(AdaptationState())
    assert [float(f"{score:.9g}") for score in answer.logits] == utterance["scores"]
    assert answer.probabilities.tolist() == list(utterance["probabilities"].values())
    assert answer.speech == utterance["speech"]


def test_verify_notices_another_network_and_a_damaged_one(folders: Path, tmp_path: Path) -> None:
    shutil.copytree(folders / "c", tmp_path / "c")
    header = tmp_path / "c" / "verify" / "expected.h"
    model = tmp_path / "c" / "model" / "model.c"
    text = header.read_text()
    score = re.search(r"\.scores = \{\s+([^,]+)f,", text)
    assert score is not None
    header.write_text(text.replace(score[1], f"{float(score[1]) * 1.0001:.9g}"))
    changed = subprocess.run(
        ["make", "-C", "verify"], cwd=tmp_path / "c", capture_output=True, check=False
    )
    assert changed.returncode != 0
    assert b"WRONG" in changed.stdout
    words = model.read_text()
    model.write_text(f"{words[:-20]}{int(words[-20], 16) ^ 1:x}{words[-19:]}")
    damaged = subprocess.run(
        ["make", "-C", "verify"], cwd=tmp_path / "c", capture_output=True, check=False
    )
    assert damaged.returncode != 0
    assert b"WRONG: the network is damaged" in damaged.stdout


EVENTS = """
    import { readFileSync } from "node:fs";
    import { Listener } from "./emotion.mjs";
    const wav = readFileSync("verify/recording.wav");
    const options = { estimateMs: 500 };
    const listener = await Listener.load(readFileSync("emotion.wasm"), options);
    const bytes = wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length);
    const pcm = new Int16Array(bytes), events = [];
    for (let i = 0; i < pcm.length; i += 5000)
        events.push(...listener.process(pcm.subarray(i, i + 5000)));
    events.push(...listener.finish());
    console.log(JSON.stringify(events));
"""
BEGIN = "if (!audioEmotionBegin(&listener)) return 1;"


def sketch_says(folder: Path) -> list[tuple[str, int, float]]:
    return exported_models.sketch_says(folder, "ae_net_stream", BEGIN)


def test_no_speech_is_an_answer_everywhere(tmp_path: Path) -> None:
    for target in ("c", "wasm", "arduino"):
        export.export(made_up(speech_threshold=1.0), tmp_path / target, target)
    (utterance,) = expected(tmp_path)["utterances"]
    assert utterance["emotion"] is expected(tmp_path)["emotion"] is None
    assert "verified: no speech" in run(["make", "-C", "verify"], tmp_path / "c")
    run(["make"], tmp_path / "c")
    with (tmp_path / "c" / "verify" / "recording.wav").open("rb") as wav:
        command = [tmp_path / "c" / "build" / "emotion"]
        said = subprocess.run(command, stdin=wav, capture_output=True, check=True).stdout
    assert f": no speech, speech {100 * utterance['speech']:.0f} %\n" in said.decode()
    assert sketch_says(tmp_path / "arduino") == [("no speech", -1, utterance["speech"])]
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    said_by_node = run(["node", "main.mjs", "verify/recording.wav"], tmp_path / "wasm")
    assert said_by_node.startswith("no speech ")
    command = ["node", "--input-type=module", "--eval", EVENTS]
    events = json.loads(run(command, tmp_path / "wasm"))
    assert [one["event"] for one in events[:: len(events) - 1]] == ["began", "ended"]
    for event in events[1:]:
        assert (event["emotion"], event["confident"]) == (None, False)
    assert events[-1]["speech"] == utterance["speech"]


def test_sketch_says_the_same_as_python(folders: Path) -> None:
    (utterance,) = expected(folders)["utterances"]
    emotion = EMOTIONS.index(utterance["emotion"])
    confident = max(utterance["probabilities"].values()) >= made_up().threshold
    answer = (utterance["emotion"], emotion) if confident else ("not confident", -1)
    assert sketch_says(folders / "arduino") == [(*answer, utterance["speech"])]


def test_verify_notices_that_speech_is_none(folders: Path, tmp_path: Path) -> None:
    shutil.copytree(folders / "c", tmp_path / "c")
    header = tmp_path / "c" / "verify" / "expected.h"
    header.write_text(header.read_text().replace(".is_speech = true", ".is_speech = false"))
    command = ["make", "-C", "verify"]
    done = subprocess.run(command, cwd=tmp_path / "c", capture_output=True, check=False)
    assert done.returncode != 0
    assert b"WRONG" in done.stdout


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "wasm"])
def test_exporting_again_gives_the_same_bytes(folders: Path, target: str, tmp_path: Path) -> None:
    export.export(made_up(), tmp_path / "again", target)
    assert files_below(tmp_path / "again") == files_below(folders / target)


def test_webassembly_says_the_same_as_python(folders: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    assert expected(folders)["emotion"] in run(
        ["node", "main.mjs", "verify/recording.wav"], folders / "wasm"
    )
    events = json.loads(run(["node", "--input-type=module", "--eval", EVENTS], folders / "wasm"))
    assert events[0]["event"] == "began"
    assert "estimate" in {one["event"] for one in events}
    (ended,) = [one for one in events if one["event"] == "ended"]
    (utterance,) = expected(folders)["utterances"]
    assert ended["startS"] == utterance["start"] / 16_000
    assert (ended["emotion"], ended["speech"]) == (utterance["emotion"], utterance["speech"])
    assert list(ended["probabilities"].values()) == list(utterance["probabilities"].values())
    assert ended["confident"] == (max(ended["probabilities"].values()) >= made_up().threshold)


@pytest.mark.parametrize("sketch", SKETCHES)
def test_sketches_compile_against_the_interfaces_of_their_boards(
    folders: Path, sketch: str, tmp_path: Path
) -> None:
    fake = REPOSITORY / "tests" / "board_interfaces"
    source = tmp_path / "sketch.cpp"
    sketch_file = folders / "arduino" / "examples" / sketch / f"{sketch}.ino"
    source.write_text(f"#include <Arduino.h>\n{sketch_file.read_text()}")
    flags = ["-std=c++11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    run(["g++", *flags, f"-I{fake}", f"-I{folders / 'arduino' / 'src'}", str(source)], tmp_path)
    assert "ae_adapt_reset" in source.read_text()


@pytest.mark.parametrize(
    ("target", "main", "languages"),
    [
        ("esp-idf", "examples/recognize/main/main.c", "-std=gnu17"),
        ("zephyr", "samples/recognize/src/main.c", "-std=gnu11"),
    ],
)
def test_examples_compile_against_the_interfaces_of_their_system(
    folders: Path, target: str, main: str, languages: str
) -> None:
    fake = REPOSITORY / "tests" / "board_interfaces"
    flags = [languages, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{fake}"]
    run(["cc", *flags, "-Icore", "-Imodel", main], folders / target)


@pytest.mark.parametrize("target", TARGETS)
def test_folders_have_what_a_network_needs_and_no_more(folders: Path, target: str) -> None:
    folder = folders / target
    core = {path.name for path in (folder / TARGETS[target].core).iterdir()}
    assert {"net.c", "net_stream.c", "net_utterance.c", "endpointer.c"} <= core
    assert not core & {"pitch.c", "formant.c", "classifier.c", "functionals.c", "listener.c"}
    (arena,) = re.findall(
        r"(?m)^#define AE_NET_ARENA (\d+)",
        (folder / TARGETS[target].core / "net_file.h").read_text(),
    )
    assert int(arena) == made_up().arena_bytes < 8192
    for path in ("README.md", "NOTICE.md"):
        assert "@" not in (folder / path).read_text()


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("AE_NET_ARENA", "needs AE_NET_ARENA"),
        ("AE_FRONT_END_HASH", "another version of the core"),
    ],
)
def test_a_network_never_compiles_with_another_core(
    folders: Path, name: str, complaint: str, tmp_path: Path
) -> None:
    shutil.copytree(folders / "c", tmp_path / "c")
    header = tmp_path / "c" / "core" / "net_file.h"
    header.write_text(
        re.sub(rf"(?m)^#define {name} .*$", f"#define {name} 1000", header.read_text())
    )
    command = ["cc", "-fsyntax-only", "-Icore", "-Imodel", "model/model.c"]
    done = subprocess.run(command, cwd=tmp_path / "c", capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert complaint in done.stderr


def test_no_model_is_written_beside_a_network(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a network"):
        export.export(made_up(), tmp_path / "out", "c", with_model=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m4f", "rv32imc"])
def test_boards_say_the_same_as_python(cpu: str) -> None:
    samples = audio.read(sample_recording())[16_000:28_000]
    done = Device(cpu, made_up(), counting=False).run(samples, piece=1000)
    recognizer = UtteranceRecognizer(made_up())
    assert done.n_frames == recognizer.process(samples)
    answer = recognizer.finish(AdaptationState())
    assert done.result.tobytes() == answer.logits.tobytes()
    assert done.probabilities is not None
    assert done.probabilities.tobytes() == answer.probabilities.tobytes()
    assert done.speech == answer.speech


def test_profile_and_budget() -> None:
    """The README's claims: the whole program, the listener and the stack included."""
    document = profile.profile(made_up(), [find("rp2040")], sample_recording())
    assert json.loads(json.dumps(document)) == document
    (board,) = document["boards"]
    found = {f"{one['name']}, {one['unit']}": one["value"] for one in board["figures"]}
    flash = found["flash code, bytes"] + found["flash constants, bytes"]
    assert len(made_up().content) < flash <= 128 * 1024
    assert found["total RAM, bytes"] <= 16 * 1024
    assert found["maximum stack, bytes"] <= 1536
    assert found["load, %"] < 40
    limit = budget.Budget(flash=128 * 1024, ram=16 * 1024)
    assert budget.require(made_up(), limit).flash == flash
