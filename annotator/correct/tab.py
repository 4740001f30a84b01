"""The *Correct* tab: drawings are opened, their poses corrected in the editor, saved and exported.

>>> with gr.Tab("Correct", id="correct"):
...     correct = build_correct_tab(estimator, session)
>>> button.click(lambda: correct.open_poses("drawing.png", poses), None, correct.editor)
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import gradio as gr

from annotator.correct.provenance import about_of
from annotator.correct.session import AnnotationSession
from annotator.correct.weighing import Weighing, each_once
from annotator.editor.component import KeypointEditor
from annotator.editor.value import DrawingQueue, EditorValue
from annotator.events import PRIVATE, QUIET
from annotator.gradio_private import cache_file, current_page, keep_files
from annotator.kept import OpenFiles, hold
from annotator.messages import refusal, shown
from annotator.owner import is_owner
from annotator.quota import SAVED_BYTES, SAVES, visitor
from annotator.turns import TURNS
from annotator.uploads import CheckedUploadButton, uploaded
from sketchpose.assist import Assistant
from sketchpose.encode import data_url
from sketchpose.estimate import Estimator
from sketchpose.formats import SUFFIXES as POSE_SUFFIXES
from sketchpose.formats import AnnotatedImage, FormatError, Notes, read_poses, to_coco, to_openpose
from sketchpose.images import SUFFIXES, as_kept, read_image
from sketchpose.overlay import to_svg
from sketchpose.pictures import Pictures
from sketchpose.pose import Pose
from sketchpose.text import amount

GO_TO_EDITOR: Final = """() => {
  const go = (tries) => {
    const stage = document.querySelector('#correct-editor .kp-stage');
    if (stage?.offsetParent) {
      if (innerWidth < 768) stage.closest('#correct-editor').scrollIntoView();
      stage.focus({ preventScroll: true });
    } else if (tries) setTimeout(go, 50, tries - 1);
  };
  go(60);
}"""
"""Script for a button that leads to the tab: keys work at once, and a phone does not stay scrolled to the button."""
_SHEET: Final = 1200
"""Longest side of the sheet of one's work in pixels."""
_COMPARED: Final = 200
"""Drawings of the queue with whose poses another one is compared."""
EXPORTS: Final = {"coco": "Export COCO", "openpose": "Export OpenPose", "svg": "Export SVG"}


@dataclass(frozen=True)
class CorrectTab:
    """The editor of the tab, and what its events do with it.

    Attributes:
        editor: The keypoint editor.
        session: Opens and saves drawings.
        estimator: Returns the estimator when it is first needed; None: poses start from templates.
        assistant: Returns who says where joints belong when others are fixed; None: nobody does.
        weighing: Knows what is in the drawings of a queue.
        examples: Drawings that the empty editor offers.
    """

    editor: KeypointEditor
    session: AnnotationSession
    estimator: Callable[[], Estimator] | None
    weighing: Weighing
    assistant: Callable[[], Assistant] | None = None
    examples: Sequence[Path] = ()

    def open_poses(self, source: str | Path | bytes, poses: Sequence[Pose], name: str = "") -> EditorValue:
        """Open a picture whose poses are known, for a button like *Correct this*; returns the editor's value.

        Args:
            source: The original file, which is kept as it is, or its bytes.
            poses: The people found in it.
            name: Name to show; default: the file's.
        """
        path = cache_file(self.editor, source, name or "drawing.png") if isinstance(source, bytes) else source
        path = self._shown_everywhere(path)
        model = self.estimator().name if self.estimator else ""
        return _held(self.session.open(path, list(poses), name=name, model=model))

    def open_value(self, value: EditorValue) -> EditorValue:
        """Open a saved revision; returns the editor's value.

        Args:
            value: As a store returns it; its picture may lie in any folder.
        """
        assert value.image is not None
        copy = cache_file(self.editor, value.image.read_bytes(), value.name or value.image.name)
        return _held(replace(value, image=Path(copy), gestures=0, seconds=0.0))

    def open_files(self, paths: list[str] | None, guess: bool) -> Any:
        """Open the first of several picture files; returns the editor's update."""
        if not paths:
            return gr.skip()
        try:
            once = each_once(paths)
            done = tuple(i for i, path in enumerate(once) if len(once) > 1 and self.session.has(path))
            value = self._open(DrawingQueue(once, done=done), guess)
        except ValueError as error:
            raise refusal(error, "This picture cannot be used") from error
        if len(once) == len(paths):
            return value
        again = amount(len(paths) - len(once), "file")
        message = f"{again} left out: the picture is among the others already."
        return KeypointEditor.reply("note", value, message=message) | {"value": value}

    def open_saved(self, values: Sequence[EditorValue]) -> EditorValue:
        """Open saved revisions as drawings to go through; returns the editor's value.

        Args:
            values: As a store returns them, at least one.
        """
        paths = [
            cache_file(self.editor, value.image.read_bytes(), value.name or value.image.name)
            for value in values
            if value.image is not None
        ]
        return self._open(DrawingQueue(each_once(paths)), guess=False)

    def open_example(self, guess: bool, event: gr.EventData) -> Any:
        """Open one of the examples; returns the editor's value."""
        at = getattr(event, "at", None)
        if not isinstance(at, int) or not 0 <= at < len(self.examples):
            return gr.skip()
        path = self.examples[at]
        return self._open(DrawingQueue((cache_file(self.editor, path.read_bytes(), path.name),)), guess)

    def save(
        self,
        value: EditorValue | None,
        guess: bool,
        event: gr.EventData,
        about: dict[str, Any] | None = None,
        request: gr.Request | None = None,
    ) -> Any:
        """Save what is in the editor, and go on to the next drawing if asked to; returns the editor's update."""
        if value is None:
            return gr.skip()
        try:
            if request is not None and not is_owner(request):
                SAVES.take(visitor(request))
                SAVED_BYTES.take(visitor(request), value.image.stat().st_size if value.image else 0)
            record = self.session.save(_held(value), about_of(about, request))
        except (ValueError, OSError) as error:
            reason = (
                shown(error) if isinstance(error, ValueError) else f"Not saved: {error.strerror}; your work stays here."
            )
            return KeypointEditor.reply("refused", value, message=reason)
        message = " ".join(filter(None, [f"Saved {value.name} as revision {record.revision}.", record.note]))
        onward = getattr(event, "next", False)
        opened: EditorValue | None = None
        queue, sheet = _saved(value.queue), ""
        if onward and queue.left:
            queue = replace(queue, at=queue.at + 1)
            try:
                opened = self._open(queue, guess)
            except ValueError as error:
                message += f" The next drawing cannot be opened: {shown(error)}"
        elif onward:
            words, sheet = self._last(queue)
            message += f" {words}"
        at = queue.at if opened is None else None
        answer = KeypointEditor.reply(
            "saved", value, revision=record.revision, base=record.value.base, at=at, done=queue.done, sheet=sheet,
            message=message,
        )  # fmt: skip
        if opened is not None:
            answer["value"] = opened
        return answer

    def go(self, value: EditorValue | None, guess: bool, event: gr.EventData) -> Any:
        """Open another drawing of the queue, without saving this one; returns the editor's update."""
        at = getattr(event, "at", None)
        if value is None or not isinstance(at, int) or not 0 <= at < len(value.queue.paths):
            return gr.skip()
        try:
            return self._open(replace(value.queue, at=at), guess)
        except ValueError as error:
            return KeypointEditor.reply("refused", value, message=shown(error))

    def weigh(self, guess: bool, event: gr.EventData) -> Any:
        """Say what correcting a drawing of the queue is worth, from what is saved of it or is estimated in it."""
        path, before = getattr(event, "path", ""), getattr(event, "before", ())
        known = [str(one) for one in before][:_COMPARED] if isinstance(before, list) else []
        try:
            worth = self.weighing.worth(self._shown_everywhere(uploaded(path)), known, guess)
        except (ValueError, gr.Error):  # it is said when the drawing is opened
            worth = None
        return KeypointEditor.weighed(str(path), worth)

    def estimate(self, value: EditorValue | None, event: gr.EventData) -> Any:
        """Estimate the person in the box that was drawn."""
        if value is None or self.estimator is None or value.image is None:
            return gr.skip()
        try:
            poses = self.estimator().estimate(value.image, boxes=[event.box])
        except ValueError as error:
            return KeypointEditor.reply("refused", value, message=shown(error))
        return KeypointEditor.reply("add", value, poses=poses, label="Estimated a person", message="Person added.")

    def assist(self, value: EditorValue | None, event: gr.EventData) -> Any:
        """Say where the joints of a person belong that nobody has fixed, after one was."""
        person = next((p for p in value.persons if p.id == event.person), None) if value else None
        if value is None or value.image is None or person is None or self.assistant is None:
            return gr.skip()
        # By hand means score 1; a joint that is not labelled stays so.
        fixed = (person.pose.scores >= 1) & person.pose.labelled
        try:
            with TURNS.take():
                found = self.assistant().follow(value.image, event.box, person.pose.keypoints, fixed)
        except (ValueError, TypeError):  # no picture, or an impossible box: the joints stay where they are
            return gr.skip()
        moves = [vars(move) for move in found if person.pose.labelled[move.joint]]
        return KeypointEditor.reply("assist", value, person=person.id, moves=moves)

    def estimate_all(self, value: EditorValue | None) -> Any:
        """Estimate everybody again, as one step that can be undone."""
        if value is None or self.estimator is None or value.image is None:
            return gr.skip()
        try:
            poses = self.estimator().estimate(value.image)
        except ValueError as error:
            return KeypointEditor.reply("refused", value, message=shown(error))
        message = f"Found {amount(len(poses), 'person')}; Ctrl+Z brings the previous poses back."
        return KeypointEditor.reply("replace", value, poses=poses, label="Estimated everyone", message=message)

    def import_poses(self, value: EditorValue | None, path: str | None) -> Any:
        """Replace the poses of the open drawing with those of a file."""
        if path is None:
            return gr.skip()
        if value is None:
            return KeypointEditor.reply("refused", None, message="Open a drawing first, then import its poses.")
        try:
            poses, remark = poses_for(Path(path), value)
        except ValueError as error:
            return KeypointEditor.reply("refused", value, message=shown(error))
        imported = f"Imported {amount(len(poses), 'person')}; Ctrl+Z brings the previous poses back."
        message = " ".join(filter(None, [imported, remark]))
        return KeypointEditor.reply("replace", value, poses=poses, label="Imported poses", message=message)

    def export(self, value: EditorValue | None, kind: str) -> Any:
        """Let the browser download the poses as a file."""
        if value is None:
            return KeypointEditor.reply("refused", None, message="Open a drawing first; there is nothing to export.")
        stem, image = Path(value.name).stem or "drawing", value.posed_image()
        if kind == "svg":
            if value.image is None:
                return KeypointEditor.reply("refused", value, message="The picture is missing; open the drawing again.")
            file = f"{stem}_pose.svg", to_svg(read_image(value.image), image.poses), "image/svg+xml"
        else:
            document = to_coco([image]) if kind == "coco" else to_openpose(image)
            file = f"{stem}_{kind}.json", json.dumps(document, indent=1), "application/json"
        return KeypointEditor.reply("download", value, file=file, message=f"Exported {file[0]}.")

    def _last(self, queue: DrawingQueue) -> tuple[str, str]:
        """Return what is said after the last drawing, and a sheet of the work as data URL; empty without one."""
        count, left = len(queue.paths), len(queue.paths) - len(queue.done)
        if count < 2 or left:
            return "That was the last drawing." + (f" {left} of {count} are not saved yet." if count > 1 else ""), ""
        sheet = self.session.sheet(queue.paths)
        words = f"{count} of {count} drawings are saved. Thank you!"
        return words, data_url(sheet, "WEBP", _SHEET, quality=60) if sheet is not None else ""

    def _shown_everywhere(self, path: str | Path) -> str:
        """Return the path of the picture, or of a PNG copy where not every browser shows its format."""
        data = Path(path).read_bytes()
        shareable = as_kept(data, Path(path).name)
        return str(path) if shareable is data else cache_file(self.editor, shareable, f"{Path(path).stem}.png")

    def _open(self, queue: DrawingQueue, guess: bool) -> EditorValue:
        original = Path(queue.paths[queue.at])
        if not original.is_file():
            raise ValueError(f"{original.name} is no longer on the server: open it and the drawings after it again.")
        path = self._shown_everywhere(original)
        poses, model = None, ""
        if guess and self.estimator is not None and not self.session.has(path):
            poses, model = self.weighing.estimate(path)
        return _held(replace(self.session.open(path, poses, model=model), queue=queue))


def _saved(queue: DrawingQueue) -> DrawingQueue:
    """Return the queue with its open drawing among those that are saved."""
    return replace(queue, done=tuple(sorted({*queue.done, queue.at}))) if queue.paths else queue


def _held(value: EditorValue) -> EditorValue:
    """Have the server keep the picture and the queue of a value as long as the page is open, and return the value."""
    hold([*value.queue.paths, *([str(value.image)] if value.image else [])])
    return value


def poses_for(path: Path, value: EditorValue) -> tuple[list[Pose], str]:
    """Read the poses of one drawing from a file of any known format, scaled to the drawing.

    Returns:
        The poses, and a remark on what was scaled or left out; empty when nothing was.

    Raises:
        FormatError: The file is in no known format, holds a broken record, or has no poses for this drawing.
    """
    notes = Notes()
    images, _ = read_poses(path.read_bytes(), path.name, notes)
    image, remark = _choose(images, value.name, path.name).onto(value.width, value.height)
    if not image.poses:
        raise FormatError(f"{path.name} holds no person with a labelled joint; choose another file.")
    dropped = ", ".join(f"{count} {what}" for what, count in notes.dropped.items())
    return list(image.poses), " ".join(filter(None, [remark, dropped and f"Left out: {dropped}."]))


def _choose(images: Sequence[AnnotatedImage], name: str, source: str) -> AnnotatedImage:
    if len(images) == 1:
        return images[0]
    this_picture = Pictures([name])
    named = []
    for image in images:
        try:
            this_picture.find(image.picture, image.where)
            named.append(image)
        except FormatError:
            continue
    if len(named) != 1:
        raise FormatError(
            f"{source} lists {len(images)} pictures, and {len(named)} of them are called {name}; "
            "rename the drawing, or import a file that describes it alone."
        )
    return named[0]


def build_correct_tab(
    estimator: Callable[[], Estimator] | None,
    session: AnnotationSession,
    *,
    assistant: Callable[[], Assistant] | None = None,
    examples: Sequence[Path] = (),
    about: Callable[[], gr.BrowserState] | None = None,
    elem_id: str = "correct-editor",
) -> CorrectTab:
    """Lay out the tab inside the current ``gr.Blocks`` or ``gr.Tab``.

    Args:
        estimator: Returns the app's estimator; called when a pose is first wanted. None: poses start from templates.
        session: Opens and saves drawings.
        assistant: Returns who says where joints belong when others are fixed; called when one is. None: nobody does.
        examples: Drawings that the empty editor offers.
        about: Lays out what is asked once about the annotator and the drawings, such as ``about_panel``.
        elem_id: Id of the editor in the page.

    Returns:
        What an app needs to wire *Correct this*.
    """
    with gr.Row():
        files = CheckedUploadButton(
            "Open drawings", file_count="multiple", file_types=sorted(SUFFIXES), variant="primary", scale=0,
            min_width=160, elem_id="open-files",
        )  # fmt: skip
        guess = gr.Checkbox(
            True, label="Find the pose first", visible=estimator is not None, container=False, min_width=140,
            elem_id="open-guess",
        )  # fmt: skip
    editor = KeypointEditor(
        can_estimate=estimator is not None, can_assist=assistant is not None, can_weigh=True, examples=examples,
        storage_name=elem_id, elem_id=elem_id,
    )  # fmt: skip
    with gr.Row():
        again = gr.Button("Estimate again", visible=estimator is not None, elem_id="estimate-all")
        poses = CheckedUploadButton("Import poses", file_types=sorted(POSE_SUFFIXES), elem_id="import-poses")
        exports = {kind: gr.Button(label, elem_id=f"export-{kind}") for kind, label in EXPORTS.items()}
    answers = about() if about else gr.State(None)
    keep_files(editor, OpenFiles(current_page()))
    tab = CorrectTab(editor, session, estimator, Weighing(session, estimator), assistant, examples)

    files.upload(tab.open_files, [files, guess], editor, api_name="correct_open", **PRIVATE)
    editor.save(tab.save, [editor, guess, answers], editor, api_name="correct_save", **QUIET)
    editor.estimate(tab.estimate, editor, editor, api_name="correct_estimate", **QUIET)
    editor.example(tab.open_example, guess, editor, api_name="correct_example", **QUIET)
    editor.go(tab.go, [editor, guess], editor, api_name="correct_go", **QUIET)
    # The page asks for the next one as soon as it reads an answer, when the event before is not over yet.
    editor.weigh(tab.weigh, guess, editor, api_name="correct_weigh", **(QUIET | {"trigger_mode": "multiple"}))
    editor.assist(tab.assist, editor, editor, api_name="correct_assist", **(QUIET | {"trigger_mode": "always_last"}))
    again.click(tab.estimate_all, editor, editor, api_name="correct_estimate_all", **QUIET)
    poses.upload(tab.import_poses, [editor, poses], editor, api_name="correct_import", **QUIET)
    for kind, button in exports.items():
        name = gr.State(kind)
        button.click(tab.export, [editor, name], editor, api_name=f"correct_export_{kind}", **QUIET)
    return tab
