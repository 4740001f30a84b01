"""What visitors are told: plain text, without the paths of the server."""

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from annotator.choices import STALE, Choice, Menu
from annotator.messages import refusal, shown

EVIL = "![x](http://evil.example/x.png) <img src=http://evil.example/y.png> http://auto.example www.a.b `c` *d*"


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
