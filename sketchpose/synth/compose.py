"""From a seed to a scene: page, paper, ink, labels, capture."""

from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.capture import capture, page_on_desk
from sketchpose.synth.ink.paper import blank, clouds, grain, ink_colour
from sketchpose.synth.ink.pen import Canvas, Pen
from sketchpose.synth.layout import Frame, Page, sample_page
from sketchpose.synth.people.rotation import Z, turn
from sketchpose.synth.scene import DrawnPerson, Projection, Scene
from sketchpose.synth.styles.clutter import clutter
from sketchpose.synth.styles.props import add_prop
from sketchpose.synth.styles.shapes import segment
from sketchpose.synth.styles.table import STYLES, Style, sample_style
from sketchpose.synth.view.figure import Figure

OVERSAMPLE: Final = 1.5
"""The canvas is this many times larger than the picture."""
MIN_CONTRAST: Final = 0.28
"""Mean difference between ink and paper, 0..1, below which ink is strengthened."""


@dataclass(frozen=True)
class Labels:
    """Labels of one figure in canvas pixels: keypoints (17, 2), visibility (17,), camera record."""

    points: Array
    visibility: Array
    view: Projection


def compose(seed: int, size: int = 256, style: str | None = None, *, drawn_poses: float = 0.0) -> Scene:
    """Return the scene of a seed, see ``generate``; the same arguments give the same bytes on one machine.

    Raises:
        ValueError: The size is out of range, the style unknown or the seed negative.
    """
    if not 64 <= size <= 2048:
        raise ValueError(f"size is {size}; a picture has 64 to 2048 pixels a side")
    if style is not None and style not in STYLES:
        raise ValueError(f"style is {style!r}; choose one of {', '.join(STYLES)}")
    if seed < 0:
        raise ValueError(f"seed is {seed}; give an integer of at least 0")
    if not 0 <= drawn_poses <= 1:
        raise ValueError(f"drawn_poses is {drawn_poses}; give a share from 0 to 1")
    # apart, so that a stroke more or less in one step does not change what the next one chooses
    rng, staging, drawing, taking = np.random.default_rng(seed).spawn(4)
    name = style or sample_style(rng)
    spec = STYLES[name]
    side = int(size * OVERSAMPLE)
    page = sample_page(staging, spec, side, drawn_poses=drawn_poses)
    canvas, paper = _sheet(rng, spec, side)
    pen = Pen(canvas, drawing, np.ones((side, side), np.uint8))
    pen = pen.but(colour=ink_colour(rng, float(canvas.image.mean()) < 0.35, spec.printed))
    clutters = clutter(pen, _extent(page, side)) if rng.random() < 0.25 else []
    labels, props = _draw(page, spec, pen)
    if not spec.printed and taking.random() < 0.1:
        labels = _photograph(canvas, labels, taking)
    scale = size / side
    persons = tuple(_person(p.figure, labels[i], canvas, i + 1, scale) for i, p in enumerate(page.placed))
    small = cv2.resize(np.clip(canvas.image, 0, 1), (size, size), interpolation=cv2.INTER_AREA)
    meta: dict[str, Any] = {
        "seed": seed,
        "size": size,
        "layout": page.name,
        "paper": paper,
        "proportions": [p.figure.actor.cast.kind for p in page.placed],
        "clutter": clutters,
        "props": props,
    }
    return Scene(capture(small, taking, spec.printed), tuple(p for p in persons if p is not None), name, meta)


def _sheet(rng: np.random.Generator, style: Style, side: int) -> tuple[Canvas, str]:
    """Return an empty canvas and the name of its paper."""
    paper = str(rng.choice(style.papers))
    if style.printed and rng.random() < 0.6:
        paper = "white"
    image = blank(rng, side, paper)
    if style.coloured and rng.random() < 0.35:
        paper = "coloured"
        image[:] = rng.uniform(0.4, 1, 3)
        if rng.random() < 0.5:
            image *= (0.75 + 0.4 * clouds(side, rng, (2, 4)))[..., None]
    return Canvas(image, grain(rng), np.zeros((side, side), np.uint8), np.zeros((side, side), np.float32)), paper


def _draw(page: Page, style: Style, pen: Pen) -> tuple[list[Labels], list[str]]:
    """Draw all figures and return their labels and the props."""
    canvas, props, clips = pen.canvas, [], []
    bare = canvas.image.copy()
    for number, placed in enumerate(page.placed, 1):
        clip = _window(canvas.size, placed.frame)
        clips.append(clip)
        figure = placed.figure
        free = clip if figure.hidden is None else clip * ~figure.hidden
        style.draw(figure, pen.but(figure=number, clip=free.astype(np.uint8)))
    _strengthen(canvas, bare)
    for placed, clip in zip(page.placed, clips, strict=True):
        others = [p.figure.buffers.seen for p in page.placed if p is not placed and not style.see_through]
        free = clip * ~np.any(others, axis=0) if others else clip
        outline = pen.but(clip=free.astype(np.uint8), width=pen.rng.uniform(1.0, 2.4), wobble=0.4)
        if placed.family != "pair":
            props.append(add_prop(placed.figure, outline, placed.family, style.see_through))
        if page.name == "panels":
            _border(placed.frame, pen)
    labels = []
    for number, (placed, clip) in enumerate(zip(page.placed, clips, strict=True), 1):
        points, visibility = placed.figure.labels(style.see_through, clip)
        if style.paints:
            x, y = points.astype(int).T
            visibility[(canvas.owner[y, x] > number) & (visibility == 2)] = 1
        labels.append(Labels(points, visibility, placed.figure.camera.view(1.0)))
    return labels, [p for p in props if p]


def _window(size: int, frame: Frame) -> Array:
    """Return (size, size) uint8, 1 within the frame."""
    x0, y0, x1, y1 = (round(max(0.0, v)) for v in frame)
    out = np.zeros((size, size), np.uint8)
    out[y0:y1, x0:x1] = 1
    return out


def _border(frame: Frame, pen: Pen) -> None:
    """Draw the frame of a panel."""
    x0, y0, x1, y1 = frame
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]])
    ruled = pen.but(wobble=pen.rng.uniform(0, 0.4), alpha=1.0, taper=0.0, width=pen.rng.uniform(0.8, 2.5), passes=1)
    for a, b in zip(corners[:-1], corners[1:], strict=True):
        ruled.line(segment(a, b, 8))


def _strengthen(canvas: Canvas, bare: Array) -> None:
    """Raise the contrast of each figure's ink against the bare paper to the least that is allowed, in place."""
    for figure in range(1, int(canvas.owner.max()) + 1):
        window = _inked(canvas.owner == figure)
        if window is None:
            continue
        mask = canvas.owner[window] == figure
        image, paper = canvas.image[window], bare[window]
        sample = mask[::2, ::2]
        change = np.abs(image[::2, ::2][sample] - paper[::2, ::2][sample]).mean(1)
        contrast = float(np.quantile(change, 0.8)) if len(change) else 0.0
        if contrast < MIN_CONTRAST:
            image[mask] = paper[mask] + (image[mask] - paper[mask]) * (MIN_CONTRAST / max(contrast, 0.05))


def _inked(mask: Array) -> tuple[slice, slice] | None:
    """Return the smallest window around a mask, None where it is empty."""
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _extent(page: Page, size: int) -> Frame:
    figure = page.placed[0].figure
    p = np.clip(figure.camera.pixels(figure.actor.vertices[::7]), 0, size)
    low, high = p.min(0), p.max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _photograph(canvas: Canvas, labels: list[Labels], rng: np.random.Generator) -> list[Labels]:
    """Turn the canvas into a photo of the page, in place, and return the labels where they have moved."""
    matrix = page_on_desk(canvas.image, canvas.owner, rng)
    size, out = canvas.size, []
    for item in labels:
        homogeneous = np.concatenate([item.points, np.ones((17, 1))], 1) @ matrix.T
        points = homogeneous[:, :2] / homogeneous[:, 2:]
        visibility = np.where(((points >= 0) & (points < size)).all(1), item.visibility, 0).astype(np.uint8)
        seen = item.visibility > 0
        view = _similar(item.view, item.points[seen], points[seen])
        out.append(Labels(np.where(visibility[:, None] > 0, points, 0.0), visibility, view))
    return out


def _similar(view: Projection, before: Array, after: Array) -> Projection:
    """Return the camera turned, scaled and moved by the similarity that best takes points (N, 2) before to after."""
    if len(before) < 2:
        return view
    a, b = (p[:, 0] + 1j * p[:, 1] for p in (before, after))
    factor = np.vdot(a - a.mean(), b - b.mean()) / np.vdot(a - a.mean(), a - a.mean()).real
    shift = b.mean() - factor * a.mean()
    moved = factor * complex(*view.offset) + shift
    rotation = turn(Z, float(np.rad2deg(np.angle(factor)))) @ view.rotation
    return replace(view, rotation=rotation, focal=view.focal * abs(factor), offset=np.array([moved.real, moved.imag]))


def _person(figure: Figure, labels: Labels, canvas: Canvas, number: int, scale: float) -> DrawnPerson | None:
    """Return the labels in picture pixels, or None for a figure of which no ink or no joint is left."""
    window = _inked(canvas.owner == number)
    if window is None or not labels.visibility.any():
        return None
    view = labels.view
    rows, columns = window
    box = np.array([columns.start, rows.start, columns.stop, rows.stop]) * scale
    return DrawnPerson(
        (labels.points * scale).astype(np.float32),
        labels.visibility,
        box.astype(np.float32),
        figure.actor.keypoints.astype(np.float32),
        replace(view, focal=view.focal * scale, offset=view.offset * scale),
        figure.actor.pose.name,
    )
