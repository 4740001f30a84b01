"""The annotation session's work as revisions of the dataset.

Work that began from a revision that is no longer the newest is saved beside the newer one, and the annotator is told
about both: nobody's work is refused or overwritten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotator.editor.value import EditedPerson, EditorValue
from sketchpose.dataset import Dataset, Person, Query, Revision
from sketchpose.dataset.fields import hexadecimal
from sketchpose.dataset.records import CONSENTS
from sketchpose.dataset.sheets import label_sheet
from sketchpose.images import Pixels
from sketchpose.pose import Pose

_KEY: Final = 24
"""Hex digits of a picture's hash by which the editor knows its drawing; see ``drawing_key``."""
_RECENT: Final = 300
"""Accepted drawings with whose poses new ones are compared."""
_SAVEABLE: Final = ("draft", "submitted")


class StaleRevisionError(ValueError):
    """The revision that the work began from is no longer in the dataset."""


@dataclass(frozen=True)
class About:
    """What is known of saved work besides the poses, as ``sketchpose.dataset.Revision`` names it.

    Attributes:
        author: Who did it.
        status: ``draft`` or ``submitted``.
        source: Collection or website of the picture.
        artist: Who drew it.
        licence: Its licence.
        consent: Why it may be used.
    """

    author: str = ""
    status: str = "draft"
    source: str = ""
    artist: str = ""
    licence: str = ""
    consent: str = "unknown"


@dataclass(frozen=True)
class SavedRevision:
    """A saved revision.

    Attributes:
        revision: Its number, from 1.
        value: The people as they were saved; ``image`` is the stored original.
        saved_at: When, in seconds since 1970.
        note: A sentence for the annotator; empty when there is nothing to say.
    """

    revision: int
    value: EditorValue
    saved_at: float
    note: str = ""


class DatasetStore:
    """What the editor opens and saves, kept in a ``Dataset``."""

    def __init__(self, dataset: Dataset | None = None) -> None:
        """Use a dataset; default: the one in the home folder."""
        self.dataset = dataset or Dataset()
        # A revision never changes.
        self._poses = lru_cache(_RECENT)(self._read_poses)

    def latest(self, drawing: str) -> SavedRevision | None:
        """Return the current revision of a drawing, or None; that of a deleted drawing too, which opens as it was.

        Args:
            drawing: As from ``drawing_key``.
        """
        known = self.dataset.find(drawing)
        revision = self.dataset.current(known) if known else None
        return self._record(revision) if revision else None

    def value(self, id: str) -> EditorValue:
        """Return a revision for the editor.

        Raises:
            RecordError: No revision has this id.
        """
        return self._record(self.dataset.read(id)).value

    def accepted(self, but: str = "") -> list[Pose]:
        """Return the people of the drawings that were accepted last, but for the drawing of a key."""
        entries = self.dataset.entries(Query(status=("accepted",), people=1, limit=_RECENT))
        return [pose for entry in entries if entry.drawing[:_KEY] != but for pose in self._poses(entry.id)]

    def sheet(self, drawings: Sequence[str]) -> Pixels | None:
        """Return a contact sheet of the people of drawings (keys as from ``drawing_key``); None without anybody."""
        wanted = set(drawings)
        entries = [entry for entry in self.dataset.entries() if entry.drawing[:_KEY] in wanted and entry.people]
        return label_sheet(self.dataset, entries) if entries else None

    def save(self, value: EditorValue, saved_at: float, about: About | None = None) -> SavedRevision:
        """Keep the value and, with the first revision, the original picture.

        What ``about`` leaves open stays as the earlier revision has it.

        Raises:
            StaleRevisionError: The revision it began from has been erased.
            ValueError: The picture is missing or was erased on request, or the status or consent is not an allowed one.
        """
        if value.image is None:
            raise ValueError("The picture of this drawing is missing; open the drawing again and save.")
        about = about or About()
        if about.status not in _SAVEABLE or about.consent not in CONSENTS:
            raise ValueError(f"Work is saved as {' or '.join(_SAVEABLE)}, not as {about.status[:80]!r}.")
        image = self.dataset.add_image(value.image, value.name)
        base = self._base(value, image.hash)
        persons = [_person(person, base) for person in value.persons]
        work = {
            "author": about.author,
            "status": about.status,
            "model": value.model_name,
            "time": saved_at,
            "gestures": value.gestures,
            "seconds": value.seconds,
        }
        known = {name: getattr(about, name) for name in ("source", "artist", "licence") if getattr(about, name)}
        if about.consent != "unknown":
            known["consent"] = about.consent
        if base is None:
            revision = Revision.make(image, persons, **work, **known)
        else:
            revision = base.child(persons=tuple(persons), deleted=False, **work, **known)
        saved = self.dataset.save(revision)
        return self._record(saved, self._note(saved))

    def _read_poses(self, id: str) -> list[Pose]:
        return [person.pose for person in self.dataset.read(id).persons if person.pose.labelled.any()]

    def _note(self, saved: Revision) -> str:
        """Return what the annotator should know about other versions and about drawings that look alike."""
        heads = self.dataset.heads(saved.drawing)
        others = sorted({head.author or "somebody else" for head in heads if head.id != saved.id})
        if others:
            return (
                f"In the meantime {' and '.join(others)} saved it too: both versions are kept, and the Dataset tab "
                "lets you choose which one counts."
            )
        alike = [drawing for drawing, _ in self.dataset.near(saved.image.perceptual) if drawing != saved.drawing]
        if alike and not saved.parents:
            twin = self.dataset.current(alike[0])
            return f"It looks like {twin.image.name or 'another drawing'} in the dataset." if twin else ""
        return ""

    def _base(self, value: EditorValue, drawing: str) -> Revision | None:
        if not value.base:
            return None
        try:
            # The id comes from the page and becomes part of a path.
            hexadecimal(value.base, 32, "The revision this work began from")
            base = self.dataset.read(value.base)
        except ValueError as error:
            raise StaleRevisionError(
                "The revision that this work began from is gone from the dataset: open the drawing again, restore your "
                "unsaved work there, and save."
            ) from error
        if base.drawing != drawing:
            raise ValueError("This work began from a revision of another drawing; open the drawing again and save.")
        return base

    def _record(self, revision: Revision, note: str = "") -> SavedRevision:
        image = revision.image
        value = EditorValue(
            self.dataset.image_path(image),
            image.width,
            image.height,
            tuple(EditedPerson(p.id, p.pose, p.box_fixed, p.predicted) for p in revision.persons),
            image.name,
            image.hash[:_KEY],
            revision=len(self.dataset.history(revision.drawing)),
            base=revision.id,
            model_name=revision.model,
            gestures=revision.gestures,
            seconds=revision.seconds,
        )
        return SavedRevision(value.revision, value, revision.time, note)


def _person(person: EditedPerson, base: Revision | None) -> Person:
    """Return a person for the dataset; what the editor does not show is taken from the revision it began from."""
    before = next((p for p in base.persons if p.id == person.id), None) if base else None
    predicted = person.model or (before.predicted if before else None)
    edited = None if predicted is None else _by_hand(person.pose, predicted)
    if before is None:
        return Person.of_pose(person.id, person.pose, predicted=predicted, edited=edited, box_fixed=person.box_fixed)
    # An area was annotated for an outline: it is kept only while the box round that outline is unchanged.
    same = (before.pose.box == person.pose.box).all()
    return Person.of_pose(
        person.id,
        person.pose,
        predicted=predicted,
        edited=edited,
        box_fixed=person.box_fixed,
        area=before.area if same else None,
        crowd=before.crowd,
        attributes=before.attributes,
    )


def _by_hand(pose: Pose, predicted: Pose) -> NDArray[np.bool_]:
    """Return which joints (17,) somebody set or confirmed, not those that followed: these have a score of their own."""
    moved = (pose.keypoints != predicted.keypoints).any(1)
    followed = (pose.scores < 1) & (pose.scores != predicted.scores)
    confirmed = (pose.scores >= 1) & (predicted.scores < 1)
    by_hand = pose.labelled & ((moved & ~followed) | confirmed)
    return np.asarray(by_hand | (pose.visibility != predicted.visibility))
