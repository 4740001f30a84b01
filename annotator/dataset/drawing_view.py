"""What the list of drawings shows, apart from its layout."""

import time
from collections.abc import Sequence
from typing import Final

import gradio as gr

from sketchpose.dataset import Dataset, Entry, Query

PAGE_SIZE: Final = 50
ShownRows = tuple[tuple[str, ...], ...]
"""The rows on show, each with the id of its revision before its cells."""
HEADERS: Final = ["Drawing", "Status", "Author", "Source", "People", "Joints", "By hand", "Saved", "Versions"]
UNREVIEWED: Final = ("draft", "submitted")
ORDERS: Final = {"Newest first": "newest", "Oldest first": "oldest", "By name": "name"}


def table_rows(entries: Sequence[Entry]) -> list[list[str]]:
    """Return the table of some entries."""
    return [
        [
            entry.name or entry.drawing[:12],
            entry.status + (", deleted" if entry.deleted else ""),
            entry.author,
            entry.source,
            str(entry.people),
            str(entry.joints),
            str(entry.edited),
            _moment(entry.time),
            str(entry.heads) if entry.conflict else "",
        ]
        for entry in entries
    ]


def find_drawings(
    dataset: Dataset, text: str, statuses: Sequence[str], sources: Sequence[str], order: str, page: int
) -> list[Entry]:
    """Return a page of the drawings that fit, and one entry more where there is another page."""
    query = Query(
        text=text.strip(),
        status=tuple(statuses),
        source=tuple(sources),
        order=ORDERS.get(order, "newest"),
        limit=PAGE_SIZE + 1,
        offset=PAGE_SIZE * page,
    )
    return dataset.entries(query)


def known_sources(dataset: Dataset) -> list[str]:
    """Return the sources that drawings name."""
    return sorted({entry.source for entry in dataset.entries() if entry.source})


def history_text(dataset: Dataset, entry: Entry) -> str:
    """Return the history of a drawing, a line for each revision."""
    lines = [f"{entry.width} x {entry.height} px, licence {entry.licence or 'not given'}, consent {entry.consent}"]
    lines += [
        f"{_moment(e.time)}  {'deleted' if e.deleted else e.status}"
        f"  by {e.author or 'somebody'}{', from ' + e.model if e.model else ''}{': ' + e.note if e.note else ''}"
        for e in dataset.history(entry.drawing)
    ]
    return "\n".join(lines)


def version_choices(dataset: Dataset, entry: Entry) -> list[tuple[str, str]]:
    """Return the versions of a drawing that nobody has built on, as (label, id)."""
    return [
        (f"{head.author or 'somebody'}, {head.status}, {_moment(head.time)}", head.id)
        for head in dataset.heads(entry.drawing)
    ]


def chosen_entry(dataset: Dataset, rows: ShownRows, event: gr.SelectData) -> Entry | None:
    """Return the entry of a row; the page may have sorted the rows since, so what stands in them decides."""
    cells = [str(cell) for cell in event.row_value or ()]
    at = event.index[0] if isinstance(event.index, (list, tuple)) else event.index
    order = [*rows[at : at + 1], *rows]
    id = next((row[0] for row in order if list(row[1:]) == cells), None)
    if id is None:
        return None
    return next((entry for entry in dataset.history(dataset.read(id).drawing) if entry.id == id), None)


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds))
