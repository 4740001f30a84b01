"""Processes that outlive the one that started them: whether one still runs, and how to end it.

A process id alone does not identify a process, because ids are reused. Together with the moment of its start and the
boot of the machine it does.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Identity:
    """What identifies a process.

    Attributes:
        pid: Its number, which is also that of its session and process group.
        started: When it was started, in the words of the operating system.
        boot: The boot of the machine; empty where the system does not tell.
    """

    pid: int
    started: str
    boot: str

    def alive(self) -> bool:
        """Whether this very process is still running."""
        return self.boot == _boot() and self.started != "" and _started(self.pid) == self.started

    def end(self, patience: float = 5.0) -> None:
        """End the process with everything it started; harmless when it is gone already.

        Args:
            patience: Seconds until it is killed outright.
        """
        if not self.alive():
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                return
            limit = time.monotonic() + patience
            while time.monotonic() < limit:
                if not self.alive():
                    return
                time.sleep(0.05)


def spawn(command: Sequence[str], output: Path) -> Identity:
    """Start a process in a session of its own, so that it lives on when this one ends.

    Args:
        command: Program and arguments.
        output: File that gets all it prints.
    """
    with output.open("ab") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    return Identity(process.pid, _started(process.pid), _boot())


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this interpreter, at a lower priority than the app."""
    return ["nice", "-n", "10", sys.executable, "-m", module, *arguments]


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Return when a process was started; empty when there is none, or only what is left of one that has ended."""
    try:
        # The name in brackets may hold spaces; state is the 1st field after it and the start the 20th.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        if _BOOT.exists():
            return ""
    # Without /proc, as on macOS.
    listed = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = listed.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()
