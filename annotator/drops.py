"""Drop or paste a picture anywhere on the page: it goes to the upload of the tab that is shown.

>>> with gr.Blocks() as app:
...     drop_anywhere()
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from annotator.component import ScriptedComponent

_PICTURE: Final = "one picture"


@dataclass(frozen=True)
class Target:
    """An upload of the page, by CSS selectors.

    Attributes:
        place: The image component or the upload button.
        takes: What it takes, for the sentence about a file that it does not.
        instead: What is shown while its own tab is not, where a drop is meant for it nevertheless.
        tab: The button of its own tab, which is then opened.
        hint: Said after opening that tab, instead of taking the file: there is something to fill in first.
    """

    place: str
    takes: str
    instead: str = ""
    tab: str = ""
    hint: str = ""


TARGETS: Final = (
    Target("#drawing", _PICTURE, "#page", "#pose-picture-button"),
    Target("#reference-drawing", _PICTURE, "#reference-sheet", "#reference-picture-button"),
    Target("#open-files", "pictures"),
    Target(
        "#import-file", "pictures, or annotations as .json or .zip", "#dataset-name", "#dataset-import-button",
        "Say where the drawings come from, then drop them again.",
    ),
)  # fmt: skip

_FILES: Final = Path(__file__).with_suffix("")


def drop_anywhere(targets: tuple[Target, ...] = TARGETS) -> ScriptedComponent:
    """Take what is dropped or pasted on the page; lay this out once, outside every tab.

    Args:
        targets: Where it may go: the first that is shown takes it.
    """
    script = _FILES.with_suffix(".js").read_text("utf-8")
    places = json.dumps([asdict(target) for target in targets])
    return ScriptedComponent(files=_FILES, script=f"const targets = {places};\n{script}", elem_id="drops")
