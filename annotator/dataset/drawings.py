"""The drawings of the dataset: filtered, page by page, looked at, opened in the *Correct* tab, deleted."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import gradio as gr

from annotator.choices import Choice, Menu
from annotator.correct.dataset_store import DatasetStore
from annotator.correct.tab import GO_TO_EDITOR, CorrectTab
from annotator.dataset.review import drawing
from annotator.owner import guarded, require_owner
from sketchpose.dataset import Dataset, Entry, Query
from sketchpose.dataset.records import STATUSES

PAGE: Final = 50
Known = tuple[tuple[str, ...], ...]
"""The rows on show, each with the id of its revision before its cells."""
HEADERS: Final = ["Drawing", "Status", "Author", "Source", "People", "Joints", "By hand", "Saved", "Versions"]
ORDERS: Final = {"Newest first": "newest", "Oldest first": "oldest", "By name": "name"}


def rows(entries: Sequence[Entry]) -> list[list[str]]:
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


def find(
    dataset: Dataset, text: str, status: Sequence[str], source: Sequence[str], order: str, page: int
) -> list[Entry]:
    """Return a page of the drawings that fit, and one entry more where there is another page."""
    query = Query(
        text=text.strip(),
        status=tuple(status),
        source=tuple(source),
        order=ORDERS.get(order, "newest"),
        limit=PAGE + 1,
        offset=PAGE * page,
    )
    return dataset.entries(query)


def sources(dataset: Dataset) -> list[str]:
    """Return the sources there are."""
    return sorted({entry.source for entry in dataset.entries() if entry.source})


def details(dataset: Dataset, entry: Entry) -> str:
    """Return the history of a drawing in plain lines."""
    lines = [f"{entry.width} x {entry.height} px, licence {entry.licence or 'not said'}, consent {entry.consent}"]
    lines += [
        f"{_moment(e.time)}  {'deleted' if e.deleted else e.status}"
        f"  by {e.author or 'somebody'}{', from ' + e.model if e.model else ''}{': ' + e.note if e.note else ''}"
        for e in dataset.history(entry.drawing)
    ]
    return "\n".join(lines)


def heads(dataset: Dataset, entry: Entry) -> list[tuple[str, str]]:
    """Return the versions of a drawing that nobody has built on, as (words, id)."""
    return [
        (
            f"{head.author or 'somebody'}, {head.status}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime(head.time))}",
            head.id,
        )
        for head in dataset.heads(entry.drawing)
    ]


def build_list(
    store: DatasetStore,
    token: gr.Textbox,
    name: gr.Textbox,
    correct: CorrectTab,
    tabs: gr.Tabs,
    select: Callable[..., Any],
) -> None:
    """Lay out the section inside the current ``gr.Tab``; arguments as in ``build_review``."""
    dataset = store.dataset
    page, ids, chosen = gr.State(0), gr.State(()), gr.State("")
    with gr.Row():
        text = gr.Textbox(
            label="Find", placeholder="name, source, artist, tag, note", min_width=160, elem_id="list-text"
        )
        status = gr.Dropdown(list(STATUSES), multiselect=True, label="Status", min_width=140, elem_id="list-status")
        source = Menu([], multiselect=True, label="Source", min_width=140, elem_id="list-source")
        order = gr.Dropdown(list(ORDERS), value="Newest first", label="Order", min_width=130, elem_id="list-order")
    table = gr.Dataframe(headers=HEADERS, value=[], interactive=False, wrap=False, max_height=420, elem_id="list-table")
    with gr.Row():
        before = gr.Button("Earlier page", interactive=False, min_width=120, elem_id="list-before")
        place = gr.Markdown(elem_id="list-place")
        after = gr.Button("Next page", interactive=False, min_width=120, elem_id="list-after")
    view = gr.HTML("", elem_id="list-view", elem_classes="dataset-view")
    versions = Choice([], label="Versions", visible=False, elem_id="list-versions")
    facts = gr.Textbox(label="History", lines=3, interactive=False, elem_id="list-facts")
    with gr.Row():
        edit = gr.Button("Open in Correct", variant="primary", interactive=False, elem_id="list-open")
        settle = gr.Button("This version counts", visible=False, elem_id="list-settle")
        drop = gr.Button("Delete from the dataset", variant="stop", interactive=False, elem_id="list-delete")

    def listed(*query: Any) -> tuple[Any, ...]:
        words, wanted, places, by, at = query
        found = find(dataset, words or "", wanted or (), places or (), by, at)
        here, more = found[:PAGE], len(found) > PAGE
        said = f"{PAGE * at + 1} to {PAGE * at + len(here)}" if here else "No drawing fits."
        off = gr.update(interactive=False)
        return (
            rows(here),
            tuple((entry.id, *row) for entry, row in zip(here, rows(here), strict=True)),
            said,
            at,
            gr.update(interactive=at > 0),
            gr.update(interactive=more),
            "",
            "",
            "",
            off,
            off,
            gr.update(choices=[], visible=False),
            gr.update(visible=False),
        )

    def opened(*query: Any) -> tuple[Any, ...]:
        return gr.update(choices=sources(dataset)), *listed(*query, 0)

    def turned(step: int, at: int, *query: Any) -> tuple[Any, ...]:
        return listed(*query, max(0, at + step))

    def picked(secret: str, known: Known, request: gr.Request, event: gr.SelectData) -> tuple[Any, ...]:
        require_owner(request, secret)
        entry = _chosen(dataset, known, event)
        if entry is None:
            raise gr.Error("This drawing has changed meanwhile; search again.", print_exception=False)
        on, choices = gr.update(interactive=True), heads(dataset, entry)
        several = len(choices) > 1
        return (
            entry.id,
            drawing(dataset, entry),
            details(dataset, entry),
            on,
            on,
            gr.update(choices=choices, value=entry.id, visible=several),
            gr.update(visible=several),
        )

    def turned_to(id: str) -> tuple[Any, ...]:
        revision = dataset.read(id)
        entry = next(head for head in dataset.heads(revision.drawing) if head.id == id)
        return id, drawing(dataset, entry)

    def settled(id: str, who: str, *query: Any) -> tuple[Any, ...]:
        dataset.settle(dataset.read(id), who or "owner")
        return listed(*query)

    def fixed(id: str) -> tuple[Any, ...]:
        return gr.Tabs(selected="correct"), correct.open_value(store.value(id))

    def dropped(id: str, who: str, *query: Any) -> tuple[Any, ...]:
        dataset.delete(dataset.read(id).drawing, who or "owner")
        return listed(*query)

    filters: list[Any] = [text, status, source, order]
    shown: list[Any] = [table, ids, place, page, before, after, view, facts, chosen, edit, drop, versions, settle]
    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    select(opened, filters, [source, *shown], "list_open")
    gr.on(
        [text.submit, text.blur, status.change, source.change, order.input],
        guarded(lambda *query: listed(*query, 0)),
        [token, *filters],
        shown,
        api_name="list_find",
        **hidden,
    )
    for button, step in ((before, -1), (after, 1)):
        inputs = [token, gr.State(step), page, *filters]
        button.click(guarded(turned), inputs, shown, api_name=f"list_page_{step + 1}", **hidden)
    picks: list[Any] = [chosen, view, facts, edit, drop, versions, settle]
    table.select(picked, [token, ids], picks, api_name="list_pick", **hidden)
    versions.input(guarded(turned_to), [token, versions], [chosen, view], api_name="list_version", **hidden)
    settle.click(guarded(settled), [token, chosen, name, *filters, page], shown, api_name="list_settle", **hidden)
    fixing = edit.click(guarded(fixed), [token, chosen], [tabs, *correct.outputs], api_name="list_fix", **hidden)
    fixing.success(None, js=GO_TO_EDITOR)
    drop.click(guarded(dropped), [token, chosen, name, *filters, page], shown, api_name="list_delete", **hidden)


def _chosen(dataset: Dataset, known: Known, event: gr.SelectData) -> Entry | None:
    """Return the entry of a row; the page may have sorted the rows since, so what stands in them decides."""
    wanted = [str(cell) for cell in event.row_value or ()]
    at = event.index[0] if isinstance(event.index, (list, tuple)) else event.index
    order = [*known[at : at + 1], *known]
    id = next((row[0] for row in order if list(row[1:]) == wanted), None)
    if id is None:
        return None
    return next((entry for entry in dataset.history(dataset.read(id).drawing) if entry.id == id), None)


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(seconds))
