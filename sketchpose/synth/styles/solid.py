"""Styles made of filled areas: flat colour, ink with white and black areas, silhouette."""

import cv2
import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.paper import clouds
from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.people.garments import CLOTH, HAIR, REGIONS, SKIN
from sketchpose.synth.styles.line import draw_contours, pick
from sketchpose.synth.styles.marks import face, folds, hair, light
from sketchpose.synth.view.figure import Figure

_SKINS = ((0.98, 0.86, 0.76), (0.95, 0.78, 0.64), (0.85, 0.63, 0.47), (0.62, 0.43, 0.31), (0.42, 0.28, 0.2),
          (0.99, 0.92, 0.86))  # fmt: skip
_HAIRS = ((0.12, 0.1, 0.1), (0.3, 0.18, 0.1), (0.5, 0.33, 0.15), (0.9, 0.78, 0.45), (0.7, 0.7, 0.72), (0.65, 0.2, 0.1))


def palette(rng: np.random.Generator) -> Array:
    """Return a colour (9, 3) per region."""
    hsv = np.stack([rng.uniform(0, 360, REGIONS), rng.uniform(0.05, 0.85, REGIONS), rng.uniform(0.15, 1, REGIONS)], 1)
    colours = cv2.cvtColor(hsv.astype(np.float32)[None], cv2.COLOR_HSV2RGB)[0]
    colours[SKIN] = _SKINS[rng.integers(6)] if rng.random() < 0.86 else rng.uniform(0.3, 1, 3)
    if rng.random() < 0.6:
        colours[HAIR] = _HAIRS[rng.integers(6)]
    return np.asarray(colours)


def fill_regions(figure: Figure, pen: Pen, colours: Array, shade: Array | None = None, alpha: float = 1.0) -> None:
    """Fill the figure, one colour (3,) per region, times an optional (S, S) shade."""
    buffers = figure.buffers
    mask = cv2.GaussianBlur(buffers.seen.astype(np.float32), (0, 0), 0.6)
    colour = colours[np.maximum(buffers.region, 0)]
    if shade is not None:
        colour = np.clip(colour * shade[..., None], 0, 1)
    pen.wash(mask * alpha, colour)


def pattern(figure: Figure, pen: Pen, colour: Array) -> None:
    """Print stripes, checks or dots on one garment, bent over the form."""
    rng, buffers = pen.rng, figure.buffers
    worn = [r for r in CLOTH if (buffers.region == r).sum() > 200]
    if not worn:
        return
    rows, columns = np.nonzero(buffers.region == rng.choice(worn))
    eye = buffers.normals[rows, columns] @ figure.camera.rotation.T.astype(np.float32)
    bend = rng.uniform(4, 12) * pen.unit
    angle = rng.uniform(-0.5, 0.5)
    c, s = np.cos(angle), np.sin(angle)
    x, y = columns + bend * eye[:, 0], rows + bend * eye[:, 1]
    step = np.pi / (rng.uniform(2.5, 7) * pen.unit)
    across, down = np.cos((x * c + y * s) * step), np.cos((-x * s + y * c) * step)
    kind = rng.integers(4)
    field = (down, across, np.maximum(across, down), across * down)[kind]
    strength = np.clip((field - rng.uniform(0.2, 0.7)) * 3, 0, 1)
    mask = np.zeros((figure.size, figure.size), np.float32)
    mask[rows, columns] = strength
    pen.wash(mask, colour)


def flat(figure: Figure, pen: Pen) -> None:
    """Coloured areas, plain, cel-shaded, soft or washed, usually outlined."""
    rng = pen.rng
    colours = palette(rng)
    mode = pick(rng, plain=0.3, cel=0.4, soft=0.15, wash=0.15)
    shade = None
    if mode == "cel":
        brightness = light(figure, rng)
        shade = np.where(brightness < rng.uniform(0.3, 0.55), rng.uniform(0.6, 0.85), 1.0)
        shade = np.where((brightness > 0.85) & (rng.random() < 0.4), 1.12, shade)
    elif mode == "soft":
        shade = 0.55 + 0.5 * light(figure, rng)
    elif mode == "wash":
        shade = 0.8 + 0.3 * clouds(figure.size, rng, (4, 9, 30))
    if shade is not None:
        shade = cv2.GaussianBlur(shade.astype(np.float32), (0, 0), 0.7)
    fill_regions(figure, pen, colours, shade, float(rng.uniform(0.75, 1)) if mode == "wash" else 1.0)
    if rng.random() < 0.25:
        pattern(figure, pen, rng.uniform(0, 1, 3))
    if rng.random() < 0.8:
        colour = np.full(3, 0.08) if rng.random() < 0.6 else np.clip(colours[SKIN] * 0.35, 0, 1)
        p = pen.but(
            colour=colour, passes=1, wobble=rng.uniform(0.05, 0.5), width=rng.uniform(0.7, 2.6),
            alpha=rng.uniform(0.7, 1), rough=rng.choice((0, 0.4)),
        )  # fmt: skip
        kind = pick(rng, none=0.1, mesh=0.1, dots=0.25, simple=0.25, anime=0.3)
        face(figure, p, kind)
        draw_contours(figure, p, float(rng.choice((-0.3, 0.3))), 4, kind == "mesh")
        hair(figure, p, int(rng.integers(0, 12)))
        folds(figure, p, int(rng.integers(0, 14)))
    else:
        face(figure, pen.but(width=1.2, alpha=1.0), pick(rng, dots=0.3, simple=0.3, anime=0.2, none=0.2))


def ink(figure: Figure, pen: Pen) -> None:
    """Flat ink figures: white bodies, some garments and the hair solid black or one spot colour, one bold line."""
    rng = pen.rng
    black = rng.random(REGIONS) < 0.4
    black[SKIN] = False
    black[HAIR] = rng.random() < 0.7
    colours = np.ones((REGIONS, 3), np.float32)
    if rng.random() < 0.3:
        spot = rng.uniform(0.3, 0.95, 3)
        colours[rng.random(REGIONS) < 0.35] = spot
        colours[SKIN] = 1.0
    dark = np.full(3, rng.uniform(0, 0.1))
    colours[black] = dark
    fill_regions(figure, pen, colours)
    p = pen.but(
        colour=dark, passes=1, wobble=rng.uniform(0.05, 0.4), width=rng.uniform(0.9, 2.6), alpha=1.0, rough=0.0,
        taper=rng.uniform(0, 0.35), vary=rng.uniform(0.05, 0.3),
    )  # fmt: skip
    if rng.random() < 0.25:
        pattern(figure, p, dark)
    face(figure, p, pick(rng, none=0.12, dots=0.3, simple=0.25, profile=0.33))
    draw_contours(figure, p, float(rng.choice((-0.7, -0.4, 0.1))), int(rng.integers(4, 8)), economy=rng.uniform(0.2, 1))
    folds(figure, p, int(rng.integers(2, 12)))
    covered = black[np.maximum(figure.buffers.region, 0)] & figure.buffers.seen
    if covered.any() and rng.random() < 0.7:
        white = p.but(colour=np.ones(3), width=p.width * 0.7)
        folds(figure, white, int(rng.integers(2, 10)))
        inner = cv2.erode(covered.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2) > 0
        for line in figure.lines(-0.2, 5):
            at = np.clip(line.points.astype(int), 0, figure.size - 1)
            if inner[at[:, 1], at[:, 0]].mean() > 0.7:
                white.line(line.points)
    if not black[HAIR]:
        hair(figure, p, int(rng.integers(0, 12)))


def silhouette(figure: Figure, pen: Pen) -> None:
    """One solid shape, dark or bright, sometimes with a few lines left light."""
    rng = pen.rng
    colours = np.repeat(np.asarray(pen.colour, np.float32)[None], REGIONS, 0)
    fill_regions(figure, pen, colours)
    figure.faceless = True
    if rng.random() < 0.3:
        paper = pen.canvas.image[2, 2].copy()
        draw_contours(
            figure, pen.but(colour=paper, width=rng.uniform(0.7, 1.4), alpha=0.9, passes=1), -0.9, 5, seams=True
        )
