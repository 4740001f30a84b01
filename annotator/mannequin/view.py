"""A section that shows a person of a drawing as a mannequin to turn, to light, to take away and to search from.

>>> with gr.Accordion("Mannequin", open=False, elem_id="pose-mannequin") as section:
...     mannequin = build_mannequin(section, "pose-mannequin")
>>> mannequin.follow([tab.view.change], [tab.result, tab.person], chosen_person)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import gradio as gr

from annotator.choices import Choice, Slider, out_of_date
from annotator.downloads import SAVE, BytesButton
from annotator.events import LATEST, QUIET, Updates
from annotator.gradio_private import cache_file
from annotator.mannequin.pictures import still_page, strip_page
from annotator.messages import refusal, told
from annotator.turns import TURNS
from sketchpose.lift import lift
from sketchpose.lift.body_types import AS_DRAWN, TYPES
from sketchpose.pose import Pose

Chooser = Callable[..., Pose | None]
"""Takes the values of some inputs and returns the person that they hold, or None."""
FILES: Final = {
    "sheet.png": "contact sheet", "figure.png": "figure", "mannequin.glb": "GLB", "pose.bvh": "BVH",
    "openpose.json": "OpenPose", "openpose.png": "skeleton", "depth.png": "depth map",
}  # fmt: skip
"""The files of ``lift.files.make_files``, each with the word on its button."""
_NOBODY: Final = "The mannequin appears here when there is a pose."
_STILL_SIDE: Final = 480
_STRIP_SIDE: Final = 192
_SIDE: Final = 768
"""Pixels of the pictures that are taken away."""
# Software renderers count: they are slow, but they turn. Without one, the still picture and its slider remain.
# The model's viewer reports an error wherever WebGPU is offered without a device for it.
_CAN_TURN: Final = """async (...values) => {
  if (navigator.gpu && !(await navigator.gpu.requestAdapter().catch(() => null)))
    delete Navigator.prototype.gpu;
  const canvas = document.createElement('canvas');
  const able = Boolean(canvas.getContext('webgl2') || canvas.getContext('webgl'));
  return [...values.slice(0, -1), able];
}"""

_COUNT: Final = "(able, news) => (able === null ? news : news + 1)"


@dataclass(frozen=True)
class MannequinView:
    """The components of the section, and what its events do with them.

    Attributes:
        section: What is opened to see it.
        name: Prefix of the ids of its elements.
        lifted: The bodies that the drawing may show, a list of ``LiftedBody``; None while nobody looks.
        able: Whether the browser can turn the model; None while the section is closed.
        news: Counts the changes of the person while the section is open: a closed one asks the server for nothing.
        model: The model to turn.
        still: The mannequin from the chosen side.
        strip: The mannequin from the fixed sides.
        reading: Which of the bodies is shown.
        body: Whose body it is.
        turned: Degrees by which the eye has gone about the figure from where the drawing was seen.
        lamp: Degrees by which the light is turned.
        find: Searches for references from the chosen side.
        downloads: A button for each of ``FILES``.
        file: What the browser fetches after one of them was pressed.
        can_turn: What the browser says when the section is opened.
    """

    section: gr.Accordion
    name: str
    lifted: gr.State
    able: gr.Number
    news: gr.Number
    model: gr.Model3D
    still: gr.HTML
    strip: gr.HTML
    reading: gr.Radio
    body: gr.Radio
    turned: gr.Slider
    lamp: gr.Slider
    find: gr.Button
    downloads: dict[str, gr.Button]
    file: BytesButton
    can_turn: gr.Checkbox

    @property
    def shown(self) -> list[Any]:
        """What says which mannequin is shown and from where, in the order that the methods take it."""
        return [self.lifted, self.reading, self.body, self.turned, self.lamp]

    @property
    def outputs(self) -> list[Any]:
        """What a new pose updates."""
        pictures = [self.model, self.still, self.strip]
        return [self.lifted, self.able, self.reading, *pictures, self.find, *self.downloads.values()]

    def open(self, chooser: Chooser, *values: Any) -> Updates:
        """Lift the person that is shown, now that somebody looks; values: the chooser's, body, turned, lamp, able."""
        able = bool(values[-1])
        return {self.able: able} | self.update(chooser, able, *values[:-1])

    def update(self, chooser: Chooser, able: float | None, *values: Any) -> Updates:
        """Lift another person or the same one corrected; values: the chooser's, body, turned, lamp."""
        if able is None:  # closed, or only just opening: what opens it asks for itself
            return {self.able: gr.skip()}
        *chosen, body, turned, lamp = values
        pose = chooser(*chosen)
        if pose is None:
            return self._nobody(_NOBODY)
        try:
            with TURNS.take():
                lifted = lift(pose)
                labels = [f"Reading {number} ({one.chance:.0%})" for number, one in enumerate(lifted, 1)]
                reading = gr.Radio(choices=labels, value=labels[0], visible=len(labels) > 1)
                return (
                    {self.lifted: lifted, self.reading: reading}
                    | self._offered(True)
                    | self.show(able, lifted, labels[0], body, turned, lamp)
                )
        except Exception as error:
            return self._nobody(told(error))

    def show(self, able: float | None, lifted: Any, reading: str, body: str, turned: float, lamp: float) -> Updates:
        """Show another reading or body; updates of the model and the pictures."""
        from annotator.mannequin.orbit import first_sight
        from sketchpose.lift.files import to_glb

        with TURNS.take():
            one, actor = self._staged(lifted, reading, body)
            updates = self._still(one, actor, turned, lamp) | self._strip(one, actor, lamp)
            if able:
                path = cache_file(self.model, to_glb(actor), "mannequin.glb", clean=True)
                updates[self.model] = gr.update(value=path, camera_position=first_sight(one, actor))
        return updates

    def light(self, lifted: Any, reading: str, body: str, turned: float, lamp: float) -> Updates:
        """Move the light; updates of the pictures."""
        with TURNS.take():
            one, actor = self._staged(lifted, reading, body)
            return self._still(one, actor, turned, lamp) | self._strip(one, actor, lamp)

    def turn(self, lifted: Any, reading: str, body: str, turned: float, lamp: float) -> Updates:
        """Go about the figure; the update of the still picture."""
        with TURNS.take():
            return self._still(*self._staged(lifted, reading, body), turned, lamp)

    def seen(self, lifted: Any, reading: str, body: str, turned: float, lamp: float) -> tuple[bytes, Pose]:
        """Return the picture of the mannequin from the chosen side as a PNG file, and its joints."""
        from sketchpose.encode import encode
        from sketchpose.lift.files import pose_of
        from sketchpose.lift.mannequin import drawn_still

        with TURNS.take():
            still = drawn_still(*self._staged(lifted, reading, body), _SIDE, turned, lamp)
            return encode(still.reference.image, compress_level=1), pose_of(still)

    def download(
        self, kind: str, lifted: Any, reading: str, body: str, turned: float, lamp: float
    ) -> tuple[str, bytes]:
        """Make a file of the mannequin: its name and its bytes."""
        from sketchpose.lift.files import make_files
        from sketchpose.lift.mannequin import drawn_still, stills

        with TURNS.take():
            one, actor = self._staged(lifted, reading, body)
            still = drawn_still(one, actor, _SIDE, turned, lamp)
            return f"mannequin_{kind}", make_files(actor, still, lambda: stills(one, actor, lamp=lamp))[kind]()

    def follow(self, changed: Sequence[Any], inputs: Sequence[Any], chooser: Chooser) -> None:
        """Show the person that some inputs hold, when the section is opened and whenever they change after that.

        Args:
            changed: Events that say so.
            inputs: What holds the person.
            chooser: Takes their values.
        """
        style = [self.body, self.turned, self.lamp]
        self.section.expand(
            partial(self.open, chooser), [*inputs, *style, self.can_turn], self.outputs, js=_CAN_TURN,
            api_name=f"{self.name}_open", **LATEST,
        )  # fmt: skip
        gr.on(list(changed), None, [self.able, self.news], self.news, js=_COUNT)
        self.news.change(
            partial(self.update, chooser), [self.able, *inputs, *style], self.outputs,
            api_name=f"{self.name}_follow", show_progress="hidden", **LATEST,
        )  # fmt: skip

    def _staged(self, lifted: Any, reading: str, body: str) -> tuple[Any, Any]:
        """The lifted body of a reading, and the mannequin that holds its pose."""
        from sketchpose.lift.mannequin import mannequin

        if not lifted:
            raise out_of_date()  # nothing can be pressed before there is a mannequin
        one = lifted[min(int(reading.split()[1]), len(lifted)) - 1]
        try:
            return one, mannequin(one, body)
        except ValueError as error:
            raise refusal(error) from error

    def _still(self, one: Any, actor: Any, turned: float, lamp: float) -> Updates:
        from sketchpose.lift.mannequin import drawn_still

        return {self.still: still_page(drawn_still(one, actor, _STILL_SIDE, turned, lamp), turned)}

    def _strip(self, one: Any, actor: Any, lamp: float) -> Updates:
        from sketchpose.lift.mannequin import SIDES, stills

        return {self.strip: strip_page(stills(one, actor, tuple(SIDES), _STRIP_SIDE, lamp))}

    def _nobody(self, reason: str) -> Updates:
        nothing = {self.still: still_page(None, 0, reason), self.strip: "", self.reading: gr.Radio(visible=False)}
        return {self.lifted: None, self.model: None, **nothing} | self._offered(False)

    def _offered(self, offered: bool) -> Updates:
        return {button: gr.update(interactive=offered) for button in (self.find, *self.downloads.values())}


def build_mannequin(section: gr.Accordion, name: str) -> MannequinView:
    """Lay the section out inside itself.

    Args:
        section: A closed accordion.
        name: Prefix of the ids of its elements.

    Returns:
        What ``follow`` then ties to a person.
    """
    view = _lay_out(section, name)
    _wire(view)
    return view


def _lay_out(section: gr.Accordion, name: str) -> MannequinView:
    lifted = gr.State(None)
    able, news = gr.Number(None, visible="hidden"), gr.Number(0, visible="hidden")
    with gr.Row():
        model = gr.Model3D(
            label="Drag to turn", height=420, interactive=False, min_width=280,
            elem_classes="mannequin-model", elem_id=f"{name}-model", clear_color=(0.94, 0.94, 0.95, 1.0),
        )  # fmt: skip
        still = gr.HTML(still_page(None, 0, _NOBODY), elem_classes="mannequin-still", elem_id=f"{name}-still")
    strip = gr.HTML("", elem_classes="mannequin-strip", elem_id=f"{name}-strip")
    reading = Choice(
        ["Reading 1"], value="Reading 1", label="What the drawing may show", visible=False, elem_id=f"{name}-reading"
    )
    body = Choice([AS_DRAWN, *TYPES], value=AS_DRAWN, label="Body", elem_id=f"{name}-body")
    with gr.Row():
        turned = Slider(-180, 180, 0, step=5, label="Go about it (degrees)", elem_id=f"{name}-turned")
        lamp = Slider(-180, 180, 0, step=15, label="Light (degrees)", elem_id=f"{name}-lamp")
    find = gr.Button("Find references from this side", variant="primary", interactive=False, elem_id=f"{name}-find")
    with gr.Row():
        downloads = {
            kind: gr.Button(
                f"Download {word}", size="sm", interactive=False, elem_id=f"{name}-{kind.replace('.', '-')}"
            )
            for kind, word in FILES.items()
        }
        file = BytesButton("Download", visible="hidden", elem_id=f"{name}-file")
    can_turn = gr.Checkbox(False, visible=False)
    return MannequinView(
        section,
        name,
        lifted,
        able,
        news,
        model,
        still,
        strip,
        reading,
        body,
        turned,
        lamp,
        find,
        downloads,
        file,
        can_turn,
    )


def _wire(view: MannequinView) -> None:
    quiet = LATEST | {"show_progress": "hidden"}
    whole = [view.model, view.still, view.strip]
    view.section.collapse(None, None, view.able, js="() => null")
    gr.on(
        [view.reading.input, view.body.input], view.show, [view.able, *view.shown], whole,
        api_name=f"{view.name}_show", **quiet,
    )  # fmt: skip
    view.turned.change(view.turn, view.shown, view.still, api_name=f"{view.name}_turn", **quiet)
    view.lamp.change(view.light, view.shown, [view.still, view.strip], api_name=f"{view.name}_light", **quiet)
    for kind, button in view.downloads.items():
        made = button.click(
            partial(view.download, kind),
            view.shown,
            view.file,
            api_name=f"{view.name}_{kind.replace('.', '_')}",
            **QUIET,
        )
        made.success(None, view.file, js=SAVE)
