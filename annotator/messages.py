"""What a visitor is told when something does not work: plain text, without paths of the server.

Gradio shows messages as HTML, and texts as Markdown. In either, a file name could be markup: a link, or a picture that
the browser fetches from another machine.
"""

import os
import re
import tempfile
from html import escape
from pathlib import Path
from typing import Final

import gradio as gr

from sketchpose.home import home_folder

_MAX_LENGTH: Final = 2000
_ABSOLUTE: Final = re.compile(r"""(?<![\w./\\:])(?:[A-Za-z]:)?(?:[/\\]+[^\s/\\'"<>|:;,]+)+[/\\]([^\s/\\'"<>|:;,]*)""")
_CODE: Final = Path(__file__).parents[1]


def refusal(error: Exception | str, title: str = "Error", *, paths: bool = False) -> gr.Error:
    """Return the message that a handler raises to refuse something.

    Args:
        error: What went wrong.
        title: What the message is headed with.
        paths: Leave the paths of the server in it, for its owner.
    """
    return gr.Error(escape(shown(error, paths=paths), quote=False), title=title, print_exception=False)


def warn(error: Exception | str, title: str) -> None:
    """Show a message, as ``refusal`` words it, besides what the handler returns."""
    gr.Warning(escape(shown(error), quote=False), title=title)


def shown(error: Exception | str, *, paths: bool = False) -> str:
    """Return what went wrong in plain words, with only the last part of each path of this machine.

    Args:
        error: What went wrong.
        paths: Leave the paths as they are, for the owner.
    """
    text = str(error.message if isinstance(error, gr.Error) else error)[:_MAX_LENGTH]
    if paths:
        return text
    folders = {home_folder(), Path.home(), Path(tempfile.gettempdir()), _CODE, Path.cwd()}
    # Known folders first: a path with a space in it cannot be told from words.
    for place in sorted({str(p) for folder in folders for p in (folder, folder.resolve())}, key=len, reverse=True):
        if len(place) > 1:
            text = text.replace(place + os.sep, "")
    return _ABSOLUTE.sub(r"\1", text)
