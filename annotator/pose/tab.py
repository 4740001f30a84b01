"""The *Pose* tab: a drawing goes in, the poses of its people come out, and other tabs take them over.

>>> with gr.Blocks() as app, gr.Tab("Pose", id="pose"):
...     pose = build_pose_tab(app, shared_estimator, examples, examples[0])
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Final

import gradio as gr

from annotator.choices import Choice, Menu, Slider, out_of_date
from annotator.downloads import SAVE, BytesButton
from annotator.events import LATEST, QUIET, Updates
from annotator.gradio_private import Examples, examples_chosen
from annotator.mannequin.view import MannequinView, build_mannequin
from annotator.messages import refusal, told, warn
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
_LEGEND: Final = """The person's **left is blue with round joints**, the **right is orange with square joints**;
a hollow joint and a dashed limb are uncertain. PNG, JPEG, WebP, AVIF, TIFF, BMP and GIF up to {limit:g} megapixels."""


@dataclass(frozen=True)
class PoseTab:
    """The components of the tab, and what its events do with them.

    Attributes:
        estimator: Returns the estimator of a model.
        result: What is shown, a ``PoseResult`` or None.
        place: The place in sight: ``picture`` or ``drawn``.
        drawing_tab: The place of the uploaded picture.
        drawing: The picture.
        drawing_result: The last result of the picture.
        examples: Drawings to try.
        sketchpad_tab: The place of the sketchpad.
        sketchpad: A page to draw on.
        sketchpad_result: The last result of the sketchpad.
        view: The picture with the skeletons.
        status: A sentence on the result.
        person: Whose skeleton is shown.
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
    drawing_tab: gr.Tab
    drawing: DrawingInput
    drawing_result: gr.State
    examples: Examples
    sketchpad_tab: gr.Tab
    sketchpad: Sketchpad
    sketchpad_result: gr.State
    view: gr.HTML
    status: gr.Markdown
    person: gr.Radio
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

    def show(self, result: PoseResult | None, label: str, threshold: float) -> Updates:
        """Show a result; updates of ``view_outputs``.

        Args:
            result: What to show.
            label: Of the person to show, or ``EVERYONE``.
            threshold: Joints of lower confidence are drawn as uncertain.
        """
        if result is None:
            return self._blank(_EMPTY)
        return {self.view: result.view(label, threshold)} | self._offered(True)

    def show_again(self, result: PoseResult | None, label: str, threshold: float, status: str) -> Updates:
        """Show a result otherwise; as ``show``, with what the page says of the result."""
        if result is None and status:
            raise out_of_date()
        return self.show(result, label, threshold)

    def download(self, kind: str, result: PoseResult | None, label: str, threshold: float) -> tuple[str, bytes]:
        """Make a file of the people that are shown: its name and its bytes."""
        if result is None:
            raise out_of_date()  # the buttons are off before there is a pose
        try:
            return make_file(kind, result, label, threshold)
        except ValueError as error:
            raise refusal(error, _PICTURE_REFUSED) from error

    def _everyone(self, result: PoseResult, threshold: float) -> Updates:
        labels = [EVERYONE, *result.labels]
        return {
            self.result: result,
            self.person: Choice(choices=labels, value=EVERYONE, visible=len(result.poses) > 1),
            self.status: result.summary,
        } | self.show(result, EVERYONE, threshold)

    def _nothing(self, reason: str = _EMPTY) -> Updates:
        person = gr.Radio(choices=[EVERYONE], value=EVERYONE, visible=False)
        return {self.result: None, self.person: person, self.status: ""} | self._blank(reason)

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
    result, drawing_result, sketchpad_result, place = (gr.State(value) for value in (None, None, None, "picture"))
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=320), gr.Tabs():
            with gr.Tab("Picture", elem_id="pose-picture") as drawing_tab:
                drawing = DrawingInput(
                    value=str(first), label="Drawing", sources=["upload", "clipboard", "webcam"], height=420,
                    buttons=[], elem_id="drawing",
                )  # fmt: skip
                samples = [[str(path)] for path in examples]
                tried = gr.Examples(
                    samples, [drawing], label="Examples", examples_per_page=len(samples), elem_id="examples"
                )
            with gr.Tab("Draw", elem_id="pose-draw") as sketchpad_tab:
                gr.Markdown("Draw a person: the pose follows each stroke.")
                sketchpad = Sketchpad(elem_id="page")
        with gr.Column(scale=3, min_width=320):
            view = gr.HTML(_paragraph(_EMPTY), label="Pose", elem_classes="pose-view", elem_id="view")
            status = gr.Markdown(elem_classes="pose-status", elem_id="status")
            person = Choice([EVERYONE], value=EVERYONE, label="Show", visible=False, elem_id="people")
            with gr.Row():
                find_references = gr.Button("Find references", variant="primary", elem_id="pose-find")
                correct = gr.Button("Correct this pose", variant="primary", interactive=False, elem_id="correct-this")
            gr.Markdown(_LEGEND.format(limit=MAX_MEGAPIXELS))
            models = menu()
            model = Menu(list(models.items()), value="", label="Model", visible=len(models) > 1, elem_id="model")
            threshold = Slider(0, 1, THRESHOLD, step=0.05, label="Uncertain below this confidence", elem_id="threshold")
            with gr.Row():
                downloads = {
                    kind: gr.Button(f"Download {word}", size="sm", interactive=False, elem_id=f"download-{kind}")
                    for kind, word in DOWNLOADS.items()
                }
                file = BytesButton("Download", visible="hidden", elem_id="download-file")
            with gr.Accordion("Mannequin", open=False, elem_id="pose-mannequin") as section:
                mannequin = build_mannequin(section, "pose-mannequin")
    return PoseTab(
        estimator, result, place, drawing_tab, drawing, drawing_result, tried, sketchpad_tab, sketchpad,
        sketchpad_result, view, status, person, model, threshold, correct, find_references, downloads, file,
        mannequin,
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
        gr.on(triggers, estimate, inputs, outputs, api_name=name, **LATEST)
        place.select(
            partial(tab.turn_to, name, kept),
            [tab.place, kept, *inputs], [tab.place, *outputs], api_name=f"{name}_in_sight", **LATEST,
        )  # fmt: skip
        if source is tab.drawing:
            examples_chosen(tab.examples).success(estimate, inputs, outputs, api_name="example", **LATEST)
    tab.model.input(
        tab.estimate_in_sight,
        [tab.place, tab.sketchpad, tab.drawing, tab.threshold, tab.model],
        tab.outputs,
        api_name="another_model",
        **LATEST,
    )
    changed = [tab.person.input, tab.threshold.change]
    gr.on(
        changed,
        tab.show_again,
        [*shown, tab.status],
        tab.view_outputs,
        show_progress="hidden",
        api_name="show",
        **LATEST,
    )
    tab.mannequin.follow([tab.view.change], [tab.result, tab.person], _chosen_person)


def _chosen_person(result: PoseResult | None, label: str) -> Pose | None:
    shown = result.shown(label) if result else ()
    return shown[0] if shown else None


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"
