"""What is installed and released: the wheel's contents, wheels for other systems, archives."""

import base64
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import archives
import wheels
from audio_emotion.recognition.model import default_model_path, load_model
from conftest import REPOSITORY

PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
COMMAND = Path(sys.executable).with_name("audio-emotion")
TIMESTAMP = 1_700_000_000


def test_all_has_every_extra_of_a_user() -> None:
    (everything,) = EXTRAS["all"]
    named = re.fullmatch(r"embedded-audio-emotion\[(.*)\]", everything)
    assert named is not None
    assert named[1].split(",") == sorted(set(EXTRAS) - {"all", "dev", "docs", "release", "test"})


def test_base_has_nothing_heavy() -> None:
    base = {re.split(r"[<>=~;\[ ]", entry)[0] for entry in PROJECT["project"]["dependencies"]}
    assert not base & {"torch", "matplotlib", "pyarrow", "distributed", "starlette", "ziglang"}


def test_every_package_is_in_the_wheel() -> None:
    source = REPOSITORY / "src"
    packages = {
        ".".join(path.parent.relative_to(source).parts)
        for path in source.glob("audio_emotion/**/__init__.py")
    }
    data = {f"audio_emotion.{name}" for name in ("core", "models", "sample", "web")}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages | data


def test_every_file_of_data_is_in_the_wheel() -> None:
    """Files beside the modules, that no pattern of package-data covers, would be missing."""
    settings = PROJECT["tool"]["setuptools"]
    folders = {name: REPOSITORY / path for name, path in settings["package-dir"].items()}
    covered = {
        path
        for package, patterns in settings["package-data"].items()
        for pattern in patterns
        for path in folders.get(package, _folder(package)).glob(pattern)
    }
    listed = _run("git", "ls-files", "-z", "src", "core").strip("\0").split("\0")
    paths = {REPOSITORY / name for name in listed if not name.endswith(".py")}
    assert {path for path in paths if path.is_file()} <= covered


def _folder(package: str) -> Path:
    return REPOSITORY / "src" / package.replace(".", "/")


def _run(*command: str) -> str:
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout


def test_archives_are_the_same_whenever_they_are_made(tmp_path: Path) -> None:
    files = {"folder/b": b"second", "a": bytes(1000)}
    for write in (archives.write_zip, archives.write_tar):
        first, second = tmp_path / "first", tmp_path / "second"
        write(first, files, TIMESTAMP)
        write(second, files, TIMESTAMP)
        assert first.read_bytes() == second.read_bytes()
        read = archives.read_tar if tarfile.is_tarfile(first) else _read_zip
        assert read(first) == files


def _read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_wheel_for_another_system_differs_in_its_modules_alone(tmp_path: Path) -> None:
    about = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-abi3-linux_x86_64\n\n"
    files = {
        "package/__init__.py": b"",
        "package/_core.py": b"choice",
        "package/_core_avx2.abi3.so": b"of this machine",
        "package/_core_baseline.abi3.so": b"of this machine",
        "name-1.0.dist-info/METADATA": b"Name: name\n",
        "name-1.0.dist-info/WHEEL": about.encode(),
        "name-1.0.dist-info/RECORD": b"stale",
    }
    wheel = tmp_path / "name-1.0-cp311-abi3-linux_x86_64.whl"
    archives.write_zip(wheel, files, TIMESTAMP)
    tags = ["manylinux_2_17_aarch64", "manylinux2014_aarch64"]
    modules = {"_core_baseline.pyd": b"theirs", "_core_scalar.pyd": b"theirs, too"}
    made = wheels.rewrap(wheel, tmp_path, tags, modules, timestamp=TIMESTAMP)
    assert made.name == f"name-1.0-cp311-abi3-{'.'.join(tags)}.whl"

    content = _read_zip(made)
    packed = {name: content[name] for name in content if name.startswith("package/")}
    assert packed == {
        "package/__init__.py": b"",
        "package/_core.py": b"choice",
        "package/_core_baseline.pyd": b"theirs",
        "package/_core_scalar.pyd": b"theirs, too",
    }
    assert content["name-1.0.dist-info/METADATA"] == files["name-1.0.dist-info/METADATA"]
    tagged = content["name-1.0.dist-info/WHEEL"].decode()
    assert tagged.splitlines()[:2] == about.splitlines()[:2]
    assert tagged.splitlines()[2:] == [f"Tag: cp311-abi3-{tag}" for tag in tags]
    record = content.pop("name-1.0.dist-info/RECORD").decode()
    rows = {name: (digest, size) for name, digest, size in csv.reader(io.StringIO(record))}
    assert rows.pop("name-1.0.dist-info/RECORD") == ("", "")
    assert rows == {name: _recorded(data) for name, data in content.items()}


def _recorded(content: bytes) -> tuple[str, str]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}", str(len(content))


@pytest.fixture(scope="module")
def releasing() -> Any:
    """The script that builds a release; it needs tools that only releases need."""
    pytest.importorskip("abi3info", reason="the extra `release` is not installed")
    import build_release

    return build_release


def test_the_arduino_library_is_what_the_ide_wants(releasing: Any, tmp_path: Path) -> None:
    name, files = releasing.library(COMMAND, "arduino", tmp_path)
    path = tmp_path / name
    archives.write_zip(path, files, TIMESTAMP)
    content = _read_zip(path)
    assert {file.split("/")[0] for file in content} == {"AudioEmotion"}
    properties = dict(
        line.split("=", 1)
        for line in content["AudioEmotion/library.properties"].decode().splitlines()
    )
    version = PROJECT["project"]["version"]
    assert name == f"AudioEmotion-{version}.zip"
    assert (properties["name"], properties["version"]) == ("AudioEmotion", version)
    assert f"AudioEmotion/src/{properties['includes']}" in content
    assert "AudioEmotion/LICENSE" in content
    sketches = [file for file in content if file.endswith(".ino")]
    assert len(sketches) == 9
    assert all(Path(file).stem == Path(file).parent.name for file in sketches)
    _check_manifest({file.removeprefix("AudioEmotion/"): data for file, data in content.items()})


def test_the_esp_idf_component_is_what_the_registry_wants(releasing: Any, tmp_path: Path) -> None:
    name, files = releasing.library(COMMAND, "esp-idf", tmp_path)
    path = tmp_path / name
    archives.write_tar(path, files, TIMESTAMP)
    content = archives.read_tar(path)
    version = PROJECT["project"]["version"]
    assert name == f"audio_emotion_{version}.tgz"
    assert f'version: "{version}"' in content["idf_component.yml"].decode()
    assert {"CMakeLists.txt", "LICENSE", "README.md", "examples/recognize/main/main.c"} <= set(
        content
    )
    _check_manifest(content)


def _check_manifest(content: dict[str, bytes]) -> None:
    """Hold an archive against the checksums inside, and its model against the one that ships."""
    manifest = json.loads(content.pop("export.json"))
    assert manifest["model"] == load_model(default_model_path()).name
    assert manifest["sha256"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in content.items()
    }


def test_checksums_are_those_of_the_files(releasing: Any, tmp_path: Path) -> None:
    (tmp_path / "one.whl").write_bytes(b"one")
    (tmp_path / "two.zip").write_bytes(b"two")
    releasing.write_checksums(tmp_path)
    releasing.write_checksums(tmp_path)  # not its own
    assert (tmp_path / "SHA256SUMS").read_text() == "".join(
        f"{hashlib.sha256(name[:3].encode()).hexdigest()}  {name}\n"
        for name in ("one.whl", "two.zip")
    )


def test_the_citation_says_what_the_package_says() -> None:
    citation = dict(
        re.findall(r"^([a-z-]+): (.+)$", (REPOSITORY / "CITATION.cff").read_text(), re.M)
    )
    project = PROJECT["project"]
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"] == project["name"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
