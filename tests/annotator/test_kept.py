"""What is kept as long as a page is open, with a cache that is made to age."""

import os
from pathlib import Path

import gradio as gr
import pytest
from gradio.processing_utils import save_bytes_to_cache
from gradio.route_utils import delete_files_created_by_app
from gradio.routes import App
from gradio.state_holder import StateHolder
from PIL import Image

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.session import AnnotationSession
from annotator.correct.tab import build_correct_tab
from annotator.editor.component import KeypointEditor
from annotator.gradio_private import Sessions
from annotator.kept import HOUR, OpenFiles, Visits
from sketchpose.dataset import Dataset


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> gr.Blocks:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    with gr.Blocks() as blocks:
        gr.State()
        build_correct_tab(None, AnnotationSession(DatasetStore(Dataset(tmp_path / "dataset"))))
    App.create_app(blocks)
    StateHolder().set_blocks(blocks)
    return blocks


def upload(page: gr.Blocks, name: str, colour: str, folder: Path) -> str:
    Image.new("RGB", (60, 80), colour).save(folder / name)
    path = save_bytes_to_cache((folder / name).read_bytes(), name, str(folder / "cache"))
    page.upload_file_set.add(path)
    return path


def test_what_is_open_and_waits_in_the_queue_outlives_the_cleaning(page: gr.Blocks, tmp_path: Path) -> None:
    now = [0.0]
    visits, holder = Visits(lambda: now[0]), page.state_holder
    sessions = Sessions.of(page)
    first, second, other, left = (
        upload(page, f"{colour}.png", colour, tmp_path) for colour in ("red", "blue", "green", "black")
    )
    editor = next(block for block in page.blocks.values() if isinstance(block, KeypointEditor))
    editor.keep_in_cache = OpenFiles(page, visits)  # type: ignore[assignment]
    visits.begin(sessions, "annotator")
    assert holder["annotator"]
    visits.hold("annotator", (first, second))
    visits.hold("script without a page", (left,))
    for path in (first, second, other, left):
        os.utime(path, (0, 0))
    # Everything is older than no time at all: the cache has aged.
    delete_files_created_by_app(page, age=0)
    assert [os.path.exists(path) for path in (first, second, other, left)] == [True, True, False, False]

    tab_session = AnnotationSession(DatasetStore(Dataset(tmp_path / "dataset")))
    record = tab_session.save(tab_session.open(first))
    assert record.revision == 1, "it is saved after hours"

    visits.end(sessions, "annotator")
    now[0] = HOUR / 2
    delete_files_created_by_app(page, age=0)
    assert os.path.exists(first), "a break in the network is forgiven"
    visits.begin(sessions, "annotator")
    assert not holder["annotator"].is_closed
    visits.end(sessions, "annotator")
    now[0] = 2 * HOUR
    visits.begin(sessions, "somebody else")
    visits.end(sessions, "somebody else")
    delete_files_created_by_app(page, age=0)
    assert not os.path.exists(first) and "annotator" not in holder, "then all of the session is freed"


def test_a_break_does_not_cost_what_was_set_hours_ago(page: gr.Blocks) -> None:
    visits, holder = Visits(), page.state_holder
    sessions = Sessions.of(page)
    state = next(block for block in page.blocks.values() if isinstance(block, gr.State))
    visits.begin(sessions, "a")
    holder["a"][state._id] = "x"
    limit, moment = holder["a"]._state_ttl[state._id]
    holder["a"]._state_ttl[state._id] = limit, moment.replace(year=moment.year - 1)
    holder["a"].is_closed = True  # as gradio does when the heartbeat ends
    visits.end(sessions, "a")
    holder.delete_all_expired_state()
    assert holder["a"][state._id] == "x"
