"""The synthetic body as joints in space, and cameras about it: what descriptors are learned from and measured on."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sketchpose.retrieve.people import Floats
from sketchpose.synth.people.actor import sample_cast, take_pose
from sketchpose.synth.people.body import load_body
from sketchpose.synth.people.recipes import is_held_out
from sketchpose.synth.people.rotation import X, Z, turn

_LOOK: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, eq=False)
class Bodies:
    """N posed bodies.

    Attributes:
        joints: (N, 17, 3) float32 metres, world axes as in ``synth.scene.Projection``.
        names: N names of poses.
    """

    joints: Floats
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


def sample_bodies(seeds: range, train: bool = False, kind: str | None = None) -> Bodies:
    """Return one posed body per seed.

    Args:
        seeds: At least 0 each; the same seed gives the same body.
        train: Leave out poses of held-out recipes, which are drawn again.
        kind: Of proportions, such as ``real``; random by default.
    """
    body = load_body()
    joints = np.empty((len(seeds), 17, 3), np.float32)
    names = []
    for row, seed in enumerate(seeds):
        rng = np.random.default_rng((seed, 7))
        cast = sample_cast(body, rng, kind=kind)
        pose, _ = take_pose(cast, rng)
        while train and is_held_out(pose.name):
            pose, _ = take_pose(cast, rng)
        skeleton = body.articulate(cast.shape, pose, cast.proportions)
        joints[row] = body.keypoints(body.skin(cast.shape.rest, skeleton))
        names.append(pose.name)
    return Bodies(joints, tuple(names))


def random_cameras(count: int, rng: np.random.Generator) -> Floats:
    """Return rotations (count, 3, 3) from world to eye axes (x right, y down, z away), from all sides, mostly level."""
    yaw = rng.uniform(0, 360, count)
    steep = rng.random(count) < 0.2
    pitch = np.where(steep, rng.uniform(-70, 70, count), rng.normal(6, 12, count))
    roll = rng.normal(0, 4, count)
    return np.stack(
        [turn(Z, r) @ _LOOK @ turn(X, p) @ turn(Z, y) for y, p, r in zip(yaw, pitch, roll, strict=True)]
    ).astype(np.float32)


def nudged(rotations: Floats, degrees: float, rng: np.random.Generator) -> Floats:
    """Return cameras (N, 3, 3) turned about random axes by 0 to so many degrees, evenly spread."""
    axes = rng.normal(size=(len(rotations), 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    angles = rng.uniform(0, degrees, len(rotations))
    turns = np.stack([turn(axis, angle) for axis, angle in zip(axes, angles, strict=True)])
    return np.asarray(turns @ rotations, np.float32)


def project(joints: Floats, rotations: Floats, distances: Floats) -> Floats:
    """Project bodies in perspective.

    Args:
        joints: (N, 17, 3) metres.
        rotations: (N, 3, 3) from world to eye axes.
        distances: (N,) from the eye to the middle of the body, in sizes of the body.

    Returns:
        (N, 17, 2) float32, one unit per metre at the middle of the body, x to the right, y down.
    """
    low, high = joints.min(1), joints.max(1)
    extent = np.linalg.norm(high - low, axis=1)
    seen = (joints - (low + high)[:, None] / 2) @ rotations.transpose(0, 2, 1)
    depth = (distances * extent)[:, None]
    return np.asarray(seen[..., :2] * (depth / np.maximum(depth + seen[..., 2], 0.08 * depth))[..., None], np.float32)


def random_distances(count: int, rng: np.random.Generator) -> Floats:
    """Return distances (count,) for ``project``: near enough to foreshorten, or far."""
    near = np.exp(rng.uniform(np.log(1.0), np.log(5.0), count))
    return np.where(rng.random(count) < 0.6, near, 5.0).astype(np.float32)
