"""OpenSSH's own server, which most campuses have, on a free port of this machine. It serves all of the file system."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import asyncssh
import pytest

from core.transports import Connection
from core.transports.connection import read_host_keys


class OpenSSH:
    """Keys and settings lie in `folder`. Skips the test where the server is not installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
        if not self.program:
            pytest.skip("OpenSSH's server is not installed, so its tests are skipped.")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        for name in ("host", "mine"):
            key = asyncssh.generate_private_key("ssh-ed25519")
            (folder / name).touch(0o600)
            key.write_private_key(folder / name)
            key.write_public_key(folder / f"{name}.pub")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "config").write_text(
            f"HostKey {folder}/host\nAuthorizedKeysFile {folder}/mine.pub\nListenAddress 127.0.0.1:{self.port}\n"
            f"PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
            f"MaxStartups 100\nSubsystem sftp internal-sftp\n"
        )
        self.start()

    def start(self) -> None:
        command = [str(self.program), "-D", "-e", "-f", str(self.folder / "config")]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)

    def vanish(self) -> None:
        """Cut every line and listen no more."""
        mine = [self.process.pid, *_below(self.process.pid)]
        for pid in mine:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)

    def connection(self, path: Path) -> Connection:
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        keys = read_host_keys((self.folder / "host.pub").read_text())
        return Connection(
            "campus", "sftp", str(path), "127.0.0.1", self.port, user, keys, (self.folder / "mine").read_text()
        )


def _below(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs: one for each line that is open."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [each for child in map(int, found) for each in (child, *_below(child))]
