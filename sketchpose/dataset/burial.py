"""Carrying out tombstones: the files they cover go, whether they were here before or came with another copy."""

from collections.abc import Iterable, Sequence

from sketchpose.dataset.index import Index
from sketchpose.dataset.layout import Layout
from sketchpose.dataset.tombstones import Tombstone


def bury(layout: Layout, index: Index, stones: Sequence[Tombstone]) -> int:
    """Remove the files of indexed revisions that tombstones cover; each tombstone is carried out once.

    Returns:
        How many revision files were removed.
    """
    done = index.applied()
    fresh = [stone for stone in stones if stone.file not in done]
    if not fresh:
        return 0
    ids: set[str] = set()
    for stone in fresh:
        if stone.kind == "image":
            ids |= set(index.ids("drawing", stone.hash))
            remove_image(layout, stone.hash)
            continue
        names = [name for name in index.values(stone.kind) if stone.matches(name)]
        ids |= {id for name in names for id in index.ids(stone.kind, name, until=stone.time)}
    drawings = index.drawings(ids)
    for id in ids:
        layout.revision(id).unlink(missing_ok=True)
    index.update(gone=ids)
    remove_orphans(layout, index, drawings)
    index.apply(stone.file for stone in fresh)
    return len(ids)


def remove_orphans(layout: Layout, index: Index, drawings: Iterable[str]) -> int:
    """Remove the pictures of drawings that have no revision any more; returns how many."""
    return sum(remove_image(layout, drawing) for drawing in set(drawings) if index.state(drawing) is None)


def remove_image(layout: Layout, hash: str) -> int:
    """Remove a stored picture; returns 1 if it was there."""
    found = list((layout.images / hash[:2]).glob(f"{hash}.*"))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)
