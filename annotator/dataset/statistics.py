"""The dataset in plots: joints, poses, sources, growth, annotators, difficulty."""

import time
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from html import escape
from typing import Any, Final

import gradio as gr
import numpy as np

from annotator.dataset.plots import bars, line, scatter
from annotator.dataset.ways import lay_out_ways
from annotator.events import Updates
from sketchpose.dataset import Dataset, Query
from sketchpose.dataset.stats import Statistics, statistics
from sketchpose.skeleton import KEYPOINTS
from sketchpose.text import amount

_MOST_POINTS: Final = 3000
_JOINTS: Final = [name.replace("_", " ") for name in KEYPOINTS]


def plots_html(dataset: Dataset) -> str:
    """Return all plots of the dataset as HTML."""
    stats = statistics(dataset)
    if not stats.drawings:
        return "<p>The dataset is empty: save a drawing in the Correct tab, or import some.</p>"
    counts = (
        f"<p><strong>{amount(stats.drawings, 'drawing')}, {amount(stats.people, 'person')}.</strong> "
        f"With several versions: {amount(stats.conflicts, 'drawing')}.</p>"
    )
    labelled = stats.visible + stats.hidden
    parts = [
        bars(dict(zip(_JOINTS, labelled.tolist(), strict=True)), title="Joints labelled", unit="people"),
        _effort(stats),
        _map(dataset, stats),
        _growth(stats),
        bars(stats.sources, title="Drawings by source", unit="drawings"),
        bars(stats.authors, title="Revisions by annotator", unit="revisions") + _seconds(stats),
        bars(stats.status, title="Drawings by status", unit="drawings"),
        bars(stats.splits, title="Drawings by split", unit="drawings"),
        bars(stats.difficulty, title="People by difficulty", unit="people"),
        bars(stats.licences, title="Drawings by licence", unit="drawings"),
        bars(stats.consents, title="Drawings by consent", unit="drawings"),
    ]
    return counts + '<div class="dataset-plots">' + "".join(f"<div>{part}</div>" for part in parts) + "</div>"


def public_html(dataset: Dataset) -> str:
    """Return what everybody may know of the dataset as HTML: how much there is, and no name."""
    return _public(dataset, dataset.stamp())


@lru_cache(maxsize=1)  # strangers ask for it, and counting tens of thousands of drawings takes half a second
def _public(dataset: Dataset, stamp: object) -> str:
    entries = dataset.entries()
    people, by_hand = sum(entry.people for entry in entries), sum(entry.edited for entry in entries)
    counts = f"{amount(len(entries), 'drawing')}, {amount(people, 'person')}, {by_hand} joints set by hand."
    statuses = Counter(entry.status for entry in entries)
    return f"<p>{counts}</p>{bars(statuses, title='Drawings by status')}"


def _effort(stats: Statistics) -> str:
    moved = {
        name: round(100 * value, 2) for name, value in zip(_JOINTS, stats.moved.tolist(), strict=True) if value == value
    }
    return bars(moved, title="Correction of the model, % of the figure's size", unit="%")


def _growth(stats: Statistics) -> str:
    first = int(stats.days[0]) if len(stats.days) else 0
    since = time.strftime("%Y-%m-%d", time.gmtime(first * 86400))
    # A step at each day: nothing was added between two of them.
    points = [(0.0, float(stats.growth[0]))] if len(stats.growth) else []
    for day, count in zip(stats.days[1:].tolist(), stats.growth[1:].tolist(), strict=True):
        points += [(float(day - first), points[-1][1]), (float(day - first), float(count))]
    return line(points, title="Drawings over time", x_label=f"days since {since}", y_label="drawings")


def _map(dataset: Dataset, stats: Statistics) -> str:
    title = "Poses: similar ones lie close together"
    if stats.poses is None:
        return scatter([], title=title)
    facts = {entry.drawing: entry for entry in dataset.entries()}
    step = max(1, int(np.ceil(len(stats.poses.drawings) / _MOST_POINTS)))
    points = [
        (float(x), float(y), facts[drawing].source, facts[drawing].name)
        for (x, y), drawing in zip(stats.poses.points[::step], stats.poses.drawings[::step], strict=True)
        if drawing in facts
    ]
    note = f"<p>The two axes show {stats.poses.explained:.0%} of the variance between poses.</p>"
    return scatter(points, title=title) + note


def _seconds(stats: Statistics) -> str:
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{value:.0f} s</td></tr>" for name, value in stats.seconds.items())
    return f"<table><tr><th>Annotator</th><th>mean time per drawing</th></tr>{rows}</table>" if rows else ""


def build_statistics(dataset: Dataset, tabs: gr.Tabs, sections: gr.Tabs, select: Callable[..., Any]) -> None:
    """Lay out the section inside the current ``gr.Tab``; arguments as in ``build_review``."""
    plots = gr.HTML("", elem_id="statistics-plots")
    ways = lay_out_ways(tabs, sections, "statistics-ways")

    def show() -> Updates:
        return {plots: plots_html(dataset), ways: gr.update(visible=not dataset.entries(Query(limit=1)))}

    select(show, [], [plots, ways], "statistics_open")
