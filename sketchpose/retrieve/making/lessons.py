"""What the embedding learns from: bodies in space varied without end, and views of them as an estimator reads them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.retrieve.descriptor import confidence, limbs, mirrored, waves
from sketchpose.retrieve.embedding import BONES, prepare
from sketchpose.retrieve.making.views import Bodies, project, random_cameras, random_distances
from sketchpose.retrieve.people import Floats
from sketchpose.skeleton import NUM_KEYPOINTS, SWAP

CHAINS: Final = ((5, 7, 9), (6, 8, 10), (11, 13, 15), (12, 14, 16))
"""Arms and legs from the trunk outwards, left before right."""
_DROPS: Final = ((0, 1, 2, 3, 4), (13, 14, 15, 16), tuple(range(11)), *(chain[1:] for chain in CHAINS))
"""Groups of joints that are missing together: face, legs below the hips, all but the legs, a limb."""
Random = np.random.Generator


@dataclass(frozen=True, eq=False)
class Errors:
    """What an estimator got wrong on M drawn people.

    Attributes:
        offset: (M, 17, 2) estimate minus truth, in units of ``extent``.
        scores: (M, 17) its confidence.
    """

    offset: Floats
    scores: Floats


def extent(points: Floats) -> Floats:
    """Mean distance (N,) of joints (N, 17, 2) from their middle."""
    return np.asarray(np.linalg.norm(points - points.mean(1, keepdims=True), axis=2).mean(1))


def read_errors(seeds: range) -> Errors:
    """Draw scenes of people, have the shipped model read them in their true boxes, and keep its errors.

    Only people of whom every joint lies in the picture count.
    """
    from sketchpose.estimate import load_estimator
    from sketchpose.synth import generate

    estimator = load_estimator()
    offset, scores = [], []
    for seed in seeds:
        scene = generate(seed)
        boxes = [np.clip(person.box, 0, len(scene.image)) for person in scene.persons]
        for person, pose in zip(scene.persons, estimator.estimate(scene.image, boxes) if boxes else [], strict=True):
            if person.visibility.all():
                offset.append((pose.keypoints - person.keypoints) / extent(person.keypoints[None]))
                scores.append(pose.scores)
    return Errors(np.array(offset, np.float32), np.array(scores, np.float32))


def trunk_frames(joints: Floats) -> Floats:
    """Rotations (N, 3, 3) from world axes to those of the trunk: to the person's left, ahead or back, up."""
    up = joints[:, [5, 6]].mean(1) - joints[:, [11, 12]].mean(1)
    left = joints[:, 5] - joints[:, 6] + joints[:, 11] - joints[:, 12]
    up /= np.linalg.norm(up, axis=1, keepdims=True) + 1e-9
    left -= (left * up).sum(1, keepdims=True) * up
    left /= np.linalg.norm(left, axis=1, keepdims=True) + 1e-9
    return np.stack([left, np.cross(up, left), up], 1)


def bone_directions(joints: Floats) -> Floats:
    """Unit vectors (N, len(BONES), 3) of ``embedding.BONES`` in the frame of the trunk."""
    start, end = np.array(BONES).T
    vectors = joints[:, end] - joints[:, start]
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True) + 1e-9
    return np.asarray(np.einsum("nij,nbj->nbi", trunk_frames(joints), vectors), np.float32)


def _turns(count: int, degrees: float, rng: Random) -> Floats:
    """Rotations (count, 3, 3) about random axes by normal angles (Rodrigues' formula)."""
    vectors = rng.normal(0, np.deg2rad(degrees), (count, 3))
    angles = np.linalg.norm(vectors, axis=1, keepdims=True)[..., None] + 1e-9
    x, y, z = (vectors / angles[:, 0]).T
    zero = np.zeros(count)
    skew = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).reshape(-1, 3, 3)
    return np.asarray(np.eye(3) + np.sin(angles) * skew + (1 - np.cos(angles)) * (skew @ skew), np.float32)


def vary(joints: Floats, rng: Random) -> Floats:
    """Return new poses: mirrored, limbs exchanged between bodies, and turned a little about their joints."""
    joints = joints.copy()
    flip = rng.random(len(joints)) < 0.5
    joints[flip] = joints[flip][:, list(SWAP)] * np.array([-1, 1, 1], np.float32)
    other, frames = rng.permutation(len(joints)), trunk_frames(joints)
    for near, *outer in CHAINS:
        taken = rng.random(len(joints)) < 0.15
        offset = joints[other][:, outer] - joints[other][:, [near]]
        moved = np.einsum("nji,njk,nok->noi", frames, frames[other], offset, optimize=True)
        joints[:, outer] = np.where(taken[:, None, None], joints[:, [near]] + moved, joints[:, outer])
    for a, b, c in CHAINS:
        for pivot, outer in ((a, [b, c]), (b, [c])):
            turned = rng.random(len(joints)) < 0.5
            offset = joints[:, outer] - joints[:, [pivot]]
            moved = np.einsum("nij,noj->noi", _turns(len(joints), 12, rng), offset)
            joints[:, outer] = np.where(turned[:, None, None], joints[:, [pivot]] + moved, joints[:, outer])
    return joints


def another_body(joints: Floats, rng: Random, spread: float = 0.08) -> Floats:
    """Return the same poses with limbs a little longer or shorter, left and right alike."""
    out = joints.copy()
    for left, right in ((0, 1), (2, 3)):
        for step in (0, 1):
            factor = np.exp(rng.normal(0, spread, (len(joints), 1, 1))) - 1
            for chain in (CHAINS[left], CHAINS[right]):
                bone = joints[:, [chain[step + 1]]] - joints[:, [chain[step]]]
                out[:, list(chain[step + 1 :])] += bone * factor
    return np.asarray(out, np.float32)


def view(joints: Floats, errors: Errors, rng: Random) -> Floats:
    """Return what the network sees (N, 51) of bodies (N, 17, 3): half as an estimator reads them, half with gaps."""
    count = len(joints)
    points = project(joints, random_cameras(count, rng), random_distances(count, rng))
    scores = np.ones((count, NUM_KEYPOINTS), np.float32)
    size = extent(points)[:, None, None]
    read, which = rng.random(count) < 0.5, rng.integers(0, len(errors.scores), count)
    points += errors.offset[which] * (size * rng.uniform(0.4, 1.2, (count, 1, 1))) * read[:, None, None]
    scores[read] = errors.scores[which[read]]
    points += rng.normal(0, 1, points.shape) * (size * rng.uniform(0, 0.02, (count, 1, 1)))
    return prepare(points.astype(np.float32), confidence(scores) * _kept(count, rng))


def _kept(count: int, rng: Random) -> NDArray[np.bool_]:
    """Joints (count, 17) that are there: half of the people have all, the others lack a group or some at random."""
    kept = np.ones((count, NUM_KEYPOINTS), np.bool_)
    groups = rng.integers(0, len(_DROPS) + 4, count)
    some = rng.random((count, NUM_KEYPOINTS)) < rng.uniform(0, 0.4, (count, 1))
    gaps = rng.random(count) < 0.5
    for number, group in enumerate(_DROPS):
        kept[np.ix_(gaps & (groups == number), group)] = False
    scattered = gaps & (groups >= len(_DROPS))
    kept[scattered] = ~some[scattered]
    return kept


def wave_means(bodies: Bodies, seed: int = 0) -> Floats:
    """Return what ``descriptor.waves`` is on average (L, 4) over one view of each body and its mirror image."""
    rng, count = np.random.default_rng(seed), len(bodies)
    points = project(bodies.joints, random_cameras(count, rng), random_distances(count, rng))
    ones = np.ones((count, NUM_KEYPOINTS), np.float32)
    both = np.concatenate([points, mirrored(points, ones)[0]])
    return np.asarray(waves(limbs(both, np.concatenate([ones, ones]))[0]).mean(0), np.float32)


class Lessons:
    """Endless batches."""

    def __init__(self, bodies: Bodies, errors: Errors, seed: int) -> None:
        """Make a source.

        Args:
            bodies: What is varied.
            errors: What an estimator does to views.
            seed: Of everything random.
        """
        self._joints, self._errors, self._rng = bodies.joints, errors, np.random.default_rng(seed)
        self._order = np.argsort(np.array(bodies.names), kind="stable")

    def batch(self, size: int, run: int = 32) -> tuple[Floats, Floats]:
        """Return two views (2 * size, 51) of each of some bodies, and their bones (size, len(BONES), 3).

        Half of a batch comes in runs of poses of one recipe, which are hard to tell apart. The second view is of a
        body with other limbs.
        """
        rng = self._rng
        runs = rng.integers(0, max(len(self._order) - run, 1), size // 2 // run)
        alike = [self._order[start : start + run] for start in runs]
        free = rng.integers(0, len(self._joints), size - sum(map(len, alike)))
        joints = vary(self._joints[np.concatenate([*alike, free])], rng)
        views = [view(another_body(joints, rng), self._errors, rng) for _ in range(2)]
        return np.concatenate(views), bone_directions(joints)
