"""Reference renders: clean shaded mannequins on plain ground, of any pose and from any side, for the gallery."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.actor import Actor, sample_cast, stage, take_pose, take_study
from sketchpose.synth.people.body import BodyPose, load_body
from sketchpose.synth.people.garments import HAIR
from sketchpose.synth.people.pairs import stage_duo
from sketchpose.synth.people.rotation import X, Z, turn, unit
from sketchpose.synth.people.suit import EDGE, suited
from sketchpose.synth.scene import Projection
from sketchpose.synth.view.camera import Camera, Warp, fit
from sketchpose.synth.view.figure import Figure
from sketchpose.synth.view.raster import spread

_LOOK = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
_OVERSAMPLE = 2
_BODY = np.array([0.80, 0.74, 0.68], np.float32)
_HAIR = np.array([0.55, 0.50, 0.46], np.float32)
_SUITS = (np.array([0.47, 0.53, 0.60], np.float32), np.array([0.66, 0.50, 0.42], np.float32))
"""The suit shows how the trunk turns, and tells two people apart."""
_GROUND = np.array([0.93, 0.93, 0.94], np.float32)
_TONE = {"key": (-0.5, -0.7, 0.9), "fill": (0.8, -0.5, 0.2)}


@dataclass(frozen=True)
class Viewpoint:
    """Where the camera stands.

    Attributes:
        yaw: Degrees about the vertical; 0 looks at the face of a figure that stands in its zero pose, 90 at its
            right side.
        pitch: Degrees, positive looks down.
        roll: Degrees.
        distance: In sizes of the figure; small values foreshorten strongly.
        fill: Share of the picture that the figure spans.
    """

    yaw: float = 0.0
    pitch: float = 8.0
    roll: float = 0.0
    distance: float = 4.0
    fill: float = 0.86

    def __post_init__(self) -> None:
        if not self.distance >= 0.6:
            raise ValueError(f"distance is {self.distance}; keep the camera at least 0.6 figure sizes away")
        if not 0.1 <= self.fill <= 1:
            raise ValueError(f"fill is {self.fill}; choose between 0.1 and 1")

    @property
    def rotation(self) -> Array:
        """(3, 3) from the world to the axes of the eye."""
        return np.asarray(turn(Z, self.roll) @ _LOOK @ turn(X, self.pitch) @ turn(Z, self.yaw))


@dataclass(frozen=True)
class Reference:
    """A reference picture and its labels.

    Attributes:
        image: (size, size, 3) uint8 RGB.
        keypoints: (17, 2) float32 pixels, COCO order.
        visibility: (17,) uint8, 2 seen, 1 covered by the own body, 0 outside.
        box: (4,) float32 xyxy around the figure, shadow excluded.
        joints3d: (17, 3) float32, metres.
        camera: Projects ``joints3d`` exactly onto ``keypoints``.
        pose: Name of the pose.
    """

    image: Array
    keypoints: Array
    visibility: Array
    box: Array
    joints3d: Array
    camera: Projection
    pose: str


@dataclass(frozen=True)
class Still:
    """A mannequin on its own.

    Attributes:
        image: (size, size, 4) uint8 RGB and how much of a pixel it covers.
        depth: (size, size) float32 metres from the eye, infinite beside the figure.
        reference: The same on plain ground with its labels.
    """

    image: Array
    depth: Array
    reference: Reference


def render_still(
    actor: Actor, rotation: Array, size: int, distance: float = 4.0, fill: float = 0.86, lamp: float = 0.0
) -> Still:
    """Return a shaded figure on its own and on plain ground.

    Args:
        actor: The figure.
        rotation: (3, 3) from the world to the axes of the eye, see ``scene.Projection``.
        size: Side of the square picture in pixels, 64 to 2048.
        distance: In sizes of the figure, see ``Viewpoint``.
        fill: Share of the picture that the figure spans.
        lamp: Degrees that the light is turned about the vertical, from over the viewer's left shoulder.

    Raises:
        ValueError: The size is out of range.
    """
    side = _side(size)
    camera = _aimed(rotation, distance, fill, actor.vertices, side)
    figure = Figure(actor, camera, side)
    shaded = _shade([figure], actor.vertices, lamp)
    cover = figure.buffers.seen.astype(np.float32)
    colour, alpha, ground = (
        cv2.resize(layer, (size, size), interpolation=cv2.INTER_AREA)
        for layer in (shaded * cover[..., None], cover, shaded)
    )
    own = np.dstack([colour / np.maximum(alpha, 1e-3)[..., None], alpha])
    depth = figure.buffers.depth[::_OVERSAMPLE, ::_OVERSAMPLE]
    return Still(_bytes(own), depth, _labelled(figure, _bytes(ground), _box(figure.buffers.seen)))


def render_reference(
    pose: int | str | BodyPose, viewpoint: Viewpoint | None = None, size: int = 256, build: int | None = None
) -> Reference:
    """Return a shaded mannequin on plain ground.

    Args:
        pose: Seed of a random pose, name of one of ``studies.STUDIES``, or a pose (see ``posing.build`` and
            ``bvh.read_bvh``).
        viewpoint: Where the camera stands; three quarters from the front by default.
        size: Side of the square picture in pixels, 64 to 2048.
        build: Seed of the body's shape, and of the variation of a study; by default the pose's seed, or 0.

    Raises:
        ValueError: The size is out of range, or there is no such study.
    """
    seed = build if build is not None else pose if isinstance(pose, int) else 0
    rng = np.random.default_rng(seed)
    cast = sample_cast(load_body(), rng, kind="real", adult=True)
    if isinstance(pose, int):
        pose, _ = take_pose(cast, np.random.default_rng(pose))
    elif isinstance(pose, str):
        pose = take_study(cast, np.random.default_rng(seed), pose)
    actor = stage(cast, pose, rng, dressed=False, hair="short", meshes=False)
    return _render([actor], viewpoint, size)[0]


def render_pair(name: str, seed: int, viewpoint: Viewpoint | None = None, size: int = 256) -> list[Reference]:
    """Return two mannequins who do something together, as two references that share one picture.

    Args:
        name: A name of ``pairs.DUOS``.
        seed: Of everything random.
        viewpoint: Where the camera stands; three quarters from the front by default.
        size: Side of the square picture in pixels, 64 to 2048.

    Raises:
        ValueError: There is no such pair, or the size is out of range.
    """
    actors = stage_duo(np.random.default_rng(seed), 0.0, 0.0, meshes=False, mannequins=name)
    return _render(actors, viewpoint, size)


def _render(actors: Sequence[Actor], viewpoint: Viewpoint | None, size: int) -> list[Reference]:
    side = _side(size)
    points = np.concatenate([actor.vertices for actor in actors])
    view = viewpoint or Viewpoint(yaw=25.0)
    camera = _aimed(view.rotation, view.distance, view.fill, points, side)
    figures = [Figure(actor, camera, side) for actor in actors]
    boxes = [_box(figure.buffers.seen) for figure in figures]
    nearest = np.argmin([figure.buffers.depth for figure in figures], 0)
    for i, figure in enumerate(figures):
        hidden = (nearest != i) & figure.buffers.seen
        if hidden.any():
            figure.cover(hidden, np.min([f.buffers.depth for f in figures], 0))
    image = _bytes(cv2.resize(_shade(figures, points), (size, size), interpolation=cv2.INTER_AREA))
    return [_labelled(figure, image, box) for figure, box in zip(figures, boxes, strict=True)]


def _side(size: int) -> int:
    if not 64 <= size <= 2048:
        raise ValueError(f"size is {size}; a picture has 64 to 2048 pixels a side")
    return size * _OVERSAMPLE


def _bytes(values: Array) -> Array:
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def _labelled(figure: Figure, image: Array, box: Array) -> Reference:
    places, visibility = figure.labels(False, np.ones((figure.size, figure.size), np.uint8))
    return Reference(
        image,
        (places / _OVERSAMPLE).astype(np.float32),
        visibility,
        box,
        figure.actor.keypoints.astype(np.float32),
        figure.camera.view(1 / _OVERSAMPLE),
        figure.actor.pose.name,
    )


def _box(seen: Array) -> Array:
    columns, rows = np.flatnonzero(seen.any(0)), np.flatnonzero(seen.any(1))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) / _OVERSAMPLE
    return box.astype(np.float32)


def _aimed(rotation: Array, distance: float, fill: float, points: Array, side: int) -> Camera:
    low, high = points.min(0), points.max(0)
    extent = float(np.linalg.norm(high - low))
    still = Warp(np.eye(2), np.zeros((1, 2)), np.zeros(1), np.zeros((1, 2)))
    camera = Camera(rotation, (low + high) / 2, distance * extent, extent, still, 1.0, np.zeros(2))
    return fit(camera, points, (0.0, 0.0, float(side), float(side)), fill, np.zeros(2))


def _shade(figures: Sequence[Figure], vertices: Array, lamp: float = 0.0) -> Array:
    """Return the picture (S, S, 3) float32: two lamps (turned by degrees), darkened edges, a soft shadow."""
    camera, size = figures[0].camera, figures[0].size
    image = np.empty((size, size, 3), np.float32)
    image[:] = _GROUND * np.linspace(1.03, 0.94, size, dtype=np.float32)[:, None, None]
    if camera.sight[2] < -0.02:  # seen from above, the ground can carry a shadow
        slant, floor = np.array([0.25, 0.2, 0.0]), float(vertices[:, 2].min())
        fallen = vertices - (vertices[:, 2:] - floor) * (np.array([0, 0, 1.0]) - slant)
        spots = camera.pixels(fallen)
        mask = np.zeros((size, size), np.float32)
        inside = ((spots >= 0) & (spots < size)).all(1)
        np.add.at(mask, tuple(spots[inside].astype(int)[:, ::-1].T), 1.0)
        soft = cv2.GaussianBlur(np.minimum(cv2.dilate(mask, np.ones((5, 5))), 1), (0, 0), size / 70)
        image *= 1 - 0.28 * soft[..., None]
    turn_back = camera.rotation.T @ np.array([[1.0, 0, 0], [0, 0, 1], [0, -1.0, 0]]).T
    key, fill = (unit(turn_back @ turn(Z, lamp) @ np.array(v)).astype(np.float32) for v in _TONE.values())
    for figure, suit in zip(figures, _SUITS, strict=False):
        buffers = figure.buffers
        normals = buffers.normals
        facing = np.clip(-(normals @ camera.sight.astype(np.float32)), 0, 1)
        light = 0.30 + 0.58 * np.clip(normals @ key, 0, 1) + 0.20 * np.clip(normals @ fill, 0, 1)
        light *= 0.72 + 0.28 * np.sqrt(facing)
        actor = figure.actor
        inside = spread(buffers.face, camera(actor.vertices), actor.faces, suited()) > EDGE
        share = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), size / 800)[..., None]
        colour = share * suit + (1 - share) * _BODY
        colour = np.where((buffers.region == HAIR)[..., None], _HAIR, colour)
        image = np.where(buffers.seen[..., None], np.clip(colour * light[..., None] * 1.15, 0, 1), image)
    return image.astype(np.float32)
