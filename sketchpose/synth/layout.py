"""Where figures stand on a page: alone, several that overlap, two that hold each other, or in panels."""

from dataclasses import dataclass

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.actor import sample_cast, stage, take_pose
from sketchpose.synth.people.body import load_body
from sketchpose.synth.people.drawn_poses import sample_drawn_pose
from sketchpose.synth.people.pairs import stage_duo
from sketchpose.synth.people.recipes import RECIPES
from sketchpose.synth.styles.table import Style
from sketchpose.synth.view.camera import Camera, aim, fit, sample_warp
from sketchpose.synth.view.figure import Figure

Frame = tuple[float, float, float, float]
MIN_JOINTS = 7
"""Body joints that must lie within a figure's frame; crops that show fewer are undone."""


@dataclass(frozen=True)
class Placed:
    """A figure on the page.

    Attributes:
        figure: What is drawn.
        frame: Xyxy canvas pixels; nothing of the figure is drawn outside.
        family: Of its pose, empty when unknown.
    """

    figure: Figure
    frame: Frame
    family: str


@dataclass(frozen=True)
class Page:
    """All figures, back to front, and the name of the arrangement."""

    name: str
    placed: tuple[Placed, ...]


def sample_page(
    rng: np.random.Generator, style: Style, size: int, single: bool = False, drawn_poses: float = 0.0
) -> Page:
    """Return the figures of one page on a canvas of ``size`` pixels.

    Args:
        rng: Of everything random.
        style: How the figures look.
        size: Of the canvas.
        single: Allow one figure only.
        drawn_poses: Share of the figures, pairs apart, whose pose was lifted from a drawing.
    """
    whole: Frame = (0.0, 0.0, float(size), float(size))
    names = ("single", "page", "pair", "panels")
    name = "single" if single else str(rng.choice(names, p=(0.8, 0.09, 0.07, 0.04)))
    if name == "single":
        return Page(name, (_solo(rng, style, size, whole, 0.13, drawn_poses),))
    if name == "pair":
        return Page(name, _duo(rng, style, size, whole))
    frames = _panels(rng, size) if name == "panels" else _scatter(rng, size)
    crop = 0.45 if name == "panels" else 0.0
    placed = [_solo(rng, style, size, frame, crop, drawn_poses) for frame in frames]
    if name == "page":
        placed = [Placed(p.figure, whole, p.family) for p in placed]
        if not style.see_through and not style.paints:
            _stack([p.figure for p in placed])
    return Page(name, tuple(placed))


def _scatter(rng: np.random.Generator, size: int) -> list[Frame]:
    n = int(rng.integers(2, 5))
    out = []
    for i in range(n):
        side = rng.uniform(0.45, 0.68) * size
        x = float(np.clip((i + 0.5) / n * size - side / 2 + rng.normal(0, 0.04) * size, 0, size - side))
        y = float(rng.uniform(0, size - side))
        out.append((x, y, x + side, y + side))
    return out


def _panels(rng: np.random.Generator, size: int) -> list[Frame]:
    """Two to four panels between gutters."""
    gutter, edge = rng.uniform(0.01, 0.04) * size, rng.uniform(0.01, 0.05) * size
    cut = rng.uniform(0.38, 0.62)
    inner = size - 2 * edge
    spans = [(edge, edge + cut * inner - gutter / 2), (edge + cut * inner + gutter / 2, size - edge)]
    full = (edge, size - edge)
    kind = rng.integers(4)
    if kind == 0:
        return [(x0, full[0], x1, full[1]) for x0, x1 in spans]
    if kind == 1:
        return [(full[0], y0, full[1], y1) for y0, y1 in spans]
    if kind == 2:
        return [(full[0], spans[0][0], full[1], spans[0][1])] + [
            (x0, *spans[1][:1], x1, spans[1][1]) for x0, x1 in spans
        ]
    return [(x0, y0, x1, y1) for y0, y1 in spans for x0, x1 in spans]


def _fit(rng: np.random.Generator, camera: Camera, points: Array, frame: Frame, crop: bool) -> Camera:
    fill = (
        rng.uniform(1.05, 1.6) if crop else rng.uniform(0.45, 0.7) if rng.random() < 0.08 else rng.uniform(0.72, 0.97)
    )
    return fit(camera, points[::3], frame, float(fill), rng.uniform(-0.8, 0.8, 2))


def _solo(rng: np.random.Generator, style: Style, size: int, frame: Frame, crop: float, drawn_poses: float) -> Placed:
    kind = str(rng.choice(("big head", "chibi"))) if style.big_head and rng.random() < style.big_head else None
    cast = sample_cast(load_body(), rng, bool(rng.random() < style.muscular), kind)
    # nothing is drawn where there are none: the pictures of former seeds stay what they were
    if drawn_poses and rng.random() < drawn_poses:
        pose, recipe = sample_drawn_pose(rng), None
    else:
        pose, recipe = take_pose(cast, rng, style.families)
    hair = "bald" if rng.random() < style.bald else None
    actor = stage(cast, pose, rng, bool(rng.random() < style.dressed), hair=hair, meshes=style.loose, top=style.top)
    level = bool(rng.random() < style.flat_view)
    facing = bool(style.facing) and bool(rng.random() < style.facing)
    camera = aim(rng, actor.vertices, bool(recipe and recipe.close), sample_warp(rng), level, facing=facing)
    family = recipe.family if recipe else ""
    if rng.random() < crop:
        cropped = Figure(actor, _fit(rng, camera, actor.vertices, frame, True), size)
        if cropped.in_view(frame) >= MIN_JOINTS:
            return Placed(cropped, frame, family)
    return Placed(Figure(actor, _fit(rng, camera, actor.vertices, frame, False), size), frame, family)


def _duo(rng: np.random.Generator, style: Style, size: int, frame: Frame) -> tuple[Placed, ...]:
    actors = stage_duo(rng, style.dressed, style.muscular, style.loose)
    points = np.concatenate([a.vertices for a in actors])
    level = bool(rng.random() < style.flat_view)
    camera = _fit(
        rng, aim(rng, points, False, sample_warp(rng), level, float(rng.choice((0, 90, -90)))), points, frame, False
    )
    figures = [Figure(actor, camera, size) for actor in actors]
    figures.sort(key=lambda f: -float(camera(f.actor.keypoints)[:, 2].mean()))
    if not style.see_through and not style.paints:
        first, second = figures[0].buffers, figures[1].buffers
        both = first.seen & second.seen
        ahead = both & (second.depth < first.depth)
        depths = first.depth.copy(), second.depth.copy()
        figures[0].cover(ahead, depths[1])
        figures[1].cover(both & ~ahead, depths[0])
    families = [RECIPES[f.actor.pose.name].family for f in figures]
    return tuple(Placed(f, frame, "pair" if family else "") for f, family in zip(figures, families, strict=True))


def _stack(figures: list[Figure]) -> None:
    """Let later figures stand in front of earlier ones."""
    for i, behind in enumerate(figures):
        for front in figures[i + 1 :]:
            seen = front.buffers.seen
            if (seen & behind.buffers.seen).any():
                behind.cover(seen, np.where(seen, np.float32(0), np.float32(np.inf)))
