"""Erasing for good, when a contributor asks: the files are removed, and a hash stays that keeps them from returning."""

from dataclasses import dataclass

from sketchpose.dataset.query import Query
from sketchpose.dataset.splits import forget_group
from sketchpose.dataset.store import Dataset
from sketchpose.dataset.tombstones import Kind, Tombstone


@dataclass(frozen=True)
class Erased:
    """What an erasure removed.

    Attributes:
        revisions: Number of revisions.
        images: Number of pictures.
        tombstones: Names of the files that keep them from returning; copies of the dataset need these.
    """

    revisions: int
    images: int
    tombstones: tuple[str, ...]


def erase(dataset: Dataset, *, image: str = "", author: str = "", artist: str = "") -> Erased:
    """Remove a picture with everything known about it, all revisions of an author, or all pictures of an artist.

    Pictures left without any revision go too. The tombstone is on disk before the first file is removed, so an
    erasure that is interrupted is completed when the dataset is next read.

    Args:
        dataset: The dataset.
        image: Hash of a picture.
        author: Name of an annotator. What others made from this work stays theirs.
        artist: Name of an artist.

    Raises:
        ValueError: Not exactly one of the three was given, or the dataset holds nothing by that name.
    """
    wanted: list[tuple[Kind, str]] = [("image", image), ("author", author), ("artist", artist)]
    chosen = [(kind, name) for kind, name in wanted if name]
    if len(chosen) != 1:
        raise ValueError("Name exactly one of image, author and artist; erase them one after the other.")
    kind, name = chosen[0]
    dataset.sync()
    column = "drawing" if kind == "image" else kind
    ids = dataset.index.ids(column, name)
    if not ids and not (kind == "image" and name in dataset.layout.image_files()):
        raise ValueError(f"The dataset holds nothing of {kind} {name[:80]!r}; check the spelling.")
    now = dataset.now()
    stones = [Tombstone.of(kind, name, now)]
    if kind == "artist":
        stones += [Tombstone.of("image", drawing, now) for drawing in sorted(dataset.index.drawings(ids))]
    revisions, images = _count(dataset)
    for stone in stones:
        stone.write(dataset.layout.erased)
    dataset.sync()
    _clear_quarantine(dataset, name)
    if kind == "artist":
        forget_group(dataset, name)
    dataset.index.shrink()
    left = _count(dataset)
    return Erased(revisions - left[0], images - left[1], tuple(stone.file for stone in stones))


def _count(dataset: Dataset) -> tuple[int, int]:
    return len(dataset.index.select(Query(which="all", deleted=True))), len(dataset.layout.image_files())


def _clear_quarantine(dataset: Dataset, name: str) -> None:
    """Remove damaged files that mention what was erased: nobody can tell what else is in them."""
    needle = name.encode()
    for path in dataset.layout.quarantine.glob("*"):
        if needle in path.name.encode() or needle in path.read_bytes():
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".reason.txt").unlink(missing_ok=True)
