"""Paths that a browser sends: only those of its own uploads may be read.

Gradio checks a path that comes labelled as a file, but takes one without that label as it is. A page made by hand could
so have the app read any picture of the machine, and show it.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from annotator.gradio_private import drawn_as_base, upload_folder


def uploaded(path: object) -> Path:
    """Return the path of an upload.

    Args:
        path: What the browser sent.

    Raises:
        gr.Error: It lies anywhere but in the folder of uploads, or is gone.
    """
    found = Path(str(path)).resolve()
    if not found.is_relative_to(upload_folder().resolve()):
        raise gr.Error("The file must be uploaded to this app first; drop it onto the page.", print_exception=False)
    if not found.is_file():
        raise gr.Error(
            "This file is not on the server any more, as after a restart: drop it again.", print_exception=False
        )
    return found


def uploaded_file(file: object) -> Path:
    """Return the path of an upload that a client of the API names.

    Args:
        file: A ``FileData``, or what stands for one in JSON; anything may arrive.

    Raises:
        gr.Error: It is no upload of this app.
    """
    return uploaded(file.get("path") if isinstance(file, dict) else getattr(file, "path", file))


@drawn_as_base
class CheckedUploadButton(gr.UploadButton):
    """An upload button that hands over uploads only."""

    def preprocess(self, payload: Any) -> Any:
        """Return the path, or the paths, of what was uploaded."""
        for file in payload if isinstance(payload, list) else getattr(payload, "root", [payload]):
            if file is not None:
                uploaded(file.path)
        return super().preprocess(payload)


@drawn_as_base
class DrawingInput(gr.Image):
    """A picture as the file that was uploaded, undecoded: reading it is the library's work alone."""

    def preprocess(self, payload: ImageData | None) -> str | None:
        """Return the path of the upload."""
        return None if payload is None else str(uploaded(payload.path))
