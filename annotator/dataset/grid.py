"""The drawings as small pictures, one of which can be chosen by mouse, finger or keyboard, as one Gradio component.

Its value is what ``items_of`` returns; it goes to the page only. Its events, whose ``gr.EventData`` carry:

    look     pictures have come into view: ``ids``, revisions of which ``pictures_reply`` sends the pictures
    pick     one was chosen: ``id``
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from annotator.component import ScriptedComponent, message
from annotator.gradio_private import custom_event
from sketchpose.dataset import Dataset, Entry
from sketchpose.encode import data_url
from sketchpose.images import read_image
from sketchpose.overlay import draw, skeleton
from sketchpose.text import amount

HERE: Final = Path(__file__).parent
MARKS: Final = {"draft": "✎", "submitted": "…", "accepted": "✓", "rejected": "✕"}
_SIDE: Final = 192


class DrawingGrid(ScriptedComponent):
    """Shows drawings as small pictures."""

    look = custom_event("look")
    pick = custom_event("pick")

    def __init__(self, **options: Any) -> None:
        """Make the component, empty; options as every ``gr.HTML`` takes."""
        super().__init__(files=HERE / "grid", script=(HERE / "grid.js").read_text("utf-8"), **options)

    def postprocess(self, value: Any) -> Any:
        """Return the value for the page; None empties it."""
        return value


def items_of(entries: Iterable[Entry], chosen: str = "") -> dict[str, Any]:
    """Return the grid's value: the drawings in their order, and the id of the revision that is chosen."""
    items = [
        {
            "id": entry.id,
            "name": entry.name or entry.drawing[:12],
            "word": f"{MARKS[entry.status]} {entry.status}{f', {entry.heads} versions' if entry.conflict else ''}",
            "about": f"{amount(entry.people, 'person')}, {entry.source or 'no source given'}",
        }
        for entry in entries
    ]
    return {"items": items, "chosen": chosen}


def pictures_reply(dataset: Dataset, ids: Sequence[str]) -> Any:
    """Return an update that hands the page the pictures of revisions."""
    return message("pictures", pictures={id: small_picture(dataset, id) for id in ids})


def small_picture(dataset: Dataset, id: str) -> str:
    """Return a revision's drawing with its skeletons as a small data URL; empty where it cannot be read."""
    try:
        revision = dataset.read(id)
        picture = read_image(dataset.image_path(revision.image), work_side=_SIDE)
        canvas = picture.pixels.copy()
        scale = canvas.shape[1] / picture.width, canvas.shape[0] / picture.height
        for person in revision.persons:
            pose = person.pose.moved(scale, 0)
            draw(canvas, skeleton(pose.keypoints, pose.labelled, max(canvas.shape) / 100))
        return data_url(canvas, "WEBP", _SIDE, quality=75)
    except (ValueError, OSError):
        return ""


def small_pictures_html(dataset: Dataset, entries: Sequence[Entry], most: int = 12) -> str:
    """Return the first few drawings as a row of small pictures, and how many more there are."""
    shown = [
        f'<img src="{small_picture(dataset, entry.id)}" alt="{escape(entry.name or "drawing")}">'
        for entry in entries[:most]
    ]
    more = f"<p>and {len(entries) - most} more</p>" if len(entries) > most else ""
    return f'<div class="small-pictures">{"".join(shown)}{more}</div>'
