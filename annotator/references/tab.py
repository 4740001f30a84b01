"""The *References* tab: a pose goes in, pictures of people in that pose come out.

>>> with gr.Tab("References", id="references", render_children=True) as tab:
...     references = build_references_tab(shared_estimator, tab, drawing, find)
>>> button.click(references.search_editor, [editor, *references.choices.components], references.outputs)
"""

import base64
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import gradio as gr
import numpy as np

from annotator.choices import Choice
from annotator.editor.component import KeypointEditor
from annotator.editor.presets import PRESETS
from annotator.editor.value import EditorValue
from annotator.events import LATEST, Updates
from annotator.gradio_private import cache_file, keep_file
from annotator.messages import refusal, shown, told, warn
from annotator.references.choices import ChoiceInputs, lay_out_choices, read_choices
from annotator.references.folder import IndexingStep, index_folder, new_gallery
from annotator.references.page import ReferencePage
from annotator.references.query import QueryView
from annotator.references.search import (
    MOST_RESULTS,
    RESULTS,
    SHEET,
    VISIT,
    ReferenceQuery,
    SearchChoices,
    Step,
    answer,
    like,
    look_up,
    names,
    preview,
    tags_of,
)
from annotator.turns import TURNS
from annotator.uploads import DrawingInput
from sketchpose.encode import encode
from sketchpose.estimate import Estimator
from sketchpose.images import WORK_SIDE, Picture, read_image
from sketchpose.pose import VISIBLE, Pose
from sketchpose.retrieve.gallery.originals import original, warm
from sketchpose.retrieve.parts import NAMED_LIMBS

EMPTY: Final = "Drop a drawing, or move the skeleton: references in its pose appear here."
_SHEET_SIDE: Final = 768
_SHOWN_PROBLEMS: Final = 20
_QUIET: Final = LATEST | {"show_progress": "hidden"}


@dataclass(frozen=True)
class ReferencesTab:
    """The components of the tab, and what its events do with them.

    Attributes:
        estimator: Returns the app's estimator.
        find: The button beside the editor of the *Correct* tab that leads here.
        query: What is looked for, a ``ReferenceQuery`` or None.
        drawing_query: The query of the drawing; another one may be shown while the skeleton is.
        visit: Name of the visitor's own gallery; empty for none.
        places: The tabs of the drawing and of the skeleton.
        drawing_tab: The place of the drawing.
        drawing: The picture that is looked for.
        sheet_tab: The place of the skeleton.
        sheet: An editor with a skeleton on a blank sheet.
        asked: What is looked for, large, with limbs to click.
        choices: How to search.
        page: The results.
    """

    estimator: Callable[[], Estimator]
    find: gr.Button
    query: gr.State
    drawing_query: gr.State
    visit: gr.State
    places: gr.Tabs
    drawing_tab: gr.Tab
    drawing: DrawingInput
    sheet_tab: gr.Tab
    sheet: KeypointEditor
    asked: QueryView
    choices: ChoiceInputs
    page: ReferencePage

    @property
    def outputs(self) -> list[Any]:
        """What a search may update; the results always belong to what the place on show holds."""
        chosen = [self.choices.person, self.choices.must]
        return [self.query, *chosen, *self.found, self.places, self.drawing, self.drawing_query]

    @property
    def found(self) -> list[Any]:
        """What shows a search and its results."""
        return [self.asked, self.page]

    def search(self, query: ReferenceQuery, *chosen: Any, person: int = 0, step: Step | None = None) -> Updates:
        """Search for a query; updates of the query, the choice of its people and limbs, and the page.

        Limbs that must match are those of one picture: another one begins without. The skeleton keeps them.

        Args:
            query: What to look for.
            chosen: Values of ``choices``.
            person: Which of its people, from 0.
            step: The earlier search for it that comes back, with its person, limbs and number of results.
        """
        person = person if step is None else step.person
        labels = [f"Person {i}" for i in range(1, len(query.poses) + 1)]
        choices = read_choices(chosen, person)
        if step is not None or query.label != SHEET:
            choices = replace(choices, must=() if step is None else step.must)
        found = answer(query, choices, RESULTS if step is None else step.count)
        return {
            self.query: query,
            self.choices.person: gr.Radio(choices=labels, value=labels[person], visible=len(labels) > 1),
            self.choices.must: choices.must,
            self.asked: found["query"],
            self.page: found | {"at": step and step.at},
        }

    def nothing(self, reason: str = EMPTY) -> Updates:
        """Show no results, and say why; updates as ``search`` gives them."""
        page: dict[str, Any] = {"query": None, "results": [], "message": reason}
        return {self.query: None, self.choices.person: gr.Radio(visible=False), self.asked: None, self.page: page}

    def search_poses(self, source: str | Path | bytes, poses: Sequence[Pose], name: str, *chosen: Any) -> Updates:
        """Search for people already estimated in a picture, which is shown; updates of ``outputs``."""
        try:
            query = ReferenceQuery.of_picture(read_image(source), poses, name)
        except ValueError as error:
            raise refusal(error, "This picture cannot be used") from error
        file = self._file(source, name or "drawing.png") if isinstance(source, bytes) else str(source)
        return self.search(query, *chosen) | self._show_drawing(file) | {self.drawing_query: query}

    def search_drawing(self, drawing: str | None, *chosen: Any) -> Updates:
        """Estimate the people of an uploaded picture and search; updates of ``outputs``."""
        if drawing is None:
            return self.nothing() | {self.drawing_query: None}
        try:
            with TURNS.take(drawing):
                picture = read_image(drawing, work_side=WORK_SIDE)
                query = ReferenceQuery.of_picture(picture, self.estimator().estimate(picture))
        except Exception as error:
            reason = told(error)
            warn(reason, "This picture cannot be used")
            return self.nothing(reason) | {self.drawing_query: None}
        return self.search(query, *chosen) | {self.drawing_query: query}

    def search_editor(self, value: EditorValue | None, *chosen: Any) -> Updates:
        """Search for the selected person of an editor, whose picture is shown too; updates of ``outputs``."""
        people = [] if value is None else [(i, pose) for i, pose in enumerate(value.poses) if pose.labelled.any()]
        if value is None or not people:
            raise gr.Error("There is no pose to look for yet: open a drawing or add a person.", print_exception=False)
        active = next((n for n, (i, _) in enumerate(people) if i == value.active), 0)
        query = ReferenceQuery(tuple(pose for _, pose in people), value.name, value.width, value.height)
        if value.name == SHEET:
            return self.search(query, *chosen, person=active)
        if value.image is not None:
            query = replace(query, preview=preview(read_image(value.image)))
        above = self._show_drawing(None if value.image is None else str(value.image))
        return self.search(query, *chosen, person=active) | above | {self.drawing_query: query}

    def search_again(self, query: ReferenceQuery | None, *chosen: Any) -> Updates:
        """Search with other choices; updates of ``found``."""
        return {self.page: gr.skip()} if query is None else self._answer(query, read_choices(chosen))

    def search_further(self, query: ReferenceQuery | None, event: gr.EventData, *chosen: Any) -> Updates:
        """Search for twelve more than the page shows; updates of ``found``."""
        if query is None:
            return {self.page: gr.skip()}
        return self._answer(query, read_choices(chosen), min(int(event.count) + RESULTS, MOST_RESULTS))

    def search_must(self, query: ReferenceQuery | None, event: gr.EventData, *chosen: Any) -> Updates:
        """Search with other limbs that must match; updates of these limbs and of ``found``."""
        if query is None:
            return {self.page: gr.skip()}
        limbs = tuple(name for name in NAMED_LIMBS if name in event.limbs)
        return {self.choices.must: limbs} | self._answer(query, replace(read_choices(chosen), must=limbs))

    def search_like(self, query: ReferenceQuery | None, event: gr.EventData, *chosen: Any) -> Updates:
        """Search for pictures like one of the results; updates of ``outputs``."""
        choices = read_choices(chosen)
        count = max(RESULTS, min(int(event.count), MOST_RESULTS))
        try:
            step = None if query is None else Step(query, choices.person, choices.must, count)
            similar = like(event.id, step)
        except ValueError as error:
            return {self.page: ReferencePage.reply("note", shown(error))}
        return self.search(similar, *chosen) | self._show_query(similar)

    def search_back(self, query: ReferenceQuery | None, *chosen: Any) -> Updates:
        """Go back to the search before the similar ones, nothing estimated anew; updates of ``outputs``."""
        if query is None or not query.trail:
            return {self.page: gr.skip()}
        step = query.trail[-1]
        return self.search(step.query, *chosen, step=step) | self._show_query(step.query)

    def drawing_in_sight(self, current: ReferenceQuery | None, query: ReferenceQuery | None, *chosen: Any) -> Updates:
        """Search for the drawing again when the skeleton gives way to it; updates of ``outputs``."""
        if query is not None:
            return self.search(query, *chosen)
        return {self.page: gr.skip()} if current is None else self.nothing()

    def sheet_in_sight(self, current: ReferenceQuery | None, value: EditorValue | None, *chosen: Any) -> Updates:
        """Search for the skeleton when the drawing gives way to it; updates of ``outputs``."""
        people = value is not None and any(pose.labelled.any() for pose in value.poses)
        return self.search_editor(value, *chosen) if people else self.nothing()

    def first_visit(self, query: ReferenceQuery | None, drawing: str | None, visit: str, *chosen: Any) -> Updates:
        """Fill the tab on the first visit, and offer the galleries there are now."""
        threading.Thread(target=warm, daemon=True).start()
        filled = self.search_drawing(drawing, *chosen) if query is None else {}
        tags = tags_of(read_choices(chosen).gallery)
        return filled | {self.choices.gallery: gr.Dropdown(choices=names(visit))} | self.choices.offer(tags)

    def lay_sheet(self, value: EditorValue | None) -> Any:
        """Lay a blank sheet out, which is one file for everybody and stays; the editor's update."""
        if value:
            return gr.skip()
        blank = blank_sheet(self.sheet)
        keep_file(self.sheet, str(blank.image))
        return blank

    def offer_tags(self, gallery: str) -> Updates:
        """Offer the tags of another gallery; updates of their inputs."""
        try:
            return self.choices.offer(tags_of(gallery))
        except ValueError as error:
            raise refusal(error) from error

    def picked(self, event: gr.EventData) -> tuple[bytes, tuple[Pose, ...], str]:
        """Return the picture file, the people and the name of the reference that is to be opened in the editor."""
        try:
            shelf, entry, _ = look_up(event.id)
            if not entry.render:
                return (shelf.gallery.folder / entry.path).read_bytes(), entry.poses, entry.name
            picture = original(shelf.gallery, entry)
        except (ValueError, OSError) as error:
            raise refusal(error, "This reference cannot be opened") from error
        return encode(picture.pixels, compress_level=3), entry.poses, f"{Path(entry.name).stem}.png"

    def add_folder(self, visit: str, event: gr.EventData) -> Iterator[Updates]:
        """Index an uploaded folder; updates of the page, the visitor's gallery, the choice of galleries and tags."""
        try:
            name, folder = new_gallery(str(event.name), visit)
        except ValueError as error:
            yield {self.page: ReferencePage.reply("indexed", str(error))}
            return
        try:
            for step in index_folder(event.files, folder, self.estimator):
                if isinstance(step, IndexingStep):
                    text = f"{step.done} of {step.total}: {step.file}"
                    yield {self.page: ReferencePage.reply("progress", text, done=step.done, total=step.total)}
                    continue
                problems = [f"{Path(path).name}: {reason}" for path, reason in step.problems.items()]
                lines = [f"Gallery {name!r}: {step.summary()}", *problems[:_SHOWN_PROBLEMS]]
                visit = name if name.startswith(VISIT) else visit
                yield {
                    self.page: ReferencePage.reply("indexed", "\n".join(lines)),
                    self.visit: visit,
                    self.choices.gallery: gr.Dropdown(choices=names(visit), value=name),
                    **self.choices.offer(tags_of(name)),
                }
        except Exception as error:
            yield {self.page: ReferencePage.reply("indexed", f"The folder cannot be indexed: {told(error)}")}

    def _answer(self, query: ReferenceQuery, choices: SearchChoices, count: int = RESULTS) -> Updates:
        found = answer(query, choices, count)
        return {self.asked: found["query"], self.page: found}

    def _show_query(self, query: ReferenceQuery) -> Updates:
        """Show what is looked for in its place; updates of that place."""
        if query.label == SHEET:
            return {self.places: gr.Tabs(selected="skeleton")}
        thumb = base64.b64decode(query.preview.partition(",")[2])
        file = self._file(thumb, f"{Path(query.path or query.label).stem}.webp") if thumb else None
        return self._show_drawing(file) | {self.drawing_query: query}

    def _show_drawing(self, picture: str | None) -> Updates:
        """Show the file of a picture in the place of the drawing; updates of that place."""
        return {self.places: gr.Tabs(selected="drawing"), self.drawing: gr.update(value=picture)}

    def _file(self, content: bytes, name: str) -> str:
        return cache_file(self.drawing, content, name)


def blank_sheet(editor: KeypointEditor) -> EditorValue:
    """Return a blank sheet with a standing figure for an editor."""
    points = np.array(PRESETS["Standing"], np.float32) * (0.8 * _SHEET_SIDE) + (_SHEET_SIDE / 2, 0.1 * _SHEET_SIDE)
    pose = Pose.annotated(points, np.full(len(points), VISIBLE))
    paper = Picture(np.full((_SHEET_SIDE, _SHEET_SIDE, 3), 255, np.uint8))
    return EditorValue.of_picture(
        cache_file(editor, encode(paper.pixels, compress_level=3), "sheet.png"), [pose], name=SHEET
    )


def build_references_tab(
    estimator: Callable[[], Estimator], tab: gr.Tab, example: Path, find: gr.Button, *, elem_id: str = "references"
) -> ReferencesTab:
    """Lay out the tab inside itself.

    Args:
        estimator: Returns the app's estimator.
        tab: The ``gr.Tab`` that is being laid out; its first visit searches for the example.
        example: A drawing to begin with.
        find: A button elsewhere that leads here.
        elem_id: Id of the page of results.

    Returns:
        What an app needs to wire *Find references*.
    """
    parts = _lay_out(estimator, example, find, elem_id)
    _wire(parts, tab)
    return parts


def _lay_out(estimator: Callable[[], Estimator], example: Path, find: gr.Button, elem_id: str) -> ReferencesTab:
    query, drawing_query, visit = gr.State(None), gr.State(None), gr.State("")
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            with gr.Tabs() as places:
                with gr.Tab("Drawing", id="drawing", elem_id="reference-picture") as drawing_tab:
                    drawing = DrawingInput(
                        value=str(example), label="Drawing", sources=["upload", "clipboard", "webcam"], height=300,
                        buttons=[], elem_id="reference-drawing",
                    )  # fmt: skip
                with gr.Tab("Skeleton", id="skeleton", render_children=True) as sheet_tab:
                    gr.Markdown("Drag the joints: the references follow.")
                    sheet = KeypointEditor(storage_name=f"{elem_id}-sheet", elem_id="reference-sheet")
            asked = QueryView(elem_id="reference-query")
            person = Choice(["Person 1"], value="Person 1", label="Who", visible=False, elem_id="reference-person")
            choices = lay_out_choices(person)
        with gr.Column(scale=4, min_width=320):
            page = ReferencePage(storage_name=elem_id, elem_id=elem_id)
    return ReferencesTab(
        estimator, find, query, drawing_query, visit, places, drawing_tab, drawing, sheet_tab, sheet, asked, choices,
        page,
    )  # fmt: skip


def _wire(parts: ReferencesTab, tab: gr.Tab) -> None:
    inputs, outputs, chosen = parts.choices.components, parts.outputs, parts.choices
    offered = [chosen.gallery, *chosen.tags]
    tab.select(
        parts.first_visit, [parts.query, parts.drawing, parts.visit, *inputs], [*outputs, *offered],
        api_name="references_first", **_QUIET,
    )  # fmt: skip
    tab.select(parts.lay_sheet, parts.sheet, parts.sheet, api_name="references_sheet", **_QUIET)
    for event, search, source, endpoint in (
        (parts.drawing.input, parts.search_drawing, parts.drawing, "references_drawing"),
        (parts.sheet.input, parts.search_editor, parts.sheet, "references_pose"),
    ):
        event(search, [source, *inputs], outputs, api_name=endpoint, **_QUIET)
    for place, turn, kept in (
        (parts.drawing_tab, parts.drawing_in_sight, parts.drawing_query),
        (parts.sheet_tab, parts.sheet_in_sight, parts.sheet),
    ):
        place.select(turn, [parts.query, kept, *inputs], outputs, api_name="references_in_sight", **_QUIET)
    again: dict[str, Any] = {
        "fn": parts.search_again, "inputs": [parts.query, *inputs], "outputs": parts.found,
        "api_name": "references_again", **_QUIET,
    }  # fmt: skip
    # Emptying a list by its cross fires change alone. A search sets the person itself.
    changing = (chosen.camera, chosen.mirror, chosen.parts, chosen.drawn, *chosen.tags, chosen.people, chosen.single)
    for event in (*(choice.change for choice in changing), chosen.person.input):
        event(**again)
    chosen.gallery.change(parts.offer_tags, chosen.gallery, chosen.tags, api_name="references_gallery", **_QUIET).then(
        **again
    )
    known = [parts.query, *inputs]
    parts.page.more(parts.search_like, known, outputs, api_name="references_more", **_QUIET)
    parts.page.back(parts.search_back, known, outputs, api_name="references_back", **_QUIET)
    parts.page.further(parts.search_further, known, parts.found, api_name="references_further", **_QUIET)
    parts.asked.must(parts.search_must, known, [chosen.must, *parts.found], api_name="references_must", **_QUIET)
    added = [parts.page, parts.visit, *offered]
    parts.page.folder(parts.add_folder, parts.visit, added, api_name="references_folder", **_QUIET)
