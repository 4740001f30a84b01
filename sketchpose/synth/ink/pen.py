"""The stroke model: a polyline becomes hand-drawn, anti-aliased ink of varying width with paper grain.

All lengths given to a pen are pixels of a 256 px picture; the pen scales them to its canvas.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.stroke import OWNED, Hand, Sheet, stroke


@dataclass(frozen=True)
class Canvas:
    """What a drawing is made on.

    Attributes:
        image: (S, S, 3) float32 RGB in 0..1, drawn on in place.
        grain: Paper height map in 0..1.
        owner: (S, S) uint8; which figure (1, 2, ...) last inked a pixel, 0 none.
        cover: (S, S) float32 scratch.
    """

    image: Array
    grain: Array
    owner: Array
    cover: Array

    @property
    def size(self) -> int:
        """Side in pixels."""
        return int(self.image.shape[0])

    @property
    def unit(self) -> float:
        """Canvas pixels per pixel of a 256 px picture."""
        return self.size / 256


@dataclass(frozen=True)
class Pen:
    """A drawing tool at work on a canvas.

    Attributes:
        canvas: Where it draws.
        rng: The hand's randomness.
        clip: (S, S) uint8, 0 where nothing may be drawn (covered by another figure, outside the panel).
        figure: Number of the one whose ink this is, 0 for what belongs to nobody.
        width: Of the line, pixels.
        alpha: Opacity of one pass.
        colour: RGB in 0..1.
        wobble: Amplitude of the hand's tremor, pixels.
        passes: How often a line is gone over.
        overshoot: Pixels that a stroke runs past its end.
        taper: Share of the width lost towards the ends.
        gaps: Chance that a stroke is left out.
        rough: How much paper grain eats the ink, 0..1.
        vary: Variation of pressure along a stroke.
        straight: Pixels of tolerance of a straightened, blocked-in line; 0 keeps curves.
        piece: Mean pixels of the strokes that a long line is made of; 0 draws it in one go.
        jitter: Pixels that repeated strokes miss each other by.
        weight: (S, S) float32 factor of the width per pixel, or (1, 1) for none.
    """

    canvas: Canvas
    rng: np.random.Generator
    clip: Array
    figure: int = 0
    width: float = 1.4
    alpha: float = 0.9
    colour: Array = field(default_factory=lambda: np.full(3, 0.1))
    wobble: float = 0.6
    passes: int = 1
    overshoot: float = 0.0
    taper: float = 0.5
    gaps: float = 0.0
    rough: float = 0.5
    vary: float = 0.25
    straight: float = 0.0
    piece: float = 0.0
    jitter: float = 0.0
    weight: Array = field(default_factory=lambda: np.ones((1, 1), np.float32))

    def but(self, **changes: Any) -> "Pen":
        """Return this pen with some settings changed."""
        return replace(self, **changes)

    @property
    def unit(self) -> float:
        """Canvas pixels per pixel of a 256 px picture."""
        return self.canvas.unit

    def line(self, points: Array, width: float = 1.0, alpha: float = 1.0, passes: int | None = None) -> None:
        """Draw a polyline (N, 2) in canvas pixels; ``width`` and ``alpha`` multiply the pen's own."""
        points = np.asarray(points, float)
        if len(points) < 2 or not np.isfinite(points).all():
            return
        for piece in self._pieces(points):
            count = passes or (self.passes if self.rng.random() < 0.75 else max(1, self.passes - 1))
            for _ in range(count):
                if not self.gaps or self.rng.random() >= self.gaps:
                    self._pass(piece, width, alpha)

    def _pieces(self, points: Array) -> list[Array]:
        if self.piece <= 0:
            return [points]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        out, start, lap = [], 0.0, self.overshoot * self.unit * 0.5
        while start < along[-1]:
            stop = start + self.piece * self.unit * self.rng.uniform(0.5, 1.7)
            inside = (along >= start - lap) & (along <= stop + lap)
            if inside.sum() >= 3:
                out.append(points[inside])
            start = stop
        return out

    def _pass(self, points: Array, width: float, alpha: float) -> None:
        if self.straight and len(points) > 4:
            tolerance = self.straight * self.unit * self.rng.uniform(0.6, 1.4)
            corners = cv2.approxPolyDP(points.astype(np.float32)[:, None], tolerance, False)[:, 0]
            points = corners if len(corners) >= 2 else points
        canvas = self.canvas
        hand = Hand(
            unit=canvas.unit,
            overshoot=float(self.overshoot),
            wobble=float(self.wobble),
            jitter=float(self.jitter),
            passes=int(self.passes),
            taper=float(self.taper),
            vary=float(self.vary),
            width=float(self.width * width),
            alpha=float(self.alpha * alpha),
            rough=float(self.rough),
        )
        sheet = Sheet(canvas.image, canvas.grain, canvas.cover, canvas.owner, self.clip, self.figure)
        line = np.ascontiguousarray(points, dtype=np.float64)
        stroke(sheet, line, hand, np.asarray(self.colour, np.float32), self.weight, int(self.rng.integers(2**31)))

    def ellipse(
        self,
        centre: Array,
        first: float,
        second: float,
        angle: float = 0.0,
        width: float = 1.0,
        alpha: float = 1.0,
        turns: float | None = None,
    ) -> None:
        """Draw a hand-made ellipse (radii in canvas pixels, angle in radians) whose turns overlap."""
        if turns is None:
            turns = 1.08 if self.passes == 1 else float(self.rng.uniform(1.1, 2.4))
        t = np.linspace(0, 2 * np.pi * turns, int(16 + 26 * turns)) + self.rng.uniform(0, 6.28)
        grow = 1 + np.linspace(0, self.rng.normal(0, 0.05), len(t))
        p = np.stack([np.cos(t) * first * grow, np.sin(t) * second * grow], 1)
        c, s = np.cos(angle), np.sin(angle)
        round_pen = self.but(overshoot=0.0, taper=0.3, piece=0.0, straight=0.0)
        round_pen.line(p @ np.array([[c, s], [-s, c]]) + centre, width, alpha, passes=1)

    def fill(self, polygon: Array, colour: Array, alpha: float = 1.0) -> None:
        """Fill a polygon (N, 2)."""
        p = np.asarray(polygon)
        if len(p) < 3 or not np.isfinite(p).all():
            return
        size = self.canvas.size
        x0, y0 = np.clip(np.floor(p.min(0)).astype(int) - 1, 0, size)
        x1, y1 = np.clip(np.ceil(p.max(0)).astype(int) + 2, 0, size)
        if x1 <= x0 or y1 <= y0:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [np.round((p - (x0, y0)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        self._blend((slice(y0, y1), slice(x0, x1)), mask.astype(np.float32) * (alpha / 255), colour)

    def wash(self, mask: Array, colour: Array) -> None:
        """Blend a colour, (3,) or (S, S, 3), through a mask (S, S) in 0..1."""
        rows = np.flatnonzero(mask.any(1))
        if not len(rows):
            return
        columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(0))
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        colour = np.asarray(colour)
        self._blend(window, mask[window].astype(np.float32), colour[window] if colour.ndim == 3 else colour)

    def _blend(self, window: tuple[slice, slice], mask: Array, colour: Array) -> None:
        mask = mask * self.clip[window]
        part = self.canvas.image[window]
        part += mask[..., None] * (np.asarray(colour, np.float32) - part)
        if self.figure:
            self.canvas.owner[window][mask > OWNED] = self.figure

    def hatch(self, mask: Array, angle: float, gap: float, width: float = 0.8, alpha: float = 0.5) -> None:
        """Hatch a boolean mask with parallel strokes ``gap`` pixels apart at ``angle`` radians."""
        if mask.sum() < 30:
            return
        size, rng, unit = self.canvas.size, self.rng, self.unit
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        ys, xs = np.nonzero(mask)
        position = xs * across[0] + ys * across[1]
        pen = self.but(passes=1, piece=0.0, straight=0.0, overshoot=1.0, gaps=0.04, taper=0.6)
        run = np.arange(-size * 0.75, size * 0.75, 1.5 * unit)
        middle = np.array([size / 2, size / 2])
        at, last = position.min(), position.max()
        while at < last:
            at += gap * unit * rng.uniform(0.6, 1.4)
            q = middle + (at - middle @ across) * across + run[:, None] * along
            xi, yi = q[:, 0].astype(int), q[:, 1].astype(int)
            inside = (xi >= 0) & (yi >= 0) & (xi < size) & (yi < size)
            inside[inside] = mask[yi[inside], xi[inside]]
            ends = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(np.int8), [0]])))
            for start, stop in zip(ends[::2], ends[1::2], strict=True):
                if stop - start > 2:
                    pen.line(q[[start, (start + stop) // 2, stop - 1]], width, alpha)
