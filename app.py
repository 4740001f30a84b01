"""The web app: ``python app.py [--share] [--port N]`` serves it on http://localhost:7860.

Wiring only: what the app does lies in ``sketchpose`` and ``annotator``.
"""

import argparse
import errno
import json
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial, wraps
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from gradio.data_classes import FileData
from gradio.http_server import LOCALHOST_NAME
from gradio.processing_utils import save_bytes_to_cache
from PIL import Image
from starlette.middleware import Middleware

from annotator.choices import Choice, Menu
from annotator.correct.dataset_store import DatasetStore, open_store
from annotator.correct.provenance import about_panel
from annotator.correct.session import AnnotationSession
from annotator.correct.tab import GO_TO_EDITOR, CorrectTab, build_correct_tab
from annotator.dataset.tab import build_dataset_tab
from annotator.drops import drop_anywhere
from annotator.editor.value import EditorValue
from annotator.gate import Gate, owner_words
from annotator.messages import refusal, shown, warn
from annotator.pose.sketchpad import Sketchpad
from annotator.references.search import Choices, Query, find
from annotator.references.tab import ReferencesTab, build_references_tab
from annotator.theme import looks
from annotator.turns import TURNS, TurnTaker
from annotator.uploads import DrawingInput, uploaded
from sketchpose import Estimator
from sketchpose.dataset.hub.repository import Remote
from sketchpose.dataset.hub.sync import HubSync
from sketchpose.estimate.choose import menu, open_model
from sketchpose.estimate.live import LiveEstimator
from sketchpose.formats import PosedImage, to_coco, to_openpose
from sketchpose.images import MAX_MEGAPIXELS, WORK_SIDE, Picture, read_image
from sketchpose.options import whole
from sketchpose.overlay import THRESHOLD, to_pixels, to_svg
from sketchpose.pose import Pose
from sketchpose.retrieve.gallery.gallery import SHIPPED

EXAMPLES: Final = sorted((Path(__file__).parent / "examples" / "drawings").glob("*.png"))
FIRST: Final = next(path for path in EXAMPLES if "PointingFinger" in path.name)
EVERYONE: Final = "Everyone"
_VIEW_SIDE: Final = 1200
_CACHE_SECONDS: Final = 3600
_EMPTY: Final = "The pose appears here."
MAX_FILE: Final = 64 << 20
"""Bytes of one upload: more than any picture of the largest size has in one of the four formats."""
QUEUE: Final = 200
"""Events that wait; whoever comes then is asked to try again, rather than wait for minutes."""
WAITING: Final = 16
"""Events of one kind that are under way at a time; most of them wait for one of the cores (see ``turns``)."""
SESSIONS: Final = 500
"""Sessions remembered, at about half a megabyte each; the one that was used least lately goes first."""

DOWNLOADS: Final = {"coco": "COCO", "openpose": "OpenPose", "overlay": "Picture"}
# The file is made when the button is pressed; the browser fetches it when it has been told where.
_SAVE: Final = """(file) => {
  const link = document.createElement('a');
  link.href = file.url;
  link.download = file.orig_name;
  link.click();
}"""

_INTRO: Final = """# SketchPose
Drop a drawing of a person, or draw one: its pose appears.
The person's **left is blue with round joints**, the **right is orange with square joints**;
a hollow joint and a dashed limb are uncertain. PNG, JPEG, WebP, AVIF, TIFF, BMP and GIF up to {limit:g} megapixels."""


@dataclass(frozen=True)
class Estimated:
    """What one visitor looks at: a picture by the path of its upload or its bytes, and the people in it.

    Attributes:
        source: The path or the bytes.
        name: Of the file.
        width: Pixels.
        height: Pixels.
        poses: The people.
        model: What found them, as ``open_model`` takes it.
        words: What is said of the result.
    """

    source: str | bytes
    name: str
    width: int
    height: int
    poses: tuple[Pose, ...]
    model: str
    words: str

    @property
    def files(self) -> tuple[str, ...]:
        """The path of the upload, which is kept as long as the page is open."""
        return (self.source,) if isinstance(self.source, str) else ()

    def shown(self, who: str) -> tuple[Pose, ...]:
        """The people to show: everyone, or the one whose label is chosen."""
        chosen = [pose for pose, label in zip(self.poses, self.labels(), strict=True) if label == who]
        return tuple(chosen) or self.poses

    def labels(self) -> list[str]:
        """A label per person."""
        return [f"Person {i}" for i in range(1, len(self.poses) + 1)]

    def record(self, who: str) -> PosedImage:
        """The shown people as the writers of files take them."""
        return PosedImage(self.name, self.width, self.height, self.shown(who))


class BytesButton(gr.DownloadButton):
    """A download button whose value is a file name and bytes, kept in the cache that the app empties."""

    is_template = True  # drawn in the browser by the class it derives from

    def postprocess(self, value: tuple[str, bytes] | None) -> FileData | None:  # type: ignore[override]
        """Store the bytes and return where they lie."""
        if value is None:
            return None
        path = save_bytes_to_cache(value[1], value[0], self.GRADIO_CACHE)
        self.temp_files.add(path)
        return FileData(path=path, orig_name=value[0])


@cache
def estimator(model: str = "") -> Estimator:
    """The one estimator of a model that all visitors share; the default one follows promotions."""
    return TurnTaker(open_model(model) if model else LiveEstimator())


def estimate(source: str | bytes | None, threshold: float, model: str = "") -> tuple[Any, ...]:
    """Estimate an uploaded or drawn picture; updates of the state, and of all that ``pose_tab`` shows of a result.

    A picture that is refused takes everything away that was shown of the one before it, and says why.
    """
    if source is None:
        return _nothing()
    title = "This model cannot be used"
    try:
        chosen = estimator(model) if model else estimator()
        title = "This picture cannot be used"
        with TURNS.take(source):
            start = time.perf_counter()
            picture = read_image(source, work_side=WORK_SIDE)
            poses = chosen.estimate(picture)
            seconds = time.perf_counter() - start
            words = _status(picture, poses, seconds)
            result = Estimated(source, picture.name, picture.width, picture.height, tuple(poses), model, words)
            return _everything(result, threshold, picture)
    except ValueError as error:
        return _refused(error, title)
    except Exception:
        traceback.print_exc()
        return _refused("The app failed at this picture, which is its fault; try again, or take another one.", title)


def turn_to(
    here: str,
    before: str,
    result: Estimated | None,
    source: str | bytes | None,
    threshold: float,
    model: str,
) -> tuple[Any, ...]:
    """Show what belongs to the place that comes into sight, estimated only where that is still to be done.

    Args:
        here: Name of the place.
        before: The place that was in sight; the same one when the page is first laid out.
        result: The last estimate of this place.
        source: The picture that lies there now.
        threshold: As in ``show``.
        model: What to estimate with.

    Returns:
        The place, and updates as ``_kept`` gives them.
    """
    if here == before:
        return here, *(gr.skip() for _ in range(9))
    if result is None or (result.source, result.model) != (source, model):
        return here, *_kept(estimate)(source, threshold, model)
    return here, result, *_everything(result, threshold)


def _everything(result: Estimated, threshold: float, picture: Picture | None = None) -> tuple[Any, ...]:
    people = Choice(choices=[EVERYONE, *result.labels()], value=EVERYONE, visible=len(result.poses) > 1)
    return result, people, result.words, *show(result, EVERYONE, threshold, picture)


def _kept(act: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """Give the first of what a handler returns once more before it, for a state that keeps what a place showed last."""

    @wraps(act)
    def twice(*inputs: Any) -> tuple[Any, ...]:
        outputs = act(*inputs)
        return outputs[0], *outputs

    return twice


def _nothing(words: str = _EMPTY) -> tuple[Any, ...]:
    return None, gr.Radio(choices=[EVERYONE], value=EVERYONE, visible=False), "", *show(None, EVERYONE, 0, words=words)


def _refused(error: ValueError | str, title: str) -> tuple[Any, ...]:
    warn(error, title)
    return _nothing(shown(error))


def show(
    result: Estimated | None, who: str, threshold: float, picture: Picture | None = None, words: str = _EMPTY
) -> tuple[Any, ...]:
    """Updates of the view, the way to *Correct*, and the downloads.

    Args:
        result: What to show; None for ``words`` in its place.
        who: Label of the person to show, or ``EVERYONE``.
        threshold: Joints of lower confidence are drawn as uncertain.
        picture: Of the result, where it is read already.
        words: Plain text.
    """
    if result is None:
        return f"<p>{escape(words)}</p>", *(gr.update(interactive=False) for _ in range(1 + len(DOWNLOADS)))
    # No turn is taken: a step of the slider is quick, and should not wait behind estimates.
    try:
        picture = picture or read_image(result.source, work_side=WORK_SIDE)
    except ValueError as error:
        raise refusal(error, "This picture cannot be used") from error
    nameless = replace(picture, name="Drawing")
    view = to_svg(nameless, result.record(who).poses, threshold=threshold, max_side=_VIEW_SIDE)
    return view, *(gr.update(interactive=True) for _ in range(1 + len(DOWNLOADS)))


def download(kind: str, result: Estimated | None, who: str, threshold: float) -> tuple[str, bytes]:
    """Make a file of the people that are shown, when it is asked for: its name and its bytes."""
    if result is None:
        raise gr.Error("There is no pose to download yet: drop a drawing first.", print_exception=False)
    record, stem = result.record(who), Path(result.name).stem
    if kind == "coco":
        return f"{stem}_coco.json", json.dumps(to_coco([record]), indent=1).encode()
    if kind == "openpose":
        return f"{stem}_openpose.json", json.dumps(to_openpose(record), indent=1).encode()
    overlay = BytesIO()
    with TURNS.take(result.source):
        try:
            pixels = to_pixels(read_image(result.source), record.poses, threshold=threshold)
        except ValueError as error:
            raise refusal(error, "This picture cannot be used") from error
        Image.fromarray(pixels).save(overlay, "PNG", compress_level=1)
    return f"{stem}_pose.png", overlay.getvalue()


def _status(picture: Picture, poses: list[Pose], seconds: float) -> str:
    people = "1 person" if len(poses) == 1 else f"{len(poses)} people"
    words = [f"**{people}** in {seconds:.2f} s."]
    if poses and poses[0].origin == "given":
        words = [f"A picture of skeletons: **{people}**, read as they are drawn."]
    if poses and poses[0].origin == "picture":
        words = [f"No person stood out, so everything drawn was taken as **one person**, in {seconds:.2f} s."]
    if poses and max(pose.score for pose in poses) < THRESHOLD:
        words.append("The model is unsure of this one: take the joints as a first guess.")
    return " ".join([*words, *picture.notes])


@dataclass(frozen=True)
class PoseTab:
    """What the *Pose* tab offers to the others: what is shown, and the buttons that take it to *Correct* and on."""

    state: gr.State
    people: gr.Radio
    correct: gr.Button
    find: gr.Button


def pose_tab(app: gr.Blocks) -> PoseTab:
    """Lay out the *Pose* tab."""
    state, of_drawing, of_page = gr.State(None), gr.State(None), gr.State(None)
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=320):
            with gr.Tabs():
                with gr.Tab("Picture", elem_id="pose-picture") as drawing_tab:
                    drawing = DrawingInput(
                        value=str(FIRST),
                        label="Drawing",
                        sources=["upload", "clipboard", "webcam"],
                        height=420,
                        buttons=[],
                        elem_id="drawing",
                    )
                    samples = [[str(path)] for path in EXAMPLES]
                    examples = gr.Examples(
                        samples, [drawing], label="Examples", examples_per_page=len(samples), elem_id="examples"
                    )
                with gr.Tab("Draw", elem_id="pose-draw") as page_tab:
                    gr.Markdown("Draw a person: the pose follows each stroke.")
                    page = Sketchpad(elem_id="page")
        with gr.Column(scale=3, min_width=320):
            view = gr.HTML(show(None, EVERYONE, THRESHOLD)[0], label="Pose", elem_classes="pose-view", elem_id="view")
            status = gr.Markdown(elem_classes="pose-status", elem_id="status")
            people = Choice([EVERYONE], value=EVERYONE, label="Show", visible=False, elem_id="people")
            models = menu()
            model = Menu(list(models.items()), value="", label="Model", visible=len(models) > 1, elem_id="model")
            threshold = gr.Slider(
                0, 1, THRESHOLD, step=0.05, label="Uncertain below this confidence", elem_id="threshold"
            )
            with gr.Row():
                correct = gr.Button("Correct this pose", variant="primary", interactive=False, elem_id="correct-this")
                find = gr.Button("Find references", variant="primary", elem_id="pose-find")
            with gr.Row():
                buttons = [
                    gr.Button(f"Download {name}", size="sm", interactive=False, elem_id=f"download-{key}")
                    for key, name in DOWNLOADS.items()
                ]
                file = BytesButton("Download", visible="hidden", elem_id="download-file")
    shown = [view, correct, *buttons]
    for key, button in zip(DOWNLOADS, buttons, strict=True):
        made = button.click(
            partial(download, key),
            [state, people, threshold],
            file,
            show_progress="hidden",
            api_name=f"download_{key}",
            api_visibility="private",
        )
        made.success(None, file, js=_SAVE)
    all_of_it = [state, people, status, *shown]
    in_sight = gr.State("picture")
    eager: dict[str, Any] = {"trigger_mode": "always_last", "api_visibility": "private"}
    for place, source, own, name in (
        (drawing_tab, drawing, of_drawing, "picture"),
        (page_tab, page, of_page, "drawn"),
    ):
        inputs, outputs = [source, threshold, model], [own, *all_of_it]
        # An upload fires input once, but change twice.
        triggers = [source.input, app.load] if source is drawing else [source.input]
        gr.on(triggers, _kept(estimate), inputs, outputs, api_name=name, **eager)
        turned = [gr.State(name), in_sight, own, *inputs]
        place.select(turn_to, turned, [in_sight, *outputs], api_name=f"{name}_in_sight", **eager)
        if source is drawing:
            examples.load_input_event.success(_kept(estimate), inputs, outputs, api_name="example", **eager)

    def another_model(at: str, drawn: bytes | None, picture: str | None, *chosen: Any) -> tuple[Any, ...]:
        return estimate(drawn if at == "drawn" else picture, *chosen)

    model.input(
        another_model,
        [in_sight, page, drawing, threshold, model],
        all_of_it,
        api_name="another_model",
        **eager,
    )
    gr.on(
        [people.input, threshold.change],
        show,
        [state, people, threshold],
        shown,
        show_progress="hidden",
        api_name="show",
        **eager,
    )
    return PoseTab(state, people, correct, find)


def take_over(result: Estimated | None, tab: CorrectTab) -> EditorValue:
    """Open what the *Pose* tab shows in the editor, with the original file; the editor's value."""
    if result is None:
        raise gr.Error("There is no pose to correct yet: drop a drawing first.", print_exception=False)
    return tab.open_poses(result.source, result.poses, result.name)


def wire_references(tabs: gr.Tabs, references: ReferencesTab, pose: PoseTab, correct: CorrectTab) -> None:
    """Lead from *Pose* and *Correct* to *References*, and from a reference into the editor."""

    def of_pose(result: Estimated | None, who: str, *chosen: Any) -> dict[Any, Any]:
        if result is None:
            raise gr.Error("There is no pose to look for yet: drop a drawing first.", print_exception=False)
        return references.ask_poses(result.source, result.shown(who), result.name, *chosen)

    def edit(event: gr.EventData) -> tuple[Any, ...]:
        return gr.Tabs(selected="correct"), correct.open_poses(*references.picked(event))

    def go() -> Any:
        return gr.Tabs(selected="references")

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    for button, inputs, search in (
        (pose.find, [pose.state, pose.people], of_pose),
        (references.find, [correct.editor], references.ask_editor),
    ):
        inputs = [*inputs, *references.choices]
        found = button.click(search, inputs, references.outputs, api_name="find_references", **quiet)
        found.success(go, None, tabs, api_name="go_to_references", **quiet)
    opened = references.page.edit(edit, None, [tabs, *correct.outputs], api_name="edit_reference", **quiet)
    opened.success(None, js=GO_TO_EDITOR)


def estimate_api(image: FileData) -> dict[str, Any]:
    """Estimate the poses in a picture.

    Args:
        image: The picture: PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF.

    Returns:
        A COCO keypoint document with one image.
    """
    path = uploaded(image.get("path") if isinstance(image, dict) else getattr(image, "path", image))
    try:
        picture = read_image(path, work_side=WORK_SIDE)
        poses = tuple(estimator().estimate(picture))
    except ValueError as error:
        raise refusal(error) from error
    return to_coco([PosedImage(picture.name, picture.width, picture.height, poses)])


def search_api(
    image: FileData,
    gallery: str = SHIPPED,
    k: int = 12,
    any_camera: bool = False,
    mirror: bool = True,
    parts: list[str] | None = None,
    tags: list[str] | None = None,
) -> list[dict[str, Any]]:
    """Find the pictures of a gallery that show the pose of the first person in a picture.

    Args:
        image: The picture: PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF.
        gallery: Name of the gallery.
        k: How many results, 1 to 100.
        any_camera: Whether the pose counts from whichever side.
        mirror: Whether mirror images count.
        parts: Parts of the body that count; all of it by default.
        tags: All of these must be on the picture.

    Returns:
        Best first: image, score (0 to 100), box, keypoints (17 times x, y, score), mirrored, tags.
    """
    path = uploaded(image.get("path") if isinstance(image, dict) else getattr(image, "path", image))
    try:
        if not 1 <= k <= 100:
            raise ValueError(f"k is {k}; ask for 1 to 100 results.")
        picture = read_image(path, work_side=WORK_SIDE)
        query = Query.of_picture(picture, estimator().estimate(picture))
        _, found = find(query, Choices(gallery, any_camera, mirror, tuple(parts or ()), tags=tuple(tags or ())), k)
    except ValueError as error:
        raise refusal(error) from error
    return [one.to_json() for one in found]


def build(store: DatasetStore | None = None) -> gr.Blocks:
    """Build the app.

    Args:
        store: Where corrections are kept; default: the home folder's dataset.
    """
    estimator()
    store = store or open_store()
    with gr.Blocks(title="SketchPose", delete_cache=(_CACHE_SECONDS, _CACHE_SECONDS)) as app:
        gr.Markdown(_INTRO.format(limit=MAX_MEGAPIXELS))
        drop_anywhere()
        with gr.Tabs() as tabs:
            with gr.Tab("Pose", id="pose"):
                pose = pose_tab(app)
            with gr.Tab("Correct", id="correct", render_children=True):
                correct = build_correct_tab(estimator, AnnotationSession(store), about=about_panel)
                correct_find = gr.Button("Find references", elem_id="correct-find")
            with gr.Tab("References", id="references", render_children=True) as tab:
                references = build_references_tab(estimator, tab, FIRST, correct_find)
            with gr.Tab("Dataset", id="dataset") as dataset:
                build_dataset_tab(dataset, store, correct, tabs)
        pose.correct.click(
            lambda result: (gr.Tabs(selected="correct"), take_over(result, correct)),
            pose.state,
            [tabs, *correct.outputs],
            show_progress="hidden",
            api_name="correct_this",
            api_visibility="private",
        ).then(None, js=GO_TO_EDITOR)
        wire_references(tabs, references, pose, correct)
        gr.events.api(estimate_api, api_name="estimate")
        gr.events.api(search_api, api_name="search")
    return app  # type: ignore[no-any-return]


def launch(app: gr.Blocks, **options: Any) -> tuple[str, str]:
    """Serve the app beside the running program, as safe as it must be where strangers reach it.

    Returns:
        Its address on this machine, and its public link or an empty text.
    """
    app.queue(max_size=QUEUE, default_concurrency_limit=WAITING)
    _, local, public = app.launch(
        **looks(),
        run_history=False,
        footer_links=["api", "settings"],
        max_file_size=MAX_FILE,
        max_threads=6 * WAITING,
        state_session_capacity=SESSIONS,
        prevent_thread_lock=True,
        app_kwargs={"middleware": [Middleware(Gate)]},
        **options,
    )
    return local, public or ""


def check_port(port: int | None) -> None:
    """End with a sentence when the wanted port cannot be had, before anything is loaded; None: any free one will do."""
    if port is None:
        return
    try:
        socket.create_server((LOCALHOST_NAME, port)).close()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
        sys.exit(f"Port {port} {reason}: choose another with --port N, or leave --port out for the next free one.")


def serve(store: DatasetStore, port: int | None, share: bool) -> None:
    """Serve the app until it is stopped.

    Args:
        store: Where corrections are kept.
        port: To serve on; None: 7860 or the next free one.
        share: Also give it a public link for a week.
    """
    app = build(store)
    local, public = launch(app, server_port=port, share=share)
    print(owner_words(local))
    if share and not public:
        print(f"There is no public link, for want of a network: the app is served on this machine at {local}")
    app.block_thread()


def main() -> None:
    """Serve the app; what was saved in the last minute still goes to the Hub when it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", action="store_true", help="also give it a public link for a week")
    parser.add_argument("--port", type=whole(1, 65535), help="port to serve on (default: 7860 or the next free one)")
    arguments = parser.parse_args()
    check_port(arguments.port)
    with tempfile.TemporaryDirectory(prefix="sketchpose-", ignore_cleanup_errors=True) as uploads:
        # Another app of this machine would empty the folder that gradio shares out among all.
        os.environ.setdefault("GRADIO_TEMP_DIR", uploads)
        run(arguments.port, arguments.share)


def run(port: int | None, share: bool) -> None:
    """Serve the app and keep the Hub in step until it is stopped; arguments as of ``serve``."""
    store = open_store()
    sync = HubSync(store.dataset, Remote.from_environment())
    # Whoever ends a container sends SIGTERM: it counts as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sync.start()
    try:
        serve(store, port, share)
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sync.stop()


if __name__ == "__main__":
    main()
