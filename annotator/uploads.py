"""Paths that a browser sends: the app reads those of uploads only.

Gradio checks a path that is labelled as a file, but passes one without that label on as it is. Anybody who writes
requests by hand could then have the app read any picture of the machine, and show it.
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
        gr.Error: The path leads out of the folder of uploads, or the file is gone.
    """
    file = Path(str(path)).resolve()
    # The same words for both: they must not tell which files the machine has.
    if not (file.is_relative_to(upload_folder().resolve()) and file.is_file()):
        words = "This file is not on the server, as after a restart: drop it onto the page."
        raise gr.Error(words, print_exception=False)
    return file


def uploaded_file(file: object) -> Path:
    """Return the path of an upload that a client of the API names.

    Args:
        file: A ``FileData``, or what stands for one in JSON; anything may arrive.

    Raises:
        gr.Error: The file is not an upload of this app.
    """
    return uploaded(file.get("path") if isinstance(file, dict) else getattr(file, "path", file))


@drawn_as_base
class CheckedUploadButton(gr.UploadButton):
    """An upload button that passes on uploads only."""

    def preprocess(self, payload: Any) -> Any:
        """Return the path, or the paths, of what was uploaded."""
        for file in payload if isinstance(payload, list) else getattr(payload, "root", [payload]):
            if file is not None:
                uploaded(file.path)
        return super().preprocess(payload)


@drawn_as_base
class DrawingInput(gr.Image):
    """A picture as the file that was uploaded: only the library decodes it."""

    def preprocess(self, payload: ImageData | None) -> str | None:
        """Return the path of the upload."""
        return None if payload is None else str(uploaded(payload.path))
