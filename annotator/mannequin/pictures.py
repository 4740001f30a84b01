"""The pictures of a mannequin as parts of the page."""

from collections.abc import Mapping
from html import escape
from typing import Any

from sketchpose.encode import data_url


def still_page(still: Any, turned: float, instead: str = "") -> str:
    """Return a picture of a mannequin (``render.Still``) for the page, or the words that stand in its place."""
    if still is None:
        return f"<p>{escape(instead)}</p>"
    where = "from where the drawing was seen" if turned == 0 else f"{turned:g} degrees about it"
    return f'<img src="{_url(still)}" alt="The mannequin {where}">'


def strip_page(stills: Mapping[str, Any]) -> str:
    """Return the pictures of a mannequin from its sides for the page, each with its name."""
    figures = [
        f'<figure><img src="{_url(still)}" alt="The mannequin, {name}"><figcaption>{name}</figcaption></figure>'
        for name, still in stills.items()
    ]
    return f"<div>{''.join(figures)}</div>"


def _url(still: Any) -> str:
    return data_url(still.reference.image, "WEBP")
