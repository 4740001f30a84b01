"""What the dataset holds, as numbers and arrays for tables and plots."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.dataset.query import Entry, Query
from sketchpose.dataset.records import Revision
from sketchpose.dataset.splits import read_splits
from sketchpose.dataset.store import Dataset
from sketchpose.pose import HIDDEN, VISIBLE, Pose
from sketchpose.progress import Progress, counted
from sketchpose.skeleton import BODY, KEYPOINTS, NUM_KEYPOINTS

Floats = NDArray[np.float64]
_DAY: Final = 86400.0
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, eq=False)
class PoseMap:
    """People laid out so that similar poses lie together.

    Attributes:
        points: (n, 2) coordinates, the first axis explaining the most.
        drawings: Drawing of each person.
        persons: Id of each person within its drawing.
        explained: Share of the differences between poses that the two axes show, in 0..1.
    """

    points: Floats
    drawings: tuple[str, ...]
    persons: tuple[str, ...]
    explained: float


@dataclass(frozen=True, eq=False)
class Statistics:
    """A dataset in numbers. Drawings are counted by their current revision, deleted ones left out.

    Attributes:
        drawings: Number of drawings.
        people: Number of people, crowds left out.
        conflicts: Drawings with several heads.
        status: Drawings by status.
        sources: Drawings by source.
        artists: Drawings by artist.
        licences: Drawings by licence.
        consents: Drawings by consent.
        splits: Drawings by split; empty before they are frozen.
        difficulty: People by annotated difficulty.
        visible: (17,) people whose joint is labelled and visible.
        hidden: (17,) people whose joint is labelled and hidden.
        edited: (17,) people whose joint was set or confirmed by hand.
        moved: (17,) mean distance from prediction to annotation as a share of the box's longer side, over joints with
            both; NaN without any.
        days: (d,) days with a revision, as days since 1970.
        growth: (d,) drawings that had been annotated by the end of each day.
        authors: Revisions by author, over the whole history.
        seconds: Mean seconds of work per revision by author, where the editor counted.
        poses: Map of the poses; None with fewer than three people.
    """

    drawings: int
    people: int
    conflicts: int
    status: Mapping[str, int]
    sources: Mapping[str, int]
    artists: Mapping[str, int]
    licences: Mapping[str, int]
    consents: Mapping[str, int]
    splits: Mapping[str, int]
    difficulty: Mapping[str, int]
    visible: NDArray[np.int64]
    hidden: NDArray[np.int64]
    edited: NDArray[np.int64]
    moved: Floats
    days: NDArray[np.int64]
    growth: NDArray[np.int64]
    authors: Mapping[str, int]
    seconds: Mapping[str, float]
    poses: PoseMap | None = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return JSON-ready data; NaN becomes null, the map of poses is left out."""
        plain = {name: value for name, value in vars(self).items() if name != "poses"}
        moved = [None if np.isnan(v) else v for v in self.moved.tolist()]
        arrays = {n: v.tolist() for n, v in plain.items() if isinstance(v, np.ndarray)}
        return {**plain, **arrays, "moved": moved, "joints": list(KEYPOINTS)}


def statistics(dataset: Dataset, *, poses: bool = True, progress: Progress | None = None) -> Statistics:
    """Count everything.

    Args:
        dataset: The dataset.
        poses: Also lay out the poses.
        progress: Called with drawings read and drawings in all.
    """
    entries = dataset.entries(Query(order="drawing"))
    revisions = [dataset.read(entry.id) for entry in counted(entries, len(entries), progress)]
    people = [person for r in revisions for person in r.persons if not person.crowd]
    seen = np.array([person.pose.visibility for person in people]).reshape(-1, NUM_KEYPOINTS)
    edited = np.array([person.edited & person.pose.labelled for person in people]).reshape(-1, NUM_KEYPOINTS)
    history = dataset.index.select(Query(which="all", deleted=True))
    days, growth = _growth(history)
    splits = read_splits(dataset)
    worked: dict[str, list[float]] = {}
    for entry in history:
        if entry.seconds:
            worked.setdefault(entry.author or UNKNOWN, []).append(entry.seconds)
    return Statistics(
        drawings=len(entries),
        people=len(people),
        conflicts=sum(entry.conflict for entry in entries),
        status=_count(entry.status for entry in entries),
        sources=_count(entry.source for entry in entries),
        artists=_count(entry.artist for entry in entries),
        licences=_count(entry.licence for entry in entries),
        consents=_count(entry.consent for entry in entries),
        splits=_count(splits.split_of(entry) for entry in entries) if splits else {},
        difficulty=_count(str(person.attributes.get("difficulty", "")) for person in people),
        visible=(seen == VISIBLE).sum(0),
        hidden=(seen == HIDDEN).sum(0),
        edited=edited.sum(0),
        moved=_moved(revisions),
        days=days,
        growth=growth,
        authors=_count(entry.author for entry in history),
        seconds={author: float(np.mean(values)) for author, values in sorted(worked.items())},
        poses=pose_map(revisions) if poses else None,
    )


def pose_map(revisions: Sequence[Revision]) -> PoseMap | None:
    """Lay out people by the similarity of their poses: principal components of their joints.

    The 12 body joints are centred on their mean and divided by their spread, so that place and size in the picture do
    not count; people with fewer than eight of them are left out, and a missing joint takes the mean of the others'.

    Args:
        revisions: The drawings.

    Returns:
        None with fewer than three people.
    """
    body = list(BODY)
    chosen = [
        (r.drawing, person.id, _normalised(person.pose))
        for r in revisions
        for person in r.persons
        if not person.crowd and int(person.pose.labelled[body].sum()) >= 8
    ]
    if len(chosen) < 3:
        return None
    rows = np.array([row for _, _, row in chosen])
    present = np.isfinite(rows)
    mean = np.where(present, rows, 0).sum(0) / np.maximum(present.sum(0), 1)
    centred = np.where(present, rows - mean, 0.0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(chosen), 2))
    points[:, : min(2, len(sizes))] = (left * sizes)[:, :2]
    # The sign of a component is arbitrary; fixed, so that the map does not flip from one day to the next.
    points *= np.where(points[np.abs(points).argmax(0), [0, 1]] < 0, -1.0, 1.0)
    total = float((sizes**2).sum())
    explained = float((sizes[:2] ** 2).sum() / total) if total else 1.0
    return PoseMap(points, tuple(c[0] for c in chosen), tuple(c[1] for c in chosen), explained)


def _normalised(pose: Pose) -> Floats:
    labelled = pose.labelled[list(BODY)]
    points = pose.keypoints[list(BODY)].astype(np.float64)
    points -= points[labelled].mean(0)
    spread = np.sqrt((points[labelled] ** 2).sum(1).mean())
    row: Floats = np.where(labelled[:, None], points / max(spread, 1e-9), np.nan).ravel()
    return row


def _growth(history: Sequence[Entry]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first: dict[str, float] = {}
    for entry in history:
        first[entry.drawing] = min(first.get(entry.drawing, entry.time), entry.time)
    days, counts = np.unique(np.array([t // _DAY for t in first.values()], np.int64), return_counts=True)
    return days, np.cumsum(counts)


def _moved(revisions: Iterable[Revision]) -> Floats:
    sums, counts = np.zeros(NUM_KEYPOINTS), np.zeros(NUM_KEYPOINTS)
    for revision in revisions:
        for person in revision.persons:
            if person.predicted is not None and not person.crowd:
                both = person.pose.labelled & person.predicted.labelled
                side = float((person.pose.box[2:] - person.pose.box[:2]).max())
                distance = np.linalg.norm(person.pose.keypoints - person.predicted.keypoints, axis=1) / side
                sums += np.where(both, distance, 0)
                counts += both
    means: Floats = np.divide(sums, counts, out=np.full(NUM_KEYPOINTS, np.nan), where=counts > 0)
    return means


def _count(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(value or UNKNOWN for value in values).most_common())
