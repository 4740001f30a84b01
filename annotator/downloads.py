"""Files that are made when a button is pressed; the browser fetches one when it has been told where it lies."""

from typing import Final

import gradio as gr
from gradio.data_classes import FileData

from annotator.gradio_private import cache_file, drawn_as_base

SAVE: Final = """(file) => {
  const link = document.createElement('a');
  link.href = file.url;
  link.download = file.orig_name;
  link.click();
}"""
"""Script that fetches the file of a ``BytesButton``."""


@drawn_as_base
class BytesButton(gr.DownloadButton):
    """A download button whose value is a file name and bytes, kept in the cache that the app empties."""

    def postprocess(self, value: tuple[str, bytes] | None) -> FileData | None:  # type: ignore[override]
        """Store the bytes and return where they lie."""
        if value is None:
            return None
        name, content = value
        return FileData(path=cache_file(self, content, name, clean=True), orig_name=name)
