"""What visitors are told: plain text, without the paths of the server."""

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

import app
from annotator.choices import STALE, Choice, Menu, Slider
from annotator.messages import FAILED, AppPage, refusal, shown, told

EVIL = "![x](http://evil.example/x.png) <img src=http://evil.example/y.png> http://auto.example www.a.b `c` *d*"


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """What some work returns; in a thread of its own, as tests of the browser leave an event loop in theirs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_a_name_is_no_markup_in_a_message() -> None:
    error = refusal(ValueError(f"{EVIL}: there is no such file"), "Title")
    assert "<" not in error.message and "&lt;img" in error.message and error.title == "Title"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/home/ada/secret/x.png: there is no such file", "x.png: there is no such file"),
        (
            "[Errno 13] Permission denied: '/srv/data/a/run.jsonl'",
            "[Errno 13] Permission denied: 'run.jsonl'",
        ),
        (r"C:\Users\ada\x.png is damaged", "x.png is damaged"),
        ("see https://huggingface.co/docs/hub", "see https://huggingface.co/docs/hub"),
        ("a/b.png and 1/2 and.or", "a/b.png and 1/2 and.or"),
        (f"{Path.home() / 'my drawings' / 'x.png'} is gone", "my drawings/x.png is gone"),
    ],
)
def test_of_a_path_of_the_server_its_last_part_is_told(text: str, left: str) -> None:
    assert shown(ValueError(text)) == left and shown(text, paths=True) == text


@pytest.mark.parametrize("kind", [Choice, Menu])
def test_a_page_older_than_the_server_is_told_to_reload(kind: Any) -> None:
    choice = kind(["a"], value="a")
    assert choice.preprocess("a") == "a"
    with pytest.raises(gr.Error) as told:
        choice.preprocess("/home/ada/secret gallery")
    assert told.value.message == STALE


@pytest.mark.parametrize(
    ("typed", "words"),
    [(7, "is 7: give a number from 0 to 1."), (-0.1, "is -0.1: give"), (float("nan"), "is nan"), (None, "is empty")],
)
def test_a_number_typed_out_of_range_is_told_with_its_field_and_limits(typed: float | None, words: str) -> None:
    slider = Slider(0, 1, 0.5, label="Confidence")
    assert slider.preprocess(0.25) == 0.25
    with pytest.raises(gr.Error, match=f"'Confidence' {words}"):
        slider.preprocess(typed)


def test_a_refusal_within_a_refusal_is_shown_once() -> None:
    assert shown(refusal("a <b>")) == "a <b>" and refusal(refusal("a <b>")).message == "a &lt;b&gt;"


def test_only_what_is_meant_to_be_read_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def failing(act: Any) -> Exception:
        try:
            act()
        except Exception as error:
            return error
        raise AssertionError("nothing was raised")

    def refuses() -> None:
        raise ValueError("14 joints; give 17.")

    assert told(failing(refuses)) == "14 joints; give 17." and not capsys.readouterr().err
    for act in (lambda: json.loads("{"), lambda: {}["sources"], lambda: open("/nowhere")):
        assert told(failing(act)) == FAILED and "Traceback" in capsys.readouterr().err


def test_every_event_of_the_page_that_fails_says_so_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    page = app.build()
    handlers = [handler for handler in page.fns.values() if handler.fn is not None]
    assert len(handlers) > 50
    for handler in handlers:

        def fails(*_: Any, name: Any = handler.api_name) -> None:
            raise KeyError(f"nobody expected {name}")

        handler.fn, handler.inputs = fails, []
        with pytest.raises(gr.Error) as error:
            finished(page.process_api(handler, []))
        assert error.value.message == FAILED and isinstance(error.value.__cause__, KeyError)
        assert f"KeyError: 'nobody expected {handler.api_name}'" in capsys.readouterr().err


@pytest.mark.parametrize("where", ["preprocess", "postprocess"])
def test_what_fails_before_and_after_a_handler_is_said_too(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with AppPage() as page:
        box = gr.Textbox()
        box.change(lambda text: text, box, box)
    monkeypatch.setattr(box, where, lambda _: {}["nothing"])
    with pytest.raises(gr.Error) as error:
        finished(page.process_api(page.fns[0], ["x"]))
    assert error.value.message == FAILED
