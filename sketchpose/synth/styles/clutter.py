"""What surrounds the figure on a page: frames, ground, shadow, scribbles, notes, guides. Never labelled."""

from collections.abc import Callable
from typing import Final

import numpy as np

from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.styles.shapes import segment

Box = tuple[float, float, float, float]


def _frame(pen: Pen, box: Box) -> None:
    size = pen.canvas.size
    m = pen.rng.uniform(3, 14, 4) * pen.unit
    corners = np.array([[m[0], m[1]], [size - m[2], m[1]], [size - m[2], size - m[3]], [m[0], size - m[3]]])
    for i in range(4):
        pen.line(segment(corners[i], corners[(i + 1) % 4], 12), 1.2, 1)


def _ground(pen: Pen, box: Box) -> None:
    rng, u = pen.rng, pen.unit
    y = min(pen.canvas.size - 3, box[3] + rng.normal(0, 3) * u)
    for _ in range(int(rng.integers(1, 6))):
        a, b = np.sort(rng.uniform(box[0] - 30 * u, box[2] + 30 * u, 2))
        pen.line(segment(np.array([a, y + rng.normal(0, 3) * u]), np.array([b, y + rng.normal(0, 3) * u])))


def _shadow(pen: Pen, box: Box) -> None:
    t = np.linspace(-1, 1, 26)
    zigzag = np.where(np.arange(26) % 2, 4, -3) * pen.unit
    pen.line(np.stack([(box[0] + box[2]) / 2 + (box[2] - box[0]) * 0.4 * t, box[3] + zigzag], 1))


def _scribble(pen: Pen, box: Box) -> None:
    rng = pen.rng
    n = int(rng.integers(8, 40))
    step = rng.normal(0, 9, (n, 2)) * pen.unit * np.where(np.arange(n) % 2, 1, -1)[:, None]
    pen.line(rng.uniform(0, pen.canvas.size, 2) + np.cumsum(step, 0) * 0.4)


def _note(pen: Pen, box: Box) -> None:
    """Unreadable handwriting."""
    rng, u, size = pen.rng, pen.unit, pen.canvas.size
    x0, y = rng.uniform(0.02, 0.75) * size, rng.uniform(0.04, 0.95) * size
    hand = pen.but(wobble=0.2, taper=0.1)
    for _ in range(int(rng.integers(1, 4))):
        x = x0
        for _ in range(int(rng.integers(2, 6))):
            n, width = int(rng.integers(5, 16)), rng.uniform(6, 22) * u
            hand.line(np.stack([np.linspace(x, x + width, n), y + rng.normal(0, 1.7, n) * u], 1), 0.7)
            x += width + 4 * u
        y += 9 * u


def _boxes(pen: Pen, box: Box) -> None:
    rng = pen.rng
    for _ in range(int(rng.integers(1, 4))):
        a, w = rng.uniform(0, pen.canvas.size, 2), rng.uniform(15, 80, 2) * pen.unit
        corners = np.array([a, a + (w[0], 0), a + w, a + (0, w[1]), a])
        pen.line(np.concatenate([segment(corners[i], corners[i + 1], 8) for i in range(4)]))


def _measure(pen: Pen, box: Box) -> None:
    """A plumb line with head-height ticks."""
    rng, u, size = pen.rng, pen.unit, pen.canvas.size
    x = (box[0] + box[2]) / 2 + rng.normal(0, 12) * u
    pen.line(segment(np.array([x, 0]), np.array([x + rng.normal(0, 4) * u, size]), 12), 0.7, 0.7)
    for y in np.linspace(box[1], box[3], 9):
        pen.line(segment(np.array([x - 9 * u, y]), np.array([x + 9 * u, y]), 4), 0.6, 0.7)


def _circles(pen: Pen, box: Box) -> None:
    rng = pen.rng
    for _ in range(int(rng.integers(1, 4))):
        r = rng.uniform(4, 30) * pen.unit
        pen.ellipse(rng.uniform(0, pen.canvas.size, 2), r, r * rng.uniform(0.5, 1), rng.uniform(0, 3))


def _perspective(pen: Pen, box: Box) -> None:
    rng, size = pen.rng, pen.canvas.size
    eye = np.array([rng.uniform(-0.3, 1.3), rng.uniform(0.2, 0.6)]) * size
    for _ in range(int(rng.integers(3, 9))):
        pen.line(segment(eye, eye + rng.normal(0, 1, 2) * size, 20), 0.6, 0.6)


def _motion(pen: Pen, box: Box) -> None:
    """Speed lines beside the figure."""
    rng, u = pen.rng, pen.unit
    turn = rng.uniform(-0.5, 0.5) + (np.pi if rng.random() < 0.5 else 0)
    along = np.array([np.cos(turn), np.sin(turn)])
    quick = pen.but(taper=0.9, wobble=0.2)
    for _ in range(int(rng.integers(3, 9))):
        start = rng.uniform((box[0], box[1]), (box[2], box[3])) + along * (box[2] - box[0]) * 0.5
        quick.line(segment(start, start + along * rng.uniform(10, 45) * u))


KINDS: Final[dict[str, tuple[Callable[[Pen, Box], None], float]]] = {
    "frame": (_frame, 1.0),
    "ground": (_ground, 2.0),
    "shadow": (_shadow, 1.2),
    "scribble": (_scribble, 1.0),
    "note": (_note, 1.5),
    "boxes": (_boxes, 0.8),
    "measure": (_measure, 0.6),
    "circles": (_circles, 0.8),
    "perspective": (_perspective, 0.6),
    "motion": (_motion, 0.8),
}
"""Kind of clutter -> (how to draw it, weight)."""


def clutter(pen: Pen, box: Box) -> list[str]:
    """Draw one or two kinds of clutter around a figure's box (xyxy, canvas pixels) and return their names."""
    rng = pen.rng
    names = list(KINDS)
    weights = np.array([KINDS[n][1] for n in names])
    chosen = rng.choice(names, int(rng.integers(1, 3)), replace=False, p=weights / weights.sum())
    light = pen.but(
        passes=1, width=pen.width * rng.uniform(0.5, 1), alpha=pen.alpha * rng.uniform(0.3, 0.8), piece=0.0, figure=0
    )
    for name in chosen:
        KINDS[name][0](light, box)
    return [str(name) for name in chosen]
