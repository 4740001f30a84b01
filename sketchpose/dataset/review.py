"""Review: submitted work is accepted, rejected or corrected, each by a new revision; and how well annotators agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sketchpose.dataset.graph import ancestors
from sketchpose.dataset.person import Person
from sketchpose.dataset.query import Entry, Query
from sketchpose.dataset.records import Revision
from sketchpose.dataset.store import Dataset
from sketchpose.skeleton import NUM_KEYPOINTS, SIGMAS

Floats = NDArray[np.float64]


def queue(dataset: Dataset) -> list[Entry]:
    """Return the submitted revisions that nobody has judged yet, oldest first."""
    return dataset.entries(Query(which="heads", status=("submitted",), order="oldest"))


def accept(dataset: Dataset, id: str, author: str, note: str = "", settles: Iterable[str] = ()) -> Revision:
    """Accept a revision.

    Args:
        dataset: The dataset.
        id: Of the revision that was looked at.
        author: The reviewer.
        note: A remark for the annotator.
        settles: Ids of other heads of the drawing that the reviewer has seen and decided against.
    """
    return _judge(dataset, id, settles, author=author, note=note, status="accepted")


def reject(dataset: Dataset, id: str, author: str, note: str = "") -> Revision:
    """Send a revision back; the note says why."""
    return _judge(dataset, id, (), author=author, note=note, status="rejected")


def fix(
    dataset: Dataset,
    id: str,
    persons: Sequence[Person],
    author: str,
    note: str = "",
    settles: Iterable[str] = (),
    **changes: Any,
) -> Revision:
    """Accept a revision with the reviewer's corrections; arguments as in ``accept``."""
    given = {"persons": tuple(persons), "author": author, "note": note, "status": "accepted"}
    return _judge(dataset, id, settles, **(given | changes))


def _judge(dataset: Dataset, id: str, settles: Iterable[str], **changes: Any) -> Revision:
    others = [dataset.read(other) for other in settles if other != id]
    return dataset.save(dataset.read(id).child(*others, **changes))


@dataclass(frozen=True, eq=False)
class AnnotatorPair:
    """Two annotators' people on one drawing.

    Attributes:
        drawing: Hash of the picture.
        name: Its file name.
        authors: The two, in alphabetical order.
        revisions: Ids of their revisions, in that order.
        oks: (n,) object keypoint similarity of the n people both have, each the mean over the joints both labelled.
        joints: (n, 17) similarity per joint; NaN where one of the two did not label it.
        alone: Number of people whom only one of the two has.
    """

    drawing: str
    name: str
    authors: tuple[str, str]
    revisions: tuple[str, str]
    oks: Floats
    joints: Floats
    alone: int


@dataclass(frozen=True, eq=False)
class Agreement:
    """How well annotators agree where two did the same drawing, neither starting from the other's work.

    Attributes:
        pairs: One per drawing and two annotators.
        joints: (17,) mean similarity per joint; NaN where no two labelled it.
        counts: (17,) number of people behind each mean.
    """

    pairs: tuple[AnnotatorPair, ...]
    joints: Floats
    counts: NDArray[np.int64]

    @property
    def oks(self) -> float:
        """Mean over all people; NaN without any."""
        values = np.concatenate([pair.oks for pair in self.pairs]) if self.pairs else np.zeros(0)
        return float(values.mean()) if len(values) else float("nan")


def agreement(dataset: Dataset) -> Agreement:
    """Compare annotators on the drawings that two or more of them did independently."""
    authors: dict[str, set[str]] = {}
    for entry in dataset.entries(Query(which="all")):
        authors.setdefault(entry.drawing, set()).add(entry.author)
    pairs: list[AnnotatorPair] = []
    for drawing in sorted(d for d, names in authors.items() if len(names) > 1):
        pairs += _pairs(dataset, drawing)
    stack = np.concatenate([np.zeros((0, NUM_KEYPOINTS)), *(pair.joints for pair in pairs)])
    counts = np.isfinite(stack).sum(0)
    sums = np.nansum(stack, 0)
    means = np.divide(sums, counts, out=np.full(NUM_KEYPOINTS, np.nan), where=counts > 0)
    return Agreement(tuple(pairs), means, counts)


def compare_people(first: Sequence[Person], second: Sequence[Person]) -> tuple[Floats, Floats, int]:
    """Match two annotators' people, best first, and compare their joints.

    The tolerance of a joint follows from the mean of the two areas, so that neither side counts as the truth.

    Returns:
        (n,) OKS, (n, 17) similarity per joint with NaN where one of the two has no label, and how many are unmatched.
    """
    mine = [person for person in first if person.pose.labelled.any() and not person.crowd]
    yours = [person for person in second if person.pose.labelled.any() and not person.crowd]
    grid = np.array([[similarity(a, b) for b in yours] for a in mine]).reshape(len(mine), len(yours), NUM_KEYPOINTS)
    both = np.isfinite(grid)
    score = np.nansum(grid, 2) / np.maximum(both.sum(2), 1)
    rows: list[tuple[int, int]] = []
    for _ in range(min(len(mine), len(yours))):
        i, j = np.unravel_index(int(score.argmax()), score.shape)
        if score[i, j] <= 0:
            break
        rows.append((int(i), int(j)))
        score[i, :], score[:, j] = -1, -1
    joints = np.array([grid[i, j] for i, j in rows]).reshape(-1, NUM_KEYPOINTS)
    return np.nanmean(joints, axis=1), joints, len(mine) + len(yours) - 2 * len(rows)


def similarity(a: Person, b: Person) -> Floats:
    """Return the (17,) keypoint similarity of two annotations of a person; NaN where one has no label."""
    areas = [person.pose.area if person.area is None else person.area for person in (a, b)]
    squared = ((a.pose.keypoints.astype(np.float64) - b.pose.keypoints) ** 2).sum(1)
    values = np.exp(-squared / ((2 * SIGMAS) ** 2 * 2 * float(np.mean(areas))))
    return np.where(a.pose.labelled & b.pose.labelled, values, np.nan)


def _pairs(dataset: Dataset, drawing: str) -> list[AnnotatorPair]:
    graph = dataset.index.graph(drawing)
    own: dict[str, Revision] = {}
    people: dict[str, Any] = {}
    for id in graph:
        revision = dataset.read(id)
        people[id] = revision.people_json()
        # Accepting or tagging somebody else's work is not an annotation of one's own.
        if not revision.deleted and all(people.get(parent) != people[id] for parent in revision.parents):
            own[revision.author] = revision
    pairs = []
    for one, two in combinations(sorted(own), 2):
        a, b = own[one], own[two]
        if a.id in ancestors(b.id, graph) or b.id in ancestors(a.id, graph):
            continue
        oks, joints, alone = compare_people(a.persons, b.persons)
        pairs.append(AnnotatorPair(drawing, a.image.name, (one, two), (a.id, b.id), oks, joints, alone))
    return pairs
