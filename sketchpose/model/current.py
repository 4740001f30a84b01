"""Which keypoint model is the default: the promoted one, else the one that comes with the package.

    HOME/models/NAME-DIGEST/     a promoted model folder, never changed once it is there
    HOME/models/current.json     the pointer: {"format": 1, "model": "NAME-DIGEST" or null, "before": [...]}
    HOME/models/history.jsonl    one line for every promotion, refusal and way back

The pointer is replaced in one step, so a reader sees the old model or the new one. ``null`` stands for the packaged
model; ``before`` lists what was in use earlier, the latest last.
"""

import json
import os
import shutil
import time
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from sketchpose.files import locked, write_atomic
from sketchpose.home import home_folder
from sketchpose.model.folder import CARD, GRAPH, WEIGHTS, ModelFolder

PACKAGED: Final = "sketch-thunder"
POINTER: Final = "current.json"
HISTORY: Final = "history.jsonl"
_FORMAT: Final = 1
_KEPT: Final = 50
"""How many steps back the pointer remembers."""


def models_folder() -> Path:
    """Return the folder of promoted models; it need not exist."""
    return home_folder() / "models"


@dataclass(frozen=True)
class Pointer:
    """The content of the pointer file.

    Attributes:
        model: Folder name of the promoted model; None for the packaged one.
        before: What was in use earlier, the latest last.
    """

    model: str | None = None
    before: tuple[str | None, ...] = ()

    @classmethod
    def read(cls) -> Self:
        """Read the pointer; without a file it points to the packaged model.

        Raises:
            ValueError: The file is not a pointer.
        """
        path = models_folder() / POINTER
        try:
            record = json.loads(path.read_text("utf-8"))
            model, before = record["model"], tuple(record["before"])
            if record["format"] != _FORMAT or not all(name is None or _is_name(name) for name in (model, *before)):
                raise ValueError(f"unexpected content {str(record)[:80]}")
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path} cannot be read ({error}): promote a model again, or delete the file.") from None
        return cls(model, before)

    def write(self) -> None:
        """Replace the pointer file in one step."""
        record = {"format": _FORMAT, "model": self.model, "before": list(self.before[-_KEPT:])}
        write_atomic(models_folder() / POINTER, (json.dumps(record, indent=1) + "\n").encode())


def stamp() -> tuple[int, int, int] | None:
    """Return a value that changes with the pointer, at the cost of one ``stat``; None while there is no pointer."""
    try:
        stat = os.stat(models_folder() / POINTER)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def find_default() -> tuple[ModelFolder, str]:
    """Open the default model.

    Returns:
        The model folder, and why it is the packaged one although another was promoted; empty when all is well.

    Raises:
        ValueError: The packaged model cannot be used either.
    """
    try:
        pointer = Pointer.read()
        if pointer.model is not None:
            model = ModelFolder.open(models_folder() / pointer.model)
            if model.card.people != 1:
                raise ValueError(f"{model.path} finds several people, a keypoint model reads one.")
            return model, ""
    except (ValueError, OSError) as error:
        return ModelFolder.open(PACKAGED), (
            f"The promoted model cannot be used, so the packaged {PACKAGED} answers: {error} "
            "`sketchpose promote --rollback` goes back to the model before."
        )
    return ModelFolder.open(PACKAGED), ""


def open_default() -> ModelFolder:
    """Open the default model, with a warning where a promoted one had to be left out."""
    model, trouble = find_default()
    if trouble:
        warnings.warn(trouble, RuntimeWarning, stacklevel=3)
    return model


def switch(candidate: ModelFolder, note: dict[str, Any]) -> ModelFolder:
    """Make a model the default: copy it to the home folder, check the copy, then move the pointer.

    Args:
        candidate: The model.
        note: What the history keeps beside time and names.

    Raises:
        ValueError: The copy does not match its card.
        OSError: The disk is full or cannot be written; the default is then unchanged.
    """
    folder = models_folder()
    name = f"{candidate.card.name}-{candidate.card.sha256[WEIGHTS][:12]}"
    if not _is_name(name):
        raise ValueError(f"{candidate.card.name!r} cannot name a folder: use letters, digits, dots and dashes.")
    with locked(models_folder()):
        if not (folder / name).is_dir():
            scratch = folder / f".incoming-{uuid.uuid4().hex}"
            try:
                scratch.mkdir()
                for file in (WEIGHTS, GRAPH, CARD):
                    write_atomic(scratch / file, (candidate.path / file).read_bytes())
                os.rename(scratch, folder / name)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        model = ModelFolder.open(folder / name)
        try:
            now = Pointer.read()
        except ValueError:
            now = Pointer()
        if now.model != name:
            Pointer(name, (*now.before, now.model)).write()
        _tell("promoted", model=name, previous=now.model, **note)
    return model


def roll_back() -> tuple[str, str]:
    """Go back to the model that was the default before; one step of the way that promotions made.

    Returns:
        Names of the model that was left and of the one that answers now.

    Raises:
        ValueError: There is nothing to go back to.
    """
    with locked(models_folder()):
        try:
            now = Pointer.read()
        except ValueError:
            now = Pointer("(unreadable)", (None,))
        if not now.before:
            raise ValueError(f"There is no earlier model to go back to: {now.model or PACKAGED} is the first.")
        Pointer(now.before[-1], now.before[:-1]).write()
        _tell("rolled back", model=now.before[-1], previous=now.model)
    return now.model or PACKAGED, now.before[-1] or PACKAGED


def refuse(model: str, note: dict[str, Any]) -> None:
    """Write into the history that a candidate was measured and refused."""
    with locked(models_folder()):
        _tell("refused", model=model, **note)


def history() -> list[dict[str, Any]]:
    """Return what happened to the default model, oldest first; a line cut off by a crash is left out."""
    try:
        lines = (models_folder() / HISTORY).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    events = []
    for line in lines:
        try:
            events.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return events


def _tell(action: str, **what: Any) -> None:
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "action": action, **what}
    with (models_folder() / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _is_name(name: object) -> bool:
    # The pointer may be edited by hand: it must not lead out of the folder.
    return isinstance(name, str) and 0 < len(name) <= 200 and name == Path(name).name and not name.startswith(".")
