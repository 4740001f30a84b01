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
class DropTarget:
    """An upload of the page, named by CSS selectors.

    Attributes:
        place: The image component or the upload button.
        takes: What it takes, for the sentence about a file that it refuses.
        instead: What is in sight while its own tab is not; a drop there is meant for it all the same.
        tab: The button that opens its own tab.
        hint: Shown after opening that tab, instead of taking the file, where something has to be filled in first.
    """

    place: str
    takes: str
    instead: str = ""
    tab: str = ""
    hint: str = ""


TARGETS: Final = (
    DropTarget("#drawing", _PICTURE, "#page", "#pose-picture-button"),
    DropTarget("#reference-drawing", _PICTURE, "#reference-sheet", "#reference-picture-button"),
    DropTarget("#open-files", "pictures"),
    DropTarget(
        "#import-file", "pictures, or annotations as .json or .zip", "#dataset-name", "#dataset-import-button",
        "Say where the drawings come from, then drop them again.",
    ),
)  # fmt: skip

_FILES: Final = Path(__file__).with_suffix("")


def drop_anywhere(targets: tuple[DropTarget, ...] = TARGETS) -> ScriptedComponent:
    """Take what is dropped or pasted on the page; lay this out once, outside all tabs.

    Args:
        targets: Where it may go; the first one in sight takes it.
    """
    script = _FILES.with_suffix(".js").read_text("utf-8")
    places = json.dumps([asdict(target) for target in targets])
    return ScriptedComponent(files=_FILES, script=f"const targets = {places};\n{script}", elem_id="drops")
