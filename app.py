"""The web app: ``python app.py [--share] [--port N]`` serves it on http://localhost:7860.

Wiring only: what the app does lies in ``sketchpose`` and ``annotator``.
"""

import argparse
import errno
import os
import signal
import socket
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from starlette.middleware import Middleware

from annotator.choices import out_of_date
from annotator.correct.dataset_store import DatasetStore
from annotator.correct.provenance import about_panel
from annotator.correct.session import AnnotationSession
from annotator.correct.tab import GO_TO_EDITOR, CorrectTab, build_correct_tab
from annotator.dataset.tab import build_dataset_tab
from annotator.drops import drop_anywhere
from annotator.editor.value import EditorValue
from annotator.estimators import shared_assistant, shared_estimator
from annotator.events import QUIET, Updates
from annotator.gate import Gate, owner_notice
from annotator.gradio_private import LOCALHOST, calm
from annotator.lean import share_heaps
from annotator.mannequin.view import MannequinView, build_mannequin
from annotator.messages import AppPage
from annotator.packed_page import PackedPage
from annotator.pose.endpoint import estimate_api
from annotator.pose.result import PoseResult
from annotator.pose.tab import PoseTab, build_pose_tab
from annotator.privacy import privacy_note
from annotator.references.endpoint import search_api
from annotator.references.tab import ReferencesTab, build_references_tab
from annotator.theme import looks
from sketchpose.dataset.hub.repository import Remote
from sketchpose.dataset.hub.sync import HubSync
from sketchpose.images import WORK_SIDE, read_image
from sketchpose.options import SETTINGS, setting, whole
from sketchpose.pose import Pose

EXAMPLES: Final = sorted((Path(__file__).parent / "examples" / "drawings").glob("*.png"))
FIRST: Final = next(path for path in EXAMPLES if "PointingFinger" in path.name)
TRY: Final = [path for path in EXAMPLES if path.stem in ("peeps_sit_Bike", "peeps_stand_WalkingBW", "stick_sm_011")]
"""What the empty editor offers."""
_CACHE_SECONDS: Final = 3600
MAX_FILE: Final = 64 << 20
"""Bytes of one upload: more than any picture of the largest size has in one of the four formats."""
QUEUE: Final = 200
"""Events that wait; whoever comes then is asked to try again, rather than wait for minutes."""
WAITING: Final = 16
"""Events of one kind that are under way at a time; most of them wait for one of the cores (see ``turns``)."""
SESSIONS: Final = 500
"""Sessions remembered, with what their pages show; the one that was used least lately goes first."""

_INTRO: Final = """# SketchPose
**Sketch a pose, get references.** Draw, or drop a drawing anywhere on the page."""


def build(store: DatasetStore | None = None) -> gr.Blocks:
    """Build the app.

    Args:
        store: Where corrections are kept; default: the home folder's dataset.
    """
    shared_estimator()
    store = store or DatasetStore()
    with AppPage(title="SketchPose", delete_cache=(_CACHE_SECONDS, _CACHE_SECONDS)) as app:
        gr.Markdown(_INTRO, elem_id="intro")
        drop_anywhere()
        with gr.Tabs() as tabs:
            with gr.Tab("Pose", id="pose"):
                pose = build_pose_tab(app, shared_estimator, EXAMPLES, FIRST)
            with gr.Tab("Correct", id="correct", render_children=True):
                correct = build_correct_tab(
                    shared_estimator,
                    AnnotationSession(store),
                    assistant=shared_assistant,
                    examples=TRY,
                    about=about_panel,
                )
                correct_find = gr.Button("Find references", elem_id="correct-find")
                with gr.Accordion("Mannequin", open=False, elem_id="correct-mannequin") as section:
                    mannequin = build_mannequin(section, "correct-mannequin")
                    mannequin.follow([correct.editor.input, correct.editor.change], [correct.editor], selected_person)
            with gr.Tab("References", id="references", render_children=True) as tab:
                references = build_references_tab(shared_estimator, tab, FIRST, correct_find)
            with gr.Tab("Dataset", id="dataset") as dataset:
                build_dataset_tab(dataset, store, correct, tabs)
        privacy_note()
        wire_correct(tabs, pose, correct)
        wire_references(tabs, references, pose, correct, mannequin)
        gr.events.api(estimate_api, api_name="estimate")
        gr.events.api(search_api, api_name="search")
    return app  # type: ignore[no-any-return]


def selected_person(value: EditorValue | None) -> Pose | None:
    """Return the person that is selected in the editor, if there is one with joints."""
    people = value.poses[value.active : value.active + 1] if value else ()
    return people[0] if people and people[0].labelled.any() else None


def wire_correct(tabs: gr.Tabs, pose: PoseTab, correct: CorrectTab) -> None:
    """Lead from *Pose* into the editor, with the original file."""

    def take_over(result: PoseResult | None, person: int) -> Updates:
        if result is None:
            raise out_of_date()  # the button is off before there is a pose
        opened = correct.open_poses(result.source, result.poses, result.name)
        opened = replace(opened, active=max(person - 1, 0))
        return {tabs: gr.Tabs(selected="correct"), correct.editor: opened}

    taken = pose.correct.click(
        take_over, [pose.result, pose.person], [tabs, correct.editor], api_name="correct_this", **QUIET
    )
    taken.then(None, js=GO_TO_EDITOR)


def wire_references(
    tabs: gr.Tabs, references: ReferencesTab, pose: PoseTab, correct: CorrectTab, mannequin: MannequinView
) -> None:
    """Lead from *Pose*, *Correct* and their mannequins to *References*, and from a reference into the editor."""

    def lead_there(found: Updates) -> Updates:
        """Open the tab with the results: an event later, the visitor may have gone on."""
        return found | {tabs: gr.Tabs(selected="references")}

    def find_shown(result: PoseResult | None, person: int, status: str, *chosen: Any) -> Updates:
        if result is None:
            if status:
                raise out_of_date()
            raise gr.Error("There is no pose to look for yet: drop a drawing first.", print_exception=False)
        return lead_there(references.search_poses(result.source, result.shown(person), result.name, *chosen))

    def find_edited(value: EditorValue | None, *chosen: Any) -> Updates:
        return lead_there(references.search_editor(value, *chosen))

    def find_side(view: MannequinView, *values: Any) -> Updates:
        at = len(view.shown)
        picture, person = view.seen(*values[:at])
        return lead_there(references.search_poses(picture, [person], "mannequin.png", *values[at:]))

    def edit(event: gr.EventData) -> Updates:
        return {tabs: gr.Tabs(selected="correct"), correct.editor: correct.open_poses(*references.picked(event))}

    shown = [pose.result, pose.person, pose.status]
    for asked, inputs, search in (
        (pose.find_references.click, shown, find_shown),
        (pose.live.press, shown, find_shown),
        (references.find.click, [correct.editor], find_edited),
        (pose.mannequin.find.click, pose.mannequin.shown, partial(find_side, pose.mannequin)),
        (mannequin.find.click, mannequin.shown, partial(find_side, mannequin)),
    ):
        inputs = [*inputs, *references.choices.components]
        asked(search, inputs, [tabs, *references.outputs], api_name="find_references", **QUIET)
    opened = references.page.edit(edit, None, [tabs, correct.editor], api_name="edit_reference", **QUIET)
    opened.success(None, js=GO_TO_EDITOR)


def launch(app: gr.Blocks, **options: Any) -> tuple[str, str]:
    """Serve the app beside the running program, as safe as it must be where strangers reach it.

    Returns:
        Its address on this machine, and its public link or an empty text.
    """
    app.queue(max_size=QUEUE, default_concurrency_limit=WAITING)
    calm(app)
    share_heaps()
    _, local, public = app.launch(
        **looks(),
        run_history=False,
        footer_links=["api", "settings"],
        max_file_size=MAX_FILE,
        max_threads=6 * WAITING,
        state_session_capacity=SESSIONS,
        prevent_thread_lock=True,
        app_kwargs={"middleware": [Middleware(Gate), Middleware(PackedPage)]},
        **options,
    )
    return local, public or ""


def check_port(port: int | None) -> None:
    """End with a sentence when the wanted port cannot be had, before anything is loaded; None: any free one will do."""
    if port is None:
        return
    try:
        socket.create_server((LOCALHOST, port)).close()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
        sys.exit(f"Port {port} {reason}: choose another with --port N, or leave --port out for the next free one.")


def check_settings() -> None:
    """End with a sentence when a variable of the environment cannot be used, before anything is loaded."""
    try:
        for name in SETTINGS:
            setting(name)
    except ValueError as error:
        sys.exit(str(error))


def serve(store: DatasetStore, port: int | None, share: bool) -> None:
    """Serve the app until it is stopped.

    Args:
        store: Where corrections are kept.
        port: To serve on; None: 7860 or the next free one.
        share: Also give it a public link for a week.
    """
    app = build(store)
    local, public = launch(app, server_port=port, share=share)
    # Every page begins with this drawing: what is found in it is remembered before the first one asks.
    shared_estimator().estimate(read_image(FIRST, work_side=WORK_SIDE))
    print(owner_notice(local))
    if share and not public:
        print(f"There is no public link, for want of a network: the app is served on this machine at {local}")
    app.block_thread()


def main() -> None:
    """Serve the app; what was saved in the last minute still goes to the Hub when it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", action="store_true", help="also give it a public link for a week")
    parser.add_argument("--port", type=whole(1, 65535), help="port to serve on (default: 7860 or the next free one)")
    arguments = parser.parse_args()
    check_settings()
    check_port(arguments.port)
    with tempfile.TemporaryDirectory(prefix="sketchpose-", ignore_cleanup_errors=True) as uploads:
        # Another app of this machine would empty the folder that gradio shares out among all.
        os.environ.setdefault("GRADIO_TEMP_DIR", uploads)
        run(arguments.port, arguments.share)


def run(port: int | None, share: bool) -> None:
    """Serve the app and keep the Hub in step until it is stopped; arguments as of ``serve``."""
    store = DatasetStore()
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
