"""Drawings to start with: those of the built-in gallery, whose joints were set by hand."""

from pathlib import Path
from typing import Final

import sketchpose
from sketchpose.dataset.importers import ImportReport, import_files
from sketchpose.dataset.store import Dataset
from sketchpose.progress import Progress

STARTER: Final = Path(sketchpose.__file__).with_name("retrieve") / "reference" / "annotations.json"
STARTER_DRAWINGS: Final = 41
"""Open Peeps and stick men of Open Clip Art; CC0 or public domain."""


def load_starter(dataset: Dataset, progress: Progress | None = None) -> ImportReport:
    """Add the starter drawings to a dataset as accepted; those that are there already are left as they are.

    Args:
        dataset: The dataset.
        progress: Called with drawings done and drawings in all.

    Raises:
        OSError: The disk is full.
    """
    return import_files(dataset, STARTER, "coco", consent="licence", status="accepted", progress=progress)
