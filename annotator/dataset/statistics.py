"""The dataset in plots: joints, poses, sources, growth, annotators, difficulty."""

import time
from collections.abc import Callable
from html import escape
from typing import Any, Final

import gradio as gr
import numpy as np

from annotator.dataset.plots import bars, line, scatter
from sketchpose.dataset import Dataset
from sketchpose.dataset.stats import Statistics, statistics
from sketchpose.skeleton import KEYPOINTS

_MOST_POINTS: Final = 3000
_JOINTS: Final = [name.replace("_", " ") for name in KEYPOINTS]


def plots_html(dataset: Dataset) -> str:
    """Return all plots of the dataset as HTML."""
    found = statistics(dataset)
    if not found.drawings:
        return "<p>The dataset is empty: save a drawing in the Correct tab, or import some.</p>"
    counts = (
        f"<p><strong>{found.drawings} drawings, {found.people} people.</strong> "
        f"{found.conflicts} drawings have several versions.</p>"
    )
    labelled = found.visible + found.hidden
    parts = [
        bars(dict(zip(_JOINTS, labelled.tolist(), strict=True)), title="Joints labelled", unit="people"),
        _effort(found),
        _map(dataset, found),
        _growth(found),
        bars(found.sources, title="Drawings by source", unit="drawings"),
        bars(found.authors, title="Revisions by annotator", unit="revisions") + _seconds(found),
        bars(found.status, title="Drawings by status", unit="drawings"),
        bars(found.splits, title="Drawings by split", unit="drawings"),
        bars(found.difficulty, title="People by difficulty", unit="people"),
        bars(found.licences, title="Drawings by licence", unit="drawings"),
        bars(found.consents, title="Drawings by consent", unit="drawings"),
    ]
    return counts + '<div class="dataset-plots">' + "".join(f"<div>{part}</div>" for part in parts) + "</div>"


def _effort(found: Statistics) -> str:
    moved = {
        name: round(100 * value, 2) for name, value in zip(_JOINTS, found.moved.tolist(), strict=True) if value == value
    }
    return bars(moved, title="Correction of the model, % of the figure's size", unit="%")


def _growth(found: Statistics) -> str:
    first = int(found.days[0]) if len(found.days) else 0
    since = time.strftime("%Y-%m-%d", time.gmtime(first * 86400))
    # A step at each day: between two of them nothing was added.
    points = [(0.0, float(found.growth[0]))] if len(found.growth) else []
    for day, count in zip(found.days[1:].tolist(), found.growth[1:].tolist(), strict=True):
        points += [(float(day - first), points[-1][1]), (float(day - first), float(count))]
    return line(points, title="Drawings over time", x_label=f"days since {since}", y_label="drawings")


def _map(dataset: Dataset, found: Statistics) -> str:
    title = "Poses: alike ones lie together"
    if found.poses is None:
        return scatter([], title=title)
    facts = {entry.drawing: entry for entry in dataset.entries()}
    step = max(1, int(np.ceil(len(found.poses.drawings) / _MOST_POINTS)))
    points = [
        (float(x), float(y), facts[drawing].source, facts[drawing].name)
        for (x, y), drawing in zip(found.poses.points[::step], found.poses.drawings[::step], strict=True)
        if drawing in facts
    ]
    note = f"<p>The two axes show {found.poses.explained:.0%} of what differs between poses.</p>"
    return scatter(points, title=title) + note


def _seconds(found: Statistics) -> str:
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{value:.0f} s</td></tr>" for name, value in found.seconds.items())
    return f"<table><tr><th>Annotator</th><th>mean time a drawing</th></tr>{rows}</table>" if rows else ""


def build_statistics(dataset: Dataset, select: Callable[..., Any]) -> None:
    """Lay out the section inside the current ``gr.Tab``; arguments as in ``build_files``."""
    plots = gr.HTML("", elem_id="statistics-plots")
    select(lambda: plots_html(dataset), [], plots, "statistics_open")
