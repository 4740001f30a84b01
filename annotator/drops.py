"""Drop or paste a picture anywhere on the page: it goes to the upload of the tab that is shown.

>>> with gr.Blocks() as app:
...     drop_anywhere()
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import gradio as gr

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

_HTML: Final = """<div class="drop-veil" aria-hidden="true" hidden></div>
<div class="drop-words" role="alert" hidden></div>"""

_CSS: Final = """
.drop-veil, .drop-words { position: fixed; z-index: 10000; pointer-events: none; }
.drop-veil { inset: 6px; border: 4px dashed var(--primary-600); border-radius: 12px; }
.drop-words {
  bottom: 16px; left: 50%; transform: translateX(-50%); width: max-content; max-width: min(92vw, 640px);
  padding: 10px 16px; border-radius: 8px; background: #1f2937; color: #fff; font-size: 15px;
}
.drop-veil[hidden], .drop-words[hidden] { display: none; }
"""


def drop_anywhere(targets: tuple[Target, ...] = TARGETS) -> gr.HTML:
    """Take what is dropped or pasted on the page; lay this out once, outside every tab.

    Args:
        targets: Where it may go: the first that is shown takes it.
    """
    script = (Path(__file__).parent / "drops.js").read_text("utf-8")
    return gr.HTML(
        html_template=_HTML,
        css_template=_CSS,
        js_on_load=f"const targets = {json.dumps([asdict(target) for target in targets])};\n{script}",
        apply_default_css=False,
        elem_id="drops",
    )
