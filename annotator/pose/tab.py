"""The *Pose* tab: a drawing goes in, the poses of its people come out, and other tabs take them over.

>>> with gr.Blocks() as app, gr.Tab("Pose", id="pose"):
...     pose = build_pose_tab(app, shared_estimator, examples, examples[0])
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Final

import gradio as gr

from annotator.choices import Menu, Slider, out_of_date
from annotator.downloads import SAVE, BytesButton
from annotator.events import LATEST, QUIET, Updates
from annotator.gradio_private import Examples, examples_chosen
from annotator.mannequin.view import MannequinView, build_mannequin
from annotator.messages import refusal, told, warn
from annotator.pose.live import live_page, live_references
from annotator.pose.people import PRESS
from annotator.pose.result import DOWNLOADS, EVERYONE, PoseResult, estimate_people, make_file
from annotator.pose.sketchpad import Sketchpad
from annotator.turns import TURNS
from annotator.uploads import DrawingInput
from sketchpose import Estimator
from sketchpose.estimate.choose import menu
from sketchpose.images import MAX_MEGAPIXELS
from sketchpose.overlay import THRESHOLD
from sketchpose.pose import Pose

_EMPTY: Final = "The pose appears here."
_PICTURE_REFUSED: Final = "This picture cannot be used"
_LEGEND: Final = (
    "The person's **left is blue and round**, the **right orange and square**; hollow or dashed is uncertain."
)
_FORMATS: Final = f"PNG, JPEG, WebP, AVIF, TIFF, BMP and GIF up to {MAX_MEGAPIXELS:g} megapixels."


@dataclass(frozen=True)
class PoseTab:
    """The components of the tab, and what its events do with them.

    Attributes:
        estimator: Returns the estimator of a model.
        result: What is shown, a ``PoseResult`` or None.
        place: The place in sight: ``picture`` or ``drawn``.
        places: The tabs of the two places.
        drawing_tab: The place of the uploaded picture.
        drawing: The picture.
        drawing_result: The last result of the picture.
        examples: Drawings to try.
        sketchpad_tab: The place of the sketchpad.
        sketchpad: A page to draw on.
        sketchpad_result: The last result of the sketchpad.
        view: The picture with the skeletons, over the picture or the page; a press chooses a person or takes it out.
        status: A sentence on the result.
        person: Number of the person whose skeleton is shown, or ``EVERYONE``.
        live: References in its pose; a press leads to all of them.
        sought: The person whose references these are, a ``Pose`` or None.
        model: What estimates.
        threshold: Joints of lower confidence are drawn as uncertain.
        correct: Leads to the *Correct* tab.
        find_references: Leads to the *References* tab.
        downloads: A button for each file of ``DOWNLOADS``.
        file: What the browser fetches after one of them was pressed.
        mannequin: The person that is shown, in space.
    """

    estimator: Callable[[str], Estimator]
    result: gr.State
    place: gr.State
    places: gr.Tabs
    drawing_tab: gr.Tab
    drawing: DrawingInput
    drawing_result: gr.State
    examples: Examples
    sketchpad_tab: gr.Tab
    sketchpad: Sketchpad
    sketchpad_result: gr.State
    view: gr.HTML
    status: gr.Markdown
    person: gr.State
    live: gr.HTML
    sought: gr.State
    model: gr.Dropdown
    threshold: gr.Slider
    correct: gr.Button
    find_references: gr.Button
    downloads: dict[str, gr.Button]
    file: BytesButton
    mannequin: MannequinView

    @property
    def view_outputs(self) -> list[gr.components.Component]:
        """What ``show`` updates."""
        return [self.view, self.correct, *self.downloads.values()]

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What an estimate updates."""
        return [self.result, self.person, self.status, *self.view_outputs]

    def estimate(self, source: str | bytes | None, threshold: float, model: str = "") -> Updates:
        """Estimate an uploaded or drawn picture and show the result.

        A picture that is refused takes the result before it off the page, and the reason stands in its place.
        """
        if source is None:
            return self._nothing()
        title = "This model cannot be used"
        try:
            estimator = self.estimator(model)
            title = _PICTURE_REFUSED
            with TURNS.take(source):
                return self._everyone(estimate_people(source, estimator, model), threshold)
        except Exception as error:
            reason = told(error)
            warn(reason, title)
            return self._nothing(reason)

    def estimate_and_keep(self, kept: gr.State, source: str | bytes | None, threshold: float, model: str) -> Updates:
        """Estimate, and keep the result for when its place comes back into sight.

        Args:
            kept: Keeps it.
            source: The picture.
            threshold: As in ``show``.
            model: What to estimate with.
        """
        updates = self.estimate(source, threshold, model)
        return updates | {kept: updates[self.result]}

    def open_example(self, source: str | None, threshold: float, model: str) -> Updates:
        """Estimate an example, whose place comes into sight; arguments as of ``estimate_and_keep``."""
        updates = self.estimate_and_keep(self.drawing_result, source, threshold, model)
        return updates | {self.place: "picture", self.places: gr.Tabs(selected="picture")}

    def turn_to(
        self,
        place: str,
        kept: gr.State,
        before: str,
        result: PoseResult | None,
        source: str | bytes | None,
        threshold: float,
        model: str,
    ) -> Updates:
        """Show the result of the place that comes into sight, estimated only where that is still to be done.

        Args:
            place: Its name.
            kept: Keeps its result.
            before: The place that was in sight; the same one when the page is first laid out.
            result: The last result of the place.
            source: The picture that lies there now.
            threshold: As in ``show``.
            model: What to estimate with.
        """
        if place == before:
            return {self.place: place}
        if result is None or (result.source, result.model) != (source, model):
            return {self.place: place} | self.estimate_and_keep(kept, source, threshold, model)
        return {self.place: place} | self._everyone(result, threshold)

    def estimate_in_sight(
        self, place: str, drawn: bytes | None, drawing: str | None, threshold: float, model: str
    ) -> Updates:
        """Estimate the picture in sight with another model."""
        return self.estimate(drawn if place == "drawn" else drawing, threshold, model)

    def show(self, result: PoseResult | None, person: int, threshold: float) -> Updates:
        """Show a result; updates of ``view_outputs``.

        Args:
            result: What to show.
            person: Number of the person to show, or ``EVERYONE``.
            threshold: Joints of lower confidence are drawn as uncertain.
        """
        if result is None:
            return self._blank(_EMPTY)
        return {self.view: result.view(person, threshold)} | self._offered(True)

    def show_again(self, result: PoseResult | None, person: int, threshold: float, status: str) -> Updates:
        """Show a result otherwise; as ``show``, with what the page says of the result."""
        if result is None and status:
            raise out_of_date()
        return self.show(result, person, threshold)

    def press(
        self, event: gr.EventData, place: str, result: PoseResult | None, person: int, threshold: float
    ) -> Updates:
        """Show the person alone whose number was pressed, take it out, or bring everyone back."""
        if result is None:
            raise out_of_date()  # there is nothing to press before there is a pose
        pressed = int(event.person or EVERYONE)
        if event.act == "show":
            chosen = EVERYONE if pressed == person else pressed
            return {self.person: chosen} | self.show(result, chosen, threshold)
        changed = result.without(pressed) if event.act == "remove" else replace(result, poses=result.found)
        kept = self.sketchpad_result if place == "drawn" else self.drawing_result
        return {kept: changed} | self._everyone(changed, threshold)

    def follow(self, result: PoseResult | None, person: int, sought: Pose | None) -> Updates:
        """Look for references in the pose that is shown, unless they are there; updates of ``sought`` and ``live``."""
        pose = _chosen_person(result, person)
        if result is None or pose is None:
            return {self.sought: None, self.live: live_page()}
        if pose is sought:
            return {self.sought: pose}
        return {self.sought: pose, self.live: live_references(pose, (result.width, result.height), result.name)}

    def download(self, kind: str, result: PoseResult | None, person: int, threshold: float) -> tuple[str, bytes]:
        """Make a file of the people that are shown: its name and its bytes."""
        if result is None:
            raise out_of_date()  # the buttons are off before there is a pose
        try:
            return make_file(kind, result, person, threshold)
        except ValueError as error:
            raise refusal(error, _PICTURE_REFUSED) from error

    def _everyone(self, result: PoseResult, threshold: float) -> Updates:
        return {self.result: result, self.person: EVERYONE, self.status: result.status} | self.show(
            result, EVERYONE, threshold
        )

    def _nothing(self, reason: str = _EMPTY) -> Updates:
        return {self.result: None, self.person: EVERYONE, self.status: ""} | self._blank(reason)

    def _blank(self, reason: str) -> Updates:
        return {self.view: _paragraph(reason)} | self._offered(False)

    def _offered(self, offered: bool) -> Updates:
        return {button: gr.update(interactive=offered) for button in (self.correct, *self.downloads.values())}


def build_pose_tab(
    app: gr.Blocks, estimator: Callable[[str], Estimator], examples: Sequence[Path], first: Path
) -> PoseTab:
    """Lay out the tab inside the current ``gr.Tab``.

    Args:
        app: The app, which estimates the first drawing when its page is opened.
        estimator: Returns the estimator of a model.
        examples: Drawings to try.
        first: The drawing to begin with.

    Returns:
        What an app needs to lead from here to other tabs.
    """
    tab = _lay_out(estimator, examples, first)
    _wire(tab, app)
    return tab


def _lay_out(estimator: Callable[[str], Estimator], examples: Sequence[Path], first: Path) -> PoseTab:
    result, drawing_result, sketchpad_result, sought = (gr.State(None) for _ in range(4))
    place, person = gr.State("picture"), gr.State(EVERYONE)
    with gr.Row(equal_height=False, elem_id="pose-row"):
        with gr.Column(scale=2, min_width=320):
            with gr.Column(elem_id="pose-stage"):
                with gr.Tabs(elem_id="pose-source") as places:
                    with gr.Tab("Upload", id="picture", elem_id="pose-picture") as drawing_tab:
                        drawing = DrawingInput(
                            value=str(first), label="Drawing", show_label=False, height="var(--place)", buttons=[],
                            sources=["upload", "clipboard", "webcam"], elem_id="drawing",
                        )  # fmt: skip
                    with gr.Tab("Draw", id="draw", elem_id="pose-draw") as sketchpad_tab:
                        sketchpad = Sketchpad(elem_id="page")
                view = gr.HTML(_paragraph(_EMPTY), label="Pose", js_on_load=PRESS, elem_id="view")
            gr.Markdown(_LEGEND, elem_id="legend")
            status = gr.Markdown(elem_id="status")
        with gr.Column(scale=1, min_width=320):
            live = gr.HTML(live_page(), label="References", js_on_load=PRESS, elem_id="live")
            with gr.Row():
                find_references = gr.Button("Find references", variant="primary", min_width=100, elem_id="pose-find")
                correct = gr.Button(
                    "Correct this pose", variant="primary", interactive=False, min_width=100, elem_id="correct-this"
                )
            with gr.Accordion("More", open=False, elem_id="pose-more"):
                models = menu()
                model = Menu(list(models.items()), value="", label="Model", visible=len(models) > 1, elem_id="model")
                threshold = Slider(
                    0, 1, THRESHOLD, step=0.05, label="Uncertain below this confidence", elem_id="threshold"
                )
                with gr.Row():
                    downloads = {
                        kind: gr.Button(f"Download {word}", size="sm", interactive=False, elem_id=f"download-{kind}")
                        for kind, word in DOWNLOADS.items()
                    }
                gr.Markdown(_FORMATS)
    samples = [[str(path)] for path in examples]
    tried = gr.Examples(samples, [drawing], label="Examples", examples_per_page=len(samples), elem_id="examples")
    file = BytesButton("Download", visible="hidden", elem_id="download-file")
    with gr.Accordion("Mannequin", open=False, elem_id="pose-mannequin") as section:
        mannequin = build_mannequin(section, "pose-mannequin")
    return PoseTab(
        estimator, result, place, places, drawing_tab, drawing, drawing_result, tried, sketchpad_tab, sketchpad,
        sketchpad_result, view, status, person, live, sought, model, threshold, correct, find_references, downloads,
        file, mannequin,
    )  # fmt: skip


def _wire(tab: PoseTab, app: gr.Blocks) -> None:
    shown = [tab.result, tab.person, tab.threshold]
    for kind, button in tab.downloads.items():
        made = button.click(partial(tab.download, kind), shown, tab.file, api_name=f"download_{kind}", **QUIET)
        made.success(None, tab.file, js=SAVE)
    for name, place, source, kept in (
        ("picture", tab.drawing_tab, tab.drawing, tab.drawing_result),
        ("drawn", tab.sketchpad_tab, tab.sketchpad, tab.sketchpad_result),
    ):
        estimate = partial(tab.estimate_and_keep, kept)
        inputs, outputs = [source, tab.threshold, tab.model], [kept, *tab.outputs]
        # An upload fires input once, but change twice.
        triggers = [source.input, app.load] if source is tab.drawing else [source.input]
        # What is drawn on stays in sight meanwhile.
        calmly = LATEST if source is tab.drawing else LATEST | {"show_progress": "hidden"}
        gr.on(triggers, estimate, inputs, outputs, api_name=name, **calmly)
        place.select(
            partial(tab.turn_to, name, kept),
            [tab.place, kept, *inputs], [tab.place, *outputs], api_name=f"{name}_in_sight", **calmly,
        )  # fmt: skip
        if source is tab.drawing:
            chosen = [*outputs, tab.place, tab.places]
            examples_chosen(tab.examples).success(tab.open_example, inputs, chosen, api_name="example", **LATEST)
    tab.model.input(
        tab.estimate_in_sight,
        [tab.place, tab.sketchpad, tab.drawing, tab.threshold, tab.model],
        tab.outputs,
        api_name="another_model",
        **LATEST,
    )
    quiet = LATEST | {"show_progress": "hidden"}
    tab.threshold.change(tab.show_again, [*shown, tab.status], tab.view_outputs, api_name="show", **quiet)
    tab.view.press(
        tab.press, [tab.place, *shown], [tab.drawing_result, tab.sketchpad_result, *tab.outputs],
        api_name="press", **quiet,
    )  # fmt: skip
    # The page shows the skeleton before it asks for references.
    tab.view.change(tab.follow, [tab.result, tab.person, tab.sought], [tab.sought, tab.live], api_name="live", **quiet)
    tab.mannequin.follow([tab.view.change], [tab.result, tab.person], _chosen_person)


def _chosen_person(result: PoseResult | None, person: int) -> Pose | None:
    shown = result.shown(person) if result else ()
    return shown[0] if shown else None


def _paragraph(text: str) -> str:
    return f"<p{' class=pose-empty' if text == _EMPTY else ''}>{escape(text)}</p>"
