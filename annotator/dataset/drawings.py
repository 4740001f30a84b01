"""The drawings of the dataset: filtered, listed page by page, shown, opened in the *Correct* tab, deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from annotator.choices import Choice, Menu
from annotator.correct.dataset_store import DatasetStore
from annotator.correct.tab import GO_TO_EDITOR, CorrectTab
from annotator.dataset.drawing_view import (
    HEADERS,
    ORDERS,
    PAGE_SIZE,
    UNREVIEWED,
    ShownRows,
    chosen_entry,
    find_drawings,
    history_text,
    known_sources,
    table_rows,
    version_choices,
)
from annotator.dataset.review import drawing_svg
from annotator.events import PRIVATE, QUIET, Updates
from annotator.owner import guarded, require_owner
from sketchpose.dataset import Query
from sketchpose.dataset.records import STATUSES
from sketchpose.dataset.starter import STARTER_DRAWINGS, load_starter


@dataclass(frozen=True)
class DrawingList:
    """The components of the section, and what its events do with them.

    Attributes:
        store: The dataset.
        correct: The *Correct* tab, where drawings are opened.
        tabs: The app's tabs.
        page: Number of the page on show, from 0.
        found_by: The filters that gave the list on show.
        shown_rows: The rows on show, as ``ShownRows``.
        chosen: Id of the revision that was chosen; empty for none.
        text: Filters by what is written about a drawing.
        status: Filters by status.
        source: Filters by source.
        order: One of ``ORDERS``.
        table: The drawings.
        earlier: Turns to the page before.
        place: Which drawings are on show.
        later: Turns to the page after.
        edit_all: Opens those on show that nobody has reviewed in the *Correct* tab, one after another.
        starter: Loads the starter drawings; only an empty dataset shows it.
        view: The drawing that was chosen.
        versions: Which version of it is shown.
        history: Its history.
        edit: Opens it in the *Correct* tab.
        settle: Makes the version that counts of the one on show.
        delete: Deletes it.
    """

    store: DatasetStore
    correct: CorrectTab
    tabs: gr.Tabs
    page: gr.State
    found_by: gr.State
    shown_rows: gr.State
    chosen: gr.State
    text: gr.Textbox
    status: gr.Dropdown
    source: gr.Dropdown
    order: gr.Dropdown
    table: gr.Dataframe
    earlier: gr.Button
    place: gr.Markdown
    later: gr.Button
    edit_all: gr.Button
    starter: gr.Button
    view: gr.HTML
    versions: gr.Radio
    history: gr.Textbox
    edit: gr.Button
    settle: gr.Button
    delete: gr.Button

    @property
    def filters(self) -> list[Any]:
        """The inputs that say which drawings to list."""
        return [self.text, self.status, self.source, self.order]

    @property
    def choice_outputs(self) -> list[Any]:
        """What a choice in the table updates."""
        return [self.chosen, self.view, self.history, self.versions, self.edit, self.settle, self.delete]

    @property
    def outputs(self) -> list[Any]:
        """What a new list updates."""
        return [
            *(self.page, self.found_by, self.shown_rows, self.table),
            *(self.earlier, self.place, self.later, self.edit_all, self.starter),
            *self.choice_outputs,
        ]

    def list_page(
        self, page: int, text: str | None, statuses: list[str] | None, sources: list[str] | None, order: str
    ) -> Updates:
        """List a page of the drawings that fit, none of them chosen."""
        dataset = self.store.dataset
        entries = find_drawings(dataset, text or "", statuses or (), sources or (), order, page)
        here, more = entries[:PAGE_SIZE], len(entries) > PAGE_SIZE
        rows = table_rows(here)
        first = PAGE_SIZE * page + 1
        off = gr.update(interactive=False)
        empty = not here and not dataset.entries(Query(limit=1))
        none = (
            "There is no drawing yet: save one in Correct, import some, or begin with"
            if empty
            else "No drawing matches."
        )
        return {
            self.page: page,
            self.found_by: (text, statuses, sources, order),
            self.shown_rows: tuple((entry.id, *row) for entry, row in zip(here, rows, strict=True)),
            self.table: rows,
            self.earlier: gr.update(interactive=page > 0),
            self.place: f"{first} to {first + len(here) - 1}" if here else none,
            self.later: gr.update(interactive=more),
            self.edit_all: gr.update(interactive=any(entry.status in UNREVIEWED for entry in here)),
            self.starter: gr.update(visible=empty),
            self.chosen: "",
            self.view: "",
            self.history: "",
            self.versions: gr.update(choices=[], visible=False),
            self.edit: off,
            self.settle: gr.update(visible=False),
            self.delete: off,
        }

    def list_first(self, *filters: Any) -> Updates:
        """List the first page."""
        return self.list_page(0, *filters)

    def find(self, found_by: tuple[Any, ...], *filters: Any) -> Updates:
        """List the first page if the filters have changed; a choice in the list outlives the field that is left."""
        return {self.page: gr.skip()} if filters == found_by else self.list_first(*filters)

    def open(self, *filters: Any) -> Updates:
        """List the first page, and offer the sources there are now."""
        return {self.source: gr.update(choices=known_sources(self.store.dataset))} | self.list_first(*filters)

    def begin(self, *filters: Any) -> Updates:
        """Load the starter drawings and list them."""
        load_starter(self.store.dataset)
        return self.open(*filters)

    def turn_page(self, step: int, page: int, *filters: Any) -> Updates:
        """List the page after or before."""
        return self.list_page(max(0, page + step), *filters)

    def choose(self, secret: str, rows: ShownRows, request: gr.Request, event: gr.SelectData) -> Updates:
        """Show the drawing of the row that was chosen."""
        require_owner(request, secret)
        dataset = self.store.dataset
        entry = chosen_entry(dataset, rows, event)
        if entry is None:
            raise gr.Error("This drawing has changed in the meantime; search again.", print_exception=False)
        choices = version_choices(dataset, entry)
        on, several = gr.update(interactive=True), len(choices) > 1
        return {
            self.chosen: entry.id,
            self.view: drawing_svg(dataset, entry),
            self.history: history_text(dataset, entry),
            self.versions: gr.update(choices=choices, value=entry.id, visible=several),
            self.edit: on,
            self.settle: gr.update(visible=several),
            self.delete: on,
        }

    def show_version(self, id: str) -> Updates:
        """Show another version of the drawing that was chosen."""
        dataset = self.store.dataset
        revision = dataset.read(id)
        entry = next(head for head in dataset.heads(revision.drawing) if head.id == id)
        return {self.chosen: id, self.view: drawing_svg(dataset, entry)}

    def settle_version(self, id: str, author: str, page: int, *filters: Any) -> Updates:
        """Make the version on show the one that counts."""
        dataset = self.store.dataset
        dataset.settle(dataset.read(id), author or "owner")
        return self.list_page(page, *filters)

    def open_in_editor(self, id: str) -> Updates:
        """Open the version on show in the *Correct* tab."""
        return {
            self.tabs: gr.Tabs(selected="correct"),
            self.correct.editor: self.correct.open_value(self.store.value(id)),
        }

    def open_unreviewed(self, rows: ShownRows) -> Updates:
        """Open the drawings on show that nobody has reviewed in the *Correct* tab."""
        status = 1 + HEADERS.index("Status")
        values = [self.store.value(row[0]) for row in rows if row[status] in UNREVIEWED]
        if not values:
            raise ValueError("Every drawing on this page is reviewed; show others.")
        return {self.tabs: gr.Tabs(selected="correct"), self.correct.editor: self.correct.open_saved(values)}

    def delete_drawing(self, id: str, author: str, page: int, *filters: Any) -> Updates:
        """Delete the drawing that was chosen."""
        dataset = self.store.dataset
        dataset.delete(dataset.read(id).drawing, author or "owner")
        return self.list_page(page, *filters)


def build_list(
    store: DatasetStore,
    token: gr.Textbox,
    name: gr.Textbox,
    correct: CorrectTab,
    tabs: gr.Tabs,
    select: Callable[..., Any],
) -> None:
    """Lay out the section inside the current ``gr.Tab``; arguments as in ``build_review``."""
    _wire(lay_out(store, correct, tabs), token, name, select)


def lay_out(store: DatasetStore, correct: CorrectTab, tabs: gr.Tabs) -> DrawingList:
    """Lay out the section, without what it does."""
    page, found_by, shown_rows, chosen = gr.State(0), gr.State(()), gr.State(()), gr.State("")
    with gr.Row():
        text = gr.Textbox(
            label="Find", placeholder="name, source, artist, tag, note", min_width=160, elem_id="list-text"
        )
        status = gr.Dropdown(list(STATUSES), multiselect=True, label="Status", min_width=140, elem_id="list-status")
        source = Menu([], multiselect=True, label="Source", min_width=140, elem_id="list-source")
        order = gr.Dropdown(list(ORDERS), value="Newest first", label="Order", min_width=130, elem_id="list-order")
    table = gr.Dataframe(headers=HEADERS, value=[], interactive=False, wrap=False, max_height=420, elem_id="list-table")
    with gr.Row():
        earlier = gr.Button("Earlier page", interactive=False, min_width=120, elem_id="list-before")
        place = gr.Markdown(elem_id="list-place")
        later = gr.Button("Next page", interactive=False, min_width=120, elem_id="list-after")
        edit_all = gr.Button("Correct the unreviewed", interactive=False, min_width=180, elem_id="list-open-all")
    starter = gr.Button(
        f"Load {STARTER_DRAWINGS} open drawings", variant="primary", visible=False, elem_id="list-starter"
    )
    view = gr.HTML("", elem_id="list-view", elem_classes="dataset-view")
    versions = Choice([], label="Versions", visible=False, elem_id="list-versions")
    history = gr.Textbox(label="History", lines=3, interactive=False, elem_id="list-facts")
    with gr.Row():
        edit = gr.Button("Open in Correct", variant="primary", interactive=False, elem_id="list-open")
        settle = gr.Button("Use this version", visible=False, elem_id="list-settle")
        delete = gr.Button("Delete from the dataset", variant="stop", interactive=False, elem_id="list-delete")
    return DrawingList(
        store, correct, tabs, page, found_by, shown_rows, chosen, text, status, source, order, table, earlier, place,
        later, edit_all, starter, view, versions, history, edit, settle, delete,
    )  # fmt: skip


def _wire(parts: DrawingList, token: gr.Textbox, name: gr.Textbox, select: Callable[..., Any]) -> None:
    filters, outputs = parts.filters, parts.outputs
    select(parts.open, filters, [parts.source, *outputs], "list_open")
    gr.on(
        [parts.text.submit, parts.text.blur, parts.status.change, parts.source.change, parts.order.input],
        guarded(parts.find),
        [token, parts.found_by, *filters],
        outputs,
        api_name="list_find",
        **QUIET,
    )
    for button, step in ((parts.earlier, -1), (parts.later, 1)):
        turn = guarded(partial(parts.turn_page, step))
        button.click(turn, [token, parts.page, *filters], outputs, api_name=f"list_page_{step + 1}", **QUIET)
    parts.starter.click(
        guarded(parts.begin), [token, *filters], [parts.source, *outputs], api_name="list_begin", **PRIVATE
    )
    parts.table.select(parts.choose, [token, parts.shown_rows], parts.choice_outputs, api_name="list_pick", **QUIET)
    parts.versions.input(
        guarded(parts.show_version),
        [token, parts.versions],
        [parts.chosen, parts.view],
        api_name="list_version",
        **QUIET,
    )
    for button, act, endpoint in (
        (parts.settle, parts.settle_version, "list_settle"),
        (parts.delete, parts.delete_drawing, "list_delete"),
    ):
        inputs = [token, parts.chosen, name, parts.page, *filters]
        button.click(guarded(act), inputs, outputs, api_name=endpoint, **QUIET)
    for button, show, chosen, endpoint in (
        (parts.edit, parts.open_in_editor, parts.chosen, "list_fix"),
        (parts.edit_all, parts.open_unreviewed, parts.shown_rows, "list_fix_all"),
    ):
        opened = button.click(
            guarded(show), [token, chosen], [parts.tabs, parts.correct.editor], api_name=endpoint, **QUIET
        )
        opened.success(None, js=GO_TO_EDITOR)
