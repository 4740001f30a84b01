"""Six references beside the drawing of the *Pose* tab, which follow it."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from annotator.messages import shown
from annotator.references.search import ReferenceQuery, SearchChoices, search_gallery, to_page
from sketchpose.pose import Pose
from sketchpose.retrieve.gallery.gallery import SHIPPED

LIVE: Final = 6
_NONE: Final = "References appear with the pose."
_SOME: Final = "References in this pose"


def live_references(pose: Pose, size: tuple[int, int], name: str) -> str:
    """Search the built-in gallery, as the *References* tab does at first, and return the results as HTML.

    Args:
        pose: Whose pose is looked for.
        size: Width and height of its picture in pixels.
        name: File name of its picture: an example, which the gallery holds too, is no reference for itself.
    """
    choices = SearchChoices(SHIPPED)
    try:
        shelf, found = search_gallery(ReferenceQuery((pose,), "", *size), choices, LIVE + 1)
    except ValueError as error:
        return live_page(shown(error))
    items = [to_page(shelf, one, choices) for one in found]
    return live_page(_SOME, [item for item in items if Path(item["name"]).stem != Path(name).stem][:LIVE])


def live_page(words: str = _NONE, found: Sequence[dict[str, Any]] = ()) -> str:
    """Return references, as ``to_page`` describes them, and a sentence as HTML; places without one stay empty."""
    cells = [_cell(number, item) for number, item in enumerate(found, 1)] + ["<li></li>"] * (LIVE - len(found))
    return f'<p role="status">{escape(words)}</p><ul>{"".join(cells)}</ul>'


def _cell(number: int, item: dict[str, Any]) -> str:
    x, y, side = item["view"]
    flip = f' transform="translate({2 * x + side} 0) scale(-1 1)"' if item["mirrored"] else ""
    credit = escape(item["credit"] or item["name"])
    return (
        f'<li><button type="button" data-act="open" data-person="{number}" title="{credit}" '
        f'aria-label="Reference {number} of {LIVE}, {credit}: open the references">'
        f'<svg viewBox="{x} {y} {side} {side}" aria-hidden="true"><image{flip} width="{item["width"]}" '
        f'height="{item["height"]}" preserveAspectRatio="none" href="{item["thumb"]}"/></svg></button></li>'
    )
