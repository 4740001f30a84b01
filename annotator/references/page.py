"""The results of a search, a full-size view, a board, and a place to drop a folder, as one Gradio component.

The value of ``ReferencePage`` is what ``search.answer`` returns; it goes to the page only. Its events:

    more     the visitor wants more like one of the results; ``gr.EventData`` carries its ``id`` and the
             ``count`` of results that are shown
    back     the visitor goes back to the search before that
    further  the visitor wants more results than the ``count`` that are shown
    edit     the visitor opens one of them in the editor: ``id``
    folder   a folder was uploaded: ``name``, and ``files`` as [{name: path within the folder, path: of the upload}]

The script fetches full-size pictures, contact sheets and archives by ``reference_original`` and ``reference_package``.
"""

import base64
import io
import json
import threading
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from gradio.data_classes import GradioRootModel

from annotator.bundle import script
from annotator.component import ScriptedComponent, message
from annotator.gradio_private import custom_event
from annotator.messages import shown
from annotator.references.search import look_up
from sketchpose.encode import data_url, encode
from sketchpose.formats import OPENPOSE_SOURCES, PosedImage, to_openpose
from sketchpose.images import ImageError
from sketchpose.retrieve.gallery.originals import original
from sketchpose.retrieve.parts import NAMED_LIMBS
from sketchpose.retrieve.sheet import Compared, tile
from sketchpose.sheet import contact_sheet
from sketchpose.skeleton import EDGES, NUM_KEYPOINTS, edge_side

HERE: Final = Path(__file__).parent
_MAX_SIDE: Final = 1600
_MAX_ITEMS: Final = 120
"""References in one contact sheet or zip."""
MAX_PACKAGE: Final = 96 << 20
"""Bytes of a zip, which is sent to the page in one piece."""
_PACKING: Final = threading.Lock()
"""One sheet or zip is made at a time, because its pictures lie in memory."""


class PageData(GradioRootModel):
    """The value on the wire."""

    root: dict[str, Any]


class ReferencePage(ScriptedComponent):
    """Shows references, best first.

    Example:
        >>> page = ReferencePage()
        >>> button.click(lambda: answer(query, choices), None, page)
    """

    data_model = PageData
    more = custom_event("more")
    further = custom_event("further")
    back = custom_event("back")
    edit = custom_event("edit")
    folder = custom_event("folder")

    def __init__(self, *, storage_name: str = "references", **options: Any) -> None:
        """Make the component, empty.

        Args:
            storage_name: Name under which the browser keeps the board.
            options: What every ``gr.HTML`` takes, such as ``elem_id`` and ``visible``.
        """
        super().__init__(
            files=HERE / "page",
            script=script(
                HERE / "js",
                edges=[[a, b, edge_side(a, b)] for a, b in EDGES],
                limbs=NAMED_LIMBS,
                openpose=[list(joints) for joints in OPENPOSE_SOURCES],
                storage_name=storage_name,
            ),
            server_functions=[reference_original, reference_package],
            **options,
        )

    def preprocess(self, payload: PageData | None) -> None:  # type: ignore[override]
        """Return nothing: the page sends events only."""

    def postprocess(self, value: dict[str, Any] | None) -> PageData | None:  # type: ignore[override]
        """Return the value for the page; None empties it."""
        return None if value is None else PageData(value)

    def api_info(self) -> dict[str, Any]:
        """Describe the value for API clients."""
        return {"type": "object"}

    def example_payload(self) -> Any:
        """Return a value that API documentation can show."""
        return {"results": []}

    def example_value(self) -> Any:
        """Return an example of the value in Python."""
        return {"results": []}

    @staticmethod
    def reply(kind: str, text: str, *, done: int = 0, total: int = 0) -> Any:
        """Tell the page something without replacing what it shows.

        Args:
            kind: ``progress`` of indexing, ``indexed`` once that is over, ``note`` for anything else.
            text: Shown and announced; plain text.
            done: Pictures indexed.
            total: Pictures in all.

        Returns:
            An update with the page as output.
        """
        return message(kind, message=text, done=done, total=total)


def reference_original(reference: Any) -> dict[str, Any]:
    """Return a picture of a gallery in full size, as a data URL, for the page's script; or ``error``."""
    try:
        shelf, entry, _ = look_up(reference)
        pixels = original(shelf.gallery, entry).pixels
    except (ValueError, OSError) as error:
        return {"error": shown(error)}
    return {"src": data_url(pixels, "WEBP", _MAX_SIDE, quality=90)}


def reference_package(request: Any) -> dict[str, Any]:
    """Return a contact sheet or an archive of references for the page's script; or ``error``.

    Args:
        request: ``kind`` (``sheet`` or ``zip``); ``items``, each with its ``id`` and, where it was searched for,
            ``skeleton``, ``agreement`` and ``mirrored``: the sheet shows a mirrored one as it was found; ``overlay``:
            whether the sheet shows the skeletons.

    Returns:
        ``name``, ``type`` and ``data``, the bytes of the file in base64.
    """
    try:
        items = list(request["items"])
        if len(items) > _MAX_ITEMS:
            raise ValueError(f"These are {len(items)} references, and the limit is {_MAX_ITEMS}; choose fewer.")
        with _PACKING:
            if request["kind"] == "sheet":
                file = "references.png", "image/png", _sheet(items, bool(request.get("overlay")))
            else:
                file = "references.zip", "application/zip", _archive(items)
    except (ValueError, OSError) as error:
        return {"error": shown(error)}
    except (KeyError, TypeError):
        return {"error": "This is no selection of references; reload the page and search again."}
    name, kind, content = file
    return {"name": name, "type": kind, "data": base64.b64encode(content).decode()}


def _sheet(items: list[dict[str, Any]], overlay: bool) -> bytes:
    tiles, captions = [], []
    for item in items:
        shelf, entry, person = look_up(item["id"])
        skeleton = _skeleton(item) if overlay else None
        try:
            made = tile(original(shelf.gallery, entry), entry.poses[person].box, skeleton)
        except ImageError:
            continue
        tiles.append(np.ascontiguousarray(made[:, ::-1]) if item.get("mirrored") else made)
        captions.append(entry.name)
    return encode(contact_sheet(tiles, captions))


def _skeleton(item: dict[str, Any]) -> Compared | None:
    """Return the skeleton that the page shows over a result, as the page has sent it back."""
    if not item.get("skeleton"):
        return None
    rows = np.array(item["skeleton"], np.float32)
    shares = np.array([np.nan if share is None else share for share in item["agreement"]], np.float32)
    if rows.shape != (NUM_KEYPOINTS, 3) or shares.shape != (len(EDGES),) or not np.isfinite(rows).all():
        raise ValueError("This is not the skeleton of a result; reload the page and search again.")
    return Compared(rows[:, :2], rows[:, 2] > 0, shares)


def _archive(items: list[dict[str, Any]]) -> bytes:
    """Return a zip of the pictures in full size, each with its pose as OpenPose JSON, and of the credits."""
    buffer, credits = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, item in enumerate(items, 1):
            shelf, entry, person = look_up(item["id"])
            stem = f"{number:02d} {Path(entry.name).stem}"
            try:
                picture = encode(original(shelf.gallery, entry).pixels, compress_level=3)
            except ImageError:
                continue
            pose = PosedImage(entry.name, entry.width, entry.height, (entry.poses[person],))
            if buffer.tell() + len(picture) > MAX_PACKAGE:
                raise ValueError(
                    f"{len(items)} pictures come to over {MAX_PACKAGE >> 20} MB, the limit of a zip; choose fewer."
                )
            archive.writestr(f"{stem}.png", picture)
            archive.writestr(f"{stem}_openpose.json", json.dumps(to_openpose(pose)), zipfile.ZIP_DEFLATED)
            credits.append(f"{stem}.png: {entry.credit or ('SketchPose, CC0 1.0' if entry.render else entry.path)}")
        if not credits:
            raise ValueError("None of these pictures is where it was; index their folder again.")
        archive.writestr("credits.txt", "\n".join(credits) + "\n")
    return buffer.getvalue()
