"""How to search for references: the inputs on the page, and their values as a search takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import gradio as gr

from annotator.choices import Menu
from annotator.references.search import SearchChoices, names
from sketchpose.retrieve.gallery.gallery import SHIPPED
from sketchpose.retrieve.parts import PARTS

SAME: Final = "This camera"
ANY: Final = "Any camera"
_NUMBERS: Final = {"Any number": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}


@dataclass(frozen=True)
class ChoiceInputs:
    """The inputs that say how to search.

    Attributes:
        gallery: Name of the gallery.
        camera: ``SAME`` or ``ANY``.
        mirror: Whether mirror images count.
        parts: Parts of the body that count; none of them: all.
        drawn: Whether only joints that are surely drawn count.
        tags: All of them must be on a picture.
        people: How many people are in a picture, as in ``_NUMBERS``.
        single: Whether a picture or pose is shown once at most.
        must: Names of the limbs of the query that were clicked: a result must hold them as it does.
        person: Label of the person whose pose is looked for.
    """

    gallery: gr.Dropdown
    camera: gr.Radio
    mirror: gr.Checkbox
    parts: gr.Dropdown
    drawn: gr.Checkbox
    tags: gr.Dropdown
    people: gr.Dropdown
    single: gr.Checkbox
    must: gr.State
    person: gr.Radio

    @property
    def components(self) -> list[Any]:
        """All of them, as the inputs of an event."""
        return [getattr(self, field.name) for field in fields(self)]


def read_choices(values: Sequence[Any], person: int | None = None) -> SearchChoices:
    """Return the values of ``ChoiceInputs`` as a search takes them.

    Args:
        values: In the order of the fields.
        person: Which person of the query, from 0; None for the one that is chosen.
    """
    chosen = dict(zip((field.name for field in fields(ChoiceInputs)), values, strict=True))
    label = str(chosen["person"] or "Person 1")
    return SearchChoices(
        gallery=str(chosen["gallery"]),
        any_camera=chosen["camera"] == ANY,
        mirror=bool(chosen["mirror"]),
        parts=tuple(chosen["parts"] or ()),
        drawn=bool(chosen["drawn"]),
        tags=tuple(chosen["tags"] or ()),
        people=_NUMBERS[chosen["people"]],
        single=bool(chosen["single"]),
        must=tuple(chosen["must"]),
        person=int(label.rpartition(" ")[2]) - 1 if person is None else person,
    )


def lay_out_choices(person: gr.Radio) -> ChoiceInputs:
    """Lay the inputs out inside the current column.

    Args:
        person: Stands elsewhere, below what is looked for.
    """
    several: dict[str, Any] = {"value": [], "multiselect": True}
    with gr.Row():
        gallery = Menu(names(), value=SHIPPED, label="Gallery", min_width=180, elem_id="reference-gallery")
        with gr.Column(min_width=300):
            camera = gr.Radio([SAME, ANY], value=SAME, label="Seen from", elem_id="reference-camera")
            mirror = gr.Checkbox(True, label="Mirror images too", elem_id="reference-mirror")
    with gr.Accordion("What counts", open=False, elem_id="reference-more"):
        parts = gr.Dropdown(list(PARTS), label="Parts of the body (none: all)", elem_id="reference-parts", **several)
        drawn = gr.Checkbox(False, label="Only joints that are surely drawn", elem_id="reference-drawn")
        tags = Menu([], label="With all of these tags", elem_id="reference-tags", **several)
        people = gr.Dropdown(list(_NUMBERS), value="Any number", label="People in it", elem_id="reference-people")
        single = gr.Checkbox(True, label="One result per picture or pose", elem_id="reference-single")
    return ChoiceInputs(gallery, camera, mirror, parts, drawn, tags, people, single, gr.State(()), person)
