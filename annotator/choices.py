"""Components that refuse a value with a sentence that says what to do.

A page may be older than the server, and then offers what the server does not know: Gradio's own message for that names
the value and everything that could have been chosen. Its message for a number out of range does not name the field.
"""

import math
from typing import Any, Final

import gradio as gr

from annotator.gradio_private import drawn_as_base
from annotator.messages import refusal
from sketchpose.options import limits

STALE: Final = (
    "This page is older than the running app, perhaps because it was restarted: reload the page. Corrections that were "
    "not saved are kept in this browser and offered again."
)


def out_of_date() -> gr.Error:
    """Make the message for a page that offers what the server does not know."""
    return gr.Error(STALE, title="Reload the page", print_exception=False)


@drawn_as_base
class Choice(gr.Radio):
    """A ``gr.Radio`` that asks to reload a page that is older than the server."""

    def preprocess(self, payload: Any) -> Any:
        """Return the chosen value."""
        try:
            return super().preprocess(payload)
        except gr.Error as error:
            raise out_of_date() from error


@drawn_as_base
class Menu(gr.Dropdown):
    """A ``gr.Dropdown`` that asks to reload a page that is older than the server."""

    def preprocess(self, payload: Any) -> Any:
        """Return the chosen value or values."""
        try:
            return super().preprocess(payload)
        except gr.Error as error:
            raise out_of_date() from error


@drawn_as_base
class Toggles(gr.CheckboxGroup):
    """A ``gr.CheckboxGroup`` that asks to reload a page that is older than the server."""

    def preprocess(self, payload: Any) -> Any:
        """Return the chosen values."""
        try:
            return super().preprocess(payload)
        except gr.Error as error:
            raise out_of_date() from error


@drawn_as_base
class Slider(gr.Slider):
    """A ``gr.Slider`` whose number may be typed in."""

    def preprocess(self, payload: float | None) -> float:
        """Return the number."""
        if payload is None or not math.isfinite(payload) or not self.minimum <= payload <= self.maximum:
            given = "empty" if payload is None else f"{payload:g}"
            allowed = limits(self.minimum, self.maximum)
            raise refusal(f"{self.label!r} is {given}: give a number {allowed}.", "Out of range")
        return super().preprocess(payload)
