"""A sound server with a virtual device, whose monitor records what is played into it: a microphone.

PulseAudio's null sink, from Debian; `make tools` installs it. It needs no sound card, no session
and no configuration of the machine, and ends with the test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

# A machine under load; nothing here is about speed.
PATIENCE_S = 60.0

T = TypeVar("T")

SERVER = """
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=room rate=16000 channels=1 format=s16le
set-default-sink room
set-default-source room.monitor
"""
ALSA = "pcm.!default { type pulse }\n"


def wait_for(condition: Callable[[], T]) -> T:
    """Poll until a condition holds, and return its value."""
    end = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return value


@dataclass
class Room:
    """A place where recordings are played, and a microphone that records them."""

    environment: dict[str, str]
    server: subprocess.Popen[bytes]

    def run(self, *command: str) -> str:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        ).stdout

    def play(self, path: Path) -> None:
        self.run("paplay", str(path))

    def is_listened_to(self) -> bool:
        return bool(self.run("pactl", "list", "short", "source-outputs").strip())

    def unplug(self) -> None:
        self.run("pactl", "unload-module", "module-null-sink")

    def kill(self) -> None:
        self.server.kill()
        self.server.wait()

    @contextmanager
    def listen(self, *arguments: str, **how: object) -> Iterator[subprocess.Popen[str]]:
        """Start the command and wait until it records; it is gone afterwards."""
        with self.start(*arguments, **how) as process:
            try:
                wait_for(lambda: self.is_listened_to() or process.poll() is not None)
                yield process
            finally:
                process.kill()

    def start(self, *arguments: str, **how: object) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        code = "from audio_emotion.cli import main; main()"
        command = [sys.executable, "-c", code, "listen", *arguments]
        return subprocess.Popen(command, env=self.environment, text=True, **pipes)


@contextmanager
def sound_server(home: Path) -> Iterator[Room]:
    """Run a server of its own, with its files in a folder that is made."""
    home.mkdir(mode=0o700)
    socket = home / "native"
    (home / "server.pa").write_text(SERVER.format(socket=socket))
    (home / ".asoundrc").write_text(ALSA)
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PULSE_SERVER": f"unix:{socket}",
        "TERM": "xterm",
    }
    options = ["--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--log-target=stderr"]
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(
            ["pulseaudio", "-n", "-F", str(home / "server.pa"), *options],
            env=environment,
            stderr=log,
        ) as server,
    ):
        wait_for(socket.exists)
        yield Room(environment, server)
        server.kill()
