"""The annotator's work as revisions of the dataset: what is kept of it, what is said, and what is never lost."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.correct.dataset_store import About, StaleRevisionError
from annotator.correct.provenance import about_of
from annotator.correct.session import AnnotationSession
from annotator.editor.value import EditorValue
from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.pose import Pose

ADA = About("Ada", "submitted", "sketchbook", "Ada Artist", "CC0-1.0", "own")


def moved(value: EditorValue, joint: int, by: float = 7) -> EditorValue:
    """Drag a joint; the page sends the model's poses along with what is saved."""
    person = value.persons[0]
    points = person.pose.keypoints.copy()
    points[joint] += by
    return replace(value, persons=(replace(person, pose=replace(person.pose, keypoints=points)),))


def test_a_save_says_who_what_and_from_which_model(
    session: AnnotationSession, dataset: Dataset, drawing: Path, pose: Pose
) -> None:
    value = moved(session.open(drawing, [pose], model="sketch-thunder"), 9)
    record = session.save(replace(value, gestures=3, seconds=8.5), ADA)
    assert record.revision == 1 and record.note == ""
    (entry,) = dataset.entries()
    saved = dataset.read(entry.id)
    assert (saved.author, saved.status, saved.source, saved.artist, saved.licence, saved.consent) == (
        "Ada",
        "submitted",
        "sketchbook",
        "Ada Artist",
        "CC0-1.0",
        "own",
    )
    assert (saved.model, saved.time, saved.gestures, saved.seconds, saved.image.name) == (
        "sketch-thunder",
        1234.5,
        3,
        8.5,
        "drawing.png",
    )
    (person,) = saved.persons
    assert np.flatnonzero(person.edited).tolist() == [9]
    assert person.predicted is not None and np.array_equal(person.predicted.keypoints, pose.keypoints)
    assert dataset.image_path(entry).read_bytes() == drawing.read_bytes()


def test_a_revision_tells_who_placed_each_joint(
    session: AnnotationSession, dataset: Dataset, drawing: Path, pose: Pose
) -> None:
    value = session.open(drawing, [pose], model="m")
    points, scores = pose.keypoints.copy(), pose.scores.copy()
    points[[9, 10]] += 12
    scores[9], scores[10], scores[3] = 1, 0.8, 1  # dragged, followed it, confirmed
    person = replace(value.persons[0], pose=replace(pose, keypoints=points, scores=scores))
    record = session.save(replace(value, persons=(person,)), ADA)
    (saved,) = dataset.read(record.value.base).persons
    origins = {i: origin for i, origin in enumerate(saved.joint_origins) if origin != "model"}
    assert origins == {3: "hand", 9: "hand", 10: "assistance"}
    assert Person.from_json(saved.to_json(), "person").joint_origins == saved.joint_origins


def test_work_goes_on_from_the_saved_revision(
    session: AnnotationSession, dataset: Dataset, drawing: Path, pose: Pose
) -> None:
    first = session.save(moved(session.open(drawing, [pose], model="m"), 9), ADA)
    again = session.open(drawing)
    assert (again.revision, again.base, again.model_name) == (1, first.value.base, "m")
    assert session.has(drawing) and np.array_equal(again.poses[0].keypoints, first.value.poses[0].keypoints)
    # The page forgets the prediction: it comes from the revision then.
    person = replace(again.persons[0], model=None)
    second = session.save(moved(replace(again, persons=(person,)), 4), About("Bob", "draft"))
    assert second.revision == 2 and second.note == ""
    saved = dataset.read(second.value.base)
    assert saved.parents == (first.value.base,) and np.flatnonzero(saved.persons[0].edited).tolist() == [4, 9]
    # What Bob did not say stays as Ada said it.
    assert (saved.author, saved.status, saved.source, saved.consent, saved.licence) == (
        "Bob",
        "draft",
        "sketchbook",
        "own",
        "CC0-1.0",
    )


def test_of_two_who_began_from_the_same_revision_both_are_kept_and_told(
    session: AnnotationSession, dataset: Dataset, drawing: Path, pose: Pose
) -> None:
    session.save(session.open(drawing, [pose]), ADA)
    value = session.open(drawing)
    mine = session.save(moved(value, 1), replace(ADA, author="Mine"))
    yours = session.save(moved(value, 2), replace(ADA, author="Yours"))
    assert mine.note == "" and "In the meantime Mine saved it too: both versions are kept" in yours.note
    assert {h.author for h in dataset.heads(dataset.find(value.drawing) or "")} == {"Mine", "Yours"}
    third = session.save(moved(replace(yours.value, image=drawing), 3), replace(ADA, author="Yours"))
    assert dataset.read(third.value.base).parents == (yours.value.base,)


def test_two_pages_that_began_before_anything_was_saved(
    session: AnnotationSession, dataset: Dataset, drawing: Path, pose: Pose
) -> None:
    value = session.open(drawing, [pose])
    session.save(value, ADA)
    assert "both versions are kept" in session.save(moved(value, 1), replace(ADA, author="Bob")).note
    assert len(dataset.conflicts()) == 1


def test_imported_facts_survive_an_edit(
    dataset: Dataset, session: AnnotationSession, drawing: Path, pose: Pose
) -> None:
    image = dataset.add_image(drawing)
    person = Person.of_pose("p1", pose, area=999.0, crowd=False, attributes={"difficulty": 3})
    dataset.save(Revision.make(image, [person], tags=("import",)))
    kept = session.save(session.open(drawing), ADA)
    (again,) = dataset.read(kept.value.base).persons
    assert (again.area, again.attributes, dataset.read(kept.value.base).tags) == (999, {"difficulty": 3}, ("import",))
    changed = session.save(moved(session.open(drawing), 5), ADA)
    (again,) = dataset.read(changed.value.base).persons
    assert again.area == 999 and again.attributes == {"difficulty": 3}, "the outline is as it was"
    value = session.open(drawing)
    (one,) = value.persons
    grown = replace(one, pose=replace(one.pose, box=one.pose.box + np.array([0, 0, 5, 5], np.float32)))
    (again,) = dataset.read(session.save(replace(value, persons=(grown,)), ADA).value.base).persons
    assert again.area is None and again.attributes == {"difficulty": 3}


def test_a_deleted_drawing_comes_back_when_it_is_saved(
    dataset: Dataset, session: AnnotationSession, drawing: Path, pose: Pose
) -> None:
    record = session.save(session.open(drawing, [pose]), ADA)
    dataset.delete(dataset.read(record.value.base).drawing, "Ada")
    assert dataset.entries() == []
    session.save(session.open(drawing), ADA)
    assert len(dataset.entries()) == 1 and dataset.conflicts() == []


@pytest.mark.parametrize("base", ["../../../etc/passwd", "0" * 32, "x"])
def test_a_base_that_is_not_there_is_refused(session: AnnotationSession, drawing: Path, pose: Pose, base: str) -> None:
    with pytest.raises(StaleRevisionError, match="gone from the dataset: open the drawing again"):
        session.save(replace(session.open(drawing, [pose]), base=base), ADA)


def test_a_base_of_another_drawing_is_refused(
    session: AnnotationSession, drawing: Path, pose: Pose, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    Image.new("RGB", (300, 400), "black").save(other)
    base = session.save(session.open(other, [pose]), ADA).value.base
    with pytest.raises(ValueError, match="another drawing"):
        session.save(replace(session.open(drawing, [pose]), base=base), ADA)


def test_a_drawing_that_looks_like_another_is_noticed_once(
    session: AnnotationSession, pose: Pose, tmp_path: Path
) -> None:
    pixels = np.kron(np.random.default_rng(0).integers(0, 255, (16, 12, 3)), np.ones((25, 25, 1))).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "first.png")
    Image.fromarray(pixels).save(tmp_path / "again.jpg", quality=70)
    assert session.save(session.open(tmp_path / "first.png", [pose]), ADA).note == ""
    assert session.save(session.open(tmp_path / "again.jpg", [pose]), ADA).note == (
        "It looks like first.png in the dataset."
    )
    assert session.save(session.open(tmp_path / "again.jpg"), ADA).note == ""


def test_nobody_accepts_by_saving(session: AnnotationSession, drawing: Path, pose: Pose) -> None:
    with pytest.raises(ValueError, match="draft or submitted, not as 'accepted'"):
        session.save(session.open(drawing, [pose]), About(status="accepted"))


def test_what_the_browser_says_of_itself_is_checked() -> None:
    assert about_of(None) == about_of({}) == About(status="draft")
    words = {"author": " Ada ", "consent": "everything", "status": "accepted", "source": "x" * 999, "more": 1}
    about = about_of(words)
    assert (about.author, about.consent, about.status, len(about.source)) == ("Ada", "unknown", "draft", 200)

    class Request:
        username = "logged-in"

    assert about_of(words, Request()).author == "logged-in"  # type: ignore[arg-type]
