"""Which pages are open, and what the server keeps for them meanwhile: their pictures and their values in memory.

A page counts as open as long as its heartbeat lasts, a request that never ends, and for an hour after that, so that a
break in the network or a sleeping laptop costs nothing. Then all of the session is freed, and its uploads go with the
next cleaning of the cache.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol, runtime_checkable

from annotator.gradio_private import Sessions, current_request

HOUR: Final = 3600.0


@runtime_checkable
class HasFiles(Protocol):
    """A value of a ``gr.State`` that needs files of the upload folder."""

    @property
    def files(self) -> tuple[str, ...]:
        """Their paths."""
        ...


class Visits:
    """The sessions whose page is open, or was open within the last hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without any."""
        self._clock = clock
        self._open: dict[str, int] = {}
        self._closed: dict[str, float] = {}
        self._held: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def begin(self, sessions: Sessions, id: str) -> None:
        """Note that a page is open, or open again.

        Args:
            sessions: The sessions of the server.
            id: Id of the page's session.
        """
        with self._lock:
            self._open[id] = self._open.get(id, 0) + 1
            self._closed.pop(id, None)
        sessions.reopen(id)

    def end(self, sessions: Sessions, id: str) -> None:
        """Note that a page is closed, and free the sessions of those that have been closed for an hour."""
        now = self._clock()
        with self._lock:
            self._open[id] = self._open.get(id, 1) - 1
            if self._open[id] <= 0:
                del self._open[id]
                self._closed[id] = now
            gone = [old for old, at in self._closed.items() if now - at > HOUR]
            for old in gone:
                del self._closed[old]
                self._held.pop(old, None)
        if id in self._closed:
            sessions.restart_clock(id)
        sessions.forget(gone)

    def hold(self, id: str, paths: Iterable[str]) -> None:
        """Keep files as long as a page is open, instead of those that were held for it before.

        Args:
            id: Id of the session.
            paths: Files that only the page knows of: the drawing in the editor and its queue.
        """
        with self._lock:
            self._held[id] = tuple(paths)

    def held(self) -> tuple[str, ...]:
        """Return the files that are held for open pages."""
        with self._lock:
            held = dict(self._held)
        return tuple(path for id, paths in held.items() if id in self for path in paths)

    def __contains__(self, id: str) -> bool:
        """Whether the page of a session counts as open."""
        with self._lock:
            at = self._closed.get(id)
            return id in self._open or (at is not None and self._clock() - at <= HOUR)


VISITS: Final = Visits()
"""Those of this server, as the gate notes them."""


def hold(paths: Iterable[str]) -> None:
    """Keep files as long as the page is open that sent the current event; outside a handler, do nothing."""
    request = current_request()
    if request is not None and request.session_hash:
        VISITS.hold(request.session_hash, paths)


class OpenFiles:
    """The files that must outlive the cleaning of the cache at this moment, as ``keep_files`` takes them."""

    def __init__(self, app: Any, visits: Visits = VISITS) -> None:
        """Read the sessions of an app, a ``gr.Blocks``."""
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
        yield from self._visits.held()
        for id, value in Sessions.of(self._app).values():
            if isinstance(value, HasFiles) and id in self._visits:
                yield from value.files
