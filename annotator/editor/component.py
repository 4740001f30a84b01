"""A component for any Gradio app: the keypoints of people on a drawing, corrected by mouse, touch and keyboard.

``KeypointEditor`` runs a script of its own (``js/``, joined by ``bundle``) and needs no Node build. Its value in Python
is an ``EditorValue``. Its events:

    input     after every finished gesture, undo included; never make the editor an output of it
    select    the selected joint changed
    save      the annotator asked to save; ``gr.EventData`` carries ``next``: whether to go on to the next drawing
    estimate  the annotator drew a ``box`` (x0, y0, x1, y1 in picture pixels) round a person to be estimated
    example   the annotator asked for the example ``at`` of those that the empty editor offers
    go        the annotator asked for the drawing ``at`` of the queue
    weigh     what is the correction of a drawing of the queue (``path``) worth, those ``before`` being known?
    assist    a joint of a ``person`` (its id) was fixed; ``box`` is where the person was estimated

Answer ``weigh`` with ``KeypointEditor.weighed``, and ``save``, ``estimate``, ``assist`` and what is refused with
``KeypointEditor.reply``, which leave the view and the undo history alone; return a whole ``EditorValue`` only to open
another drawing.

Launch the app with ``run_history=False``. Otherwise Gradio keeps every edit in the browser's run history, and each edit
takes longer than the one before (measured: 0.1 s for the first, 1.8 s for the sixtieth).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.data_classes import FileData, GradioModel

from annotator.bundle import script
from annotator.component import ScriptedComponent
from annotator.component import message as tell
from annotator.editor.presets import body_table
from annotator.editor.value import DrawingQueue, EditedPerson, EditorValue
from annotator.gradio_private import custom_event
from annotator.messages import refusal
from annotator.uploads import uploaded
from sketchpose.encode import data_url
from sketchpose.images import read_image
from sketchpose.overlay import THRESHOLD
from sketchpose.pose import Pose
from sketchpose.skeleton import NUM_KEYPOINTS

HERE: Final = Path(__file__).parent
_THUMBNAIL: Final = 264
"""Longest side of an example's picture in pixels: sharp on a screen with two pixels to a point."""


class ModelPose(GradioModel, strict=True):
    """The estimator's pose of a person: 17 rows x, y, visibility and 17 scores."""

    keypoints: list[list[float]]
    scores: list[float]


class PersonData(GradioModel, strict=True):
    """A person on the wire: 17 rows x, y, visibility in picture pixels, 17 scores, and the box as x0, y0, x1, y1."""

    id: str
    keypoints: list[list[float]]
    scores: list[float] = []
    box: list[float] = []
    box_fixed: bool = False
    model: ModelPose | None = None


class KeypointData(GradioModel, strict=True):
    """The editor's value on the wire; the fields are those of ``EditorValue``, which checks more than their types."""

    image: FileData | None = None
    width: int = 0
    height: int = 0
    name: str = ""
    drawing: str = ""
    revision: int = 0
    base: str = ""
    model_name: str = ""
    active: int = 0
    edit: int = 0
    gestures: int = 0
    seconds: float = 0
    persons: list[PersonData] = []
    queue: list[str] = []
    at: int = 0
    done: list[int] = []


class KeypointEditor(ScriptedComponent):
    """Edit the keypoints of the people in a drawing.

    Example:
        >>> editor = KeypointEditor(EditorValue.of_picture("drawing.png", poses))
        >>> editor.input(lambda value: value.poses[0].keypoints.tolist(), editor, gr.JSON())
    """

    data_model = KeypointData
    save = custom_event("save")
    estimate = custom_event("estimate")
    assist = custom_event("assist")
    example = custom_event("example")
    go = custom_event("go")
    weigh = custom_event("weigh")

    def __init__(
        self,
        value: EditorValue | None = None,
        *,
        can_estimate: bool = False,
        can_assist: bool = False,
        can_weigh: bool = False,
        examples: Sequence[Path] = (),
        storage_name: str = "editor",
        **options: Any,
    ) -> None:
        """Make the component.

        Args:
            value: The drawing to show.
            can_estimate: Whether the app answers ``estimate``; otherwise a box is filled with a template pose.
            can_assist: Whether the app answers ``assist``.
            can_weigh: Whether the app answers ``weigh``.
            examples: Drawings that the empty editor offers; the app answers ``example``.
            storage_name: Name under which the browser keeps this editor's unsaved work; two editors on one page need
                different names.
            options: What every ``gr.HTML`` takes, such as ``elem_id`` and ``visible``.
        """
        super().__init__(
            value=value,
            files=HERE / "editor",
            script=script(
                body=body_table(),
                can_estimate=can_estimate,
                can_assist=can_assist,
                can_weigh=can_weigh,
                examples=[{"name": path.name, "thumb": _thumbnail(path)} for path in examples],
                storage_name=storage_name,
                threshold=THRESHOLD,
            ),
            **{"worth": None, **options},
        )

    def preprocess(self, payload: KeypointData | None) -> EditorValue | None:  # type: ignore[override]
        """Return what the page holds, checked; labelled joints are moved into the picture, nothing is rounded.

        Raises:
            gr.Error: A joint, box or counter is out of bounds; the sentence is shown to the annotator.
        """
        if payload is None or not payload.width:
            return None
        image = uploaded(payload.image.path) if payload.image else None
        paths = tuple(str(uploaded(path)) for path in payload.queue)
        done = tuple(sorted({i for i in payload.done if 0 <= i < len(paths)}))
        queue = DrawingQueue(paths, max(payload.at, 0), done)
        try:
            return replace(EditorValue.from_json(payload.model_dump(exclude={"image"}), image), queue=queue)
        except ValueError as error:
            raise refusal(error) from error

    def postprocess(self, value: EditorValue | None) -> KeypointData | None:  # type: ignore[override]
        """Return the value for the page; None empties the editor."""
        if value is None:
            return None
        image = FileData(path=str(value.image), orig_name=value.name) if value.image else None
        return KeypointData(
            image=image,
            queue=list(value.queue.paths),
            at=value.queue.at,
            done=list(value.queue.done),
            **value.to_json(),
        )

    def api_info(self) -> dict[str, Any]:
        """Describe the value for API clients."""
        schema: dict[str, Any] = KeypointData.model_json_schema()
        return schema

    def example_payload(self) -> Any:
        """Return a value that API documentation can show."""
        joints = [[10.0, 10.0, 2.0]] * NUM_KEYPOINTS
        return {"width": 100, "height": 100, "persons": [{"id": "p1", "keypoints": joints}]}

    def example_value(self) -> Any:
        """Return an example of the value in Python."""
        return None

    @staticmethod
    def weighed(path: str, worth: float | None) -> Any:
        """Tell the page what correcting a drawing of the queue is worth.

        Args:
            path: Its file, as the page named it.
            worth: See ``sketchpose.assist.worth``; None where that is not known.

        Returns:
            An update with the editor as output. It is no ``reply``, which would take the place of one that comes at the
            same moment.
        """
        return gr.update(worth={"path": path, "worth": worth})

    @staticmethod
    def reply(
        kind: str,
        value: EditorValue | None,
        *,
        message: str = "",
        revision: int | None = None,
        base: str = "",
        at: int | None = None,
        done: Sequence[int] = (),
        sheet: str = "",
        poses: Sequence[Pose] = (),
        label: str = "",
        person: str = "",
        moves: Sequence[Mapping[str, float]] = (),
        file: tuple[str, str, str] | None = None,
    ) -> Any:
        """Answer the page without replacing what it shows, so that edits made in the meantime stay.

        Args:
            kind: ``saved`` (the work up to ``value.edit`` is kept as ``revision``), ``refused`` (it is not, and
                ``message`` says why), ``add`` or ``replace`` (people, as one step that can be undone), ``download``,
                ``assist`` (where the other joints of a person would go), ``note``.
            value: The value that is answered; None where no drawing is open.
            message: Shown and announced; plain text.
            revision: The new revision, for ``saved``.
            base: The id of the new revision, for ``saved``.
            at: Position in the queue, for ``saved``; None where a value that holds it is sent along.
            done: Positions in the queue that are saved, for ``saved``.
            sheet: Data URL of a sheet of the work, for the last drawing that was ``saved``.
            poses: People, for ``add`` and ``replace``.
            label: Name of the step in the undo history.
            person: Id of the person, for ``assist``.
            moves: ``joint`` (its index), ``x``, ``y`` in picture pixels and ``score``, for ``assist``.
            file: Name, text and media type, for ``download``.

        Returns:
            An update with the editor as output.
        """
        answer: dict[str, Any] = {"drawing": value.drawing if value else "", "message": message}
        if kind == "saved":
            answer |= {"edit": value.edit if value else 0, "revision": revision, "base": base, "at": at}
            answer |= {"done": list(done), "sheet": sheet}
        if kind in ("add", "replace"):
            people = [EditedPerson(f"new{i}", pose, model=pose).to_json() for i, pose in enumerate(poses)]
            answer |= {"persons": people, "label": label}
        if kind == "assist":
            answer |= {"edit": value.edit if value else 0, "person": person, "moves": [dict(move) for move in moves]}
        if file is not None:
            answer |= dict(zip(("name", "text", "mime"), file, strict=True))
        return tell(kind, **answer)


def _thumbnail(path: Path) -> str:
    return data_url(read_image(path).pixels, "WEBP", _THUMBNAIL, quality=70)
