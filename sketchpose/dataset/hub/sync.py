"""Pushing every saved revision to the Hub within minutes, while an app runs.

Every minute a thread checks for something new and pushes it in a process of its own: the Hub's client waits without
limit for a server that has stopped answering, but a process can be ended. At its start it pulls once, so that a Space
whose disk was emptied by a restart gets its dataset back. The app does not wait for any of this, except when it ends:
then what is not there yet is pushed at once.
"""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import Final

from sketchpose.dataset.hub.repository import Remote
from sketchpose.dataset.hub.state import PushState, stale
from sketchpose.dataset.store import Dataset

EVERY_S: Final = 60.0
PATIENCE_S: Final = 600.0
LAST_S: Final = 25.0
"""For the last push: whoever ends a container gives it about half a minute."""
_LONGEST_PAUSE_S: Final = 900.0


class HubSync:
    """Pushes in the background; starting it twice has no further effect."""

    def __init__(
        self, dataset: Dataset, remote: Remote, *, every: float = EVERY_S, patience: float = PATIENCE_S
    ) -> None:
        """Prepare.

        Args:
            dataset: What to push.
            remote: Where to.
            every: Seconds between two checks; doubled after each failure, up to a quarter of an hour.
            patience: Seconds a push may take.
        """
        self._dataset, self._remote, self._every, self._patience = dataset, remote, every, patience
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> bool:
        """Start pushing in the background; False, and nothing is started, without a repository or a token."""
        if not self._remote.repo or not self._remote.token:
            return False
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
            self._thread.start()
        return True

    def stop(self, seconds: float = LAST_S) -> None:
        """Stop, and push what is not there yet; what takes longer than these seconds is left for the next start."""
        self._stop.set()
        if self._thread is None:
            return
        end = time.monotonic() + seconds
        self._thread.join(seconds)
        left = end - time.monotonic()
        if left > 0 and stale(self._dataset, self._remote.repo):
            self.push(left)

    def _run(self) -> None:
        # A repository that does not exist or cannot be reached is no reason to wait: a push creates it or says why not.
        self._run_command("pull", self._patience)
        failures = 0
        while not self._stop.wait(min(self._every * 2**failures, max(self._every, _LONGEST_PAUSE_S))):
            try:
                if stale(self._dataset, self._remote.repo):
                    failures = 0 if self.push() else failures + 1
            except OSError:
                failures += 1  # The disk is full or gone; whoever saves is told so then.

    def push(self, patience: float | None = None) -> bool:
        """Push once, now, and return whether it succeeded; the state keeps the reason if not.

        Args:
            patience: Seconds it may take; default: those of every push.
        """
        limit = self._patience if patience is None else patience
        code = self._run_command("push", limit, *([] if self._remote.private else ["--public"]))
        if code is None:
            reason = f"The Hub did not answer for {limit:.0f} s; the push is tried again."
            before = PushState.read()
            before = before if before.repo == self._remote.repo else PushState(self._remote.repo)
            replace(before, error=reason, failed=time.time()).write()
        return code in (0, 1)

    def _run_command(self, action: str, patience: float, *options: str) -> int | None:
        """Run ``sketchpose dataset ACTION``; its exit code, None where it took too long and was ended."""
        where = ["--folder", str(self._dataset.folder)]
        command = [sys.executable, "-m", "sketchpose.cli", "dataset", *where, action, self._remote.repo, *options]
        try:
            # Of its own session, so that Ctrl-C in a terminal does not end the last push.
            done = subprocess.run(command, capture_output=True, timeout=patience, check=False, start_new_session=True)
        except subprocess.TimeoutExpired:
            return None
        return done.returncode
