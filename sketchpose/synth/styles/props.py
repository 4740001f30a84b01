"""Things that people hold, sit on and hang from. They hide no joint and are never labelled."""

from collections.abc import Callable
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.people.contact import ground
from sketchpose.synth.people.rotation import Z, unit
from sketchpose.synth.styles.shapes import segment
from sketchpose.synth.view.figure import Figure


def _ring(centre: Array, axis: Array, radius: float) -> Array:
    """Return a circle (40, 3) about an axis."""
    side = unit(np.cross(axis, Z if abs(axis[2]) < 0.9 else np.array([1.0, 0, 0])))
    up = np.cross(axis, side)
    t = np.linspace(0, 2 * np.pi, 40)[:, None]
    return np.asarray(centre + radius * (np.cos(t) * side + np.sin(t) * up))


def _solid(figure: Figure, pen: Pen, points: Array, paint: Array | None) -> None:
    """Draw a closed curve of world points (N, 3), filled first if ``paint`` is a colour."""
    line = figure.project(points)
    if paint is not None:
        pen.fill(line, paint)
    pen.line(np.concatenate([line, line[:2]]), 1, 1, 1)


def _rod(figure: Figure, pen: Pen, a: Array, b: Array, radius: float) -> None:
    """Draw a straight rod from a to b, as two lines or as one thick line."""
    p, q = figure.project(np.stack([a, b]))
    wide = figure.radius((a + b) / 2, radius)
    if wide < 1.2 * pen.unit or pen.rng.random() < 0.3:
        pen.line(segment(p, q), 1.6, 1, 1)
        return
    n = unit(np.array([-(q - p)[1], (q - p)[0]])) * wide
    for sign in (1, -1):
        pen.line(segment(p + sign * n, q + sign * n), 1, 1, 1)


def _box(figure: Figure, pen: Pen, low: Array, high: Array, yaw: float) -> None:
    """Draw the edges of an upright box turned by ``yaw`` radians, those that face away left out."""
    c, s = np.cos(yaw), np.sin(yaw)
    middle = (low + high) / 2
    corners = np.array([[x, y, z] for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]) * (high - low) + low
    corners = (corners - middle) @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]]) + middle
    eye = figure.camera.centre - figure.camera.sight * figure.camera.distance
    drawn: set[tuple[int, int]] = set()
    for face in ((0, 1, 2, 3), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)):
        centre = corners[list(face)].mean(0)
        if (centre - middle) @ (eye - centre) <= 0:
            continue
        for a, b in zip(face, face[1:] + face[:1], strict=True):
            if (min(a, b), max(a, b)) not in drawn:
                drawn.add((min(a, b), max(a, b)))
                p = figure.project(corners[[a, b]])
                pen.line(segment(p[0], p[1]), 1, 1, 1)


def _grip(figure: Figure, side: str) -> Array:
    j = figure.actor.joints
    return np.asarray(j[side + "mid"] * 0.7 + j[side + "wri"] * 0.3)


def _paint(figure: Figure, pen: Pen) -> Array | None:
    kind = pen.rng.random()
    return None if kind < 0.5 else np.asarray(pen.colour) if kind < 0.75 else pen.canvas.image[2, 2].copy()


def barbell(figure: Figure, pen: Pen) -> None:
    """A bar through both hands with plates at its ends."""
    rng = pen.rng
    left, right = _grip(figure, "l_"), _grip(figure, "r_")
    axis = unit(left - right) if np.linalg.norm(left - right) > 0.15 else figure.actor.skeleton.frames["chest"][:, 0]
    middle, half = (left + right) / 2, rng.uniform(0.65, 1.0)
    _rod(figure, pen, middle - axis * half, middle + axis * half, 0.014)
    radius, paint = rng.uniform(0.12, 0.24), _paint(figure, pen)
    for sign in (1, -1):
        for k in range(int(rng.integers(1, 4))):
            _solid(
                figure, pen, _ring(middle + sign * axis * (half * 0.8 + 0.04 * k), axis, radius * (1 - 0.15 * k)), paint
            )


def dumbbells(figure: Figure, pen: Pen) -> None:
    """A short bar with two weights in each hand."""
    rng = pen.rng
    radius, half, paint = rng.uniform(0.045, 0.09), rng.uniform(0.08, 0.14), _paint(figure, pen)
    for s in ("l_", "r_"):
        frame = figure.actor.skeleton.frames[s + "hand"]
        axis = unit(frame[:, 1] + 0.2 * rng.normal(size=3))
        at = _grip(figure, s)
        _rod(figure, pen, at - axis * half, at + axis * half, 0.015)
        for sign in (1, -1):
            for k in (1.0, 0.6):
                _solid(figure, pen, _ring(at + sign * axis * half * k, axis, radius), paint)


def bar(figure: Figure, pen: Pen) -> None:
    """A long bar that both hands hold: pull-up bar, railing, staff."""
    left, right = _grip(figure, "l_"), _grip(figure, "r_")
    axis = unit(left - right)
    reach = pen.rng.uniform(0.3, 1.2)
    _rod(figure, pen, left + axis * reach, right - axis * reach, pen.rng.uniform(0.012, 0.03))


def cable(figure: Figure, pen: Pen) -> None:
    """A rope from a hand to somewhere off the page, or a skipping rope between the hands."""
    rng, size = pen.rng, pen.canvas.size
    start = figure.project(_grip(figure, str(rng.choice(["l_", "r_"])))[None])[0]
    end = start + unit(rng.normal(size=2)) * size * rng.uniform(0.3, 1.0)
    pen.line(segment(start, end), rng.uniform(0.8, 1.8), 1, 1)


def weapon(figure: Figure, pen: Pen) -> None:
    """Sword, stick or racket in one hand."""
    rng = pen.rng
    s = str(rng.choice(["l_", "r_"]))
    frame = figure.actor.skeleton.frames[s + "hand"]
    axis, at = unit(-frame[:, 1] - 0.4 * frame[:, 2] * rng.normal()), _grip(figure, s)
    long = rng.uniform(0.4, 1.4)
    _rod(figure, pen, at - axis * rng.uniform(0.05, 0.3), at + axis * long, rng.uniform(0.008, 0.025))
    if rng.random() < 0.35:
        _solid(figure, pen, _ring(at + axis * (long + 0.12), unit(frame[:, 0] + 0.01), rng.uniform(0.08, 0.16)), None)


def ball(figure: Figure, pen: Pen) -> None:
    """A ball under the figure, in its hands or beside it."""
    rng, j = pen.rng, figure.actor.joints
    floor = ground(j)
    hips = (j["l_hip"] + j["r_hip"]) / 2
    radius = (hips[2] - floor) / 2 if 0.3 < hips[2] - floor < 0.75 else rng.uniform(0.1, 0.3)
    spots = (
        np.array([hips[0], hips[1], floor + radius]),
        (_grip(figure, "l_") + _grip(figure, "r_")) / 2,
        hips + np.array([rng.choice((-0.8, 0.8)), rng.normal(0, 0.3), floor + radius - hips[2]]),
    )
    centre = spots[rng.integers(3)]
    r = figure.radius(centre, radius)
    p = figure.project(centre[None])[0]
    pen.ellipse(p, r, r, 0, 1, 1)
    if rng.random() < 0.4:
        pen.ellipse(p, r, r * rng.uniform(0.2, 0.6), rng.uniform(0, 3), 0.7, 0.8)


def seat(figure: Figure, pen: Pen) -> None:
    """A box, bench or chair under the hips or the back."""
    rng, j = pen.rng, figure.actor.joints
    floor = ground(j)
    hips = (j["l_hip"] + j["r_hip"]) / 2
    top = hips[2] - 0.1
    if top - floor < 0.12:
        return
    yaw = float(np.arctan2(*(j["l_hip"] - j["r_hip"])[1::-1]))
    wide, deep = rng.uniform(0.18, 0.5), rng.uniform(0.18, 0.3)
    low, high = np.array([hips[0] - wide, hips[1] - deep, floor]), np.array([hips[0] + wide, hips[1] + deep, top])
    kind = rng.random()
    if kind < 0.35:
        _box(figure, pen, low, high, yaw)
        return
    thin = rng.uniform(0.03, 0.08)
    _box(figure, pen, np.array([low[0], low[1], top - thin]), high, yaw)
    c, s = np.cos(yaw), np.sin(yaw)
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        foot = np.array([x * wide * 0.9, y * deep * 0.9])
        at = hips[:2] + np.array([c * foot[0] - s * foot[1], s * foot[0] + c * foot[1]])
        _rod(figure, pen, np.array([*at, top - thin]), np.array([*at, floor]), 0.018)
    if kind > 0.7:
        behind = figure.actor.skeleton.frames["pelvis"][:2, 1] * (deep + 0.03)
        back = hips + np.array([*behind, 0.0])
        side = unit(j["l_hip"] - j["r_hip"]) * wide
        tall = np.array([0, 0, rng.uniform(0.35, 0.6)])
        _solid(figure, pen, np.stack([back - side, back + side, back + side + tall, back - side + tall]), None)


def sheet_in_hand(figure: Figure, pen: Pen) -> None:
    """A book, phone or board in one hand."""
    rng = pen.rng
    s = str(rng.choice(["l_", "r_"]))
    frame, at = figure.actor.skeleton.frames[s + "hand"], _grip(figure, s)
    wide, tall = rng.uniform(0.04, 0.18), rng.uniform(0.06, 0.16)
    a, b = frame[:, 1] * wide, -frame[:, 2] * tall
    _solid(figure, pen, np.stack([at - a, at + a, at + a + b, at - a + b]), _paint(figure, pen))


def floor_line(figure: Figure, pen: Pen) -> None:
    """The ground under the figure in perspective: one line or a mat."""
    rng, j = pen.rng, figure.actor.joints
    floor, centre = ground(j), figure.actor.vertices.mean(0)
    reach = figure.actor.size * rng.uniform(0.4, 0.9)
    across = figure.camera.rotation[0] * (1, 1, 0)
    across = unit(across) * reach
    base = np.array([centre[0], centre[1], floor])
    pen.line(segment(*figure.project(np.stack([base - across, base + across]))), 1, 1, 1)


_USES: Final[dict[str, tuple[tuple[Callable[[Figure, Pen], None], float], ...]]] = {
    "sport": ((barbell, 3), (dumbbells, 3), (bar, 2), (cable, 1.5), (ball, 1), (seat, 1.5), (weapon, 0.5)),
    "sitting": ((seat, 6), (ball, 1.5), (sheet_in_hand, 1), (dumbbells, 0.7)),
    "lying": ((floor_line, 2), (seat, 1.5), (ball, 1), (barbell, 1), (dumbbells, 0.7)),
    "floor": ((floor_line, 2), (ball, 1.5), (seat, 0.7), (dumbbells, 0.7)),
    "combat": ((weapon, 4), (bar, 1), (floor_line, 1)),
    "": ((weapon, 1.5), (sheet_in_hand, 1.5), (floor_line, 1.5), (ball, 0.8), (bar, 0.7), (cable, 0.5), (barbell, 0.5)),
}
"""Family of pose -> props that go with it and their weights; the empty family serves all others."""
CHANCE: Final = {"sport": 0.6, "sitting": 0.55, "combat": 0.4}


def add_prop(figure: Figure, pen: Pen, family: str, see_through: bool) -> str:
    """Draw a prop that fits the family of a pose, behind an opaque figure; return its name, empty if none."""
    rng = pen.rng
    if rng.random() > CHANCE.get(family, 0.14):
        return ""
    table = _USES.get(family, _USES[""])
    weights = np.array([w for _, w in table])
    draw = table[int(rng.choice(len(table), p=weights / weights.sum()))][0]
    clip = pen.clip if see_through else (pen.clip * ~figure.buffers.seen).astype(np.uint8)
    if draw in (dumbbells, sheet_in_hand) and rng.random() < 0.6:
        clip = pen.clip
    draw(figure, pen.but(figure=0, clip=clip, piece=0.0, passes=1, gaps=0.0))
    return draw.__name__
