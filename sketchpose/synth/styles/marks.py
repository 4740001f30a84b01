"""Marks on the figure beyond its contours: faces, muscles, cloth folds, hair, tone."""

from functools import cache
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.people.body import PART, Shape, load_body
from sketchpose.synth.people.garments import CLOTH, HAIR, SKIN
from sketchpose.synth.people.rotation import unit
from sketchpose.synth.styles.shapes import spline
from sketchpose.synth.view.figure import Figure

_TRUNK: Final[tuple[tuple[tuple[float, float], ...], ...]] = (
    ((0.93, 6), (0.95, 22), (0.98, 45)),
    ((0.7, 5), (0.66, 22), (0.7, 42), (0.78, 52)),
    ((0.62, 3), (0.5, 2), (0.36, 1), (0.24, 0)),
    ((0.58, 6), (0.57, 16), (0.59, 26)),
    ((0.47, 5), (0.46, 15), (0.48, 24)),
    ((0.36, 5), (0.35, 14), (0.38, 24)),
    ((0.6, 34), (0.45, 34), (0.3, 28), (0.2, 18)),
    ((0.55, 60), (0.5, 50)),
    ((0.5, 66), (0.45, 55)),
    ((0.45, 70), (0.4, 60)),
    ((0.18, 70), (0.1, 40), (0.04, 20)),
    ((0.92, 178), (0.7, 179), (0.45, 180), (0.2, 180)),
    ((0.86, 160), (0.74, 155), (0.68, 140), (0.75, 122)),
    ((0.62, 150), (0.5, 140), (0.45, 120)),
    ((0.3, 168), (0.2, 164)),
    ((0.97, 165), (0.9, 150), (0.92, 130)),
)
"""Muscle lines of the trunk's left half: (height from hips 0 to neck 1, degrees from the front to the left side)."""
_LIMB_MARKS: Final[dict[str, tuple[tuple[tuple[float, float], ...], ...]]] = {
    "uarm": (
        ((0.12, 20), (0.3, 45), (0.42, 80)),
        ((0.1, 150), (0.3, 120), (0.42, 95)),
        ((0.35, 20), (0.55, 10), (0.8, 30)),
        ((0.45, 150), (0.65, 165), (0.85, 150)),
        ((0.5, 90), (0.75, 95)),
    ),
    "farm": (((0.05, 30), (0.25, 50), (0.5, 60)), ((0.1, 120), (0.35, 125), (0.6, 110)), ((0.3, -40), (0.6, -30))),
    "thigh": (
        ((0.15, 30), (0.45, 20), (0.75, 30)),
        ((0.6, -40), (0.8, -45), (0.93, -25)),
        ((0.65, 55), (0.82, 55), (0.93, 30)),
        ((0.2, 95), (0.55, 100), (0.85, 110)),
        ((0.25, 170), (0.6, 175), (0.85, 165)),
        ((0.05, 120), (0.1, 160), (0.08, 200)),
        ((0.97, -25), (0.92, 0), (0.97, 25)),
    ),
    "shin": (
        ((0.1, 0), (0.4, -5), (0.75, -5)),
        ((0.1, 120), (0.3, 130), (0.5, 115)),
        ((0.12, -130), (0.32, -135), (0.5, -115)),
        ((0.3, 180), (0.5, 178), (0.65, 180)),
        ((0.15, 60), (0.4, 65), (0.6, 55)),
    ),
}
"""Muscle lines of the left limbs: (share along the bone, degrees from the front outwards)."""


@cache
def _muscles() -> tuple[Array, ...]:
    """Rows of vertex indices, each a line on the surface of the body, found once on the mean body."""
    body = load_body()
    shape = body.shape(0, 0, 0.0)
    rest, heads, bone = shape.rest, shape.heads, body.bone
    low = (heads[bone["upperleg01.L"]] + heads[bone["upperleg01.R"]]) / 2
    trunk = np.isin(body.vertex_part, (PART["chest"], PART["pelvis"]))
    axis = heads[bone["neck01"]] - low
    rows = []
    for side in (1.0, -1.0):
        along = (rest - low) @ axis / (axis @ axis)
        radial = rest - low - along[:, None] * axis
        angle = np.rad2deg(np.arctan2(side * radial[:, 0], -radial[:, 1]))
        rows += [_nearest(trunk, along, angle, 0.5, 0.12, line) for line in _TRUNK]
    for s in ("l_", "r_"):
        side = 1.0 if s == "l_" else -1.0
        for part, lines in _LIMB_MARKS.items():
            start, end = body.ends(heads, s + part)
            axis = end - start
            along = (rest - start) @ axis / (axis @ axis)
            radial = rest - start - along[:, None] * axis
            front = _front(shape, s + part)
            outward = np.cross(unit(axis), front) * side * -1
            angle = np.rad2deg(np.arctan2(radial @ outward, radial @ front))
            mask = body.vertex_part == PART[s + part]
            rows += [_nearest(mask, along, angle, float(np.linalg.norm(axis)), 0.05, line) for line in lines]
    return tuple(rows)


def _front(shape: Shape, part: str) -> Array:
    """Direction at rest that faces forward when the limb hangs in the zero pose."""
    turned = shape.zero[part].T @ np.array([0.0, -1.0, 0.0])
    axis = shape.axes[part]
    return unit(turned - (turned @ axis) * axis)


def _nearest(
    mask: Array, along: Array, angle: Array, length: float, radius: float, line: tuple[tuple[float, float], ...]
) -> Array:
    index = np.flatnonzero(mask)
    out = []
    for t, a in spline(np.array(line), 10):
        turn = (angle[index] - a + 180) % 360 - 180
        out.append(index[np.argmin(((along[index] - t) * length) ** 2 + (np.deg2rad(turn) * radius) ** 2)])
    return np.array(out)


def muscles(figure: Figure, pen: Pen, share: float) -> None:
    """Draw muscle lines where the skin is bare: a ``share`` of them, each tapered and a little different."""
    rng, actor = pen.rng, figure.actor
    thin = pen.but(passes=1, piece=0.0, taper=0.85, overshoot=0.0)
    bare = actor.outfit.region == SKIN
    for row in _muscles():
        if rng.random() > share or not bare[row].all():
            continue
        pixels, seen = figure.visible(actor.vertices[row], 0.025)
        if seen.mean() < 0.9:
            continue
        first = int(rng.integers(0, max(1, len(row) // 4)))
        last = len(row) - int(rng.integers(0, max(1, len(row) // 4)))
        line = spline(pixels[[first, (first + last) // 2, last - 1]], 14) + rng.normal(0, 0.6 * pen.unit, 2)
        thin.line(line, rng.uniform(0.55, 1.0), rng.uniform(0.7, 1.0))


def face(figure: Figure, pen: Pen, kind: str) -> None:
    """Draw features where the face is seen; ``none`` and ``mesh`` draw nothing here (``none`` makes it faceless)."""
    figure.faceless = kind == "none"
    if kind in ("none", "mesh"):
        return
    actor = figure.actor
    frame, scale = actor.head.frame, actor.cast.proportions["head"][0]
    nose, left, right = actor.keypoints[:3]
    mouth = nose + frame @ np.array([0, 0.012, -0.045]) * scale
    lift = frame @ np.array([0, -0.025, 0]) * scale
    points, seen = figure.visible(np.stack([nose, left + lift, right + lift, mouth + lift]), 0.035 * scale)
    if frame[:, 1] @ figure.camera.sight < 0.05:
        return
    tips = figure.project(np.stack([nose, nose + frame[:, 2] * 0.02, nose + frame[:, 0] * 0.02]))
    up, across = tips[1] - tips[0], tips[2] - tips[0]
    span = float(np.linalg.norm(up)) + 1e-6
    up, across = up / span, across / span
    s = span / 0.02 * 0.016 * scale
    p = pen.but(passes=1, piece=0.0, wobble=min(0.25, pen.wobble), overshoot=0.0, straight=0.0, gaps=0.0)
    t = np.linspace(-1, 1, 7)[:, None]
    arch = 1 - t**2
    for eye, open_ in zip(points[1:3], seen[1:3], strict=True):
        if not open_:
            continue
        if kind == "dots":
            p.ellipse(eye, max(0.8, 0.45 * s), max(0.8, 0.6 * s), 0, 1.2, 1, turns=1.5)
        elif kind == "simple":
            p.line(eye + across * t * s * 1.1 + up * arch * s * 0.45)
            p.ellipse(eye - up * 0.1 * s, max(0.6, 0.35 * s), max(0.6, 0.4 * s), 0, 1, 1, turns=1.2)
            p.line(eye + up * s * 1.5 + across * t * s * 1.2 + up * arch * s * 0.3)
        elif kind == "profile":
            p.line(eye + across * t * s * 0.9 - up * arch * s * 0.3, 1.2)
            p.line(eye + up * s * 1.3 + across * t * s * 1.3 + up * arch * s * 0.2, 1.5)
        else:
            b = s * 1.55
            p.line(eye + across * t * b + up * arch * b * 0.8, 1.5)
            p.ellipse(eye - up * 0.1 * b, max(0.8, 0.5 * b), max(0.8, 0.8 * b), 0, 1.5, 1, turns=1.6)
            p.line(eye + up * b * 1.9 + across * t * b)
    if seen[0]:
        side = 0.3 if pen.rng.random() < 0.5 else -0.3
        p.line(np.stack([points[0] + up * s * 1.2, points[0] + across * side * s, points[0] - up * 0.2 * s]), 0.8)
    if seen[3]:
        curve = float(pen.rng.normal(0.2, 0.4))
        p.line(points[3] + across * t * s * pen.rng.uniform(0.8, 1.6) - up * arch * s * curve)


def folds(figure: Figure, pen: Pen, count: int) -> None:
    """Draw short curved folds that radiate from bent joints, only on cloth."""
    if not figure.actor.outfit.dressed:
        return
    rng, j, region = pen.rng, figure.actor.joints, figure.buffers.region
    pairs = [
        (s + a, s + b)
        for s in ("l_", "r_")
        for a, b in (("elb", "sho"), ("kne", "hip"), ("hip", "kne"), ("sho", "elb"), ("kne", "ank"), ("sho", "hip"))
        if s + b in j
    ] + [("l_sho", "r_hip"), ("r_sho", "l_hip")]
    p = pen.but(passes=1, piece=0.0, taper=0.9, overshoot=0.0)
    for _ in range(count):
        a, b = pairs[rng.integers(len(pairs))]
        start, d = figure.joint[a], figure.joint[b] - figure.joint[a]
        length = float(np.linalg.norm(d))
        if length < 4:
            continue
        d = d / length
        n = np.array([-d[1], d[0]]) * rng.choice([-1, 1])
        o = start + n * figure.radius(j[a], 0.05) * rng.uniform(0.2, 1) + d * length * rng.uniform(0, 0.2)
        e = o + (d * rng.uniform(0.1, 0.5) - n * rng.uniform(0.1, 0.5)) * length * 0.5
        line = spline(np.stack([o, (o + e) / 2 + n * length * rng.normal(0, 0.06), e]), 14)
        at = np.clip(line.astype(int), 0, figure.size - 1)
        if np.isin(region[at[:, 1], at[:, 0]], CLOTH).mean() > 0.8:
            p.line(line, rng.uniform(0.5, 0.9), 0.8)


def hair(figure: Figure, pen: Pen, count: int) -> None:
    """Draw strands that fall away from the crown within the hair."""
    region = figure.buffers.region
    ys, xs = np.nonzero(region == HAIR)
    if len(ys) < 40 or not count:
        return
    rng = pen.rng
    crown = figure.project(figure.actor.head.centre[None])[0]
    p = pen.but(piece=0.0, passes=1)
    for _ in range(count):
        i = rng.integers(len(ys))
        at = np.array([xs[i], ys[i]], float)
        flow = np.array([0, 0.6]) + unit(at - crown) * 0.6
        line = [at]
        for _ in range(int(rng.integers(4, 14))):
            at = at + flow * 3 * pen.unit
            x, y = int(at[0]), int(at[1])
            if not (0 <= x < figure.size and 0 <= y < figure.size) or region[y, x] != HAIR:
                break
            line.append(at)
            flow = flow * 0.9 + (0, 0.12)
        if len(line) > 2:
            p.line(np.array(line), 0.7, 0.7)


def light(figure: Figure, rng: np.random.Generator) -> Array:
    """Return (S, S) brightness in 0..1 under a random lamp beside the camera; 1 outside the figure."""
    direction = figure.camera.rotation.T @ np.array([rng.uniform(-1, 1), rng.uniform(-1.2, -0.1), -rng.uniform(0.3, 1)])
    lit = figure.buffers.normals @ unit(direction).astype(np.float32) * 0.5 + 0.5
    return np.where(figure.buffers.seen, np.clip(lit, 0, 1), 1.0)
