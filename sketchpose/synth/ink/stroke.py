"""The compiled part of a pen: one pass of the hand along a line, and anti-aliased ink of varying width."""

from typing import Final, NamedTuple

import numpy as np

from sketchpose.synth.arrays import Array, compiled

OWNED: Final = 0.07
"""Coverage from which a pixel counts as a figure's ink."""


class Sheet(NamedTuple):
    """What ink goes onto; see ``pen.Canvas`` and ``pen.Pen``."""

    image: Array
    grain: Array
    cover: Array
    owner: Array
    clip: Array
    figure: int


class Hand(NamedTuple):
    """How one pass of the hand is made; see ``pen.Pen``."""

    unit: float
    overshoot: float
    wobble: float
    jitter: float
    passes: int
    taper: float
    vary: float
    width: float
    alpha: float
    rough: float


@compiled
def _noise(n: int, scale: float) -> Array:
    m = max(4, int(np.ceil(n / max(scale, 1.0))) + 3)
    knots = np.random.normal(0.0, 1.0, m)
    out = np.empty(n)
    for i in range(n):
        t = i * (m - 1.001) / max(1, n - 1)
        j = int(t)
        f = t - j
        f = f * f * (3 - 2 * f)
        out[i] = knots[j] * (1 - f) + knots[min(j + 1, m - 1)] * f
    return out


@compiled
def _ink(sheet: Sheet, points: Array, width: Array, alpha: Array, colour: Array, rough: float) -> None:
    image, grain, cover, owner, clip, figure = sheet
    rows, columns = image.shape[0], image.shape[1]
    n = points.shape[0]
    margin = width.max() * 0.5 + 1.5
    xa = max(0, int(points[:, 0].min() - margin))
    xb = min(columns - 1, int(points[:, 0].max() + margin))
    ya = max(0, int(points[:, 1].min() - margin))
    yb = min(rows - 1, int(points[:, 1].max() + margin))
    if xb < xa or yb < ya:
        return
    for y in range(ya, yb + 1):
        for x in range(xa, xb + 1):
            cover[y, x] = 0
    for i in range(n - 1):
        x0, y0, x1, y1 = points[i, 0], points[i, 1], points[i + 1, 0], points[i + 1, 1]
        dx = x1 - x0
        dy = y1 - y0
        square = dx * dx + dy * dy + 1e-9
        m = max(width[i], width[i + 1]) * 0.5 + 1
        left = max(0, int(min(x0, x1) - m))
        right = min(columns - 1, int(max(x0, x1) + m))
        top = max(0, int(min(y0, y1) - m))
        bottom = min(rows - 1, int(max(y0, y1) + m))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                px = x + 0.5 - x0
                py = y + 0.5 - y0
                t = min(1.0, max(0.0, (px * dx + py * dy) / square))
                ex = px - t * dx
                ey = py - t * dy
                w = width[i] + t * (width[i + 1] - width[i])
                c = min(1.0, max(0.0, w * 0.5 - np.sqrt(ex * ex + ey * ey) + 0.5)) * min(1.0, w)
                c *= alpha[i] + t * (alpha[i + 1] - alpha[i])
                if c > cover[y, x]:
                    cover[y, x] = c
    for y in range(ya, yb + 1):
        for x in range(xa, xb + 1):
            c = cover[y, x]
            if c > 0.004 and clip[y, x]:
                if c > OWNED:
                    owner[y, x] = figure
                if rough > 0:
                    g = grain[y % grain.shape[0], x % grain.shape[1]]
                    c *= 1 - rough + rough * min(1.0, max(0.0, (c * 1.6 - g) * 2.2 + 0.55))
                for k in range(3):
                    image[y, x, k] += (colour[k] - image[y, x, k]) * c


@compiled
def stroke(sheet: Sheet, line: Array, hand: Hand, colour: Array, weight: Array, seed: int) -> None:
    """Draw one pass of the hand along a polyline: overshoot, wobble, drift, pressure, ink; see ``pen.Pen``."""
    unit, overshoot, wobble, jitter, passes, taper, vary, width, alpha, rough = hand
    np.random.seed(seed)
    m = line.shape[0]
    q = np.empty((m + 2, 2))
    q[1 : m + 1] = line
    k = min(3, m - 1)
    for end in range(2):
        tip, back = (0, k) if end == 0 else (m - 1, m - 1 - k)
        dx = line[tip, 0] - line[back, 0]
        dy = line[tip, 1] - line[back, 1]
        reach = abs(np.random.normal()) * overshoot * unit / (np.sqrt(dx * dx + dy * dy) + 1e-6)
        at = 0 if end == 0 else m + 1
        q[at, 0] = line[tip, 0] + dx * reach
        q[at, 1] = line[tip, 1] + dy * reach
    s = np.zeros(m + 2)
    for i in range(1, m + 2):
        s[i] = s[i - 1] + np.sqrt((q[i, 0] - q[i - 1, 0]) ** 2 + (q[i, 1] - q[i - 1, 1]) ** 2)
    if s[m + 1] < 0.5:
        return
    n = max(3, int(s[m + 1] / (2.2 * unit)) + 1)
    r = np.empty((n, 2))
    j = 0
    for i in range(n):
        t = s[m + 1] * i / (n - 1)
        while j < m and s[j + 1] < t:
            j += 1
        f = min(1.0, max(0.0, (t - s[j]) / (s[j + 1] - s[j] + 1e-9)))
        r[i, 0] = q[j, 0] + (q[j + 1, 0] - q[j, 0]) * f
        r[i, 1] = q[j, 1] + (q[j + 1, 1] - q[j, 1]) * f
    length = n * 2.2
    amplitude = wobble * unit * min(1.0, length / 30)
    ax, ay, bx, by = _noise(n, 11.0), _noise(n, 11.0), _noise(n, 3.5), _noise(n, 3.5)
    ox = np.random.normal() * (wobble * 0.45 + jitter) * unit
    oy = np.random.normal() * (wobble * 0.45 + jitter) * unit
    angle = 0.0
    scale = 1.0
    if length > 12 and passes > 1:
        angle = np.random.normal() * 0.02 * min(1.0, wobble)
        scale = 1 + np.random.normal() * 0.012 * wobble
    cx, cy = r[:, 0].mean(), r[:, 1].mean()
    pressure = _noise(n, 9.0)
    shift = np.random.normal() * 0.15
    power = np.random.uniform(1.5, 4.0)
    strength = 1 + 0.12 * np.random.normal()
    points = np.empty((n, 2), np.float32)
    widths = np.empty(n, np.float32)
    alphas = np.empty(n, np.float32)
    for i in range(n):
        x = r[i, 0] - cx
        y = r[i, 1] - cy
        points[i, 0] = cx + scale * (x - angle * y) + ox + amplitude * (0.8 * ax[i] + 0.22 * bx[i])
        points[i, 1] = cy + scale * (angle * x + y) + oy + amplitude * (0.8 * ay[i] + 0.22 * by[i])
        e = min(1.0, abs(2.0 * i / (n - 1) - 1 + shift))
        p = (1 - taper * e**power) * (1 + vary * 0.6 * min(1.5, max(-1.2, pressure[i])))
        if weight.shape[0] > 1:
            row = min(weight.shape[0] - 1, max(0, int(points[i, 1])))
            column = min(weight.shape[1] - 1, max(0, int(points[i, 0])))
            p *= weight[row, column]
        widths[i] = min(40 * unit, max(0.3 * unit, width * unit * p))
        alphas[i] = min(1.0, max(0.02, alpha * (0.55 + 0.45 * min(1.0, p)) * strength))
    _ink(sheet, points, widths, alphas, colour, rough)
