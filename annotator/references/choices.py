"""How to search for references: the inputs on the page, and their values as a search takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import gradio as gr

from annotator.choices import Menu, Toggles
from annotator.events import Updates
from annotator.references.search import SearchChoices, names
from sketchpose.retrieve.gallery.gallery import SHIPPED
from sketchpose.retrieve.gallery.tags import ACTION, OWN, POSE, SOURCE, VIEW
from sketchpose.retrieve.parts import PARTS

SAME: Final = "This camera"
ANY: Final = "Any camera"
TAGS: Final = {"view": VIEW, "pose": POSE, "action": ACTION, "source": SOURCE, "own": OWN}
"""Inputs of tags and the group that each offers."""
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
        view: Tags of the view; all tags that are chosen must be on a picture.
        pose: Tags of the kind of pose.
        action: Tags of what somebody does, and of details.
        source: Tags of where a picture comes from.
        own: Tags that the user gave.
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
    view: gr.CheckboxGroup
    pose: gr.CheckboxGroup
    action: gr.Dropdown
    source: gr.Dropdown
    own: gr.Dropdown
    people: gr.Dropdown
    single: gr.Checkbox
    must: gr.State
    person: gr.Radio

    @property
    def components(self) -> list[Any]:
        """All of them, as the inputs of an event."""
        return [getattr(self, field.name) for field in fields(self)]

    @property
    def tags(self) -> list[Any]:
        """The inputs of tags."""
        return [getattr(self, name) for name in TAGS]

    def offer(self, tags: dict[str, list[str]]) -> Updates:
        """Offer the tags of a gallery by group, none of them chosen; updates of their inputs."""
        offered = {name: tags.get(group, []) for name, group in TAGS.items()}
        return {getattr(self, name): gr.update(choices=of, value=[], visible=bool(of)) for name, of in offered.items()}


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
        tags=tuple(tag for name in TAGS for tag in chosen[name] or ()),
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
    with gr.Column():
        camera = gr.Radio([SAME, ANY], value=SAME, label="Seen from", elem_id="reference-camera")
        mirror = gr.Checkbox(True, label="Mirror images too", elem_id="reference-mirror")
    with gr.Accordion("Gallery and tags", open=False, elem_id="reference-tags"):
        gallery = Menu(names(), value=SHIPPED, label="Gallery", elem_id="reference-gallery")
        gr.Markdown("Only pictures with all of these tags:")
        view = Toggles([], label=VIEW, elem_id="reference-view")
        pose = Toggles([], label=POSE, elem_id="reference-pose")
        action = Menu([], label=ACTION, elem_id="reference-action", **several)
        source = Menu([], label=SOURCE, elem_id="reference-source", **several)
        own = Menu([], label=OWN, elem_id="reference-own", **several)
        people = gr.Dropdown(list(_NUMBERS), value="Any number", label="People in it", elem_id="reference-people")
    with gr.Accordion("What counts", open=False, elem_id="reference-more"):
        parts = gr.Dropdown(list(PARTS), label="Parts of the body (none: all)", elem_id="reference-parts", **several)
        drawn = gr.Checkbox(False, label="Only joints that are surely drawn", elem_id="reference-drawn")
        single = gr.Checkbox(True, label="One result per picture or pose", elem_id="reference-single")
    groups = (view, pose, action, source, own)
    return ChoiceInputs(gallery, camera, mirror, parts, drawn, *groups, people, single, gr.State(()), person)
