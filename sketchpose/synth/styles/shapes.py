"""Simple forms that stand for body parts: ellipsoids, tapered limbs, boxes, and the curves drawn on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sketchpose.skeleton import INDEX
from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.people.rotation import Z, turn, unit
from sketchpose.synth.view.figure import Figure

_BALL_FACE: Final = {
    "nose": (0.0, -1.0, -0.12),
    "left_eye": (0.38, -0.9, 0.15),
    "right_eye": (-0.38, -0.9, 0.15),
    "left_ear": (1.0, 0.0, 0.0),
    "right_ear": (-1.0, 0.0, 0.0),
}
"""Where the face points lie on a ball head, in its frame: towards its left, its back, up."""
_SIDEWAYS: Final = (35.0, 45.0, 75.0)
"""Degrees: a trunk turned by less still faces the viewer, and how far a head is turned with one that does not."""


@dataclass(frozen=True)
class Ellipsoid:
    """Centre (3,), frame (3, 3) and radii (3,) in metres."""

    centre: Array
    frame: Array
    radii: Array


@dataclass(frozen=True)
class Outline:
    """An ellipse on the canvas: centre (2,), radii in pixels, angle in radians."""

    centre: Array
    first: float
    second: float
    angle: float

    def polygon(self, n: int = 28) -> Array:
        """Return n points (n, 2) around it."""
        t = np.linspace(0, 2 * np.pi, n)
        c, s = np.cos(self.angle), np.sin(self.angle)
        p = np.stack([np.cos(t) * self.first, np.sin(t) * self.second], 1)
        return np.asarray(p @ np.array([[c, s], [-s, c]]) + self.centre)

    def draw(self, pen: Pen, width: float = 1.0, alpha: float = 1.0) -> None:
        """Draw it by hand."""
        pen.ellipse(self.centre, self.first, self.second, self.angle, width, alpha)


@dataclass(frozen=True)
class Segment:
    """A body segment: part name, joints (3,) and radii in metres at both ends."""

    part: str
    start: Array
    end: Array
    start_radius: float
    end_radius: float


def spline(points: Array, n: int = 24) -> Array:
    """Return a Catmull-Rom curve through a few points (N, D)."""
    p = np.asarray(points, float)
    if len(p) < 3:
        return np.asarray(np.linspace(p[0], p[-1], n))
    q = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    steps = max(4, n // (len(p) - 1))
    t = np.linspace(0, 1, steps)[None, :, None]
    a, b, c, d = (q[i : len(q) - 3 + i, None] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.concatenate([curve[:, :-1].reshape(-1, p.shape[1]), p[-1:]])


def segment(a: Array, b: Array, n: int = 10) -> Array:
    """Return n points on a straight line."""
    return np.asarray(np.linspace(a, b, n))


def outline(figure: Figure, form: Ellipsoid) -> Outline:
    """Return the silhouette of an ellipsoid, from its projected axes."""
    axes = form.centre + (form.frame * form.radii).T
    p = figure.project(np.concatenate([form.centre[None], axes]))
    spread = (p[1:] - p[0]).T
    values, vectors = np.linalg.eigh(spread @ spread.T)
    long, short = np.sqrt(np.maximum(values[::-1], 1e-6))
    return Outline(p[0], float(long), float(short), float(np.arctan2(vectors[1, 1], vectors[0, 1])))


def front_curve(figure: Figure, form: Ellipsoid, curve: Callable[[Array], Array]) -> Array | None:
    """Return the part (N, 2) of a closed curve on an ellipsoid that faces the camera.

    ``curve`` maps angles (N,) to points (N, 3) of the unit sphere.
    """
    local = curve(np.linspace(-np.pi, np.pi, 60))
    points = form.centre + (local * form.radii) @ form.frame.T
    normals = (local / form.radii) @ form.frame.T
    camera = figure.camera
    eye = camera.centre - camera.sight * camera.distance
    ok = ((points - eye) * normals).sum(1) < 0
    if ok.all():
        return figure.project(points)
    starts = np.flatnonzero(ok & ~np.roll(ok, 1))
    if not len(starts):
        return None
    points, ok = np.roll(points, -starts[0], 0), np.roll(ok, -starts[0])
    length = int(np.flatnonzero(~ok)[0])
    return figure.project(points[:length]) if length > 2 else None


def meridian(t: Array) -> Array:
    """Circle through the front of a unit sphere: the centre line of a face."""
    return np.stack([0 * t, -np.cos(t), np.sin(t)], 1)


def equator(t: Array) -> Array:
    """Circle a little under the middle of a unit sphere: the line of the eyes."""
    return np.stack([np.sin(t), -np.cos(t), 0 * t - 0.1], 1) * 0.995


def head_form(figure: Figure) -> Ellipsoid:
    """Return the skull as an ellipsoid."""
    head = figure.actor.head
    return Ellipsoid(head.centre, head.frame, head.radii * (1.02, 1.05, 0.98))


def trunk_forms(figure: Figure) -> tuple[Ellipsoid, Ellipsoid]:
    """Return rib cage and pelvis."""
    j, frames = figure.actor.joints, figure.actor.skeleton.frames
    wide = float(np.linalg.norm(j["l_sho"] - j["r_sho"]))
    hips = float(np.linalg.norm(j["l_hip"] - j["r_hip"]))
    top, bottom = (j["l_sho"] + j["r_sho"]) / 2, (j["l_hip"] + j["r_hip"]) / 2
    tall = float(np.linalg.norm(top - bottom))
    rib = Ellipsoid(top * 0.72 + bottom * 0.28, frames["chest"], np.array([wide * 0.43, wide * 0.33, tall * 0.36]))
    pelvis = Ellipsoid(bottom * 0.88 + top * 0.12, frames["pelvis"], np.array([hips * 0.82, hips * 0.55, tall * 0.2]))
    return rib, pelvis


def limbs(figure: Figure) -> list[Segment]:
    """Return arms, legs, hands and feet."""
    j, out = figure.actor.joints, []
    for s in ("l_", "r_"):
        arm, leg = figure.actor.thickness(s + "uarm"), figure.actor.thickness(s + "thigh")
        hand = j[s + "mid"] * 0.4 + j[s + "tip"] * 0.6
        out += [
            Segment(s + "uarm", j[s + "sho"], j[s + "elb"], 0.052 * arm, 0.038 * arm),
            Segment(s + "farm", j[s + "elb"], j[s + "wri"], 0.04 * arm, 0.026 * arm),
            Segment(s + "thigh", j[s + "hip"], j[s + "kne"], 0.085 * leg, 0.055 * leg),
            Segment(s + "shin", j[s + "kne"], j[s + "ank"], 0.056 * leg, 0.036 * leg),
            Segment(s + "hand", j[s + "wri"], hand, 0.03 * arm, 0.024 * arm),
            Segment(s + "foot", j[s + "ank"], j[s + "toe"], 0.034 * leg, 0.03 * leg),
        ]
    return out


def capsule(figure: Figure, limb: Segment, thick: float = 1.0) -> tuple[Array, Array, Array] | None:
    """Return a limb's outline polygon and its two long sides, or None where it points straight at the eye."""
    a, b = figure.project(np.stack([limb.start, limb.end]))
    ra = figure.radius(limb.start, limb.start_radius * thick)
    rb = figure.radius(limb.end, limb.end_radius * thick)
    d = b - a
    length = float(np.linalg.norm(d))
    if length < 1e-3:
        return None
    d /= length
    n = np.array([-d[1], d[0]])
    t = np.linspace(-np.pi / 2, np.pi / 2, 7)[:, None]
    far = b + rb * (np.cos(t) * d + np.sin(t) * n)
    near = a - ra * (np.cos(t) * d + np.sin(t) * n)
    bulge = (np.sin(np.linspace(0, np.pi, 8)) * 0.18 * ra)[:, None] * n
    first = np.linspace(a + n * ra, b + n * rb, 8) + bulge
    second = np.linspace(b - n * rb, a - n * ra, 8) - bulge
    return np.concatenate([first, far[::-1], second, near[::-1]]), first, second


def spine(figure: Figure) -> Array:
    """Return the points (5, 3) from the pelvis to the centre of the head."""
    j = figure.actor.joints
    return np.stack([(j["l_hip"] + j["r_hip"]) / 2, j["waist"], j["chest"], j["neck"], figure.actor.head.centre])


def draw_head(figure: Figure, pen: Pen, alpha: float = 1.0, cross: bool = True) -> None:
    """Draw the head as a ball, with the guide lines of the face if ``cross``."""
    form = head_form(figure)
    outline(figure, form).draw(pen, alpha=alpha)
    if cross:
        for curve in (meridian, equator):
            line = front_curve(figure, form, curve)
            if line is not None:
                pen.but(piece=0.0).line(line, 0.8, alpha * 0.9)


def face_on_ball(turn: Array) -> dict[str, Array]:
    """Return the face points (3,) of a ball head of radius 1, turned by (3, 3)."""
    return {name: turn @ unit(np.array(place)) for name, place in _BALL_FACE.items()}


def guessed_face(figure: Figure, centre: Array, radius: float, neck: Array) -> None:
    """Label the face of a bare ball where a viewer would put it, on the canvas.

    Nothing on the ball tells where it looks, so an annotator lets it face him, upright on the neck, and turns it only
    with a body that is clearly seen from the side.

    Args:
        figure: Its trunk says which way it faces.
        centre: (2,) of the ball.
        radius: In pixels.
        neck: (2,) where the ball sits.
    """
    front = figure.camera.rotation @ figure.actor.skeleton.frames["chest"] @ np.array([0.0, -1.0, 0.0])
    about = float(np.rad2deg(np.arctan2(front[0], -front[2])))
    if abs(about) < _SIDEWAYS[0]:
        about = 0.0
    elif abs(about) > 180 - _SIDEWAYS[0]:
        about = 180.0
    else:
        about = float(np.sign(about) * np.clip(abs(about), *_SIDEWAYS[1:]))
    up = unit(centre - neck)
    across = np.array([-up[1], up[0]])
    for name, place in face_on_ball(turn(Z, about)).items():
        figure.moved[INDEX[name]] = centre + 0.95 * radius * (place[0] * across + place[2] * up)


def draw_box(figure: Figure, pen: Pen, form: Ellipsoid, alpha: float) -> None:
    """Draw the twelve edges of the box around an ellipsoid."""
    corners = np.array([[x, y, z] for z in (-1, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))])
    p = figure.project(form.centre + (corners * form.radii) @ form.frame.T)
    for k in range(4):
        for a, b in ((k, (k + 1) % 4), (4 + k, 4 + (k + 1) % 4), (k, 4 + k)):
            pen.line(segment(p[a], p[b], 8), 0.8, alpha * 0.8)


def construct(figure: Figure, pen: Pen, alpha: float = 1.0) -> None:
    """Draw the construction of a figure: head, rib cage, pelvis, spine, cylinders and joints."""
    rng, j, frames = pen.rng, figure.actor.joints, figure.actor.skeleton.frames
    draw_head(figure, pen, alpha)
    rib, pelvis = trunk_forms(figure)
    outline(figure, rib).draw(pen, alpha=alpha)
    if rng.random() < 0.35:
        draw_box(figure, pen, pelvis, alpha)
    else:
        outline(figure, pelvis).draw(pen, alpha=alpha)
    pen.line(spline(figure.project(spine(figure)[: 5 if rng.random() < 0.5 else 4])), 1, alpha)
    head = figure.actor.head
    neck = Segment(
        "neck",
        j["neck"] - frames["chest"][:, 2] * 0.03,
        head.centre - head.frame[:, 2] * head.radii[2] * 0.6,
        0.05,
        0.045,
    )
    sides = capsule(figure, neck)
    if sides is not None:
        pen.line(sides[1], 0.9, alpha)
        pen.line(sides[2], 0.9, alpha)
    at = figure.joint
    pen.line(segment(at["l_sho"], at["r_sho"]), 1, alpha)
    pen.line(segment(at["l_hip"], at["r_hip"]), 1, alpha)
    cylinders = rng.random() < 0.6
    for limb in limbs(figure):
        middle = (limb.start + limb.end) / 2 + rng.normal(0, 0.008, 3)
        pen.line(spline(figure.project(np.stack([limb.start, middle, limb.end]))), 0.8, alpha * 0.8)
        if cylinders and limb.part[2:] not in ("hand", "foot"):
            sides = capsule(figure, limb)
            if sides is not None:
                pen.line(sides[1], 0.9, alpha)
                pen.line(sides[2], 0.9, alpha)
        if rng.random() < 0.75:
            r = figure.radius(limb.end, limb.end_radius) * rng.uniform(0.9, 1.2)
            pen.ellipse(figure.project(limb.end[None])[0], r, r, 0, 0.9, alpha)
    for s in ("l_", "r_"):
        r = figure.radius(j[s + "sho"], 0.05)
        pen.ellipse(at[s + "sho"], r, r, 0, 0.9, alpha)
