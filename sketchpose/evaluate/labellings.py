"""How well two labellings of the same people agree: from two files of annotations, without the pictures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.evaluate.scores import oks_matrix, swaps
from sketchpose.evaluate.truth import TruePerson, true_person
from sketchpose.formats import FormatError, Notes, read_poses
from sketchpose.pose import Pose, iou
from sketchpose.skeleton import KEYPOINTS, NUM_KEYPOINTS

_SAME_BOX: Final = 0.5
_THRESHOLDS: Final = np.linspace(0.5, 0.95, 10)
_DRAWS: Final = 4000


@dataclass(frozen=True, eq=False)
class Labellings:
    """Two labellings of the same people, compared.

    Attributes:
        oks: (n,) object keypoint similarity of each person whom both have, over the joints that both give.
        alone: People whom one of the two lacks.
        exchanged: Left and right joints, apart in the first, that fit better when those of the second are exchanged.
        pairs: How many such pairs both give.
        first_only: (17,) how often the first alone gives a joint.
        second_only: (17,) likewise the second.
        both: (17,) how often both do.
    """

    oks: NDArray[np.float64]
    alone: int
    exchanged: int
    pairs: int
    first_only: NDArray[np.int64]
    second_only: NDArray[np.int64]
    both: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.float64]:
        """(n,) share of COCO's ten thresholds, .50 to .95, that the similarity of a person reaches."""
        return np.asarray((self.oks[:, None] >= _THRESHOLDS).mean(1), np.float64)

    def table(self) -> str:
        """Return the results as text."""
        given = int((self.first_only + self.second_only + self.both).sum())
        once = [f"{name} {n}" for name, n in zip(KEYPOINTS, self.first_only + self.second_only, strict=True) if n]
        lines = [
            f"{len(self.oks)} people in both, {self.alone} in one only; 95 % intervals over people",
            f"mean OKS over the joints that both give: {_interval(self.oks)}",
            f"people right, mean over OKS .50 to .95 (AP*): {_interval(self.right)}",
            f"left and right exchanged: {self.exchanged} of {self.pairs} pairs",
            f"joints given only by the first: {self.first_only.sum()}, only by the second: {self.second_only.sum()}, "
            f"of {given}" + (f" ({', '.join(once).replace('_', ' ')})" if once else ""),
        ]
        return "\n".join(lines)


def _interval(values: NDArray[np.float64]) -> str:
    """Return a mean with its 95 % interval, by a seeded bootstrap."""
    rows = np.random.default_rng(0).integers(0, len(values), (_DRAWS, len(values)))
    low, high = np.percentile(values[rows].mean(1), (2.5, 97.5))
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


def compare_labellings(first: Path, second: Path) -> Labellings:
    """Compare two labellings of the same people, matched by the name of the picture and by their boxes.

    Args:
        first: Annotations in any format of ``sketchpose.formats``; its areas set the tolerance.
        second: The same people, labelled again.

    Raises:
        FormatError: A file cannot be read, or the two have nobody in common.
    """
    one, two = _read(first), _read(second)
    matched: list[tuple[TruePerson, TruePerson]] = []
    for name in one:
        matched += _matched(one[name], two.get(name, []))
    if not matched:
        raise FormatError(f"{first.name} and {second.name} have nobody in common: give two labellings of one set.")
    people = sum(map(len, one.values())) + sum(map(len, two.values()))
    given = np.array([[a.labelled, b.labelled] for a, b in matched]).reshape(-1, 2, NUM_KEYPOINTS)
    shared = list(_shared(matched))
    exchanged, pairs = swaps([(a, pose, 1.0) for a, pose in shared])
    return Labellings(
        oks=np.array([oks_matrix([a], [pose], range(NUM_KEYPOINTS))[0, 0] for a, pose in shared]),
        alone=people - 2 * len(matched),
        exchanged=exchanged,
        pairs=pairs,
        first_only=(given[:, 0] & ~given[:, 1]).sum(0),
        second_only=(given[:, 1] & ~given[:, 0]).sum(0),
        both=given.all(1).sum(0),
    )


def _read(path: Path) -> dict[str, list[TruePerson]]:
    """Return the people of each picture, by its name."""
    if not path.is_file():
        raise FormatError(f"{path}: there is no such file; give annotations such as a COCO keypoint .json.")
    images, _ = read_poses(path.read_bytes(), path.name, Notes())
    found: dict[str, list[TruePerson]] = {}
    for image in images:
        people = (true_person(person, i) for i, person in enumerate(image.people))
        found.setdefault(image.picture, []).extend(person for person in people if not person.ignore)
    return found


def _matched(first: Sequence[TruePerson], second: Sequence[TruePerson]) -> Iterator[tuple[TruePerson, TruePerson]]:
    """Pair the people of a picture by their boxes, the most alike first."""
    grid = iou([a.box for a in first], [b.box for b in second])
    while grid.size and grid.max() >= _SAME_BOX:
        i, j = divmod(int(grid.argmax()), grid.shape[1])
        yield first[i], second[j]
        grid[i, :] = grid[:, j] = 0


def _shared(matched: Iterable[tuple[TruePerson, TruePerson]]) -> Iterator[tuple[TruePerson, Pose]]:
    """Return those who have a joint that both give: the first with such joints alone, the second as an estimate."""
    for a, b in matched:
        both = a.labelled & b.labelled
        if both.any():
            yield (
                replace(a, visibility=np.where(both, a.visibility, 0)),
                Pose.annotated(b.keypoints, b.visibility, b.box),
            )
