"""Model files from a stranger: whatever is in them, none of it runs and nothing is written."""

from __future__ import annotations

import io
import itertools
import json
import pickle
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hostile_classifiers
from audio_emotion.engine import features
from audio_emotion.errors import ModelError
from audio_emotion.recognition import skops_file
from audio_emotion.recognition.model import load_model
from hostile_classifiers import Members, written

JSON = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "is_json": True}

# What a process does that runs something; the hook cannot be taken away, so there is one only.
RUNS = (
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "subprocess.Popen",
    "pickle.find_class",
)
_numbers = itertools.count(10_000)


@cache
def ran() -> list[str]:
    """Everything of that kind that this process has done."""
    found: list[str] = []
    sys.addaudithook(lambda event, _: found.append(event) if event.startswith(RUNS) else None)
    return found


@pytest.fixture(autouse=True)
def nothing_runs() -> Iterator[None]:
    """Fail a test during which anything was started or unpickled."""
    before = len(ran())
    yield
    assert ran()[before:] == []


@pytest.fixture(scope="module")
def members() -> Members:
    return hostile_classifiers.members("Ridge")


@pytest.fixture(scope="module")
def tree_members() -> Members:
    return hostile_classifiers.members("DecisionTree")


class Touch:
    """Unpickled it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def node(module: str, name: str, loader: str, **more: Any) -> dict[str, Any]:
    return {
        "__module__": module,
        "__class__": name,
        "__loader__": loader,
        "__id__": next(_numbers),
    } | more


def a_json(value: Any) -> dict[str, Any]:
    return JSON | {"content": json.dumps(value), "__id__": next(_numbers)}


def a_list(kind: str, *items: Any) -> dict[str, Any]:
    loader = {"list": "ListNode", "tuple": "TupleNode"}[kind]
    return node("builtins", kind, loader, content=list(items))


def with_first_step(members: Members, step: dict[str, Any]) -> Members:
    """A model whose first step is something else, the rest being sound."""
    schema = json.loads(members["schema.json"])
    steps = schema["content"]["content"]["steps"]
    steps["content"][0]["content"][1] = step
    return members | {"schema.json": json.dumps(schema).encode()}


def system(marker: Path) -> dict[str, Any]:
    return a_list("tuple", a_json(f"touch {marker}"))


HOSTILE = {
    "function": lambda _: node(
        "os", "system", "FunctionNode", content={"module_path": "os", "function": "system"}
    ),
    "type": lambda _: node("subprocess", "Popen", "TypeNode"),
    "object": lambda marker: node("subprocess", "Popen", "ObjectNode", content=system(marker)),
    "reduce": lambda marker: node("os", "system", "ReduceNode", reduce=system(marker)),
    "reduce of a tree": lambda marker: node(
        "os", "system", "TreeNode", reduce={"args": system(marker)}
    ),
    "constructor": lambda marker: node(
        "subprocess", "Popen", "ConstructorFromReduceNode", content=system(marker)
    ),
    "operator": lambda marker: node(
        "operator",
        "call",
        "OperatorFuncNode",
        attrs=a_list("tuple", node("os", "system", "TypeNode"), a_json(f"touch {marker}")),
    ),
    "partial": lambda marker: node(
        "functools",
        "partial",
        "PartialNode",
        content={
            "func": node("os", "system", "FunctionNode", content="os.system"),
            "args": system(marker),
            "kwds": a_json({}),
            "namespace": a_json({}),
        },
    ),
    "method": lambda _: node(
        "builtins",
        "str",
        "MethodNode",
        content={"func": "__class__.__base__.__subclasses__", "obj": a_json("x")},
    ),
    "method of another type": lambda _: node(
        "subprocess", "Popen", "MethodNode", content={"func": "wait", "obj": a_json("x")}
    ),
    "metadata of a type": lambda _: a_json("x") | {"__module__": "os", "__class__": "system"},
    "array of a type": lambda _: node("os", "system", "NdArrayNode", type="numpy", file="0000.npy"),
    "old protocol": lambda marker: node(
        "os", "system", "ReduceNode", reduce=system(marker), protocol=0
    ),
}


@pytest.mark.parametrize("protocol", [None, 0, 1])
@pytest.mark.parametrize("name", HOSTILE)
def test_no_node_runs_anything(
    members: Members, tmp_path: Path, name: str, protocol: int | None
) -> None:
    """With today's rules of skops and with those of old files, which it reads as well."""
    marker = tmp_path / "was_here"
    hostile = with_first_step(members, HOSTILE[name](marker))
    if protocol is not None:
        schema = json.loads(hostile["schema.json"]) | {"protocol": protocol}
        hostile["schema.json"] = json.dumps(schema).encode()
    with pytest.raises(ModelError, match="refused"):
        load_model(written(tmp_path / "m.skops", hostile))
    assert not marker.exists()


@pytest.mark.parametrize("name", ["m.skops", "m.pkl", "m.aem"])
def test_a_pickle_is_not_unpickled(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "was_here"
    (tmp_path / name).write_bytes(pickle.dumps(Touch(marker)))
    with pytest.raises(ModelError, match="not a"):
        load_model(tmp_path / name)
    assert not marker.exists()


def test_a_pickle_in_an_array_is_not_unpickled(members: Members, tmp_path: Path) -> None:
    marker = tmp_path / "was_here"
    array = io.BytesIO()
    np.save(array, np.array([Touch(marker)], dtype=object), allow_pickle=True)
    for name in [name for name in members if name.endswith(".npy")]:
        path = written(tmp_path / "m.skops", members | {name: array.getvalue()})
        with pytest.raises(ModelError, match="refused"):
            load_model(path)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["../was_here", "/tmp/was_here_too", "schema.json/../../x"])
def test_no_member_is_unpacked_anywhere(members: Members, tmp_path: Path, name: str) -> None:
    """They are read by name; one that nobody asks for stays where it is."""
    folder = tmp_path / "deep" / "folder"
    folder.mkdir(parents=True)
    path = written(folder / "m.skops", members | {name: b"hostile"})
    load_model(path)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_archives_that_lie_are_refused(members: Members, tmp_path: Path) -> None:
    """Encrypted, with a member missing, cut, of another compression, or nested without end."""
    schema = b"[" * 100_000
    deep = written(tmp_path / "deep.skops", members | {"metadata.json": schema})
    deeper = written(tmp_path / "deeper.skops", members | {"schema.json": schema})
    missing = written(
        tmp_path / "missing.skops", dict(list(members.items())[:1] + list(members.items())[-1:])
    )
    content = bytearray(written(tmp_path / "sound.skops", members).read_bytes())
    central = content.index(b"PK\1\2")
    encrypted, unknown = bytearray(content), bytearray(content)
    encrypted[6] |= 1
    encrypted[central + 8] |= 1
    unknown[8] = unknown[central + 10] = 99
    (tmp_path / "encrypted.skops").write_bytes(encrypted)
    (tmp_path / "unknown.skops").write_bytes(unknown)
    for path in (deep, deeper, missing, tmp_path / "encrypted.skops", tmp_path / "unknown.skops"):
        with pytest.raises(ModelError):
            load_model(path)


def test_an_archive_that_unpacks_to_more_than_it_says_is_refused(
    members: Members, tmp_path: Path
) -> None:
    """A megabyte of zeros that claims to be ten bytes."""
    path = tmp_path / "bomb.skops"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, bytes(1 << 20) if name == "0001.npy" else content)
    content = path.read_bytes()
    size = (1 << 20).to_bytes(4, "little")
    assert content.count(size) >= 2
    path.write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(ModelError, match="refused"):
        load_model(path)


@pytest.mark.parametrize("value", [np.inf, np.nan, 3e38])
def test_numbers_that_give_no_answer_are_refused(
    members: Members, tmp_path: Path, value: float
) -> None:
    """Found by fuzzing: weights may be anything, and scikit-learn complains when it is asked."""
    refused = 0
    for name in [name for name in members if name.endswith(".npy")]:
        array = np.load(io.BytesIO(members[name]))
        if array.dtype.kind != "f" or array.ndim == 0:
            continue
        damaged = io.BytesIO()
        np.save(damaged, np.full_like(array, value))
        path = written(tmp_path / "m.skops", members | {name: damaged.getvalue()})
        try:
            loaded = load_model(path)
            answer = loaded.probabilities(np.ones((1, len(features.names())), np.float32))
            assert np.isfinite(answer).all()
        except ModelError:
            refused += 1
    assert refused > 0


TREE = ("content", "content", "steps", "content", -1, "content", 1, "content", "content", "tree_")


def tree_of(schema: Any) -> Any:
    for key in TREE:
        schema = schema[key]
    return schema


def count(tree: Any) -> Any:
    return tree["content"]["content"]["node_count"]


def arguments(tree: Any) -> Any:
    return tree["__reduce__"]["args"]["content"]


CONTRADICTIONS = {
    "more outputs than classes": lambda tree: arguments(tree)[2].update(content="4000000"),
    "no output": lambda tree: arguments(tree)[2].update(content="0"),
    "no features": lambda tree: arguments(tree)[0].update(content="-1"),
    "more nodes than there are": lambda tree: count(tree).update(content="4000000"),
    "a number that is none": lambda tree: count(tree).update(content='"39"'),
    "something else for an array": lambda tree: arguments(tree).__setitem__(1, a_json([3])),
    "an argument too few": lambda tree: arguments(tree).pop(),
    "the number of another node": lambda tree: arguments(tree)[1].update(__id__=0),
    "arguments of another kind": lambda tree: tree["__reduce__"]["args"].update(
        __loader__="ListNode"
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_trees_that_contradict_themselves_are_not_built(
    tree_members: Members, tmp_path: Path, what: str
) -> None:
    """Found by fuzzing: their constructor is compiled and reads, and writes, beyond its arrays."""
    schema = json.loads(tree_members["schema.json"])
    CONTRADICTIONS[what](tree_of(schema))
    hostile = tree_members | {"schema.json": json.dumps(schema).encode()}
    with pytest.raises(ModelError, match="refused"):
        load_model(written(tmp_path / "m.skops", hostile))


@pytest.mark.parametrize("steps", [[], [7], ["ab"], [["classifier", "no object"]]])
def test_steps_that_are_none_are_refused(
    members: Members, tmp_path: Path, steps: list[Any]
) -> None:
    """Found by fuzzing: whatever skops takes for a pipeline, scikit-learn asks for its parts."""
    schema = json.loads(members["schema.json"])
    entries = [
        a_list("tuple", *map(a_json, step)) if isinstance(step, list) else a_json(step)
        for step in steps
    ]
    schema["content"]["content"]["steps"]["content"] = entries
    hostile = members | {"schema.json": json.dumps(schema).encode()}
    with pytest.raises(ModelError, match="refused"):
        load_model(written(tmp_path / "m.skops", hostile))


def zeros(path: Path, name: str, n_bytes: int) -> Path:
    """An archive with a member of so many bytes, a thousandth of them in the file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in hostile_classifiers.members("Ridge").items():
            archive.writestr(member, b" " * n_bytes if member == name else content)
    return path


@pytest.mark.parametrize("name", ["schema.json", "metadata.json"])
def test_json_is_measured_before_it_is_read(tmp_path: Path, name: str) -> None:
    """30 MB of JSON in a small file took 300 MB."""
    path = zeros(tmp_path / "m.skops", name, 30_000_000)
    assert path.stat().st_size < 300_000
    with pytest.raises(ModelError, match=f"{name} has 30000000 bytes"):
        load_model(path)


def test_archives_are_measured_before_they_are_read(tmp_path: Path, monkeypatch: Any) -> None:
    path = zeros(tmp_path / "m.skops", "0001.npy", 100_000_000)
    with pytest.raises(ModelError, match="it unpacks to 10"):
        load_model(path)
    monkeypatch.setattr(skops_file, "_LARGEST_DIRECTORY", 100)
    with pytest.raises(ModelError, match="the directory of the archive is too large"):
        load_model(written(path, hostile_classifiers.members("Ridge")))


def test_another_compression_is_refused(members: Members, tmp_path: Path) -> None:
    """Of the others, a piece of some kilobytes unpacks to as much as it likes."""
    with zipfile.ZipFile(tmp_path / "m.skops", "w", zipfile.ZIP_LZMA) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ModelError, match="not compressed by deflate"):
        load_model(tmp_path / "m.skops")
