"""The base of the app's own components: each is a ``gr.HTML`` with markup, a style sheet and a script of its own."""

import itertools
import time
from pathlib import Path
from typing import Any

import gradio as gr

_NUMBERS = itertools.count(int(time.time() * 1000))


class ScriptedComponent(gr.HTML):
    """A component drawn by files of its own, without a Node build."""

    def __init__(self, *, files: Path, script: str, value: Any = None, **options: Any) -> None:
        """Make the component.

        Args:
            files: Path of its markup and its style sheet, without ``.html`` and ``.css``.
            script: Runs when the component is laid out.
            value: What it shows at first.
            options: What every ``gr.HTML`` takes, such as ``elem_id`` and ``visible``.
        """
        super().__init__(
            value=value,
            html_template=files.with_suffix(".html").read_text("utf-8"),
            css_template=files.with_suffix(".css").read_text("utf-8"),
            js_on_load=script,
            apply_default_css=False,
            **{"reply": None, **options},
        )

    def __getattr__(self, name: str) -> Any:
        # gr.HTML makes an event of every name that stands in quotes in the script; these classes declare their own.
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def message(kind: str, **fields: Any) -> Any:
    """Return an update that tells a component's script something and leaves its value alone.

    The script watches the property ``reply``. Each message has its own ``id``, so that two equal ones count twice.

    Args:
        kind: What it is about.
        fields: The rest, as JSON.
    """
    return gr.update(reply={"id": next(_NUMBERS), "kind": kind, **fields})
