"""What the app uses of Gradio beyond its documentation, held to the installed version."""

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import gradio as gr
import pytest
from gradio.route_utils import delete_files_created_by_app
from gradio.routes import App
from gradio.state_holder import StateHolder

from annotator import gradio_private as private
from annotator.choices import Choice
from annotator.component import ScriptedComponent, message

ROOT = Path(__file__).parents[2]
REACHES_PAST = re.compile(
    r"\bis_template\b|GRADIO_CACHE|temp_files|keep_in_cache|state_holder|session_data|_state_ttl|load_input_event"
    r"|gradio\.(?:context|events|http_server|processing_utils|utils|routes|route_utils|blocks)\b"
)


def test_no_other_module_reaches_past_the_documented_interface() -> None:
    modules = [path for path in (ROOT / "annotator").rglob("*.py") if path.name != "gradio_private.py"]
    found = {path.name: REACHES_PAST.findall(path.read_text()) for path in [ROOT / "app.py", *modules]}
    assert {name: parts for name, parts in found.items() if parts} == {}
    assert REACHES_PAST.search((ROOT / "annotator" / "gradio_private.py").read_text())


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> gr.Blocks:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with gr.Blocks() as blocks:
        assert private.current_page() is blocks
        gr.State("kept")
        gr.Image()
    App.create_app(blocks)
    StateHolder().set_blocks(blocks)
    return blocks


def block(page: gr.Blocks, kind: type) -> gr.blocks.Block:
    return next(found for found in page.blocks.values() if isinstance(found, kind))


def test_a_subclass_is_drawn_as_the_component_itself() -> None:
    assert Choice(["a"], render=False).get_block_name() == "radio"


def test_outside_a_page_and_a_handler_there_is_neither() -> None:
    assert private.current_request() is None
    with pytest.raises(RuntimeError, match="inside gr.Blocks"):
        private.current_page()


def test_the_cleaning_of_the_cache_takes_what_may_go_and_leaves_what_is_kept(page: gr.Blocks, tmp_path: Path) -> None:
    image = block(page, gr.Image)
    assert private.upload_folder() == tmp_path

    def cached(name: str, clean: bool) -> str:
        path = private.cache_file(image, name.encode(), name, clean=clean)
        os.utime(path, (0, 0))  # as old as can be
        return path

    going, kept, also = (cached(name, True) for name in ("going.png", "kept.png", "also.png"))
    staying = cached("staying.png", False)
    private.keep_file(image, kept)
    delete_files_created_by_app(page, age=0)
    assert [os.path.exists(path) for path in (going, kept, also, staying)] == [False, True, False, True]
    also = cached("also.png", True)
    private.keep_files(image, {also})
    delete_files_created_by_app(page, age=0)
    assert [os.path.exists(path) for path in (kept, also)] == [False, True]


def test_the_sessions_of_a_server_are_read_reopened_and_forgotten(page: gr.Blocks) -> None:
    state, sessions = block(page, gr.State), private.Sessions.of(page)
    assert list(sessions.values()) == [] and list(private.Sessions.of(gr.Blocks()).values()) == []
    page.state_holder["a"][state._id] = "value"
    assert list(sessions.values()) == [("a", "value")]
    session = page.state_holder["a"]
    session.is_closed, limit = True, session._state_ttl[state._id]
    session._state_ttl[state._id] = limit[0], limit[1].replace(year=2000)
    sessions.restart_clock("a")
    page.state_holder.delete_all_expired_state()
    assert list(sessions.values()) == [("a", "value")]
    sessions.reopen("a")
    assert not session.is_closed
    sessions.forget(["a"])
    assert "a" not in page.state_holder and "a" not in page.state_holder.time_last_used
    sessions.reopen("unknown")
    sessions.restart_clock("unknown")


def test_the_event_of_an_example_and_those_of_a_script_can_be_listened_to(tmp_path: Path) -> None:
    for kind in ("html", "css"):
        (tmp_path / f"own.{kind}").write_text("")

    class Own(ScriptedComponent):
        ring = private.custom_event("ring")

    with gr.Blocks() as page:
        own = Own(files=tmp_path / "own", script="trigger('ring'); trigger('other')")
        text = gr.Textbox()
        own.ring(lambda: "rung", None, text, api_name="ring")
        examples = gr.Examples([["a"]], [text])
        private.examples_chosen(examples).success(lambda: "chosen", None, text, api_name="chosen")
    assert {"ring", "chosen"} <= {handler.api_name for handler in page.fns.values()}
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        _ = own.other
    assert own.get_config()["props"] == {"reply": None}


def test_equal_messages_to_a_script_still_count_as_two() -> None:
    first, second = (message("note", text="Saved.")["reply"] for _ in range(2))
    assert first | {"id": 0} == second | {"id": 0} == {"id": 0, "kind": "note", "text": "Saved."}
    assert first["id"] != second["id"]


def test_an_app_that_is_slow_to_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradio gives its own first page three seconds, and on a busy machine the app then ended with an error."""
    assert "networking.url_ok(self.local_url)" in inspect.getsource(gr.Blocks)
    # In a process of its own: other tests of this one put something else in its place.
    replaced = "import annotator.gradio_private as p; from gradio import networking as n; assert n.url_ok is p._answers"
    subprocess.run([sys.executable, "-c", replaced], check=True, cwd=ROOT, timeout=600)
    answers = iter([False, False, True])
    monkeypatch.setattr(private, "_answers_at_once", lambda url: next(answers))
    monkeypatch.setattr(private.time, "sleep", lambda seconds: None)
    assert private._answers("http://127.0.0.1")
    monkeypatch.setattr(private, "_answers_at_once", lambda url: False)
    times = iter([0.0, 60.0, 200.0])
    monkeypatch.setattr(private.time, "monotonic", lambda: next(times))
    assert not private._answers("http://127.0.0.1")
