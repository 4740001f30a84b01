"""What a visitor is told when something does not work: plain text, without paths of the server.

Gradio shows messages as HTML, and texts as Markdown. In either, a file name could be markup: a link, or a picture that
the browser fetches from another machine.
"""

import os
import re
import tempfile
import traceback
from html import escape, unescape
from pathlib import Path
from typing import Any, Final

import gradio as gr

from sketchpose.home import home_folder

FAILED: Final = (
    "The app failed, and it is not your fault: try again, and if it fails again, tell whoever runs it, whose log "
    "says more."
)
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


def told(error: Exception) -> str:
    """Return what a visitor is told of any exception; one that is not meant to be read goes into the log instead.

    Meant to be read is a ``ValueError``, or one derived from it, that the project's own code raised.
    """
    place = traceback.extract_tb(error.__traceback__)[-1:]
    by_us = not place or (place[0].filename.startswith(str(_CODE)) and "site-packages" not in place[0].filename)
    if isinstance(error, gr.Error) or (isinstance(error, ValueError) and by_us):
        return shown(error)
    traceback.print_exception(error)
    return FAILED


class AppPage(gr.Blocks):
    """A ``gr.Blocks`` none of whose events fails without a message, from reading its inputs to writing its outputs."""

    async def process_api(self, *arguments: Any, **options: Any) -> Any:
        """Handle an event, as in ``gr.Blocks``."""
        try:
            return await super().process_api(*arguments, **options)
        except gr.Error:
            raise
        except Exception as error:
            raise refusal(told(error), "That did not work") from error


def shown(error: Exception | str, *, paths: bool = False) -> str:
    """Return what went wrong in plain words, with only the last part of each path of this machine.

    Args:
        error: What went wrong.
        paths: Leave the paths as they are, for the owner.
    """
    text = (unescape(error.message) if isinstance(error, gr.Error) else str(error))[:_MAX_LENGTH]
    if paths:
        return text
    folders = {home_folder(), Path.home(), Path(tempfile.gettempdir()), _CODE, Path.cwd()}
    # Known folders first: a path with a space in it cannot be told from words.
    for place in sorted({str(p) for folder in folders for p in (folder, folder.resolve())}, key=len, reverse=True):
        if len(place) > 1:
            text = text.replace(place + os.sep, "")
    return _ABSOLUTE.sub(r"\1", text)
