"""Exported folders: whole, the same every time, and right when their own tools build them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

import exported_models
import native
from audio_emotion import cli
from audio_emotion.engine import features
from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import ExportError, InputError, ToolError
from audio_emotion.export import export
from audio_emotion.export.classifier_firmware import TOLERANCE
from audio_emotion.export.firmware import firmware
from audio_emotion.export.license import model_license
from audio_emotion.export.targets import TARGETS, core_sources
from audio_emotion.recognition.classifier_file import save
from conftest import REPOSITORY
from separable_dataset import dataset

SKETCHES = [
    *("Nano33BLESense_PDM", "NanoRP2040Connect_PDM", "XIAOnRF52840Sense_PDM"),
    *("RP2040_I2S", "RP2350_I2S", "ESP32_I2S", "ESP32S3_I2S", "ESP32C3_I2S", "ESP32C6_I2S"),
]
MODEL_FILES = {"model.c", "model.h", "self_test.h", "self_test_data.h", "stats.h"}
SOURCES_ONLY = [name for name in TARGETS if name != "wasm"]


@pytest.fixture(scope="module")
def model():
    return exported_models.train(
        LogisticRegression(C=0.01), dataset(per_emotion=1), VarianceThreshold()
    )


@pytest.fixture(scope="module")
def folders(model, tmp_path_factory):
    """One exported folder per target."""
    root = tmp_path_factory.mktemp("exported")
    for target in TARGETS:
        export.export(model, root / target, target)
    return root


def run(command: list[str], folder: Path) -> str:
    # The jobs of the make that may run these tests are not the exported Makefile's.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "build" not in path.relative_to(folder).parts
    }


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_c_folder_builds_without_a_warning_and_verifies(folders, compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    folder = folders / "c"
    flags = f"CFLAGS={' '.join(native.FLAGS)}"
    run(["make", "-B", f"CC={compiler}", flags], folder)
    with (folder / "verify" / "recording.wav").open("rb") as wav:
        said = subprocess.run(
            [folder / "build" / "emotion"], stdin=wav, capture_output=True, check=True
        )
    expected = json.loads((folder / "verify" / "expected.json").read_text())
    assert said.stdout.decode().strip() == expected["emotion"]
    assert "bit for bit" in run(["make", "-B", f"CC={compiler}", flags, "verify"], folder)


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"c"}))
def test_every_target_verifies_on_this_machine(folders, target):
    assert f"verified: {expected_emotion(folders)}" in run(
        ["make", "-C", "verify"], folders / target
    )


def expected_emotion(folders: Path) -> str:
    return json.loads((folders / "c" / "verify" / "expected.json").read_text())["emotion"]


def test_no_speech_is_an_answer_everywhere(tmp_path):
    model = exported_models.train_on_non_speech(
        LogisticRegression(C=0.01), dataset(per_emotion=1), speech_threshold=1.0
    )
    for target in ("c", "wasm", "arduino"):
        export.export(model, tmp_path / target, target)
    expected = json.loads((tmp_path / "c" / "verify" / "expected.json").read_text())
    assert expected["emotion"] is None
    assert not expected["confident"]
    assert 0.1 < expected["speech"] < 1
    assert "verified: no speech" in run(["make", "-C", "verify"], tmp_path / "c")
    run(["make"], tmp_path / "c")
    with (tmp_path / "c" / "verify" / "recording.wav").open("rb") as wav:
        command = [tmp_path / "c" / "build" / "emotion"]
        said = subprocess.run(command, stdin=wav, capture_output=True, check=True)
    assert said.stdout == b"no speech\n"
    begin = "ae_listener_reset(&listener, &ae_endpointer_defaults);"
    for answer in exported_models.sketch_says(tmp_path / "arduino", "ae_listener", begin):
        assert answer[:2] == ("no speech", -1)
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    said = run(["node", "main.mjs", "verify/recording.wav"], tmp_path / "wasm")
    assert said.startswith("no speech ")
    assert float(said.split()[2]) == pytest.approx(expected["speech"], abs=TOLERANCE)


def test_sketch_says_what_a_listener_hears(folders):
    begin = "ae_listener_reset(&listener, &ae_endpointer_defaults);"
    ((name, emotion, speech),) = exported_models.sketch_says(
        folders / "arduino", "ae_listener", begin
    )
    assert (EMOTIONS[emotion], speech) == (name, 1)


def test_verify_notices_another_model(folders, tmp_path):
    shutil.copytree(folders / "c", tmp_path / "c")
    source = tmp_path / "c" / "model" / "model.c"
    # The first bias is anger's.
    change = "-1e9f + " if expected_emotion(folders) == "anger" else "1e9f + "
    source.write_text(
        source.read_text().replace("the_bias[] = {\n    ", f"the_bias[] = {{\n    {change}")
    )
    done = subprocess.run(
        ["make", "-C", "verify"], cwd=tmp_path / "c", capture_output=True, check=False
    )
    assert done.returncode != 0
    assert b"WRONG" in done.stdout


@pytest.mark.parametrize("target", SOURCES_ONLY)
def test_exporting_again_gives_the_same_bytes(folders, model, target, tmp_path):
    export.export(model, tmp_path / "again", target)
    assert files_below(tmp_path / "again") == files_below(folders / target)


def test_webassembly_gives_the_same_features_and_label(folders):
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    said = run(["node", "main.mjs", "verify/recording.wav"], folders / "wasm")
    assert said.split()[0] == expected_emotion(folders)
    expected = json.loads((folders / "wasm" / "verify" / "expected.json").read_text())
    script = """
        import { readFileSync } from "node:fs";
        import { Recognizer } from "./emotion.mjs";
        const wav = readFileSync("verify/recording.wav");
        const recognizer = await Recognizer.load(readFileSync("emotion.wasm"));
        const bytes = wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length);
        const pcm = new Int16Array(bytes);
        for (let i = 0; i < pcm.length; i += 5000) recognizer.process(pcm.subarray(i, i + 5000));
        console.log(JSON.stringify(Array.from(recognizer.finish().features)));
    """
    found = run(["node", "--input-type=module", "--eval", script], folders / "wasm")
    assert json.loads(found) == [
        float(np.float32(value)) for value in expected["features"].values()
    ]


def test_the_expected_features_are_those_of_the_recording(folders):
    expected = json.loads((folders / "c" / "verify" / "expected.json").read_text())
    from audio_emotion.data import audio

    utterance = features.extract(audio.read(folders / "c" / "verify" / "recording.wav"))
    assert expected["features"].keys() == dict.fromkeys(features.names()).keys()
    assert [np.float32(value) for value in expected["features"].values()] == list(utterance)


def test_arduino_folder_is_a_library(folders):
    folder = folders / "arduino"
    properties = dict(
        line.split("=", 1) for line in (folder / "library.properties").read_text().splitlines()
    )
    assert properties.keys() >= {
        *("name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url"),
        *("architectures", "includes"),
    }
    assert (folder / "src" / properties["includes"]).is_file()
    sketches = sorted(path.name for path in (folder / "examples").iterdir())
    assert sketches == sorted(SKETCHES)
    assert all((folder / "examples" / name / f"{name}.ino").is_file() for name in sketches)


@pytest.mark.parametrize("standard", ["c++11", "gnu++17", "gnu++20", "gnu++23"])
@pytest.mark.parametrize("sketch", SKETCHES)
def test_sketches_compile_against_the_interfaces_of_their_boards(
    folders, sketch, standard, tmp_path
):
    """Not with the boards' own packages, which are not to be had here: see README.md there."""
    fake = REPOSITORY / "tests" / "board_interfaces"
    source = tmp_path / "sketch.cpp"
    sketch_file = folders / "arduino" / "examples" / sketch / f"{sketch}.ino"
    source.write_text(f"#include <Arduino.h>\n{sketch_file.read_text()}")
    flags = [f"-std={standard}", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    run(["g++", *flags, f"-I{fake}", f"-I{folders / 'arduino' / 'src'}", str(source)], tmp_path)


@pytest.mark.parametrize(
    ("target", "main", "languages"),
    [
        ("esp-idf", "examples/recognize/main/main.c", "-std=gnu17"),
        ("zephyr", "samples/recognize/src/main.c", "-std=gnu11"),
    ],
)
def test_examples_compile_against_the_interfaces_of_their_system(folders, target, main, languages):
    fake = REPOSITORY / "tests" / "board_interfaces"
    folder = folders / target
    flags = [languages, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{fake}"]
    run(["cc", *flags, "-Icore", "-Imodel", main], folder)


def test_arduino_sources_never_fuse_multiply_and_add(folders):
    """Whatever the IDE's options are, on a processor that could."""
    sources = folders / "arduino" / "src" / "audio_emotion"
    command = ["gcc", "-std=gnu11", "-Os", "-mfma", "-S", "-o", "-"]
    assert "vfmadd" not in run([*command, "lpc.c"], sources)
    plain = run([*command, "lpc.c"], folders / "c" / "core")
    if "x86" not in os.uname().machine:
        pytest.skip("only x86 has -mfma")
    assert "vfmadd" in plain, "else the test tells nothing"


def test_esp_idf_and_zephyr_folders_have_what_their_tools_look_for(folders):
    for path in (
        *("CMakeLists.txt", "idf_component.yml", "examples/recognize/CMakeLists.txt"),
        *("examples/recognize/main/CMakeLists.txt", "examples/recognize/sdkconfig.defaults"),
    ):
        assert (folders / "esp-idf" / path).is_file()
    assert "idf_component_register" in (folders / "esp-idf" / "CMakeLists.txt").read_text()
    for path in (
        *("zephyr/module.yml", "zephyr/CMakeLists.txt", "zephyr/Kconfig"),
        *("samples/recognize/prj.conf", "samples/recognize/sample.yaml"),
    ):
        assert (folders / "zephyr" / path).is_file()


@pytest.mark.parametrize("target", TARGETS)
def test_every_folder_has_its_part_of_the_core_and_says_what_may_be_done_with_it(
    folders, model, target
):
    folder = folders / target
    core = folder / TARGETS[target].core
    headers = ["microphone.h"] if TARGETS[target].has_microphone else []
    expected = core_sources([*firmware(model).core, *headers]).keys()
    assert {path.name for path in core.iterdir()} - MODEL_FILES == expected
    everything = {path.name for path in native.CORE.glob("*.[ch]")}
    network = core_sources(["net_stream.h", "net_utterance.h", "microphone.h"]).keys()
    assert everything - expected - network == {"audio_emotion.h"}  # which opens both kinds
    assert "MIT License" in (folder / "LICENSE").read_text()
    assert "non-commercial" in (folder / "NOTICE.md").read_text()
    for path in ("README.md", "NOTICE.md"):
        assert "@" not in (folder / path).read_text()


@pytest.mark.parametrize("macro", ["AE_SCHEMA_HASH", "AE_MODEL_FORMAT"])
def test_a_model_never_compiles_with_another_core(folders, macro, tmp_path):
    folder = folders / "c"
    other = tmp_path / "other.c"
    other.write_text(
        f'#include "classifier.h"\n#undef {macro}\n#define {macro} 12345\n#include "model.h"\n'
    )
    command = ["cc", "-fsyntax-only", "-Icore", "-Imodel", str(other)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "another version of the core" in done.stderr


def test_a_folder_we_made_is_replaced_and_no_other(model, tmp_path):
    out = tmp_path / "out"
    export.export(model, out, "c")
    (out / "build").mkdir()
    (out / "build" / "emotion").write_bytes(b"compiled")
    export.export(model, out, "zephyr")
    assert (out / "zephyr").is_dir()
    assert not (out / "main.c").exists()

    (out / "README.md").write_text("my notes")
    with pytest.raises(ExportError, match=r"README\.md: was changed since the export"):
        export.export(model, out, "c")
    assert (out / "README.md").read_text() == "my notes"

    other = tmp_path / "other"
    other.mkdir()
    export.export(model, other, "c")  # an empty folder is nobody's
    shutil.rmtree(other)
    other.mkdir()
    (other / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(ExportError, match="not written by audio-emotion export"):
        export.export(model, other, "c")
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]
    with pytest.raises(ExportError, match="not written by audio-emotion export"):
        export.export(model, other / "thesis.txt", "c")


def test_an_interrupted_export_leaves_nothing_behind(model, tmp_path, monkeypatch):
    export.export(model, tmp_path / "out", "c")
    before = files_below(tmp_path)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "_write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export.export(model, tmp_path / "out", "c")
    assert files_below(tmp_path) == before


def test_bad_input_is_one_sentence(model, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="target 'avr' is unknown"):
        export.export(model, tmp_path / "out", "avr")
    unknown = exported_models.train(KNeighborsClassifier(), dataset(per_emotion=1))
    with pytest.raises(ExportError, match="KNeighborsClassifier cannot be exported"):
        export.export(unknown, tmp_path / "out", "c")
    monkeypatch.setattr("audio_emotion.extras.find_spec", lambda _: None)
    with pytest.raises(ToolError, match=r"needs ziglang, not installed here.*\[boards\]"):
        export.export(model, tmp_path / "out", "wasm")
    assert not (tmp_path / "out").exists()


def test_a_model_of_ones_own_recordings_may_be_used_as_they_may(model):
    assert "non-commercial" in model_license(model)
    own = "that of the recordings it was trained on"
    try:
        model.metadata.speakers[:] = ["mine_ada"]
        assert model_license(model) == own
        model.metadata.speakers[:] = ["ased_03", "crema_1001"]
        assert model_license(model) == (
            f"{own}: CREMA-D (ODbL 1.0), ASED (freely available, to be cited)"
        )
        model.metadata.speakers[:] = ["ased_03", "freesound_1", "ravdess_02"]
        assert model_license(model) == (
            "non-commercial use only, because of the recordings: "
            "RAVDESS (CC BY-NC-SA 4.0), UrbanSound8K (CC BY-NC 3.0)"
        )
    finally:
        model.metadata.speakers[:] = ["ravdess_01"]


def test_command(model, tmp_path, monkeypatch, capsys):
    save(model, tmp_path / "mine.skops")

    def command(*arguments: object) -> int | None:
        monkeypatch.setattr(sys, "argv", ["audio-emotion", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        return stopped.value.code

    assert not command(tmp_path / "mine.skops", tmp_path / "out", "--target", "zephyr", "--json")
    document = json.loads(capsys.readouterr().out)
    assert str(tmp_path / "out" / "README.md") in document["files"]
    assert all(Path(path).is_file() for path in document["files"])
    assert command(tmp_path / "none.skops", tmp_path / "out2") == 1
    assert "cannot be read" in capsys.readouterr().err
    assert command(tmp_path / "mine.skops", tmp_path / "out", "--target", "avr") == 1
    assert command("a", "b", "c") == 2
