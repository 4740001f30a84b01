"""The *References* tab: a pose in, pictures of people in that pose out.

>>> with gr.Tab("References", id="references", render_children=True) as tab:
...     references = build_references_tab(estimator, tab)
>>> button.click(references.ask, [state], references.outputs).then(lambda: gr.Tabs(selected="references"), None, tabs)
"""

import base64
import io
import queue
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import gradio as gr
import numpy as np
from PIL import Image

from annotator.choices import Choice, Menu
from annotator.editor.component import KeypointEditor
from annotator.editor.presets import PRESETS
from annotator.editor.value import EditorValue
from annotator.gradio_private import cache_file, current_request, keep_file
from annotator.messages import refusal, shown, warn
from annotator.quota import FOLDERS, visitor
from annotator.references.page import ReferencePage
from annotator.references.search import (
    VISIT,
    Choices,
    Query,
    answer,
    folder_of,
    keeps_uploads,
    like,
    look_up,
    names,
    preview,
    tags_of,
)
from annotator.turns import TURNS
from annotator.uploads import DrawingInput, uploaded
from sketchpose.estimate import Estimator
from sketchpose.files import inside
from sketchpose.images import SUFFIXES, WORK_SIDE, Picture, read_image
from sketchpose.pose import VISIBLE, Pose
from sketchpose.retrieve.gallery.gallery import SHIPPED
from sketchpose.retrieve.gallery.indexing import Report, index
from sketchpose.retrieve.gallery.originals import original, warm
from sketchpose.retrieve.gallery.sources import read_source
from sketchpose.retrieve.parts import PARTS

SAME: Final = "This camera"
ANY: Final = "Any camera"
SHEET: Final = "The skeleton"
EMPTY: Final = "Drop a drawing, or move the skeleton: references in its pose appear here."
Updates = dict[Any, Any]
"""Updates by component; those that are not named stay as they are."""
_NUMBERS: Final = {"Any number": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
_SHEET: Final = 768
_MOST_FILES: Final = 2000
_MOST_VISITS: Final = 100
_KEPT_SECONDS: Final = 6 * 3600
"""How long a visitor's own gallery outlives the last picture that was added to it."""


@dataclass(frozen=True)
class ReferencesTab:
    """The parts of the tab that an app wires to others.

    Attributes:
        query: What is looked for, a ``Query`` or None.
        person: Which of its people.
        page: The results.
        places: The tabs of the drawing and of the skeleton.
        drawing: The picture that is looked for.
        of_drawing: Its query; another one may be shown while the skeleton is.
        choices: The inputs that say how to look.
        find: The button beside the editor that leads here.
        estimator: Gives the app's estimator.
    """

    query: gr.State
    person: gr.Radio
    page: ReferencePage
    places: gr.Tabs
    drawing: DrawingInput
    of_drawing: gr.State
    choices: list[Any]
    find: gr.Button
    estimator: Callable[[], Estimator]

    @property
    def outputs(self) -> list[Any]:
        """What a search may update; the results always belong to what the place on show holds."""
        return [self.query, self.person, self.page, self.places, self.drawing, self.of_drawing]

    def ask(self, query: Query, *chosen: Any, person: int = 0) -> Updates:
        """Search for a query; updates of the query, the choice of its people, and the page.

        Args:
            query: What to look for.
            chosen: Values of ``choices``.
            person: Which of its people, from 0.
        """
        labels = [f"Person {i}" for i in range(1, len(query.poses) + 1)]
        return {
            self.query: query,
            self.person: gr.Radio(choices=labels, value=labels[person], visible=len(labels) > 1),
            self.page: answer(query, _choices((*chosen[:-1], labels[person]))),
        }

    def nothing(self, words: str = EMPTY) -> Updates:
        """Show no results, and say why; updates as ``ask`` gives them."""
        page: dict[str, Any] = {"query": None, "results": [], "message": words}
        return {self.query: None, self.person: gr.Radio(visible=False), self.page: page}

    def show_drawing(self, picture: str | None) -> Updates:
        """Show the file of a picture in the place of the drawing; updates of that place."""
        return {self.places: gr.Tabs(selected="drawing"), self.drawing: gr.update(value=picture)}

    def ask_poses(self, source: str | Path | bytes, poses: Sequence[Pose], name: str, *chosen: Any) -> Updates:
        """Search for people already estimated in a picture, which is shown; updates of ``outputs``."""
        try:
            query = Query.of_picture(read_image(source), poses, name)
        except ValueError as error:
            raise refusal(error, "This picture cannot be used") from error
        file = self._file(source, name or "drawing.png") if isinstance(source, bytes) else str(source)
        return self.ask(query, *chosen) | self.show_drawing(file) | {self.of_drawing: query}

    def ask_drawing(self, drawing: str | None, *chosen: Any) -> Updates:
        """Estimate the people of an uploaded picture and search; updates of ``outputs``."""
        if drawing is None:
            return self.nothing() | {self.of_drawing: None}
        try:
            with TURNS.take(drawing):
                picture = read_image(drawing, work_side=WORK_SIDE)
                query = Query.of_picture(picture, self.estimator().estimate(picture))
        except ValueError as error:
            warn(error, "This picture cannot be used")
            return self.nothing(shown(error)) | {self.of_drawing: None}
        return self.ask(query, *chosen) | {self.of_drawing: query}

    def ask_editor(self, value: EditorValue | None, *chosen: Any) -> Updates:
        """Search for the selected person of an editor, whose picture is shown too; updates of ``outputs``."""
        people = [] if value is None else [(i, pose) for i, pose in enumerate(value.poses) if pose.labelled.any()]
        if value is None or not people:
            raise gr.Error("There is no pose to look for yet: open a drawing or add a person.", print_exception=False)
        active = next((n for n, (i, _) in enumerate(people) if i == value.active), 0)
        query = Query(tuple(pose for _, pose in people), value.name, value.width, value.height)
        if value.name == SHEET:
            return self.ask(query, *chosen, person=active)
        if value.image is not None:
            query = replace(query, preview=preview(read_image(value.image)))
        shown = self.show_drawing(None if value.image is None else str(value.image))
        return self.ask(query, *chosen, person=active) | shown | {self.of_drawing: query}

    def again(self, query: Query | None, *chosen: Any) -> Any:
        """Search again, otherwise; the page's update."""
        return gr.skip() if query is None else answer(query, _choices(chosen))

    def drawing_in_sight(self, shown: Query | None, query: Query | None, *chosen: Any) -> Updates:
        """Search for the drawing again when the skeleton gives way to it; updates of ``outputs``."""
        if query is not None:
            return self.ask(query, *chosen)
        return {self.page: gr.skip()} if shown is None else self.nothing()

    def skeleton_in_sight(self, shown: Query | None, value: EditorValue | None, *chosen: Any) -> Updates:
        """Search for the skeleton when the drawing gives way to it; updates of ``outputs``."""
        people = value is not None and any(pose.labelled.any() for pose in value.poses)
        return self.ask_editor(value, *chosen) if people else self.nothing()

    def more(self, event: gr.EventData, *chosen: Any) -> Updates:
        """Search for pictures like one of the results; updates of ``outputs``."""
        try:
            query = like(event.id)
        except ValueError as error:
            return {self.page: ReferencePage.reply("note", shown(error))}
        thumb = base64.b64decode(query.preview.partition(",")[2])
        above = self.show_drawing(self._file(thumb, f"{Path(query.path).stem}.webp") if thumb else None)
        return self.ask(query, *chosen) | above | {self.of_drawing: query}

    def _file(self, content: bytes, name: str) -> str:
        return cache_file(self.drawing, content, name)

    def picked(self, event: gr.EventData) -> tuple[bytes, tuple[Pose, ...], str]:
        """Return the picture file, the people and the name of the reference that is to be opened in the editor."""
        try:
            shelf, entry, _ = look_up(event.id)
            if not entry.render:
                return (shelf.gallery.folder / entry.path).read_bytes(), entry.poses, entry.name
            picture = original(shelf.gallery, entry)
        except (ValueError, OSError) as error:
            raise refusal(error, "This reference cannot be opened") from error
        return _png(picture), entry.poses, f"{Path(entry.name).stem}.png"

    def add_folder(self, visit: str, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        """Index an uploaded folder; updates of the page, the visitor's gallery, the choice of galleries and tags."""
        try:
            name, folder = _new_gallery(str(event.name), visit)
        except ValueError as error:
            yield ReferencePage.reply("indexed", str(error)), visit, gr.skip(), gr.skip()
            return
        told: queue.Queue[tuple[int, int, str] | Report | Exception] = queue.Queue()
        origin = folder / "originals"

        def tell(*step: Any) -> None:
            told.put(step)

        def work() -> None:
            try:
                refused = _keep(event.files, origin, tell)
                report = index(folder, read_source(origin), origin, self.estimator, progress=tell)
                told.put(replace(report, problems=refused | report.problems))
            except Exception as error:
                told.put(error)

        threading.Thread(target=work, daemon=True).start()
        while isinstance(step := told.get(), tuple):
            done, total, file = step
            words = f"{done} of {total}: {file}"
            yield ReferencePage.reply("progress", words, done=done, total=total), visit, gr.skip(), gr.skip()
        if isinstance(step, Exception):
            words = f"The folder cannot be indexed: {shown(step)}"
            yield ReferencePage.reply("indexed", words), visit, gr.skip(), gr.skip()
            return
        visit = name if name.startswith(VISIT) else visit
        problems = [f"{Path(path).name}: {message}" for path, message in list(step.problems.items())[:20]]
        choice = gr.Dropdown(choices=names(visit), value=name)
        words = "\n".join([f"Gallery {name!r}: {step.words()}", *problems])
        yield ReferencePage.reply("indexed", words), visit, choice, gr.Dropdown(choices=tags_of(name), value=[])


def _choices(chosen: Sequence[Any]) -> Choices:
    gallery, camera, mirror, parts, drawn, tags, people, single, person = chosen
    number = int(str(person).rpartition(" ")[2]) - 1 if person else 0
    return Choices(
        str(gallery), camera == ANY, bool(mirror), tuple(parts or ()), bool(drawn), tuple(tags or ()),
        _NUMBERS[people], bool(single), number,
    )  # fmt: skip


def _new_gallery(name: str, visit: str) -> tuple[str, Path]:
    """Return name and folder for an uploaded folder's gallery, which lasts only if it is the owner's."""
    if keeps_uploads():
        kept = "".join(letter if letter.isalnum() or letter in " .-" else " " for letter in name)
        name = " ".join(kept.split())[:40].strip(" .-") or "pictures"
        name = f"my {name}" if name == SHIPPED or name.startswith(VISIT) else name
    else:
        FOLDERS.take(visitor(current_request()))
        name = visit or f"{VISIT}{secrets.token_hex(16)}"
        for old in folder_of(name).parent.glob(f"{VISIT}*"):
            if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        if len(list(folder_of(name).parent.glob(f"{VISIT}*"))) >= _MOST_VISITS and not folder_of(name).exists():
            raise ValueError(f"{_MOST_VISITS} visitors have a gallery here, the limit; come back in some hours.")
    return name, folder_of(name)


def _keep(files: Any, folder: Path, progress: Callable[[int, int, str], None] | None = None) -> dict[str, str]:
    """Copy the uploads that are pictures into the gallery, under their paths in the dropped folder.

    Returns:
        What was left out: name -> why.
    """
    wanted = [(str(file["name"]), uploaded(file["path"])) for file in list(files)[:_MOST_FILES]]
    refused: dict[str, str] = {}
    for done, (name, upload) in enumerate(wanted, 1):
        try:
            target = inside(folder, name)
            if target.suffix.lower() not in SUFFIXES:
                continue
            read_image(upload)
        except ValueError as error:
            refused[name] = shown(error)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(upload, target)
        if progress is not None:
            progress(done, len(wanted), f"{name} is checked")
    if not folder.is_dir():
        raise ValueError(" ".join(["it holds no pictures.", *list(refused.values())[:1]]))
    return refused


def _png(picture: Picture) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture.pixels).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def blank_sheet(editor: KeypointEditor) -> EditorValue:
    """Return a blank sheet with a standing figure for an editor."""
    points = np.array(PRESETS["Standing"], np.float32) * (0.8 * _SHEET) + (_SHEET / 2, 0.1 * _SHEET)
    pose = Pose.annotated(points, np.full(len(points), VISIBLE))
    paper = Picture(np.full((_SHEET, _SHEET, 3), 255, np.uint8))
    return EditorValue.of_picture(cache_file(editor, _png(paper), "sheet.png"), [pose], name=SHEET)


def build_references_tab(
    load_estimator: Callable[[], Estimator], tab: gr.Tab, example: Path, find: gr.Button, *, elem_id: str = "references"
) -> ReferencesTab:
    """Lay out the tab inside itself.

    Args:
        load_estimator: Returns the app's estimator.
        tab: The ``gr.Tab`` that is being laid out; its first visit searches for the example.
        example: A drawing to begin with.
        find: A button elsewhere that leads here.
        elem_id: Id of the page of results.

    Returns:
        What an app needs to wire *Find references*.
    """
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300):
            with gr.Tabs() as places:
                with gr.Tab("Drawing", id="drawing", elem_id="reference-picture") as drawing_tab:
                    drawing = DrawingInput(
                        value=str(example), label="Drawing", sources=["upload", "clipboard", "webcam"], height=300,
                        buttons=[], elem_id="reference-drawing",
                    )  # fmt: skip
                with gr.Tab("Skeleton", id="skeleton", render_children=True) as skeleton_tab:
                    gr.Markdown("Drag the joints: the references follow.")
                    sheet = KeypointEditor(storage_name=f"{elem_id}-sheet", elem_id="reference-sheet")
            person = Choice(["Person 1"], value="Person 1", label="Who", visible=False, elem_id="reference-person")
        with gr.Column(scale=4, min_width=320):
            with gr.Row():
                gallery = Menu(names(), value=SHIPPED, label="Gallery", min_width=180, elem_id="reference-gallery")
                with gr.Column(min_width=300):
                    camera = gr.Radio([SAME, ANY], value=SAME, label="Seen from", elem_id="reference-camera")
                    mirror = gr.Checkbox(True, label="Mirror images too", elem_id="reference-mirror")
            with gr.Accordion("What counts", open=False, elem_id="reference-more"):
                many: dict[str, Any] = {"value": [], "multiselect": True}
                parts = gr.Dropdown(
                    list(PARTS), label="Parts of the body (none: all)", elem_id="reference-parts", **many
                )
                drawn = gr.Checkbox(False, label="Only joints that are surely drawn", elem_id="reference-drawn")
                tags = Menu([], label="With all of these tags", elem_id="reference-tags", **many)
                people = gr.Dropdown(
                    list(_NUMBERS), value="Any number", label="People in it", elem_id="reference-people"
                )
                single = gr.Checkbox(True, label="One result per picture or pose", elem_id="reference-single")
            page = ReferencePage(storage_name=elem_id, elem_id=elem_id)
    state, of_drawing, visit = gr.State(None), gr.State(None), gr.State("")
    choices = [gallery, camera, mirror, parts, drawn, tags, people, single, person]
    made = ReferencesTab(state, person, page, places, drawing, of_drawing, choices, find, load_estimator)
    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last", "api_visibility": "private"}

    def first(query: Query | None, file: str | None, own: str, *chosen: Any) -> Updates:
        """Fill the tab on the first visit, and offer the galleries there are now."""
        threading.Thread(target=warm, daemon=True).start()
        filled = made.ask_drawing(file, *chosen) if query is None else {}
        return filled | {gallery: gr.Dropdown(choices=names(own)), tags: gr.Dropdown(choices=tags_of(chosen[0]))}

    def other(name: str) -> Any:
        """Offer the tags of another gallery."""
        try:
            return gr.Dropdown(choices=tags_of(name), value=[])
        except ValueError as error:
            raise refusal(error) from error

    tab.select(
        first, [state, drawing, visit, *choices], [*made.outputs, gallery, tags], api_name="references_first", **quiet
    )

    def paper(value: EditorValue | None) -> Any:
        """Lay a blank sheet out, which is one file for everybody and stays."""
        if value:
            return gr.skip()
        blank = blank_sheet(sheet)
        keep_file(sheet, str(blank.image))
        return blank

    tab.select(
        paper,
        sheet, sheet, api_name="references_sheet", **quiet,
    )  # fmt: skip
    drawing.input(made.ask_drawing, [drawing, *choices], made.outputs, api_name="references_drawing", **quiet)
    sheet.input(made.ask_editor, [sheet, *choices], made.outputs, api_name="references_pose", **quiet)
    for place, act, kept in (
        (drawing_tab, made.drawing_in_sight, of_drawing),
        (skeleton_tab, made.skeleton_in_sight, sheet),
    ):
        place.select(act, [state, kept, *choices], made.outputs, api_name="references_in_sight", **quiet)
    # Emptying a list by its cross fires change alone. A search sets the person itself.
    for event in (*(choice.change for choice in (camera, mirror, parts, drawn, tags, people, single)), person.input):
        event(made.again, [state, *choices], page, api_name="references_again", **quiet)
    gallery.change(other, gallery, tags, api_name="references_gallery", **quiet).then(
        made.again, [state, *choices], page, api_name="references_again", **quiet
    )
    page.more(made.more, choices, made.outputs, api_name="references_more", **quiet)
    page.folder(made.add_folder, visit, [page, visit, gallery, tags], api_name="references_folder", **quiet)
    return made
