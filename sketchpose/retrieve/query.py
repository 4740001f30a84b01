"""From a pose to the people in a gallery who hold it: candidates from an engine, then the exact comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sketchpose.pose import Pose
from sketchpose.retrieve.descriptor import SAME_DIMS, SURE, Descriptors, describe, mirrored
from sketchpose.retrieve.embedding import load_embedding
from sketchpose.retrieve.engines.base import Engine, Space, load_engine
from sketchpose.retrieve.match import compare, overlay, same_way
from sketchpose.retrieve.parts import MIRRORED_EDGE, NAMED_LIMBS, joint_mask, named_limbs
from sketchpose.retrieve.people import Filter, Floats, People, pose_scores
from sketchpose.skeleton import EDGES

CANDIDATES: Final = 200
_CANDIDATES_GATED: Final = 5_000
"""The same where a limb must match: few of the nearest may hold it so."""
_MIN_JOINTS: Final = 3


@dataclass(frozen=True)
class Options:
    """What to look for.

    Attributes:
        k: How many results, at least 1.
        camera: ``same`` wants the pose as this camera sees it, ``any`` the pose from whichever side.
        mirror: Whether mirror images count as well.
        parts: Names of ``parts.PARTS`` or of single joints that count; all of them when empty.
        min_score: Joints of the query with a lower score do not count: 0 uses what there is, weighed by its score, a
            higher value only what is surely drawn.
        where: Tags, number of people, pictures left out.
        one_per_image: At most one result per picture.
        candidates: How many the engine proposes for the exact comparison, at least ``k``.
        must: Names of ``parts.NAMED_LIMBS`` that a result must hold as the query does, within 45 degrees.

    Raises:
        ValueError: A value is out of its range, or a part or limb is unknown.
    """

    k: int = 12
    camera: Space = "same"
    mirror: bool = True
    parts: tuple[str, ...] = ()
    min_score: float = 0.0
    where: Filter = field(default_factory=Filter)
    one_per_image: bool = True
    candidates: int = CANDIDATES
    must: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.k < 1 or self.candidates < 1:
            raise ValueError(f"k is {self.k} and candidates {self.candidates}; both must be at least 1.")
        if self.camera not in ("same", "any"):
            raise ValueError(f"camera is {self.camera!r}; choose 'same' or 'any'.")
        if not 0 <= self.min_score <= 1:
            raise ValueError(f"min_score is {self.min_score}; choose between 0 and 1.")
        joint_mask(self.parts)
        named_limbs(self.must)


@dataclass(frozen=True, eq=False)
class Match:
    """One result.

    Attributes:
        row: Of the gallery's people.
        image: Its picture.
        score: 0..100, 100 is the same pose.
        mirrored: Whether it is the mirror image of the query that matches.
        agreement: (19,) float32 in 0..1, how well each limb of ``skeleton.EDGES`` of the RESULT agrees; NaN where it
            was not compared.
        overlay: (17, 2) float32, the query laid over the result in pixels of its picture, mirrored where the match is;
            its joints are named as the result's are. From another camera it is only roughly in place.
        compared: (17,) bool, the joints of ``overlay`` that the query has and that count.
    """

    row: int
    image: int
    score: float
    mirrored: bool
    agreement: Floats
    overlay: Floats
    compared: np.ndarray[tuple[int], np.dtype[np.bool_]]


class SearchableGallery:
    """A gallery ready for searches: its people, their descriptors and an engine that holds them."""

    def __init__(self, people: People, descriptors: Descriptors | None = None, engine: Engine | None = None) -> None:
        """Load an engine with a gallery.

        Args:
            people: Everybody.
            descriptors: As from ``describe``, of the current ``DESCRIPTOR_VERSION``; None describes the people now.
            engine: Exact search in memory by default.

        Raises:
            ValueError: The descriptors are not those of the people.
        """
        if descriptors is None:
            descriptors = describe(people.keypoints, people.scores)
        if len(descriptors) != len(people):
            raise ValueError(f"There are {len(descriptors)} descriptors for {len(people)} people; describe them anew.")
        dims = descriptors.same.shape[1:], descriptors.any.shape[1:]
        if dims != ((SAME_DIMS,), (load_embedding().dims,)):
            raise ValueError(f"Descriptors with {dims} numbers are of another version; describe the people anew.")
        self.people, self.descriptors = people, descriptors
        self.engine = load_engine() if engine is None else engine
        self.engine.load(people, descriptors)


def search(query: Pose, searchable: SearchableGallery, options: Options | None = None) -> list[Match]:
    """Return the people whose pose is most like a query's, best first; fewer than k where there are not as many.

    Raises:
        ValueError: Fewer than three joints of the query count, or it lacks a limb that must match.
    """
    options = options or Options()
    scores = pose_scores(query) * joint_mask(options.parts)
    scores = np.where(scores >= options.min_score, scores, np.float32(0)).astype(np.float32)
    if (scores > 0).sum() < _MIN_JOINTS:
        raise ValueError(
            f"Only {int((scores > 0).sum())} joints of the query count, at least {_MIN_JOINTS} are needed: choose more "
            "parts of the body, or set more joints."
        )
    for name in options.must:
        if not all(scores[joint] > 0 for joint in EDGES[NAMED_LIMBS[name]]):
            raise ValueError(f"The {name} must match, but the query lacks it: choose another limb, or set its joints.")
    views = [(query.keypoints, scores)]
    if options.mirror:
        views.append(mirrored(query.keypoints, scores))
    vectors = describe(np.stack([v[0] for v in views]), np.stack([v[1] for v in views]), SURE)
    space = vectors.same if options.camera == "same" else vectors.any
    count = max(options.candidates, options.k, _CANDIDATES_GATED if options.must else 0)
    candidates = searchable.engine.nearest(options.camera, space, count, options.where)
    limbs = named_limbs(options.must)
    ranked = []
    for side, ((points, weights), rows) in enumerate(zip(views, candidates, strict=True)):
        keypoints = searchable.people.keypoints[rows]
        result = compare(options.camera, points, weights, keypoints, searchable.people.scores[rows])
        edges = [MIRRORED_EDGE[limb] for limb in limbs] if side else limbs
        passing = same_way(options.camera, points, keypoints, result.agreement, edges)
        ranked += [
            (float(result.score[i]), int(rows[i]), side, result.agreement[i]) for i in np.flatnonzero(passing).tolist()
        ]
    ranked.sort(key=lambda item: (-item[0], item[1], item[2]))
    return _results(ranked, views, searchable.people, options)


def _results(
    ranked: Sequence[tuple[float, int, int, Floats]],
    views: Sequence[tuple[Floats, Floats]],
    people: People,
    options: Options,
) -> list[Match]:
    """Keep the best of each person, or picture, and lay the query over it."""
    taken: set[int] = set()
    out: list[Match] = []
    for score, row, side, agreement in ranked:
        image = int(people.image[row])
        key = image if options.one_per_image else row
        if key in taken:
            continue
        taken.add(key)
        points, weights = views[side]
        laid = overlay(points, weights, people.keypoints[row], people.scores[row])
        out.append(Match(row, image, score, side == 1, agreement, laid, weights > 0))
        if len(out) == options.k:
            break
    return out
