"""The drawings of the open dataset as references: public domain and open licences, each with its true joints.

They come from where they are published, checked and cut as ``dataset fetch sketches`` does it, and stay in the folder
of the gallery. The people are those of the annotations, so nothing is estimated.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sketchpose.dataset.sketches.fetch import WORKERS, coco_document, fetch_files
from sketchpose.dataset.sketches.manifest import Sketch, read_sketches
from sketchpose.estimate import load_estimator
from sketchpose.formats import AnnotatedImage, Notes, read_poses
from sketchpose.progress import Progress
from sketchpose.retrieve.gallery.gallery import IndexRun
from sketchpose.retrieve.gallery.indexing import IndexReport, index
from sketchpose.retrieve.gallery.sources import MAX_TAG, Item

MASTERS: Final = "masters"
OPEN: Final = frozenset({"public domain", "CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-4.0", "MIT"})
"""Licences under which a drawing may be shown and handed on with its credit."""
_FACING: Final = {"front": "front", "back": "back", "left": "facing left", "right": "facing right"}


@dataclass(frozen=True)
class MastersReport:
    """What a run did.

    Attributes:
        indexed: What came into the gallery.
        missing: A sentence for each drawing that could not be fetched.
        closed: Drawings left out, because their licence is none of ``OPEN``.
    """

    indexed: IndexReport
    missing: tuple[str, ...]
    closed: int


def add_masters(
    folder: Path,
    *,
    mirror: str = "",
    workers: int = WORKERS,
    sketches: Sequence[Sketch] | None = None,
    progress: Progress | None = None,
) -> MastersReport:
    """Fetch the open drawings that a gallery lacks, and index them with the people of their annotations.

    Args:
        folder: The gallery's; made when missing.
        mirror: Address of a copy of the servers, below which the same paths lie; empty asks the servers themselves.
        workers: Files requested at a time, at least 1.
        sketches: What to take; None takes the whole manifest.
        progress: Called with files fetched and files in all.

    Raises:
        ValueError: A newer version of this program wrote the gallery.
        OSError: The disk is full.
    """
    known = read_sketches() if sketches is None else sketches
    wanted = [sketch for sketch in known if sketch.licence in OPEN]
    IndexRun(folder)  # a gallery that cannot be written is refused before anything is fetched
    here, missing = fetch_files(wanted, folder / MASTERS, mirror=mirror, workers=workers, progress=progress)
    report = index(folder, _items(folder / MASTERS, here), folder / MASTERS, load_estimator)
    return MastersReport(report, missing, len(known) - len(wanted))


def _items(folder: Path, here: Mapping[Path, Sketch]) -> list[Item]:
    document = json.dumps(coco_document(folder, here)).encode()
    annotated: list[AnnotatedImage] = read_poses(document, "annotations.json", Notes())[0] if here else []
    return [
        Item(path, tags=_tags(sketch), credit=_credit(sketch), annotated=image)
        for (path, sketch), image in zip(here.items(), annotated, strict=True)
    ]


def _tags(sketch: Sketch) -> tuple[str, ...]:
    facing = [str(person.get("attributes", {}).get("facing", "")) for person in sketch.people]
    views = [_FACING[side] for side in facing if side in _FACING]
    by = f"by {sketch.source.replace('-', ' ')}"[:MAX_TAG]
    return tuple(dict.fromkeys(word for word in ("drawing", sketch.style, by, *views) if word))


def _credit(sketch: Sketch) -> str:
    return f"{sketch.artist}, {sketch.work}, {sketch.licence}"
