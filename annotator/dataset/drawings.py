"""The drawings of the dataset: filtered, listed page by page, shown, opened in the *Correct* tab, deleted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import gradio as gr

from annotator.choices import Choice, Menu
from annotator.correct.dataset_store import DatasetStore
from annotator.correct.tab import GO_TO_EDITOR, CorrectTab
from annotator.dataset.drawing_view import (
    ORDERS,
    PAGE_SIZE,
    UNREVIEWED,
    find_drawings,
    find_entry,
    history_text,
    known_sources,
    version_choices,
)
from annotator.dataset.grid import DrawingGrid, items_of, pictures_reply
from annotator.dataset.review import drawing_svg
from annotator.dataset.ways import lay_out_ways
from annotator.events import PRIVATE, QUIET, Updates
from annotator.owner import guarded, require_owner
from sketchpose.dataset import Query
from sketchpose.dataset.records import STATUSES
from sketchpose.dataset.starter import STARTER_DRAWINGS, load_starter

_NONE: Final = "There is no drawing yet: correct one, import some, or begin with open drawings by others."
_TICK_S: Final = 3.0
_SHOW: Final = "() => innerWidth < 768 && document.querySelector('#list-view')?.scrollIntoView()"
"""On a phone the drawing that was chosen lies below the small pictures."""


@dataclass(frozen=True)
class DrawingList:
    """The components of the section, and what its events do with them.

    Attributes:
        store: The dataset.
        correct: The *Correct* tab, where drawings are opened.
        tabs: The app's tabs.
        page: Number of the page on show, from 0.
        found_by: The filters that gave the list on show.
        stamps: Those of the dataset when it was listed and when it was last looked at.
        due: Changes when the list has to be made anew.
        shown: The revisions on show, by their ids.
        chosen: Id of the revision that was chosen; empty for none.
        filtering: Holds the filters.
        text: Filters by what is written about a drawing.
        status: Filters by status.
        source: Filters by source.
        order: One of ``ORDERS``.
        place: Which drawings are on show.
        ways: What to do where there is none.
        starter: Loads the starter drawings.
        unfilter: Takes the filters away where no drawing fits.
        browse: Holds what follows.
        grid: The drawings.
        earlier: Turns to the page before.
        later: Turns to the page after.
        edit_all: Opens those on show that nobody has reviewed in the *Correct* tab, one after another.
        hint: Says that a drawing can be chosen.
        details: Holds what follows.
        view: The drawing that was chosen.
        versions: Which version of it is shown.
        history: Its history.
        edit: Opens it in the *Correct* tab.
        settle: Makes the version that counts of the one on show.
        delete: Deletes it.
        timer: Lists anew after something was saved, by whomever.
    """

    store: DatasetStore
    correct: CorrectTab
    tabs: gr.Tabs
    page: gr.State
    found_by: gr.State
    stamps: gr.State
    due: gr.State
    shown: gr.State
    chosen: gr.State
    filtering: gr.Row
    text: gr.Textbox
    status: gr.Dropdown
    source: gr.Dropdown
    order: gr.Dropdown
    place: gr.Markdown
    ways: gr.Row
    starter: gr.Button
    unfilter: gr.Button
    browse: gr.Row
    grid: DrawingGrid
    earlier: gr.Button
    later: gr.Button
    edit_all: gr.Button
    hint: gr.Markdown
    details: gr.Column
    view: gr.HTML
    versions: gr.Radio
    history: gr.Textbox
    edit: gr.Button
    settle: gr.Button
    delete: gr.Button
    timer: gr.Timer

    @property
    def filters(self) -> list[Any]:
        """The inputs that say which drawings to list."""
        return [self.text, self.status, self.source, self.order]

    @property
    def choice_outputs(self) -> list[Any]:
        """What a choice updates."""
        return [self.chosen, self.hint, self.details, self.view, self.history, self.versions, self.settle]

    @property
    def outputs(self) -> list[Any]:
        """What a new list updates."""
        return [
            *(self.page, self.found_by, self.stamps, self.shown, self.filtering, self.place, self.ways),
            *(self.unfilter, self.browse, self.grid, self.earlier, self.later, self.edit_all),
            *self.choice_outputs,
        ]

    def list_page(
        self,
        page: int,
        text: str | None,
        statuses: list[str] | None,
        sources: list[str] | None,
        order: str,
        *,
        kept: str = "",
    ) -> Updates:
        """List a page of the drawings that fit; none is chosen, or the one that was and is ``kept``."""
        dataset = self.store.dataset
        stamp = dataset.stamp()
        entries = find_drawings(dataset, text or "", statuses or (), sources or (), order, page)
        here, more = entries[:PAGE_SIZE], len(entries) > PAGE_SIZE
        if page and not here:
            return self.list_page(page - 1, text, statuses, sources, order, kept=kept)
        first = PAGE_SIZE * page + 1
        empty = not here and not dataset.entries(Query(limit=1))
        none = {self.chosen: "", self.hint: gr.update(visible=True), self.details: gr.update(visible=False)}
        return {
            self.page: page,
            self.found_by: (text, statuses, sources, order),
            self.stamps: (stamp, stamp),
            self.shown: tuple(entry.id for entry in here),
            self.filtering: gr.update(visible=not empty),
            self.place: f"{first} to {first + len(here) - 1}" if here else _NONE if empty else "No drawing matches.",
            self.ways: gr.update(visible=empty),
            self.unfilter: gr.update(visible=not here and not empty),
            self.browse: gr.update(visible=bool(here)),
            self.grid: items_of(here, kept),
            self.earlier: gr.update(interactive=page > 0, visible=page > 0 or more),
            self.later: gr.update(interactive=more, visible=page > 0 or more),
            self.edit_all: gr.update(visible=any(entry.status in UNREVIEWED for entry in here)),
            **({} if kept else none),
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

    def watch(self, stamps: tuple[Any, Any], found_by: tuple[Any, ...]) -> Updates:
        """Ask for a new list once something was saved and no more is being saved."""
        (listed, last), now = stamps, self.store.dataset.stamp()
        if not found_by or now == listed:
            return {self.due: gr.skip()}
        return {self.stamps: (listed, now)} if now != last else {self.due: now}

    def refresh(self, page: int, chosen: str, found_by: tuple[Any, ...]) -> Updates:
        """List anew; what was chosen stays, unless it has changed."""
        kept = chosen if chosen and find_entry(self.store.dataset, chosen) else ""
        sources = gr.update(choices=known_sources(self.store.dataset))
        return {self.source: sources} | self.list_page(page, *found_by, kept=kept)

    def list_all(self, order: str) -> Updates:
        """Take the filters away and list the first page."""
        return {self.text: "", self.status: [], self.source: []} | self.list_first("", [], [], order)

    def begin(self, *filters: Any) -> Updates:
        """Load the starter drawings and list them."""
        load_starter(self.store.dataset)
        return self.open(*filters)

    def turn_page(self, step: int, page: int, *filters: Any) -> Updates:
        """List the page after or before."""
        return self.list_page(max(0, page + step), *filters)

    def look(self, secret: str, shown: tuple[str, ...], request: gr.Request, event: gr.EventData) -> Any:
        """Send the small pictures that have come into view."""
        require_owner(request, secret)
        return pictures_reply(self.store.dataset, [id for id in shown if id in event.ids])

    def choose(self, secret: str, shown: tuple[str, ...], request: gr.Request, event: gr.EventData) -> Updates:
        """Show the drawing that was chosen."""
        require_owner(request, secret)
        dataset = self.store.dataset
        entry = find_entry(dataset, event.id) if event.id in shown else None
        if entry is None:
            raise gr.Error("This drawing has changed in the meantime; search again.", print_exception=False)
        choices = version_choices(dataset, entry)
        several = len(choices) > 1
        return {
            self.chosen: entry.id,
            self.hint: gr.update(visible=False),
            self.details: gr.update(visible=True),
            self.view: drawing_svg(dataset, entry),
            self.history: history_text(dataset, entry),
            self.versions: gr.update(choices=choices, value=entry.id, visible=several),
            self.settle: gr.update(visible=several),
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

    def open_unreviewed(self, shown: tuple[str, ...]) -> Updates:
        """Open the drawings on show that nobody has reviewed in the *Correct* tab."""
        entries = [find_entry(self.store.dataset, id) for id in shown]
        values = [self.store.value(entry.id) for entry in entries if entry and entry.status in UNREVIEWED]
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
    sections: gr.Tabs,
    select: Callable[..., Any],
) -> None:
    """Lay out the section inside the current ``gr.Tab``; arguments as in ``build_review``."""
    _wire(lay_out(store, correct, tabs, sections), token, name, select)


def lay_out(store: DatasetStore, correct: CorrectTab, tabs: gr.Tabs, sections: gr.Tabs) -> DrawingList:
    """Lay out the section, without what it does."""
    page, found_by, shown, chosen = gr.State(0), gr.State(()), gr.State(()), gr.State("")
    stamps, due = gr.State(((), ())), gr.State(())
    with gr.Row(visible=False) as filtering:
        text = gr.Textbox(label="Find", placeholder="name, artist, tag …", min_width=160, elem_id="list-text")
        status = gr.Dropdown(list(STATUSES), multiselect=True, label="Status", min_width=140, elem_id="list-status")
        source = Menu([], multiselect=True, label="Source", min_width=140, elem_id="list-source")
        order = gr.Dropdown(list(ORDERS), value="Newest first", label="Order", min_width=130, elem_id="list-order")
    place = gr.Markdown(elem_id="list-place")
    with lay_out_ways(tabs, sections, "list-ways") as ways:
        starter = gr.Button(f"Load {STARTER_DRAWINGS} open drawings", min_width=140, elem_id="list-starter")
    unfilter = gr.Button("Show all drawings", visible=False, elem_id="list-all")
    with gr.Row(visible=False, equal_height=False) as browse:
        with gr.Column(scale=3, min_width=300):
            grid = DrawingGrid(elem_id="list-grid")
            with gr.Row():
                earlier = gr.Button("Earlier page", visible=False, min_width=120, elem_id="list-before")
                later = gr.Button("Next page", visible=False, min_width=120, elem_id="list-after")
            edit_all = gr.Button("Correct the unreviewed", visible=False, elem_id="list-open-all")
        with gr.Column(scale=2, min_width=300, elem_id="list-chosen"):
            hint = gr.Markdown("Choose a drawing to see it here.")
            with gr.Column(visible=False) as details:
                view = gr.HTML("", elem_id="list-view", elem_classes="dataset-view")
                versions = Choice([], label="Versions", visible=False, elem_id="list-versions")
                with gr.Row():
                    edit = gr.Button("Open in Correct", variant="primary", min_width=120, elem_id="list-open")
                    settle = gr.Button("Use this version", visible=False, min_width=120, elem_id="list-settle")
                    delete = gr.Button("Delete from the dataset", variant="stop", min_width=120, elem_id="list-delete")
                history = gr.Textbox(label="History", lines=5, interactive=False, elem_id="list-facts")
    timer = gr.Timer(_TICK_S)
    return DrawingList(
        store, correct, tabs, page, found_by, stamps, due, shown, chosen, filtering, text, status, source, order, place,
        ways, starter, unfilter, browse, grid, earlier, later, edit_all, hint, details, view, versions, history, edit,
        settle, delete, timer,
    )  # fmt: skip


def _wire(parts: DrawingList, token: gr.Textbox, name: gr.Textbox, select: Callable[..., Any]) -> None:
    filters, outputs, source = parts.filters, parts.outputs, parts.source
    select(parts.open, filters, [source, *outputs], "list_open")
    gr.on(
        [parts.text.submit, parts.text.blur, parts.status.change, source.change, parts.order.input],
        guarded(parts.find),
        [token, parts.found_by, *filters],
        outputs,
        api_name="list_find",
        **QUIET,
    )
    for button, step in ((parts.earlier, -1), (parts.later, 1)):
        turn = guarded(partial(parts.turn_page, step))
        button.click(turn, [token, parts.page, *filters], outputs, api_name=f"list_page_{step + 1}", **QUIET)
    parts.starter.click(guarded(parts.begin), [token, *filters], [source, *outputs], api_name="list_begin", **PRIVATE)
    parts.unfilter.click(
        guarded(parts.list_all), [token, parts.order], [*filters[:3], *outputs], api_name="list_all", **QUIET
    )
    # In two steps, so that the page does not count seconds over the list at every tick.
    look_in = [token, parts.stamps, parts.found_by]
    watch = guarded(parts.watch, quietly=True)
    parts.timer.tick(watch, look_in, [parts.stamps, parts.due], api_name="list_tick", **QUIET)
    inputs = [token, parts.page, parts.chosen, parts.found_by]
    refresh = guarded(parts.refresh, quietly=True)
    parts.due.change(refresh, inputs, [source, *outputs], api_name="list_refresh", **QUIET)
    rows = [token, parts.shown]
    parts.grid.look(parts.look, rows, parts.grid, api_name="list_look", trigger_mode="multiple", **QUIET)
    parts.grid.pick(
        parts.choose, rows, parts.choice_outputs, api_name="list_pick", trigger_mode="always_last", **QUIET
    ).success(None, js=_SHOW)
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
        (parts.edit_all, parts.open_unreviewed, parts.shown, "list_fix_all"),
    ):
        opened = button.click(
            guarded(show), [token, chosen], [parts.tabs, parts.correct.editor], api_name=endpoint, **QUIET
        )
        opened.success(None, js=GO_TO_EDITOR)
