"""Commands that the documents show but nobody can run here: that they would be understood.

What can run stands in blocks of `sh`, which `test_docs.py` runs. Everything else is an indented
block, and each of its commands is one of `NOT_RUN`, with the reason and what is checked instead.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from test_docs import DOCUMENTS, FENCED, each_document, name_of

from audio_emotion.cli import app
from conftest import REPOSITORY

ROOT = REPOSITORY
BLOCK = re.compile(r"(?:\A|\n\n)((?:    .*\n|\n(?=    ))+)")
INLINE = re.compile(r"`((?:audio-emotion|make|pip|python) [^`]*)`")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def understood(words: list[str], *, whole: bool = True) -> None:
    """The command line takes these words; one that is only mentioned may lack arguments."""
    command = typer.main.get_command(app)
    rest = list(words)
    while rest and hasattr(command, "commands") and not rest[0].startswith("-"):
        command = command.commands[rest.pop(0)]
    if whole and "--help" not in rest:
        command.make_context("audio-emotion", rest)
    options = {option for parameter in command.params for option in parameter.opts}
    options |= {option for parameter in command.params for option in parameter.secondary_opts}
    assert {word for word in rest if word.startswith("--")} <= options | {"--help"}


def a_target(words: list[str]) -> None:
    if words[:1] != ["-C"]:  # that of an exported folder is run where exports are tested
        assert {word for word in words if "=" not in word} <= TARGETS


def an_extra(words: list[str]) -> None:
    for extras in re.findall(r"(?:embedded-audio-emotion|\.)\[([^]]*)\]", " ".join(words)):
        assert set(extras.split(",")) <= EXTRAS.keys()


def a_script(words: list[str]) -> None:
    assert words[0] in ("-m", "-c") or (ROOT / words[0]).is_file()


def nothing(_: list[str]) -> None:
    """It is not ours."""


class Reason(NamedTuple):
    why: str
    check: Callable[[list[str]], None]


NOT_RUN = {
    "audio-emotion": Reason("recordings, a microphone or hours are needed", understood),
    "make": Reason("installs packages, or takes minutes; CI runs most of them", a_target),
    "pip": Reason("installs packages", an_extra),
    "python": Reason("recordings or minutes are needed", a_script),
    "cc": Reason("`make core` and most tests compile these files", nothing),
    "git": Reason("the address is the reader's", nothing),
    "cd": Reason("as before", nothing),
    "source": Reason("changes the reader's shell", nothing),
    "curl": Reason("needs a server; tests/server/test_server.py asks one", nothing),
    "arecord": Reason("needs a microphone", nothing),
    "dask": Reason("starts a cluster; tests/cluster does", nothing),
    "idf.py": Reason("its package is not here", nothing),
    "west": Reason("its package is not here", nothing),
}


def commands(block: str) -> Iterator[list[str]]:
    """The simple commands of a block, without comments, redirections and assignments."""
    for line in re.sub(r"\\\n *", "", block).splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.commenters = "#"
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word in ("&&", "|", ";"):
                while words and re.match(r"[A-Z_]+=", words[0]):
                    words.pop(0)
                if words:
                    yield words[: words.index(">")] if ">" in words else words
                words = []
            else:
                words.append(word)


def blocks(path: Path) -> list[str]:
    """Indented blocks that begin with a command, not with a picture or what a program prints."""
    found = BLOCK.findall(FENCED.sub("", path.read_text()))
    return [
        part
        for block in found
        for part in block.strip("\n").split("\n\n")
        if re.match(r" {4}[A-Za-z][\w.-]*(=\S*)?( |$)", part) and part.isascii()
    ]


@each_document
def test_what_is_not_run_would_be_understood(path: Path) -> None:
    for block in blocks(path):
        for program, *words in commands(block):
            assert program in NOT_RUN, f"{program}: run it in a block of sh, or say why not"
            NOT_RUN[program].check(words)


@each_document
def test_what_is_mentioned_exists(path: Path) -> None:
    for mention in INLINE.findall(FENCED.sub("", path.read_text())):
        for program, *words in commands(" ".join(mention.split())):
            if program == "audio-emotion" and words[0] != "COMMAND":
                understood(words, whole=False)
            elif program in NOT_RUN and words and program != "audio-emotion":
                NOT_RUN[program].check(words)


def test_commands_are_found_and_refused() -> None:
    """So that the tests above cannot pass by seeing nothing."""
    assert sum(len(blocks(path)) for path in DOCUMENTS) > 20
    assert list(commands("    A=1 make web && audio-emotion listen > out # live")) == [
        ["make", "web"],
        ["audio-emotion", "listen"],
    ]
    for wrong in (["predict"], ["predict", "x.wav", "--colour"], ["profile", "a", "b"]):
        with pytest.raises(Exception, match=r"[Mm]issing|[Nn]o such|unexpected"):
            understood(wrong)


@each_document
def test_every_block_is_of_a_language_that_is_tested(path: Path) -> None:
    languages = {language for language, _ in FENCED.findall(path.read_text())}
    assert languages <= {"python", "c", "cpp", "sh", "console", "json", "text"}, name_of(path)
