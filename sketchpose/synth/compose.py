"""From a seed to a scene: cast, stage, frame, paper, ink, labels, capture."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from sketchpose.synth.actor import sample_cast, stage, take_pose
from sketchpose.synth.arrays import Array
from sketchpose.synth.body import load_body
from sketchpose.synth.camera import aim, fit, sample_warp
from sketchpose.synth.capture import capture
from sketchpose.synth.clutter import clutter
from sketchpose.synth.figure import Figure
from sketchpose.synth.paper import blank, clouds, grain, ink_colour
from sketchpose.synth.pen import Canvas, Pen
from sketchpose.synth.scene import Person, Scene
from sketchpose.synth.styles import STYLES, Style, sample_style

OVERSAMPLE = 1.5
"""The canvas is this many times larger than the picture."""
MIN_CONTRAST = 0.28
"""Mean difference between ink and paper, 0..1, below which ink is strengthened."""
MIN_JOINTS = 7
"""Body joints that must lie within the picture; crops that show fewer are undone."""


@dataclass(frozen=True)
class Layout:
    """Where the figures of a page go: its name and a frame (xyxy, canvas pixels) per figure."""

    name: str
    frames: tuple[tuple[float, float, float, float], ...]
    overlap: bool = False


def sample_layout(rng: np.random.Generator, size: int) -> Layout:
    """Return a single figure, or a page of two to four whose frames may overlap."""
    if rng.random() < 0.88:
        return Layout("single", ((0.0, 0.0, float(size), float(size)),))
    n = int(rng.integers(2, 5))
    frames = []
    for i in range(n):
        side = rng.uniform(0.45, 0.66) * size
        x = np.clip((i + 0.5) / n * size - side / 2 + rng.normal(0, 0.04) * size, -0.05 * size, 1.05 * size - side)
        y = rng.uniform(0, size - side)
        frames.append((float(x), float(y), float(x + side), float(y + side)))
    return Layout("page", tuple(frames), bool(rng.random() < 0.6))


def make_figure(
    rng: np.random.Generator, style: Style, size: int, frame: tuple[float, float, float, float], crop: bool
) -> Figure:
    """Return one figure framed on the canvas."""
    cast = sample_cast(load_body(), rng, bool(rng.random() < style.muscular))
    pose, recipe = take_pose(cast, rng)
    actor = stage(cast, pose, rng, bool(rng.random() < style.dressed))
    camera = aim(rng, actor.vertices, bool(recipe and recipe.close), sample_warp(rng))
    kind = rng.random()
    fill = rng.uniform(0.72, 0.97)
    if kind < 0.08:
        fill = rng.uniform(0.45, 0.7)
    place = rng.uniform(-0.8, 0.8, 2)
    whole = Figure(actor, fit(camera, actor.vertices, frame, fill, place), size)
    if not crop or rng.random() > 0.12:
        return whole
    cropped = Figure(actor, fit(camera, actor.vertices, frame, rng.uniform(1.05, 1.6), place), size)
    return cropped if cropped.in_view() >= MIN_JOINTS else whole


def compose(seed: int, size: int = 256, style: str | None = None) -> Scene:
    """Return the scene of a seed; the same arguments give the same bytes on one machine.

    Raises:
        ValueError: the size is out of range or the style unknown.
    """
    if not 64 <= size <= 2048:
        raise ValueError(f"size is {size}; a picture has 64 to 2048 pixels a side")
    if style is not None and style not in STYLES:
        raise ValueError(f"style is {style!r}; choose one of {', '.join(STYLES)}")
    if seed < 0:
        raise ValueError(f"seed is {seed}; give an integer of at least 0")
    rng = np.random.default_rng(seed)
    name = style or sample_style(rng)
    spec = STYLES[name]
    side = int(size * OVERSAMPLE)
    layout = sample_layout(rng, side)
    single = layout.name == "single"
    figures = [make_figure(rng, spec, side, frame, single) for frame in layout.frames]
    if layout.overlap and not spec.see_through:
        occlude(figures)
    paper = str(rng.choice(spec.papers))
    image = blank(rng, side, paper)
    if spec.coloured and rng.random() < 0.5:
        image[:] = rng.uniform(0.4, 1, 3)
        if rng.random() < 0.5:
            image *= (0.75 + 0.4 * clouds(side, rng, (2, 4)))[..., None]
    canvas = Canvas(image, grain(rng), np.zeros((side, side), np.uint8), np.zeros((side, side), np.float32))
    pen = Pen(canvas, rng, np.ones((side, side), np.uint8), colour=ink_colour(rng, float(image.mean()) < 0.35))
    if rng.random() < 0.3:
        clutter(pen, _extent(figures[0], side))
    bare = image.copy()
    for number, figure in enumerate(figures, 1):
        clip = pen.clip if figure.hidden is None else (~figure.hidden).astype(np.uint8)
        spec.draw(figure, pen.but(who=number, clip=clip))
    strengthen(canvas, bare)
    persons = tuple(_person(f, spec, canvas, pen.clip, number, size / side) for number, f in enumerate(figures, 1))
    small = cv2.resize(np.clip(image, 0, 1), (size, size), interpolation=cv2.INTER_AREA)
    meta: dict[str, Any] = {
        "seed": seed,
        "size": size,
        "layout": layout.name,
        "paper": paper,
        "proportions": [f.actor.cast.kind for f in figures],
    }
    return Scene(capture(small, rng), tuple(p for p in persons if p is not None), name, meta)


def occlude(figures: list[Figure]) -> None:
    """Let later figures stand in front of earlier ones."""
    for i, behind in enumerate(figures):
        for front in figures[i + 1 :]:
            seen = front.buffers.seen
            if (seen & behind.buffers.seen).any():
                behind.cover(seen, np.where(seen, np.float32(0), np.float32(np.inf)))


def strengthen(canvas: Canvas, bare: Array) -> None:
    """Raise the contrast of each figure's ink against the bare paper to the least that is allowed, in place."""
    for who in range(1, int(canvas.owner.max()) + 1):
        mask = canvas.owner == who
        if not mask.any():
            continue
        change = canvas.image[mask] - bare[mask]
        contrast = float(np.quantile(np.abs(change).mean(1), 0.8))
        if contrast < MIN_CONTRAST:
            canvas.image[mask] = bare[mask] + change * (MIN_CONTRAST / max(contrast, 0.05))


def _extent(figure: Figure, size: int) -> tuple[float, float, float, float]:
    p = np.clip(figure.camera.pixels(figure.actor.vertices[::7]), 0, size)
    low, high = p.min(0), p.max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _person(figure: Figure, style: Style, canvas: Canvas, clip: Array, number: int, scale: float) -> Person | None:
    """Return the labels in picture pixels, or None for a figure of which no ink is left."""
    inked = canvas.owner == number
    columns, rows = np.flatnonzero(inked.any(0)), np.flatnonzero(inked.any(1))
    if not len(rows):
        return None
    points, visibility = figure.labels(style.see_through, clip)
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) * scale
    return Person(
        (points * scale).astype(np.float32),
        visibility,
        box.astype(np.float32),
        figure.actor.keypoints.astype(np.float32),
        figure.camera.view(scale),
        figure.actor.pose.name,
    )
