"""Plots as SVG for the page: text in the colour of the theme, marks in colours that colour-blind people can tell apart.

Every mark has a title, which browsers show and screen readers read.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

PALETTE: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#b3a100")
"""The palette of Okabe and Ito (2008), with a darker yellow that shows on white."""
NAMELESS: Final = "not given"
SHAPES: Final = ("circle", "square", "triangle", "diamond")
_WIDTH: Final = 640
_MAX_BARS: Final = 24


def bars(values: Mapping[str, float], *, title: str, unit: str = "") -> str:
    """Return horizontal bars in the order given; what exceeds two dozen becomes one bar.

    Args:
        values: Length of each bar, by name.
        title: Title of the plot.
        unit: What is counted.
    """
    rows = list(values.items())
    if len(rows) > _MAX_BARS:
        rest = sum(value for _, value in rows[_MAX_BARS - 1 :])
        rows = [*rows[: _MAX_BARS - 1], (f"{len(values) - _MAX_BARS + 1} others", rest)]
    if not rows:
        return nothing(title)
    left, step, most = 170, 22, max((value for _, value in rows), default=1) or 1
    parts = []
    for i, (name, value) in enumerate(rows):
        y, width = 30 + i * step, max(1.0, (_WIDTH - left - 70) * value / most)
        label = name or NAMELESS
        parts.append(
            f"<g><title>{escape(f'{label}: {_number(value)} {unit}'.strip())}</title>"
            f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{escape(_short(label))}</text>'
            f'<rect x="{left}" y="{y}" width="{width:.1f}" height="15" rx="2" fill="{PALETTE[0]}"/>'
            f'<text x="{left + width + 6:.1f}" y="{y + 12}">{_number(value)}</text></g>'
        )
    return _frame(title, "".join(parts), 40 + step * len(rows))


def line(points: Sequence[tuple[float, float]], *, title: str, x_label: str, y_label: str, start: float = 0.0) -> str:
    """Return a line from left to right.

    Args:
        points: (x, y), by rising x.
        title: Title of the plot.
        x_label: What the x axis counts.
        y_label: What the y axis counts.
        start: Lower end of the y axis.
    """
    if len(points) < 2:
        return nothing(title)
    left, right, top, bottom = 64, _WIDTH - 16, 46, 240
    (first, last), high = (points[0][0], points[-1][0]), max(y for _, y in points) or 1
    across, up = (right - left) / ((last - first) or 1), (bottom - top) / ((high - start) or 1)
    path = " ".join(f"{left + (x - first) * across:.1f},{bottom - (y - start) * up:.1f}" for x, y in points)
    parts = [
        f'<path d="M{left} {bottom - (bottom - top) * i / 4:.1f}H{right}" stroke="currentColor" opacity=".15"/>'
        f'<text x="{left - 8}" y="{bottom - (bottom - top) * i / 4 + 4:.1f}" text-anchor="end">'
        f"{_number(start + (high - start) * i / 4)}</text>"
        for i in range(5)
    ]
    parts.append(f'<polyline points="{path}" fill="none" stroke="{PALETTE[0]}" stroke-width="2.5"/>')
    parts.append(f'<text x="{left}" y="{bottom + 18}">{_number(first)}</text>')
    parts.append(f'<text x="{right}" y="{bottom + 18}" text-anchor="end">{_number(last)}</text>')
    parts.append(f'<text x="{(left + right) / 2}" y="{bottom + 18}" text-anchor="middle">{escape(x_label)}</text>')
    parts.append(f'<text x="{left - 48}" y="{top - 8}" font-size="11">{escape(y_label)}</text>')
    return _frame(title, "".join(parts), bottom + 30)


def scatter(points: Sequence[tuple[float, float, str, str]], *, title: str) -> str:
    """Return points with a colour and shape for each of their groups, and a legend.

    Args:
        points: (x, y, group, description).
        title: Title of the plot.
    """
    if not points:
        return nothing(title)
    counts: dict[str, int] = {}
    for _, _, group, _ in points:
        counts[group] = counts.get(group, 0) + 1
    named = sorted(counts, key=lambda group: (-counts[group], group))[: len(PALETTE) - 1]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    side, left, top = 380, 20, 34
    span = max(max(xs) - min(xs), max(ys) - min(ys)) or 1
    parts = []
    for x, y, group, description in points:
        at = left + (x - min(xs)) / span * side, top + (y - min(ys)) / span * side
        index = named.index(group) if group in named else len(PALETTE) - 1
        parts.append(_mark(*at, index, f"{group or NAMELESS}: {description}"))
    legend = [*named, *(["others"] if len(counts) > len(named) else [])]
    for i, group in enumerate(legend):
        index = i if group in named else len(PALETTE) - 1
        parts.append(_mark(left + side + 40, top + 14 + 22 * i, index, group))
        parts.append(
            f'<text x="{left + side + 54}" y="{top + 18 + 22 * i}">{escape(_short(group or "not given"))}</text>'
        )
    return _frame(title, "".join(parts), top + side + 16)


def nothing(title: str) -> str:
    """Return a frame that says there is nothing to show yet."""
    return _frame(title, '<text x="16" y="52" opacity=".7">Nothing to show yet.</text>', 70)


def _mark(x: float, y: float, index: int, title: str) -> str:
    colour, shape, r = PALETTE[index], SHAPES[index % len(SHAPES)], 4.5
    if shape == "circle":
        body = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{colour}" fill-opacity=".8"/>'
    else:
        corners = {
            "square": ((-r, -r), (r, -r), (r, r), (-r, r)),
            "triangle": ((0, -r), (r, r), (-r, r)),
            "diamond": ((0, -r * 1.3), (r * 1.3, 0), (0, r * 1.3), (-r * 1.3, 0)),
        }[shape]
        path = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
        body = f'<polygon points="{path}" fill="{colour}" fill-opacity=".8"/>'
    return f"<g><title>{escape(title)}</title>{body}</g>"


def _frame(title: str, body: str, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(title, quote=True)}" font-family="inherit" font-size="12" fill="currentColor" '
        f'style="width:100%;height:auto;max-width:{_WIDTH}px">'
        f'<text x="4" y="16" font-size="14" font-weight="600">{escape(title)}</text>{body}</svg>'
    )


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e7:
        return str(int(value))
    return f"{value:.3g}"
