"""The eye, and the artist's error between what it sees and what the hand puts down."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.rotation import X, Z, turn
from sketchpose.synth.scene import Projection

_LOOK = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
_NEAREST: Final = 0.08
"""Depth is never less than this share of the camera's distance, so that nothing falls behind the eye."""


@dataclass(frozen=True)
class Warp:
    """A smooth error of proportion and place, in units of the figure's longer side, applied after projection.

    Attributes:
        linear: (2, 2) stretch and shear.
        waves: (K, 2) wave vectors in radians per unit.
        phases: (K,) radians.
        pushes: (K, 2) displacement of each wave.
    """

    linear: Array
    waves: Array
    phases: Array
    pushes: Array

    def __call__(self, points: Array) -> Array:
        """Return where the hand puts points (N, 2)."""
        wave = np.sin((points @ self.waves.T + self.phases).astype(np.float32))  # half the time of float64
        return np.asarray(points @ self.linear.T + wave @ self.pushes)


def sample_warp(rng: np.random.Generator, strength: float = 1.0) -> Warp:
    """Return a random error: lengths off by a few percent, angles by a few degrees.

    The slope of the waves stays under a third, so no part of the figure folds over.
    """
    s = strength * abs(rng.normal(0, 0.6))
    linear = np.eye(2) + np.clip(rng.normal(0, 0.045 * s, (2, 2)), -0.14, 0.14)
    waves = rng.normal(0, 5.0, (3, 2))
    length = np.maximum(np.linalg.norm(waves, axis=1, keepdims=True), 1e-6)
    pushes = np.clip(rng.normal(0, 0.05 * s, (3, 2)), -0.11, 0.11) / np.maximum(length, 1.0)
    return Warp(linear, waves, rng.uniform(0, 2 * np.pi, 3), pushes)


@dataclass(frozen=True)
class Camera:
    """World points to canvas pixels; see ``scene.Projection`` for the formula, to which the warp is added.

    Attributes:
        rotation: (3, 3) world to eye axes.
        centre: (3,) point it turns about.
        distance: Metres.
        extent: Metres, the unit of the warp.
        warp: The artist's error.
        focal: Pixels per metre at the centre.
        offset: (2,) pixels.
    """

    rotation: Array
    centre: Array
    distance: float
    extent: float
    warp: Warp
    focal: float
    offset: Array

    def flat(self, points: Array) -> Array:
        """Return (N, 3): x and y in metres at the centre's depth after the warp, and the depth from the eye."""
        p = (np.atleast_2d(points) - self.centre) @ self.rotation.T
        z = np.maximum(p[:, 2] + self.distance, _NEAREST * self.distance)
        p[:, :2] *= (self.distance / z)[:, None]
        p[:, :2] = self.warp(p[:, :2] / self.extent) * self.extent
        p[:, 2] = z
        return np.asarray(p)

    def __call__(self, points: Array) -> Array:
        """Return (N, 3): pixel x, y and depth in metres."""
        p = self.flat(points)
        p[:, :2] = p[:, :2] * self.focal + self.offset
        return p

    def pixels(self, points: Array) -> Array:
        """Return the pixels (N, 2)."""
        return np.asarray(self(points)[:, :2])

    def radius(self, point: Array, metres: float) -> float:
        """Return how many pixels a length spans at the depth of a point."""
        z = max(float((point - self.centre) @ self.rotation[2]) + self.distance, _NEAREST * self.distance)
        return self.focal * self.distance / z * metres

    @property
    def sight(self) -> Array:
        """World direction (3,) in which the camera looks."""
        return np.asarray(self.rotation[2])

    def view(self, scale: float) -> Projection:
        """Return the record of this camera for a picture ``scale`` times the canvas."""
        return Projection(self.rotation, self.centre, self.distance, self.focal * scale, self.offset * scale)


def aim(
    rng: np.random.Generator,
    points: Array,
    close: bool = False,
    warp: Warp | None = None,
    level: bool = False,
    base: float = 0.0,
    facing: bool = False,
) -> Camera:
    """Return a camera turned about a figure, not yet framed (one pixel per metre, centred).

    Args:
        rng: Source of everything random.
        points: (N, 3) of the figure or figures.
        close: Come near and stay in front, for strong foreshortening.
        warp: The artist's error; none by default.
        level: Keep far off and at eye level, as diagrams and clip art do.
        base: Degrees added to the turn about the figure.
        facing: Look at the figure from its front, up to a half-turned view.
    """
    kind = rng.choice(3, p=(0.52, 0.34, 0.14))
    pitch = float((rng.normal(4, 7), rng.normal(8, 18), rng.uniform(-70, 70))[kind])
    sideways = float(rng.uniform(0, 360) if rng.random() < 0.45 else rng.normal(0, 55))
    roll = float(rng.normal(0, 2.5) if rng.random() < 0.92 else rng.normal(0, 14))
    if close:
        sideways, pitch = float(rng.normal(0, 28)), float(rng.normal(2, 16))
    elif level:
        pitch, roll = float(rng.normal(3, 4)), 0.0
        sideways = float(rng.choice((rng.normal(0, 35), rng.uniform(0, 360)), p=(0.7, 0.3)))
    if facing:
        sideways = float(np.clip(rng.normal(0, 32), -75, 75))
    rotation = turn(Z, roll) @ _LOOK @ turn(X, pitch) @ turn(Z, sideways + base)
    low, high = points.min(0), points.max(0)
    extent = float(np.linalg.norm(high - low))
    far = float(np.exp(rng.uniform(np.log(0.95), np.log(4)))) if rng.random() < 0.6 else 5.0
    if level:
        far = 6.0
    if close:
        far = float(rng.uniform(0.62, 1.0))
    still = Warp(np.eye(2), np.zeros((1, 2)), np.zeros(1), np.zeros((1, 2)))
    return Camera(rotation, (low + high) / 2, far * extent, extent, warp or still, 1.0, np.zeros(2))


def fit(camera: Camera, points: Array, frame: tuple[float, float, float, float], fill: float, place: Array) -> Camera:
    """Return the camera scaled and moved so that the points fill a part of a rectangle.

    Args:
        camera: As from ``aim``.
        points: (N, 3) world.
        frame: Xyxy pixels.
        fill: Share of the tighter side that the points span; above 1 crops.
        place: (2,) in -1..1, where in the free room the figure stands.
    """
    flat = camera.flat(points)[:, :2]
    low, high = flat.min(0), flat.max(0)
    room = np.array([frame[2] - frame[0], frame[3] - frame[1]])
    focal = fill * float((room / np.maximum(high - low, 1e-6)).min())
    slack = np.abs(room - (high - low) * focal) / 2
    middle = np.array([frame[0] + frame[2], frame[1] + frame[3]]) / 2
    return replace(camera, focal=focal, offset=middle - focal * (low + high) / 2 + place * slack)
