"""Files are written whole or not at all, and by one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audio_emotion.errors import InputError
from audio_emotion.files import locked, replacing


def test_a_link_in_the_place_of_a_temporary_file_is_not_followed(tmp_path: Path) -> None:
    victim, result = tmp_path / "victim", tmp_path / "result"
    victim.write_text("mine")
    (tmp_path / ".result.part").symlink_to(victim)
    with replacing(result) as partial:
        partial.write_text("complete")
    assert (victim.read_text(), result.read_text()) == ("mine", "complete")
    assert not result.is_symlink()


def test_a_folder_is_held_by_one_process_until_it_ends(tmp_path: Path) -> None:
    holder = (
        "import sys, time, pathlib; from audio_emotion.files import locked\n"
        "with locked(pathlib.Path(sys.argv[1])):\n    print(flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", holder, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(InputError, match=f"process {process.pid} is writing"), locked(tmp_path):
            pass
        process.kill()
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())
    assert not list(tmp_path.iterdir())
