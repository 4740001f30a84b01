"""Galleries ready for searches, kept in memory and read again when they change; and the results of a search."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sketchpose.pose import Pose, short_floats
from sketchpose.retrieve.engines.base import Engine, load_engine
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import Gallery, gallery_folder
from sketchpose.retrieve.people import pose_scores
from sketchpose.retrieve.query import Match, Options, SearchableGallery, search


@dataclass(frozen=True, eq=False)
class SearchResult:
    """One result with the picture it is in.

    Attributes:
        match: As from ``search``.
        entry: The picture.
        pose: The person.
    """

    match: Match
    entry: GalleryEntry
    pose: Pose

    def to_json(self) -> dict[str, Any]:
        """Return image, score, box, keypoints (17 times x, y, score), mirrored and tags."""
        scores = pose_scores(self.pose)[:, None]
        rows = np.concatenate([np.where(scores > 0, self.pose.keypoints, 0), scores], 1)
        return {
            "image": self.entry.path,
            "score": round(self.match.score, 2),
            "box": short_floats(self.pose.box),
            "keypoints": [short_floats(row) for row in rows.astype(np.float32)],
            "mirrored": self.match.mirrored,
            "tags": list(self.entry.tags),
        }


class Shelf:
    """A gallery and its descriptors in an engine."""

    def __init__(self, gallery: Gallery, engine: Engine | None = None) -> None:
        """Describe the people of a gallery, or take their descriptors from disk where those are of this version."""
        self.gallery = gallery
        self.searchable = SearchableGallery(gallery.people, gallery.descriptors, engine)

    def find(self, pose: Pose, options: Options, *, one_per_pose: bool = False) -> list[SearchResult]:
        """Search.

        Args:
            pose: What to look for.
            options: How.
            one_per_pose: Of pictures that show one pose from several sides only the best.

        Raises:
            ValueError: Too few joints of the query count.
        """
        wider = replace(options, k=8 * options.k) if one_per_pose else options
        results = [self.found(match) for match in search(pose, self.searchable, wider)]
        if one_per_pose:
            groups: dict[str, SearchResult] = {}
            for result in results:
                groups.setdefault(result.entry.group or result.entry.path, result)
            results = list(groups.values())
        return results[: options.k]

    def found(self, match: Match) -> SearchResult:
        """Return a match with its picture and person."""
        entry = self.gallery.entries[match.image]
        return SearchResult(match, entry, entry.poses[self.gallery.number[match.row]])


class Library:
    """Shelves by name; threads may share it."""

    def __init__(
        self, folder: Callable[[str], Path] = gallery_folder, engine: Callable[[str], Engine | None] = lambda name: None
    ) -> None:
        """Begin with no gallery in memory.

        Args:
            folder: Says where the gallery of a name lies.
            engine: Makes the engine for the gallery of a name; None searches in memory.
        """
        self._folder, self._engine = folder, engine
        self._shelves: dict[Path, Shelf] = {}
        self._lock = threading.Lock()

    def shelf(self, name: str) -> Shelf:
        """Return a gallery ready for searches, as it is on disk now.

        Raises:
            ValueError: There is none of this name, or a newer version of this program wrote it.
        """
        folder = self._folder(name)
        with self._lock:
            kept = self._shelves.get(folder)
            gallery = kept.gallery.fresh() if kept else Gallery(folder)
            if kept is None or gallery is not kept.gallery:
                self._shelves[folder] = kept = Shelf(gallery, self._engine(name))
            return kept


def engine_at(url: str) -> Callable[[str], Engine | None]:
    """Return what makes the engine of a gallery: a Qdrant server at an address, or none for an empty one."""

    def engine(name: str) -> Engine | None:
        plain = "".join(letter if letter.isalnum() else "-" for letter in name)
        return load_engine("qdrant", url=url, collection=f"sketchpose-{plain}") if url else None

    return engine
