"""Files dropped and pasted as the browser itself does it: with trusted events, whose files are gone a moment later."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page


def drop_files(page: Page, files: Sequence[Path] | Path, place: Locator | None = None) -> None:
    """Drag files from outside the browser and let them go.

    Args:
        page: The page.
        files: One file or several, or a folder.
        place: Over the middle of what; None for the page's lower left corner, where there is nothing.
    """
    paths = [str(path.resolve()) for path in ([files] if isinstance(files, Path) else files)]
    if place is None:
        assert page.viewport_size
        x, y = 3.0, page.viewport_size["height"] - 3.0
    else:
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box, f"{place} is not shown"
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": paths, "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
    session.detach()


def paste_picture(page: Page, file: Path) -> None:
    """Put a PNG into the clipboard and press Ctrl+V; the context needs the permissions to read and write it."""
    page.evaluate(
        """async (text) => {
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          const picture = new Blob([bytes], { type: 'image/png' });
          await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
        }""",
        base64.b64encode(file.read_bytes()).decode(),
    )
    page.keyboard.press("Control+v")


def three_people() -> FilePayload:
    """A picture of three people beside one another, to choose as a file."""
    names = ("stand_PolkaDots", "stand_PointingFingerWB", "stand_CrossedArmsWB")
    folder, file = Path(__file__).parents[2] / "examples" / "drawings", io.BytesIO()
    figures = [np.array(Image.open(folder / f"peeps_{n}.png").convert("RGB").resize((330, 768))) for n in names]
    Image.fromarray(np.concatenate(figures, 1)).save(file, "PNG")
    return {"name": "three.png", "mimeType": "image/png", "buffer": file.getvalue()}
