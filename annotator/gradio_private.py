"""Everything that touches what Gradio does not document: its cache, its sessions, its contexts, its classes.

An upgrade of Gradio may change any of it without notice. ``tests/annotator/test_gradio_private.py`` holds each part to
the installed version, and no other module reaches past the documented interface.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final, TypeVar, cast

import gradio as gr
from gradio import networking, route_utils, state_holder
from gradio.context import Context, LocalContext
from gradio.events import EventListener
from gradio.helpers import Examples as Examples
from gradio.http_server import LOCALHOST_NAME
from gradio.processing_utils import save_bytes_to_cache
from gradio.state_holder import SessionState
from gradio.utils import get_upload_folder

HEARTBEAT: Final = "/heartbeat/"
"""Part of the path at which a page keeps a request open; the id of its session follows."""
LOCALHOST: Final[str] = LOCALHOST_NAME
"""The name under which ``launch`` serves on this machine."""

_PARTS: Final[ContextVar[list[str] | None]] = ContextVar("_PARTS", default=None)
"""Files that the parts of the request at hand are written to, until Gradio gives them their names."""
_LOOK_S: Final = 0.005
_START_S: Final = 120.0
"""How long the first page may take before the app gives up; Gradio itself gives it three seconds."""
_PROGRESS_S: Final = 0.1

# Without these, statistics of the last 10,000 events are reckoned after every event.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(1 << 60))

_answers_at_once: Final = networking.url_ok


def _answers(url: str) -> bool:
    """Return whether a page answers, on a busy machine too: ``launch`` asks this of the app that it has started."""
    limit = time.monotonic() + _START_S
    while not _answers_at_once(url):
        if time.monotonic() > limit:
            return False
        time.sleep(0.5)
    return True


networking.url_ok = _answers

Drawn = TypeVar("Drawn", bound=gr.components.Component)


def drawn_as_base(component: type[Drawn]) -> type[Drawn]:
    """Have the browser draw a subclass of a component as the component itself; decorates the subclass."""
    component.is_template = True  # type: ignore[attr-defined]
    return component


def custom_event(name: str) -> Any:
    """Return a method that registers a handler for an event that a component's script triggers.

    Not in ``EVENTS``: Gradio would write stubs beside the module that no type checker accepts.
    """
    return EventListener(name).listener


def current_page() -> gr.Blocks:
    """Return the ``gr.Blocks`` that is being laid out.

    Raises:
        RuntimeError: It is called outside ``gr.Blocks``.
    """
    page = Context.root_block
    if page is None:
        raise RuntimeError("This must be laid out inside gr.Blocks.")
    return page


def current_request() -> gr.Request | None:
    """Return the request of the event that is being handled; None outside a handler."""
    return LocalContext.request.get(None)


def upload_folder() -> Path:
    """Return the folder that uploads come into."""
    return Path(get_upload_folder())


def cache_file(component: gr.components.Component, content: bytes, name: str, *, clean: bool = False) -> str:
    """Write a file into the cache from which the page may show it.

    Args:
        component: Shows the file.
        content: Its bytes.
        name: Its name.
        clean: Remove it in time, as the component's own files; otherwise it stays as long as the server runs.

    Returns:
        Its path.
    """
    path: str = save_bytes_to_cache(content, name, component.GRADIO_CACHE)
    if clean:
        component.temp_files.add(path)
    return path


def keep_files(component: gr.components.Component, files: Any) -> None:
    """Have the cleaning of the cache pass over files.

    Args:
        component: Any component of the page.
        files: Yields their paths at every cleaning, and takes more by ``add`` and ``update``.
    """
    component.keep_in_cache = files


def keep_file(component: gr.components.Component, path: str) -> None:
    """Have the cleaning of the cache pass over a file as long as the server runs."""
    component.keep_in_cache.add(path)


def examples_chosen(examples: Examples) -> Any:
    """Return the event that has filled in an example, for ``success``."""
    return examples.load_input_event


class Sessions:
    """What the server keeps in memory of each page, by the id of its session."""

    def __init__(self, holder: Any) -> None:
        """Look into a ``StateHolder``: ``state_holder`` of a ``gr.Blocks`` or of the application that serves it."""
        self._holder = holder

    @classmethod
    def of(cls, app: Any) -> "Sessions":
        """Return those of a ``gr.Blocks`` or of the application that serves one; none before it is served."""
        return cls(getattr(app, "state_holder", None))

    def reopen(self, id: str) -> None:
        """Take back that a page was closed."""
        if id in self._holder:
            self._holder.session_data[id].is_closed = False

    def restart_clock(self, id: str) -> None:
        """Count the hour for which a closed page's states are kept from now on, not from when they were set."""
        if id in self._holder:
            ages = self._holder.session_data[id]._state_ttl
            ages.update({key: (limit, datetime.now()) for key, (limit, _) in ages.items()})

    def forget(self, ids: Iterable[str]) -> None:
        """Free everything of some sessions."""
        for id in ids:
            self._holder.delete_state(id)
            with self._holder.lock:
                self._holder.session_data.pop(id, None)
                self._holder.time_last_used.pop(id, None)

    def values(self) -> Iterator[tuple[str, Any]]:
        """Yield the id of a session and the value of a ``gr.State``, for all of them."""
        for id, session in tuple(self._holder.session_data.items()) if self._holder else ():
            for value in tuple(session.state_data.values()):
                yield id, value


class _Bare:
    """Stands in for an app of whose components a session need not know the configuration."""

    blocks = ()

    def __init__(self, app: gr.Blocks) -> None:
        self.default_config = app.default_config


class Session(SessionState):
    """What the server knows of one page, without a copy of what the page is shown.

    For each page that is opened, Gradio works out anew how all components are configured, and keeps it beside all that
    the page is shown, for links that bring a page back as it was: an eighth of a second in which nobody is answered,
    and half a megabyte.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        """Begin a session of an app."""
        super().__init__(cast(gr.Blocks, _Bare(blocks)))
        vars(self.blocks_config)["config_for_block"] = _unconfigured


def _unconfigured(*_: Any) -> dict[str, Any]:
    return {}


state_holder.SessionState = Session  # type: ignore[misc]


def calm(app: gr.Blocks) -> None:
    """Have an app's queue look for events two hundred times a second, not a thousand, and for progress ten times."""
    app._queue.sleep_when_free, app._queue.progress_update_sleep_when_free = _LOOK_S, _PROGRESS_S


def _part(*arguments: Any, **options: Any) -> Any:
    file = NamedTemporaryFile(*arguments, **options)
    parts = _PARTS.get()
    if parts is not None:
        parts.append(file.name)
    return file


# Gradio erases what it refuses as too large itself, but nothing of an upload that breaks off, has no end or a bad name.
route_utils.NamedTemporaryFile = _part  # type: ignore[attr-defined]


@contextmanager
def unfinished_uploads_erased() -> Iterator[None]:
    """Erase the parts of a request that have not become uploads when it ends, however it ends."""
    parts: list[str] = []
    before = _PARTS.set(parts)
    try:
        yield
    finally:
        _PARTS.reset(before)
        for part in parts:
            Path(part).unlink(missing_ok=True)
