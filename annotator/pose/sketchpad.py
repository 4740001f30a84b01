"""Sketchpad: a page to draw on with pen, finger or mouse, ready from the first stroke.

The component is a ``gr.HTML`` with its own script. Its value in Python is the drawing as PNG bytes, or None while the
page is empty; ``input`` fires after every stroke.
"""

import base64
import binascii
from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.data_classes import GradioModel

from annotator.component import ScriptedComponent

HERE: Final = Path(__file__).parent
_PREFIX: Final = "data:image/png;base64,"


class SketchpadData(GradioModel):
    """The value on the wire: a PNG as a data URL, empty while nothing is drawn."""

    image: str = ""


class Sketchpad(ScriptedComponent):
    """A white page of ``side`` x ``side`` pixels to draw on.

    Example:
        >>> page = Sketchpad()
        >>> page.input(lambda png: len(png or b""), page, gr.Number())
    """

    data_model = SketchpadData

    def __init__(self, *, side: int = 768, **options: Any) -> None:
        """Make the component.

        Args:
            side: Side of the page in pixels; it is shown as large as its place allows.
            options: What every ``gr.HTML`` takes, such as ``elem_id`` and ``visible``.
        """
        super().__init__(
            files=HERE / "sketchpad",
            script=f"const side = {int(side)};\n" + (HERE / "sketchpad.js").read_text("utf-8"),
            **options,
        )

    def preprocess(self, payload: SketchpadData | None) -> bytes | None:  # type: ignore[override]
        """Return the drawing as PNG bytes; None while the page is empty.

        Raises:
            gr.Error: What arrived is no PNG data URL.
        """
        if payload is None or not payload.image:
            return None
        try:
            if not payload.image.startswith(_PREFIX):
                raise binascii.Error
            return base64.b64decode(payload.image.removeprefix(_PREFIX), validate=True)
        except binascii.Error as error:
            raise gr.Error("The drawing did not arrive whole; draw one more stroke.", print_exception=False) from error

    def postprocess(self, value: bytes | None) -> SketchpadData:  # type: ignore[override]
        """Return the page's value for a PNG, or an empty page for None."""
        return SketchpadData(image="" if value is None else _PREFIX + base64.b64encode(value).decode())
