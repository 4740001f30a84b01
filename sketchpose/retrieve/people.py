"""Everybody in a gallery as plain arrays, wherever they came from, and the conditions that a search may set."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.pose import Pose
from sketchpose.skeleton import NUM_KEYPOINTS

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


def pose_scores(pose: Pose) -> Floats:
    """Confidence (17,) float32 of a pose's joints, 0 where one is not labelled."""
    return np.where(pose.labelled, pose.scores, np.float32(0))


@dataclass(frozen=True, eq=False)
class People:
    """N people in M pictures; a row is a person.

    Attributes:
        keypoints: (N, 17, 2) float32, x and y in the pixels of the picture.
        scores: (N, 17) float32 confidence in 0..1; 0 where a joint is missing, whatever its keypoint then says.
        image: (N,) int64, which of the M pictures a person is in.
        box: (N, 4) float32 x0, y0, x1, y1 in picture pixels.
        tags: Of each of the M pictures; empty when there are none at all.

    Raises:
        ValueError: Shapes disagree, a number that counts is not finite, or a picture is negative or has no entry in
            ``tags``.
    """

    keypoints: Floats
    scores: Floats
    image: Rows
    box: Floats
    tags: Sequence[Sequence[str]] = field(default=())

    def __post_init__(self) -> None:
        n = len(self.keypoints)
        kinds = {"keypoints": np.float32, "scores": np.float32, "image": np.int64, "box": np.float32}
        shapes = {"keypoints": (n, NUM_KEYPOINTS, 2), "scores": (n, NUM_KEYPOINTS), "image": (n,), "box": (n, 4)}
        for name, shape in shapes.items():
            array = np.ascontiguousarray(getattr(self, name), kinds[name])
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape} where {shape} is needed for {n} people.")
            object.__setattr__(self, name, array)
        if not np.isfinite(self.scores).all() or not np.isfinite(self.keypoints[self.scores > 0]).all():
            raise ValueError("keypoints or scores hold NaN or infinite numbers; give a missing joint the score 0.")
        if n and (self.image.min() < 0 or (self.tags and self.image.max() >= len(self.tags))):
            raise ValueError(
                f"image runs from {self.image.min()} to {self.image.max()}; it must be at least 0"
                + (f" and below the {len(self.tags)} entries of tags." if self.tags else ".")
            )

    def __len__(self) -> int:
        return len(self.keypoints)

    @classmethod
    def from_poses(
        cls, poses: Sequence[Pose], image: ArrayLike | None = None, tags: Sequence[Sequence[str]] = ()
    ) -> Self:
        """Gather poses.

        Args:
            poses: N of them.
            image: (N,) which picture each is in; by default each in its own.
            tags: Of each picture.
        """
        n = len(poses)
        return cls(
            np.array([p.keypoints for p in poses], np.float32).reshape(n, NUM_KEYPOINTS, 2),
            np.array([pose_scores(p) for p in poses], np.float32).reshape(n, NUM_KEYPOINTS),
            np.arange(n) if image is None else np.asarray(image, np.int64),
            np.array([p.box for p in poses], np.float32).reshape(n, 4),
            tags,
        )

    @cached_property
    def count(self) -> Rows:
        """(N,) how many people are in each person's picture."""
        _, inverse, counts = np.unique(self.image, return_inverse=True, return_counts=True)
        return np.asarray(counts[inverse], np.int64)

    @cached_property
    def tagged(self) -> dict[str, Rows]:
        """Tag -> rows of the people in pictures that carry it, ascending."""
        order = np.argsort(self.image, kind="stable")
        first = np.searchsorted(self.image[order], np.arange(len(self.tags) + 1))
        out = {}
        for name, pictures in self.pictures_by_tag().items():
            counts = first[pictures + 1] - first[pictures]
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            out[name] = np.sort(order[np.repeat(first[pictures], counts) + within])
        return out

    def pictures_by_tag(self) -> dict[str, Rows]:
        """Return tag -> numbers of the pictures that carry it, ascending."""
        pictures: dict[str, list[int]] = {}
        for i, names in enumerate(self.tags):
            for name in set(names):
                pictures.setdefault(name, []).append(i)
        return {name: np.array(found, np.int64) for name, found in pictures.items()}


@dataclass(frozen=True)
class Filter:
    """Which people a search considers.

    Attributes:
        tags: All of these are on the picture.
        people: So many people are in the picture; None for any number.
        without: Pictures left out, for instance the one that the query came from.
    """

    tags: tuple[str, ...] = ()
    people: int | None = None
    without: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tags or self.without or self.people is not None)

    def mask(self, people: People) -> NDArray[np.bool_] | None:
        """(N,) True for the rows that pass; None where all do."""
        if not self:
            return None
        keep = np.ones(len(people), np.bool_)
        for tag in self.tags:
            on = np.zeros(len(people), np.bool_)
            on[people.tagged.get(tag, np.zeros(0, np.int64))] = True
            keep &= on
        if self.people is not None:
            keep &= people.count == self.people
        if self.without:
            keep &= ~np.isin(people.image, self.without)
        return keep
