"""Styles made of lines over the form's true contours, with or without tone."""

import cv2
import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.people.body import PART
from sketchpose.synth.people.garments import HAIR
from sketchpose.synth.styles.marks import face, folds, hair, light, muscles
from sketchpose.synth.styles.shapes import draw_head
from sketchpose.synth.view.figure import Figure
from sketchpose.synth.view.lines import join

_HANDS = (PART["l_hand"], PART["r_hand"])


def pick(rng: np.random.Generator, **weights: float) -> str:
    """Return one of the keyword names, by weight."""
    names = list(weights)
    return str(rng.choice(names, p=np.array([weights[n] for n in names]) / sum(weights.values())))


def draw_contours(
    figure: Figure,
    pen: Pen,
    crease: float,
    reach: int,
    mesh_face: bool = False,
    drop: float = 0.0,
    seams: bool = True,
    economy: float = 0.0,
) -> None:
    """Draw contours, creases and seams; hands thinner, creases lighter, the shadow side and the ground heavier.

    Args:
        figure: What is drawn.
        pen: How.
        crease: Cosine under which creases appear.
        reach: Smoothing radius in canvas pixels.
        mesh_face: Whether the face's own creases are kept.
        drop: Chance that a line is left out.
        seams: Whether hems, collars and hairlines are drawn.
        economy: 0 keeps every line, 1 joins what runs on and leaves out what is short.
    """
    part, last = figure.buffers.part, figure.size - 1
    lines = figure.lines(crease, reach)
    if economy > 0:
        shortest = economy * 0.06 * figure.size
        lines = [line for line in join(lines, 5 * economy * pen.unit) if len(line.points) * 2 > shortest]
    pen = pen.but(weight=line_weight(figure, pen.rng))
    for line in lines:
        if pen.rng.random() < drop:
            continue
        x, y = line.points[len(line.points) // 2].astype(int)
        where = part[min(y, last), min(x, last)]
        if line.crease and where == PART["head"] and not mesh_face:
            continue
        width = (0.65 if line.crease else 1.0) * (0.75 if where in _HANDS else 1.0)
        pen.line(line.points, width, 0.75 if line.crease else 1.0, None if len(line.points) > 12 else 1)
    if seams:
        for points in figure.seams():
            pen.line(points, 0.8, 0.9, 1)


def line_weight(figure: Figure, rng: np.random.Generator) -> Array:
    """Return a factor of line width per pixel: heavier on the side away from a light and towards the ground.

    Half of the drawings have none, shape (1, 1).
    """
    if rng.random() < 0.5:
        return np.ones((1, 1), np.float32)
    buffers, strength = figure.buffers, rng.uniform(0.2, 0.65)
    away = figure.camera.rotation.T @ np.array([rng.uniform(-0.8, 0.8), 1.0, 0.0])
    shade = buffers.normals @ (away / np.linalg.norm(away)).astype(np.float32)
    low = np.linspace(-0.25, 0.25, figure.size, dtype=np.float32)[:, None]
    return np.asarray(np.clip(1 + strength * (shade + low * buffers.seen), 0.4, 1.8), np.float32)


def clean(figure: Figure, pen: Pen) -> None:
    """One even, confident line."""
    rng = pen.rng
    p = pen.but(
        passes=1, wobble=rng.uniform(0.05, 0.45), width=rng.choice((rng.uniform(0.8, 1.6), rng.uniform(1.6, 3.4))),
        alpha=rng.uniform(0.8, 1), rough=rng.choice((0, 0, 0.3)), overshoot=rng.uniform(0, 1),
        piece=rng.choice((0, 70)), taper=rng.uniform(0, 0.8),
    )  # fmt: skip
    kind = pick(rng, none=0.2, mesh=0.15, dots=0.15, simple=0.25, anime=0.15, profile=0.1)
    face(figure, p, kind)
    if rng.random() < 0.3:
        muscles(figure, p.but(width=p.width * 0.7), rng.uniform(0.1, 0.5))
    draw_contours(figure, p, float(rng.choice((-0.2, 0.2, 0.5))), 4, kind == "mesh", economy=rng.choice((0, 0.5, 1)))
    if rng.random() < 0.25:
        pen.wash((figure.buffers.region == HAIR).astype(np.float32), p.colour)
    else:
        hair(figure, p, int(rng.integers(0, 16)))
    folds(figure, p, int(rng.integers(0, 14)))


def exercise(figure: Figure, pen: Pen) -> None:
    """A muscular, faceless figure in bold lines that swell and taper, as in exercise manuals."""
    rng = pen.rng
    bold = rng.uniform(1.4, 4.2)
    p = pen.but(
        passes=1, wobble=rng.uniform(0.1, 0.6), width=bold, alpha=1.0, rough=0.0, overshoot=rng.uniform(0, 1.2),
        piece=rng.uniform(40, 110), taper=rng.uniform(0.35, 0.8), vary=rng.uniform(0.2, 0.6),
    )  # fmt: skip
    face(figure, p, pick(rng, none=0.8, simple=0.1, profile=0.1))
    muscles(figure, p.but(width=bold * rng.uniform(0.5, 0.85), piece=0.0), rng.uniform(0.4, 0.95))
    draw_contours(figure, p, float(rng.choice((-0.6, -0.2, 0.2))), 4, economy=rng.uniform(0, 0.8))
    if rng.random() < 0.2:
        pen.wash((figure.buffers.region == HAIR).astype(np.float32), p.colour)
    folds(figure, p.but(width=bold * 0.6), int(rng.integers(0, 8)))


def pencil(figure: Figure, pen: Pen) -> None:
    """Searching pencil strokes, several passes, some construction left in."""
    rng = pen.rng
    p = pen.but(
        passes=int(rng.integers(1, 4)), wobble=rng.uniform(0.5, 1.5), width=rng.uniform(0.8, 1.9),
        alpha=rng.uniform(0.35, 0.8), rough=rng.uniform(0.4, 0.95), overshoot=rng.uniform(1, 6),
        piece=rng.uniform(18, 60), gaps=rng.uniform(0, 0.18), straight=rng.choice((0, 0, 0.8, 1.6)),
        taper=rng.uniform(0.4, 0.9),
    )  # fmt: skip
    if rng.random() < 0.45:
        draw_head(figure, p.but(alpha=p.alpha * 0.6), 0.8, bool(rng.random() < 0.7))
    if rng.random() < 0.45:
        search = p.but(
            alpha=p.alpha * 0.5, passes=2, wobble=p.wobble * rng.uniform(1.2, 2.2), straight=rng.choice((0, 0, 2.0)),
            piece=rng.uniform(30, 80),
        )  # fmt: skip
        draw_contours(figure, search, -0.8, 8, drop=0.15, seams=False)
        p = p.but(alpha=min(1, p.alpha * 1.25), passes=max(1, p.passes - 1))
    kind = pick(rng, none=0.25, mesh=0.2, dots=0.1, simple=0.25, anime=0.2)
    face(figure, p, kind)
    muscles(figure, p.but(alpha=p.alpha * 0.8), rng.uniform(0, 0.45))
    draw_contours(
        figure, p, float(rng.choice((-0.4, 0, 0.4))), int(rng.integers(3, 7)), kind == "mesh", rng.uniform(0, 0.1)
    )
    hair(figure, p, int(rng.integers(5, 30)))
    folds(figure, p, int(rng.integers(4, 24)))
    if rng.random() < 0.35:
        dark = (light(figure, rng) < rng.uniform(0.25, 0.45)) & figure.buffers.seen
        p.but(alpha=0.3).hatch(dark, rng.uniform(0, 3.14), rng.uniform(2.5, 5))


def manga(figure: Figure, pen: Pen) -> None:
    """Fine lines, big eyes, black hair or screen tone."""
    rng = pen.rng
    p = pen.but(
        passes=1, wobble=rng.uniform(0.05, 0.4), width=rng.uniform(0.8, 1.8), alpha=1.0, rough=0.0, piece=0.0,
        taper=rng.uniform(0.4, 0.9), vary=0.35,
    )  # fmt: skip
    region, unit = figure.buffers.region, pen.unit
    if rng.random() < 0.5:
        gap = rng.uniform(2.2, 3.4) * unit
        yy, xx = np.mgrid[0 : figure.size, 0 : figure.size].astype(np.float32)
        dots = np.cos((xx + yy) * (np.pi / gap)) * np.cos((xx - yy) * (np.pi / gap))
        shaded = (light(figure, rng) < rng.uniform(0.3, 0.5)) | (region == rng.integers(1, 7))
        tone = np.clip((dots - rng.uniform(-0.3, 0.5)) * 2.5, 0, 1) * (shaded & figure.buffers.seen)
        pen.wash(tone * rng.uniform(0.5, 1), p.colour)
    face(figure, p, pick(rng, anime=0.85, profile=0.15))
    draw_contours(figure, p, float(rng.choice((-0.3, 0.2))), 4, economy=rng.uniform(0, 1))
    if rng.random() < 0.5:
        fill_hair(figure, p)
    else:
        hair(figure, p, int(rng.integers(8, 30)))
    folds(figure, p, int(rng.integers(6, 22)))


def fill_hair(figure: Figure, pen: Pen) -> None:
    """Fill the hair with ink, leaving a few strands of light."""
    mask = cv2.GaussianBlur((figure.buffers.region == HAIR).astype(np.float32), (0, 0), 0.6)
    pen.wash(mask, pen.colour)
    if pen.rng.random() < 0.5:
        hair(figure, pen.but(colour=np.ones(3) - pen.colour * 0.2, width=pen.width * 0.8), int(pen.rng.integers(2, 8)))


def brush(figure: Figure, pen: Pen) -> None:
    """Brush and ink: few, thick, swelling strokes, sometimes over a wash."""
    rng = pen.rng
    p = pen.but(
        passes=1, wobble=rng.uniform(0.3, 1.4), width=rng.uniform(2.0, 5.0), alpha=rng.uniform(0.75, 1),
        rough=rng.choice((0, 0.5, 0.9)), taper=0.85, vary=0.45, overshoot=rng.uniform(0, 4),
        piece=rng.uniform(35, 90), straight=rng.choice((0, 1.5, 3.0)), gaps=rng.uniform(0, 0.12),
    )  # fmt: skip
    if rng.random() < 0.35:
        shift = rng.normal(0, 3, 2).astype(int)
        mask = np.roll(figure.buffers.seen.astype(np.float32), tuple(shift), (0, 1))
        pen.wash(cv2.GaussianBlur(mask, (0, 0), 1) * rng.uniform(0.15, 0.5), rng.uniform(0.4, 0.9, 3))
    if rng.random() < 0.5:
        fill_hair(figure, p)
    if rng.random() < 0.35:
        dark = cv2.GaussianBlur(
            (light(figure, rng) < rng.uniform(0.2, 0.42)).astype(np.float32), (0, 0), 1.2 * pen.unit
        )
        pen.wash(np.clip(dark * 3 - 1, 0, 1) * figure.buffers.seen, p.colour)
    face(figure, p.but(width=1.5), pick(rng, none=0.5, dots=0.2, simple=0.3))
    draw_contours(figure, p, -0.7, 7, economy=rng.uniform(0.3, 1))


def hatched(figure: Figure, pen: Pen) -> None:
    """Line drawing with hatching or smudged graphite for the shadows."""
    rng = pen.rng
    p = pen.but(
        passes=int(rng.integers(1, 3)), wobble=rng.uniform(0.3, 1), width=rng.uniform(0.8, 1.6),
        alpha=rng.uniform(0.5, 0.9), rough=rng.uniform(0.2, 0.9), overshoot=rng.uniform(0, 3),
        piece=rng.uniform(25, 70),
    )  # fmt: skip
    brightness, seen = light(figure, rng), figure.buffers.seen
    if rng.random() < 0.45:
        smudge(figure, p, brightness, rng.uniform(0.6, 3), rng.uniform(0.4, 0.9))
    else:
        angle = rng.uniform(0, 3.14)
        for level, about in ((0.5, 0.0), (0.34, 0.9), (0.2, 1.7)):
            turn = angle + about * (rng.random() < 0.7)
            p.but(alpha=0.5).hatch((brightness < level) & seen, turn, rng.uniform(2.4, 4.2))
    kind = pick(rng, none=0.15, mesh=0.4, simple=0.3, anime=0.15)
    face(figure, p, kind)
    muscles(figure, p, rng.uniform(0, 0.5))
    draw_contours(figure, p, float(rng.choice((-0.2, 0.4))), 4, kind == "mesh")
    hair(figure, p, 20)
    folds(figure, p, 12)


def smudge(figure: Figure, pen: Pen, brightness: Array, blur: float, strength: float) -> None:
    """Lay grainy tone where the form is dark."""
    size = figure.size
    tone = cv2.GaussianBlur(((1 - brightness) * figure.buffers.seen).astype(np.float32), (0, 0), blur)
    grain = pen.canvas.grain
    reps = -(-size // grain.shape[0])
    grain = np.tile(grain, (reps, reps))[:size, :size] if reps > 1 else grain[:size, :size]
    pen.wash(np.clip(tone * strength * (0.4 + 0.9 * grain), 0, 1), pen.colour)


def engraving(figure: Figure, pen: Pen) -> None:
    """Tone made of parallel lines that bend over the form and swell in the shadow."""
    rng, buffers, unit = pen.rng, figure.buffers, pen.unit
    colour = pen.colour
    rows, columns = np.nonzero(buffers.seen)
    if len(rows):
        window = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
        brightness = light(figure, rng)[window] + rng.uniform(-0.1, 0.15)
        eye = buffers.normals[window] @ figure.camera.rotation.T.astype(np.float32)
        yy, xx = np.mgrid[window].astype(np.float32)
        angle = rng.uniform(-0.9, 0.9)
        total = np.zeros(brightness.shape, np.float32)
        for k, level in ((0, 1.0), (1, 0.55)):
            turn = angle + k * rng.uniform(0.7, 1.4)
            c, s = np.cos(turn), np.sin(turn)
            gap = rng.uniform(2.2, 3.6) * unit
            bend = rng.uniform(4, 14) * unit
            phase = (xx * -s + yy * c + bend * (eye[..., 0] * s - eye[..., 1] * c)) * (2 * np.pi / gap)
            dark = np.clip((level - brightness) * 1.3, 0, 0.95)
            total = np.maximum(total, np.clip((np.cos(phase) - (1 - 2 * dark)) * 1.2 + 0.2, 0, 1) * (dark > 0.06))
        mask = np.zeros((figure.size, figure.size), np.float32)
        mask[window] = total * buffers.seen[window]
        pen.wash(mask * rng.uniform(0.75, 1), colour)
    p = pen.but(
        passes=1, wobble=0.25, width=rng.uniform(0.8, 1.6), alpha=0.95, rough=rng.choice((0, 0.3)), taper=0.6, vary=0.4
    )
    kind = pick(rng, mesh=0.6, simple=0.3, none=0.1)
    face(figure, p, kind)
    muscles(figure, p.but(width=p.width * 0.7), rng.uniform(0, 0.4))
    draw_contours(figure, p, float(rng.choice((0.0, 0.4))), 3, kind == "mesh")
    hair(figure, p, 24)
    folds(figure, p, 10)


def chalk(figure: Figure, pen: Pen) -> None:
    """Life drawing: broad soft lines, dragged tone and, on toned paper, white in the lights."""
    rng, seen = pen.rng, figure.buffers.seen
    p = pen.but(
        passes=int(rng.integers(1, 4)), wobble=rng.uniform(0.5, 1.6), width=rng.uniform(1.4, 4.2),
        alpha=rng.uniform(0.35, 0.8), rough=rng.uniform(0.7, 1), overshoot=rng.uniform(1, 6),
        piece=rng.uniform(25, 80), taper=rng.uniform(0.3, 0.8), vary=0.6, gaps=rng.uniform(0, 0.15),
    )  # fmt: skip
    brightness = light(figure, rng)
    smudge(figure, p, np.clip(brightness * 1.25, 0, 1), rng.uniform(1, 5), rng.uniform(0.3, 1.1))
    paper = float(pen.canvas.image[4, 4].mean())
    if paper < 0.85 and rng.random() < 0.7:
        lights = cv2.GaussianBlur((np.clip((brightness - 0.72) * 3, 0, 1) * seen).astype(np.float32), (0, 0), 1.5)
        grain = pen.canvas.grain[: figure.size, : figure.size]
        if grain.shape == lights.shape:
            pen.wash(lights * np.clip(1.3 * grain - 0.1, 0, 1) * rng.uniform(0.5, 0.95), np.array([0.97, 0.96, 0.93]))
    face(figure, p.but(width=min(2.0, p.width)), pick(rng, none=0.4, mesh=0.4, simple=0.2))
    muscles(figure, p.but(alpha=p.alpha * 0.7), rng.uniform(0, 0.4))
    draw_contours(figure, p, float(rng.choice((-0.7, -0.2, 0.2))), int(rng.integers(4, 9)), drop=rng.uniform(0, 0.2))
    hair(figure, p, int(rng.integers(4, 16)))
