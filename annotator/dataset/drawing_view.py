"""What the list of drawings shows, apart from its layout."""

import time
from collections.abc import Sequence
from typing import Final

from sketchpose.dataset import Dataset, Entry, Query
from sketchpose.text import amount

PAGE_SIZE: Final = 48
UNREVIEWED: Final = ("draft", "submitted")
ORDERS: Final = {"Newest first": "newest", "Oldest first": "oldest", "By name": "name"}


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
    """Return what is known of a drawing, and its history, a line for each revision."""
    lines = [
        entry.name or "drawing",
        f"{amount(entry.people, 'person')}, {entry.joints} joints, {entry.edited} set by hand",
        f"source {entry.source or 'not given'}, artist {entry.artist or 'not given'}",
        f"{entry.width} x {entry.height} px, licence {entry.licence or 'not given'}, consent {entry.consent}",
    ]
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


def find_entry(dataset: Dataset, id: str) -> Entry | None:
    """Return a revision as long as nobody has built on it."""
    try:
        heads = dataset.heads(dataset.read(id).drawing)
    except ValueError:
        return None
    return next((head for head in heads if head.id == id), None)


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds))
