"""An actor seen by a camera: buffers, projected joints, labels. What the styles draw from."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from sketchpose.skeleton import BODY, FACE, KEYPOINTS
from sketchpose.synth.arrays import Array
from sketchpose.synth.people.actor import Actor
from sketchpose.synth.people.mesh import vertex_normals
from sketchpose.synth.view.camera import Camera
from sketchpose.synth.view.lines import Line, borders, contours
from sketchpose.synth.view.raster import look_up, rasterize

_COVERED: Final = {"nose": 0.04, "eye": 0.04, "ear": 0.05, "shoulder": 0.125, "elbow": 0.075, "wrist": 0.065,
                   "hip": 0.2, "knee": 0.1, "ankle": 0.09}  # fmt: skip
"""Metres of own body in front of a joint up to which it still counts as seen: joints lie inside the flesh."""


@dataclass(frozen=True)
class Buffers:
    """Per pixel of the canvas: depth (inf outside), face index (-1 where not seen), normals, region and part."""

    depth: Array
    face: Array
    normals: Array
    region: Array
    part: Array

    @property
    def seen(self) -> Array:
        """(S, S) bool: where the figure is the nearest thing."""
        return np.asarray(self.face >= 0)


@dataclass
class Figure:
    """One figure on the canvas.

    Attributes:
        actor: Who is drawn.
        camera: From the world to the canvas, the artist's error included.
        size: Canvas side in pixels.
        hidden: (S, S) bool, where another figure stands in front; None when alone.
        moved: Keypoints that a style draws elsewhere than the body has them, index -> (x, y) canvas pixels.
        faceless: Whether the head is drawn without features.
        shown: (17,) bool, which joints a style leaves uncovered; None asks the body's own depth.
    """

    actor: Actor
    camera: Camera
    size: int
    hidden: Array | None = None
    moved: dict[int, Array] = field(default_factory=dict)
    faceless: bool = False
    shown: Array | None = None

    @cached_property
    def buffers(self) -> Buffers:
        """The rasterised figure, alone on the canvas."""
        actor = self.actor
        normals = vertex_normals(actor.vertices, actor.faces)
        points = self.camera(actor.vertices)
        depth, face, shade = rasterize(points, actor.faces, actor.closed, normals, self.size)
        region, part = look_up(face, actor.face_region), look_up(face, actor.face_part)
        return Buffers(depth, face, shade, region, part)

    def cover(self, mask: Array, depth: Array) -> None:
        """Take another figure's pixels (mask, with its depth) as standing in front of this one."""
        b = self.buffers
        self.hidden = mask if self.hidden is None else self.hidden | mask
        b.depth[mask] = np.minimum(b.depth[mask], depth[mask])
        b.face[mask] = -1
        b.region[mask] = -1
        b.part[mask] = -1

    @cached_property
    def joint(self) -> dict[str, Array]:
        """Named joints on the canvas, each (2,)."""
        names = list(self.actor.joints)
        p = self.camera.pixels(np.stack([self.actor.joints[n] for n in names]))
        return {n: p[i] for i, n in enumerate(names)}

    @cached_property
    def keypoints(self) -> Array:
        """(17, 3): pixel x, y and depth of the body's keypoints, before ``moved``."""
        return self.camera(self.actor.keypoints)

    def project(self, points: Array) -> Array:
        """Return the canvas pixels (N, 2) of world points (N, 3)."""
        return self.camera.pixels(points)

    def radius(self, point: Array, metres: float) -> float:
        """Return the canvas pixels that a length spans at a world point."""
        return self.camera.radius(point, metres)

    def visible(self, points: Array, tolerance: float = 0.02) -> tuple[Array, Array]:
        """Return the pixels (N, 2) of world points and which of them nothing covers by more than the tolerance (m)."""
        q = self.camera(points)
        x, y = np.floor(q[:, 0]).astype(int), np.floor(q[:, 1]).astype(int)
        inside = (x >= 0) & (y >= 0) & (x < self.size) & (y < self.size)
        depth = np.full(len(q), np.inf)
        depth[inside] = self.buffers.depth[y[inside], x[inside]]
        return q[:, :2], inside & (q[:, 2] < depth + tolerance)

    def lines(self, crease: float, reach: int) -> list[Line]:
        """Return contours and creases; ``crease`` is a cosine, ``reach`` the smoothing radius in pixels."""
        b = self.buffers
        step = 0.022 * self.actor.size / 1.8
        return contours(b.depth, b.face, b.normals, step, crease, int(9 * self.size / 384), reach)

    def seams(self) -> list[Array]:
        """Return the lines between regions: hems, collar, hairline."""
        return borders(self.buffers.region, 7)

    def labels(self, see_through: bool, clip: Array) -> tuple[Array, Array]:
        """Return keypoints (17, 2) in canvas pixels and visibility (17,) as ``scene.DrawnPerson`` defines it.

        Args:
            see_through: Whether the style hides nothing.
            clip: (S, S) 0 outside the panel that the figure is drawn in.
        """
        points = self.keypoints[:, :2].copy()
        for i, p in self.moved.items():
            points[i] = p
        visibility = np.full(17, 2, np.uint8)
        x, y = np.floor(points).astype(int).T
        inside = (x >= 0) & (y >= 0) & (x < self.size) & (y < self.size)
        xi, yi = np.clip(x, 0, self.size - 1), np.clip(y, 0, self.size - 1)
        inside &= clip[yi, xi] > 0
        if self.shown is not None:
            visibility[~self.shown] = 1
        elif not see_through:
            depth = self.buffers.depth[yi, xi]
            big = self.actor.cast.proportions["head"][0]
            for i, name in enumerate(KEYPOINTS):
                limit = _COVERED[name.split("_")[-1]] * (big if i in FACE else 1.0)
                if np.isfinite(depth[i]) and self.keypoints[i, 2] - depth[i] > limit and i not in self.moved:
                    visibility[i] = 1
        if self.hidden is not None and not see_through:
            visibility[self.hidden[yi, xi]] = 1
        if self.faceless:
            visibility[list(FACE)] = 1
        visibility[~inside] = 0
        points[~inside] = 0
        return points, visibility

    def in_view(self, frame: tuple[float, float, float, float]) -> int:
        """Return how many of the twelve body joints lie within a frame (xyxy)."""
        p = self.keypoints[list(BODY), :2]
        return int(((p >= frame[:2]) & (p < frame[2:])).all(1).sum())
