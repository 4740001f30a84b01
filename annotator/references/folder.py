"""A folder dropped onto the *References* tab becomes a gallery; the owner's stays, a visitor's lasts for the visit."""

import queue
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from annotator.gradio_private import current_request
from annotator.messages import shown
from annotator.quota import FOLDERS, visitor
from annotator.references.search import VISIT, folder_of, keeps_uploads
from annotator.uploads import uploaded
from sketchpose.estimate import Estimator
from sketchpose.files import inside
from sketchpose.images import SUFFIXES, read_image
from sketchpose.retrieve.gallery.gallery import SHIPPED
from sketchpose.retrieve.gallery.indexing import IndexReport, index
from sketchpose.retrieve.gallery.sources import read_source

_MAX_FILES: Final = 2000
_MAX_VISITS: Final = 100
_KEPT_SECONDS: Final = 6 * 3600
"""How long a visitor's gallery outlives the last picture that was added to it."""


@dataclass(frozen=True)
class IndexingStep:
    """How far the indexing of a folder is.

    Attributes:
        done: Pictures.
        total: Of so many.
        file: What was done last.
    """

    done: int
    total: int
    file: str


def new_gallery(name: str, visit: str) -> tuple[str, Path]:
    """Return the name and the folder of the gallery for an uploaded folder.

    Args:
        name: Of the uploaded folder.
        visit: Name of the gallery that this visitor has already; empty for none.

    Raises:
        ValueError: Too many visitors have a gallery, or this one has added too many folders.
    """
    if keeps_uploads():
        allowed = "".join(letter if letter.isalnum() or letter in " .-" else " " for letter in name)
        name = " ".join(allowed.split())[:40].strip(" .-") or "pictures"
        name = f"my {name}" if name == SHIPPED or name.startswith(VISIT) else name
        return name, folder_of(name)
    FOLDERS.take(visitor(current_request()))
    name = visit or f"{VISIT}{secrets.token_hex(16)}"
    folder = folder_of(name)
    for old in folder.parent.glob(f"{VISIT}*"):
        if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    if len(list(folder.parent.glob(f"{VISIT}*"))) >= _MAX_VISITS and not folder.exists():
        raise ValueError(f"{_MAX_VISITS} visitors have a gallery here, which is the limit; come back in a few hours.")
    return name, folder


def index_folder(
    files: Sequence[Any], folder: Path, estimator: Callable[[], Estimator]
) -> Iterator[IndexingStep | IndexReport]:
    """Index uploaded pictures into a gallery; yields each step, and last the report.

    Args:
        files: Dictionaries of ``name``, the path within the uploaded folder, and ``path``, that of the upload.
        folder: The gallery's.
        estimator: Returns what finds people.

    Raises:
        ValueError: The folder holds no picture that can be read.
    """
    steps: queue.Queue[IndexingStep | IndexReport | Exception] = queue.Queue()
    originals = folder / "originals"

    def report_step(done: int, total: int, file: str) -> None:
        steps.put(IndexingStep(done, total, file))

    def work() -> None:
        try:
            refused = keep_pictures(files, originals, report_step)
            report = index(folder, read_source(originals), originals, estimator, progress=report_step)
            steps.put(replace(report, problems=refused | report.problems))
        except Exception as error:
            steps.put(error)

    threading.Thread(target=work, daemon=True).start()
    while isinstance(step := steps.get(), IndexingStep):
        yield step
    if isinstance(step, Exception):
        raise step
    yield step


def keep_pictures(
    files: Sequence[Any], folder: Path, progress: Callable[[int, int, str], None] | None = None
) -> dict[str, str]:
    """Copy the uploads that are pictures into a gallery, under their paths in the uploaded folder.

    Args:
        files: As in ``index_folder``.
        folder: Of the gallery's originals.
        progress: Called with pictures done, pictures in all, and what was done.

    Returns:
        What was left out: name -> why.

    Raises:
        ValueError: None of them is a picture that can be read.
    """
    wanted = [(str(file["name"]), uploaded(file["path"])) for file in list(files)[:_MAX_FILES]]
    refused: dict[str, str] = {}
    for done, (name, upload) in enumerate(wanted, 1):
        try:
            target = inside(folder, name)
            if target.suffix.lower() not in SUFFIXES:
                continue
            read_image(upload)
        except ValueError as error:
            refused[name] = shown(error)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(upload, target)
        if progress is not None:
            progress(done, len(wanted), f"{name} is checked")
    if not folder.is_dir():
        raise ValueError(" ".join(["it holds no pictures.", *list(refused.values())[:1]]))
    return refused
