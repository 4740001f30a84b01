"""Which pages are open, and what the server keeps as long as they are: their pictures, and what they have in memory.

A page keeps a request open, its heartbeat, and is open as long as that is; a break in the network, or a laptop that
sleeps, is forgiven for an hour. Then everything of the session goes, and its uploads with the next round of cleaning.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Protocol, runtime_checkable

HOUR: Final = 3600.0


@runtime_checkable
class HasFiles(Protocol):
    """A value of a ``gr.State`` that needs files of the upload folder."""

    @property
    def files(self) -> tuple[str, ...]:
        """Their paths."""
        ...


class Visits:
    """The sessions whose page is open, or was within the hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know of none yet."""
        self._clock = clock
        self._open: dict[str, int] = {}
        self._closed: dict[str, float] = {}
        self._lock = threading.Lock()

    def begin(self, holder: Any, id: str) -> None:
        """Note that a page is there, or there again.

        Args:
            holder: Gradio's ``StateHolder``.
            id: Of the session.
        """
        with self._lock:
            self._open[id] = self._open.get(id, 0) + 1
            self._closed.pop(id, None)
        if id in holder:
            holder.session_data[id].is_closed = False

    def end(self, holder: Any, id: str) -> None:
        """Note that a page is gone, and free the sessions of those that have been gone for an hour."""
        now = self._clock()
        with self._lock:
            self._open[id] = self._open.get(id, 1) - 1
            if self._open[id] <= 0:
                del self._open[id]
                self._closed[id] = now
            gone = [old for old, at in self._closed.items() if now - at > HOUR]
            for old in gone:
                del self._closed[old]
        if id in holder and id in self._closed:
            # Gradio counts the hour for which it keeps a closed page's states from when they were set.
            ages = holder.session_data[id]._state_ttl
            ages.update({key: (limit, datetime.now()) for key, (limit, _) in ages.items()})
        for old in gone:
            holder.delete_state(old)
            with holder.lock:
                holder.session_data.pop(old, None)
                holder.time_last_used.pop(old, None)

    def __contains__(self, id: str) -> bool:
        """Whether a session is one of them."""
        with self._lock:
            at = self._closed.get(id)
            return id in self._open or (at is not None and self._clock() - at <= HOUR)


VISITS: Final = Visits()
"""Those of this server; the gate keeps it."""


class OpenFiles:
    """Stands in for a component's ``keep_in_cache``: the files that must outlive the cleaning at this moment."""

    def __init__(self, app: Any, visits: Visits = VISITS) -> None:
        """Look into the sessions of an app, a ``gr.Blocks``."""
        self._app, self._visits = app, visits
        self._always: set[str] = set()

    def add(self, path: str) -> None:
        """Keep a file as long as the server runs."""
        self._always.add(path)

    def update(self, paths: Iterable[str]) -> None:
        """Keep files as long as the server runs."""
        self._always.update(paths)

    def __iter__(self) -> Iterator[str]:
        """Yield the paths."""
        yield from tuple(self._always)
        holder = getattr(self._app, "state_holder", None)
        for id, session in tuple(holder.session_data.items()) if holder else ():
            if id in self._visits:
                for value in tuple(session.state_data.values()):
                    if isinstance(value, HasFiles):
                        yield from value.files
