"""People of the dataset with their labels, side by side on one picture for a quick check."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from sketchpose.crop import Crop
from sketchpose.dataset.query import Entry
from sketchpose.dataset.store import Dataset
from sketchpose.encode import encode
from sketchpose.files import write_atomic
from sketchpose.images import Pixels, read_image
from sketchpose.overlay import draw, skeleton
from sketchpose.pose import HIDDEN
from sketchpose.sheet import contact_sheet

_TILE: Final = 280
_COLUMNS: Final = 6


def write_sheets(dataset: Dataset, entries: Sequence[Entry], folder: Path) -> list[Path]:
    """Write one picture for each source: every person with the labels, hidden joints hollow.

    Args:
        dataset: The dataset.
        entries: What to show.
        folder: Where ``SOURCE.png`` goes; created if need be, an older sheet is replaced.

    Raises:
        ValueError: There is nobody on these drawings.
        OSError: The disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for source in sorted({entry.source for entry in entries if entry.people}):
        sheet = label_sheet(dataset, (entry for entry in entries if entry.source == source))
        written.append(folder / f"{re.sub(r'[^a-zA-Z0-9-]+', '_', source) or 'unknown'}.png")
        write_atomic(written[-1], encode(sheet))
    if not written:
        raise ValueError("There is nobody on these drawings; choose others.")
    return written


def label_sheet(dataset: Dataset, entries: Iterable[Entry]) -> Pixels:
    """Return the people of some drawings with their labels as one picture (H, W, 3).

    Raises:
        ValueError: There is nobody.
    """
    tiles, captions = [], []
    for entry in entries:
        revision = dataset.read(entry.id)
        pixels = read_image(dataset.image_path(revision.image)).pixels
        for number, person in enumerate(revision.persons, 1):
            square = Crop.around(person.pose.box, _TILE, 1.15)
            # Faint, so that the skeleton stands out.
            tile: Pixels = 255 - (255 - square.cut(pixels)) // 2
            hidden = person.pose.visibility == HIDDEN
            draw(tile, skeleton(square.to_crop(person.pose.keypoints), person.pose.labelled, 2, unsure=hidden))
            tiles.append(tile)
            captions.append(f"{revision.image.name} {number}")
    return contact_sheet(tiles, captions, columns=_COLUMNS)
