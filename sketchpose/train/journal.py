"""What a run writes down: one JSON object a line, and a picture of the curves."""

import json
from pathlib import Path
from typing import Any, Final

LOG: Final = "log.jsonl"
CURVE: Final = "curve.svg"
_WIDTH, _HEIGHT, _LEFT, _TOP = 720, 300, 56, 30
_COLOURS: Final = ("#4c6ef5", "#e8590c", "#2b8a3e", "#9c36b5", "#c92a2a", "#0b7285", "#5c940d", "#495057")

LogEntry = dict[str, Any]


def read_log(path: Path) -> list[LogEntry]:
    """Return the entries of a log; a last line cut off by a kill is left out."""
    entries = []
    for line in path.read_text("utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return entries


def plot(entries: list[LogEntry]) -> str:
    """Return an SVG with the loss and every validation score against thousands of crops, each on a scale of 0 to 1.

    The loss is divided by its largest value; the legend says by how much.
    """
    curves: dict[str, list[tuple[float, float]]] = {}
    for entry in entries:
        if "loss" in entry:
            curves.setdefault("loss", []).append((entry["samples"], entry["loss"]))
        for name, value in entry.get("validation", {}).items():
            curves.setdefault(name, []).append((entry["samples"], value))
    end = max((x for points in curves.values() for x, _ in points), default=1) or 1
    right, bottom = _WIDTH - 220, _HEIGHT - 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for i in range(6):
        y = bottom - (bottom - _TOP) * i / 5
        x = _LEFT + (right - _LEFT) * i / 5
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#dee2e6"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#495057">{i / 5:.1f}</text>')
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#495057">{end * i / 5e3:.1f}k</text>'
        )
    for i, (name, points) in enumerate(curves.items()):
        top = max(value for _, value in points) if name == "loss" else 1.0
        colour = _COLOURS[i % len(_COLOURS)]
        path = " ".join(
            f"{_LEFT + (right - _LEFT) * x / end:.1f},{bottom - (bottom - _TOP) * value / (top or 1):.1f}"
            for x, value in points
        )
        label = f"{name} / {top:.2f}" if name == "loss" else f"{name} {points[-1][1]:.2f}"
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{right + 12}" y="{_TOP + 18 * i + 4}" fill="{colour}">{label}</text>')
    parts.append(f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 4}" text-anchor="middle" fill="#495057">crops</text>')
    return "".join(parts) + "</svg>\n"
