"""The store: what is saved stays, conflicts keep both sides, damage is named, and the index follows the files."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from making import add, drawing_bytes, make_pose

from sketchpose.dataset import Dataset, Person, Query, RecordError, Revision
from sketchpose.dataset.records import seal
from sketchpose.images import ImageError


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "dataset")


def rebuilt(dataset: Dataset) -> dict[str, list[tuple[object, ...]]]:
    fresh = Dataset(dataset.folder, index=dataset.folder.parent / "other.sqlite")
    fresh.sync()
    return fresh.index.dump()


def test_a_saved_revision_is_there_for_another_process(dataset: Dataset) -> None:
    saved = add(dataset, author="Ada", source="sketchbook", tags=("running", "Läufer"))
    other = Dataset(dataset.folder)
    assert other.read(saved.id) == saved and other.current(saved.drawing) == saved
    assert other.image_path(saved.image).read_bytes() == drawing_bytes(0)
    [entry] = other.entries()
    assert (entry.id, entry.author, entry.source, entry.people) == (saved.id, "Ada", "sketchbook", 1)
    assert [e.id for e in other.entries(Query(text="LÄUF"))] == [saved.id]
    assert other.entries(Query(tags=("standing",))) == []


def test_the_same_picture_is_stored_once_and_others_are_refused(dataset: Dataset) -> None:
    assert dataset.add_image(drawing_bytes(1), "a.png").hash == dataset.add_image(drawing_bytes(1), "b.png").hash
    assert len(dataset.layout.image_files()) == 1
    with pytest.raises(ImageError):
        dataset.add_image(b"no picture")
    assert len(dataset.layout.image_files()) == 1


def test_an_edit_follows_and_a_stale_edit_is_a_conflict_until_settled(dataset: Dataset) -> None:
    first = add(dataset, author="Ada")
    mine = dataset.save(first.child(author="Ada", persons=(Person.of_pose("p1", make_pose(1)),)))
    assert dataset.conflicts() == [] and dataset.current(first.drawing) == mine
    theirs = dataset.save(first.child(author="Bo"))
    assert [entry.drawing for entry in dataset.conflicts()] == [first.drawing]
    assert {entry.id for entry in dataset.heads(first.drawing)} == {mine.id, theirs.id}
    settled = dataset.settle(mine, author="Cy")
    assert dataset.conflicts() == [] and dataset.current(first.drawing) == settled
    assert settled.people_json() == mine.people_json()
    assert [entry.id for entry in dataset.history(first.drawing)] == [first.id, mine.id, theirs.id, settled.id]


def test_a_draft_does_not_hide_what_was_accepted(dataset: Dataset) -> None:
    accepted = add(dataset, status="accepted")
    draft = dataset.save(accepted.child(status="draft"))
    assert dataset.current(accepted.drawing) == draft and dataset.accepted(accepted.drawing) == accepted
    dataset.save(draft.child(status="rejected"))
    assert dataset.accepted(accepted.drawing) is None


def test_delete_is_a_revision(dataset: Dataset) -> None:
    first = add(dataset, status="accepted")
    dataset.delete(first.drawing, author="Ada")
    assert dataset.entries() == [] and dataset.accepted(first.drawing) is None
    assert dataset.read(first.id) == first and len(dataset.entries(Query(deleted=True))) == 1


@pytest.mark.parametrize("damage", ["cut", "edited", "empty", "renamed", "not json"])
def test_a_damaged_file_is_quarantined_and_named(dataset: Dataset, damage: str) -> None:
    good, bad = add(dataset, 0), add(dataset, 1)
    path = dataset.layout.revision(bad.id)
    content = path.read_bytes()
    if damage == "renamed":
        other = path.with_name(path.name[:2] + "0" * 30 + ".json")
        path.rename(other)
        path = other
    else:
        edited = content.replace(b'"status":"draft"', b'"status":"accepted"')
        made = {"cut": content[:-100], "edited": edited, "empty": b"", "not json": b"\x00" * 10}[damage]
        assert made != content
        path.write_bytes(made)
    changes = dataset.sync()
    assert len(changes.quarantined) == 1 and path.name in changes.quarantined[0]
    assert [entry.id for entry in dataset.entries()] == [good.id]
    assert [name for name, _ in dataset.layout.quarantined()] == [path.name] and not path.exists()
    assert rebuilt(dataset) == dataset.index.dump()


def test_a_file_of_a_later_version_is_left_alone(dataset: Dataset) -> None:
    saved = add(dataset)
    path = dataset.layout.revision(saved.id)
    path.write_bytes(seal(saved.to_json() | {"format": 2, "something": "new"}))
    changes = dataset.sync()
    assert len(changes.unread) == 1 and "update SketchPose" in changes.unread[0] and path.exists()


def test_the_index_is_only_a_cache(dataset: Dataset) -> None:
    revisions = [add(dataset, seed, author="Ada") for seed in range(3)]
    dataset.save(revisions[0].child(status="submitted"))
    dataset.save(revisions[0].child(status="accepted"))
    before = dataset.index.dump()
    assert rebuilt(dataset) == before
    dataset.close()
    (dataset.folder / "index.sqlite").write_bytes(b"this is no database, and far too long to be taken for one" * 50)
    assert len(Dataset(dataset.folder).entries()) == 3 and Dataset(dataset.folder).index.dump() == before


def test_what_another_process_removed_is_forgotten(dataset: Dataset) -> None:
    kept, lost = add(dataset, 0), add(dataset, 1)
    dataset.layout.revision(lost.id).unlink()
    assert dataset.sync().gone == 1
    assert [entry.id for entry in dataset.entries()] == [kept.id]
    with pytest.raises(RecordError, match="no revision"):
        dataset.read(lost.id)


def test_an_id_names_one_revision_for_ever(dataset: Dataset) -> None:
    saved = add(dataset)
    assert dataset.save(saved) == saved
    changed = Revision.from_json(saved.to_json() | {"note": "other"})
    with pytest.raises(ValueError, match="Another revision"):
        dataset.save(changed)


def test_a_revision_needs_its_picture(dataset: Dataset) -> None:
    saved = add(dataset)
    dataset.image_path(saved.image).unlink()
    with pytest.raises(ValueError, match="add_image"):
        dataset.save(saved.child())


def test_a_save_that_cannot_be_indexed_is_still_a_save(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    first = add(dataset)

    def locked(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(dataset.index, "update", locked)
        saved = dataset.save(first.child())
    assert dataset.current(first.drawing) == saved


def test_near_duplicates_are_noticed(dataset: Dataset) -> None:
    from io import BytesIO

    from PIL import Image

    first, second = add(dataset, 0), add(dataset, 1)
    buffer = BytesIO()
    Image.open(BytesIO(drawing_bytes(0))).resize((192, 256), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=80)
    copy = dataset.add_image(buffer.getvalue())
    assert [drawing for drawing, _ in dataset.near(copy.perceptual)] == [first.drawing]
    dataset.save(Revision.make(copy))
    [(a, b, _)] = dataset.duplicates()
    assert {a, b} == {first.drawing, copy.hash} and second.drawing not in (a, b)


def test_litter_of_killed_processes_is_swept(dataset: Dataset) -> None:
    saved = add(dataset)
    folder = dataset.layout.revision(saved.id).parent
    old, new = folder / ".half.json.abc", folder / ".now.json.abc"
    old.write_bytes(b"{")
    new.write_bytes(b"{")
    os.utime(old, (1, 1))
    assert dataset.layout.sweep() == 1 and not old.exists() and new.exists()


def test_an_index_that_breaks_while_it_is_open_is_made_anew(dataset: Dataset) -> None:
    import sqlite3

    saved = add(dataset)
    dataset.entries()
    real, calls = dataset.index.stamps, []

    def malformed() -> object:
        calls.append(1)
        if len(calls) == 1:
            raise sqlite3.DatabaseError("database disk image is malformed")
        return real()

    dataset.index.stamps = malformed  # type: ignore[assignment, method-assign]
    assert [entry.id for entry in dataset.entries()] == [saved.id]


def test_an_index_that_cannot_be_written_is_told_in_words(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    add(dataset)

    def full() -> object:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(dataset.index, "stamps", full)
    with pytest.raises(OSError, match="disk is full.*free some space"):
        dataset.entries()


def test_threads_share_a_dataset(dataset: Dataset) -> None:
    first = add(dataset)
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(lambda i: dataset.save(first.child(note=str(i))), range(24)))
        lists = list(pool.map(lambda _: dataset.entries(Query(which="all")), range(4)))
    assert all(len(found) == 25 for found in lists)
    assert {entry.id for entry in dataset.heads(first.drawing)} == {revision.id for revision in saved}
    assert rebuilt(dataset) == dataset.index.dump()


def test_kinds_that_browsers_do_not_show_are_kept_as_png(tmp_path: Path) -> None:
    """The same picture is one drawing, whichever of these kinds it came in; joints stay where they are."""
    from io import BytesIO

    from PIL import Image

    dataset, image = Dataset(tmp_path / "d"), Image.open(BytesIO(drawing_bytes(0))).convert("RGB")
    hashes = set()
    for kind, name in (("TIFF", "a.tif"), ("BMP", "a.bmp")):
        buffer = BytesIO()
        image.save(buffer, kind)
        facts = dataset.add_image(buffer.getvalue(), name)
        assert (facts.suffix, facts.name, facts.width) == (".png", "a.png", image.width)
        hashes.add(facts.hash)
    assert len(hashes) == 1
