"""What a long run has found so far, line by line in a file beside its output, so that a run that was stopped goes on.

The first line says what was asked; a file of another question is started afresh. The file is deleted when
the output is written.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from sketchpose.formats import PosedImage
from sketchpose.pose import Pose


class Partial:
    """Poses found so far."""

    def __init__(self, target: Path | None, question: Mapping[str, Any]) -> None:
        """Go on with what an earlier run of the same question left.

        Args:
            target: The output; None keeps nothing.
            question: What was asked, as plain values.
        """
        self.path = None if target is None else target.with_name(f"{target.name}.partial")
        self._known: dict[str, dict[str, Any]] = {}
        if self.path is None:
            return
        lines = self.path.read_bytes().splitlines() if self.path.is_file() else []
        # A line that a kill cut off is no JSON; what came before it counts.
        whole = [record for line in lines if (record := _parsed(line)) is not None]
        if whole and whole[0] == {"question": dict(question)}:
            self._known = {record["name"]: record for record in whole[1:] if "name" in record}
        else:
            lines = [json.dumps({"question": dict(question)}).encode()]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"".join(line + b"\n" for line in lines))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self.path is not None:
            self.path.unlink(missing_ok=True)

    def __len__(self) -> int:
        return len(self._known)

    def find(self, name: str, path: Path) -> PosedImage | None:
        """Return what an earlier run found in a picture; None without, or when the file has changed since."""
        record = self._known.get(name)
        if record is None or record["stamp"] != _stamp(path):
            return None
        poses = [Pose(**pose) for pose in record["poses"]]
        return PosedImage(name, record["width"], record["height"], tuple(poses))

    def add(self, image: PosedImage, path: Path) -> None:
        """Keep what was found in a picture."""
        if self.path is None:
            return
        poses = [
            {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(pose).items()}
            for pose in image.poses
        ]
        record = {"name": image.name, "stamp": _stamp(path), "width": image.width, "height": image.height}
        with self.path.open("ab") as file:
            file.write(json.dumps(record | {"poses": poses}).encode() + b"\n")
        self._known[image.name] = record | {"poses": poses}


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]
