"""The annotation session's work as revisions of the dataset.

A save that began from a revision which is no longer the newest is kept beside the newer one, and the annotator is told
of both: nobody's work is refused, and nobody's is overwritten.
"""

from typing import Final

from annotator.correct.drafts import About, SavedRevision, StaleRevisionError
from annotator.editor.value import EditedPerson, EditorValue
from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.dataset.fields import hexadecimal
from sketchpose.dataset.records import CONSENTS

_KEY: Final = 24
"""The editor knows a drawing by so many hex digits of its picture's hash; see ``drawing_key``."""
_SAVEABLE: Final = ("draft", "submitted")


class DatasetStore:
    """A ``RevisionStore`` on a ``Dataset``."""

    def __init__(self, dataset: Dataset | None = None) -> None:
        """Use a dataset; default: the one in the home folder."""
        self.dataset = dataset or Dataset()

    def latest(self, drawing: str) -> SavedRevision | None:
        """Return the revision of a drawing that counts, or None; a deleted drawing comes back as it was."""
        known = self.dataset.find(drawing)
        revision = self.dataset.current(known) if known else None
        return self._record(revision) if revision else None

    def value(self, id: str) -> EditorValue:
        """Return a revision for the editor.

        Raises:
            RecordError: No revision has this id.
        """
        return self._record(self.dataset.read(id)).value

    def save(self, value: EditorValue, saved_at: float, about: About | None = None) -> SavedRevision:
        """Keep the value and, with the first revision, the original picture.

        What an earlier revision says of the drawing and ``about`` leaves open stays as it was.

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

    def _note(self, saved: Revision) -> str:
        """Say what the annotator should know of other versions and of drawings that look alike."""
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
            return f"It looks like {twin.image.name or 'another drawing'} of the dataset." if twin else ""
        return ""

    def records(self) -> list[SavedRevision]:
        """Return the revision that counts of every drawing, oldest first."""
        entries = sorted(self.dataset.entries(), key=lambda entry: entry.time)
        return [self._record(self.dataset.read(entry.id)) for entry in entries]

    def _base(self, value: EditorValue, drawing: str) -> Revision | None:
        if not value.base:
            return None
        try:
            # It comes from the page and becomes part of a path.
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
    if before is None:
        return Person.of_pose(person.id, person.pose, predicted=predicted, box_fixed=person.box_fixed)
    # An area was annotated for the old outline: it holds only while the box round it does.
    same = (before.pose.box == person.pose.box).all()
    return Person.of_pose(
        person.id,
        person.pose,
        predicted=predicted,
        box_fixed=person.box_fixed,
        area=before.area if same else None,
        crowd=before.crowd,
        attributes=before.attributes,
    )
