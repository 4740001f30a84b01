"""Erasing, merging and checking: what leaves stays away, what others have comes in, and damage is found."""

from pathlib import Path

import pytest
from making import add, drawing_bytes

from sketchpose.dataset import Dataset, Query
from sketchpose.dataset.erase import erase
from sketchpose.dataset.merge import merge
from sketchpose.dataset.proposal import freeze
from sketchpose.dataset.store import ErasedError
from sketchpose.dataset.verify import check


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "one", clock=Clock())


def contains(folder: Path, text: str) -> list[str]:
    return [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]


def copy_of(dataset: Dataset, name: str) -> Dataset:
    other = Dataset(dataset.folder.parent / name, clock=dataset._clock)
    merge(other, dataset.folder)
    return other


def test_merging_is_a_union_and_twice_is_once(dataset: Dataset, tmp_path: Path) -> None:
    shared = add(dataset, 0, author="Ada")
    other = copy_of(dataset, "two")
    mine = dataset.save(shared.child(author="Ada", note="mine"))
    theirs = other.save(shared.child(author="Bo", note="theirs"))
    extra = add(other, 1, author="Bo")
    result = merge(dataset, other.folder)
    assert (result.revisions, result.images, result.conflicts, result.problems) == (2, 1, 1, ())
    assert merge(dataset, other.folder).revisions == 0
    merge(other, dataset.folder)
    assert {r.id for r in (mine, theirs)} == {e.id for e in dataset.heads(shared.drawing)}
    names = lambda d: sorted(str(p.relative_to(d.folder)) for p in (d.folder / "revisions").rglob("*.json"))  # noqa: E731
    assert names(dataset) == names(other)
    assert dataset.current(extra.drawing) == extra == other.current(extra.drawing)
    assert dataset.current(shared.drawing) == other.current(shared.drawing)


def test_an_erased_picture_leaves_no_trace_and_does_not_come_back(dataset: Dataset) -> None:
    kept, gone = add(dataset, 0), add(dataset, 1, artist="Somebody")
    dataset.save(gone.child(status="submitted"))
    other = copy_of(dataset, "two")
    result = erase(dataset, image=gone.drawing)
    assert (result.revisions, result.images) == (2, 1)
    assert contains(dataset.folder, "Somebody") == []
    assert merge(dataset, other.folder).revisions == 0
    assert [e.id for e in dataset.entries(Query(which="all", deleted=True))] == [kept.id]
    assert list(dataset.layout.image_files()) == [kept.drawing]
    with pytest.raises(ErasedError, match="erased"):
        dataset.add_image(drawing_bytes(1))
    assert merge(other, dataset.folder).erased == 2
    assert list(other.layout.image_files()) == [kept.drawing]


def test_an_erased_author_leaves_others_work(dataset: Dataset) -> None:
    mine = add(dataset, 0, author="Ada")
    theirs = dataset.save(mine.child(author="Bo"))
    only = add(dataset, 1, author="Ada")
    other = copy_of(dataset, "two")
    result = erase(dataset, author="Ada")
    assert (result.revisions, result.images) == (2, 1)
    assert contains(dataset.folder, "Ada") == [] and contains(dataset.folder, only.drawing) == []
    assert dataset.current(mine.drawing) == theirs
    assert merge(dataset, other.folder).revisions == 0
    back = add(dataset, 1, author="Ada")
    assert dataset.current(back.drawing) == back, "what is saved after the erasure is new"


def test_an_erased_artist_takes_all_pictures_along(dataset: Dataset) -> None:
    add(dataset, 0, artist="Vee")
    first = add(dataset, 1)
    dataset.save(first.child(artist="Vee"))
    kept = add(dataset, 2, artist="Wim")
    freeze(dataset, by="artist", min_test=0)
    assert erase(dataset, artist="Vee").images == 2
    assert contains(dataset.folder, "Vee") == []
    assert [e.drawing for e in dataset.entries()] == [kept.drawing]


def test_an_interrupted_erasure_is_completed(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = add(dataset, 0)
    with monkeypatch.context() as patch:
        patch.setattr(Dataset, "sync", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erase(dataset, image=gone.drawing)
    assert dataset.entries() != [], "the request had not been made yet"
    real, calls = Dataset.sync, []

    def second_dies(self: Dataset) -> object:
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return real(self)

    with monkeypatch.context() as patch:
        patch.setattr(Dataset, "sync", second_dies)
        with pytest.raises(KeyboardInterrupt):
            erase(dataset, image=gone.drawing)
    assert dataset.layout.image_files(), "nothing was removed yet"
    assert Dataset(dataset.folder).entries() == [] and dataset.layout.image_files() == {}


def test_erasing_what_is_not_there_says_so(dataset: Dataset) -> None:
    add(dataset, 0, author="Ada")
    with pytest.raises(ValueError, match="spelling"):
        erase(dataset, author="Eda")
    with pytest.raises(ValueError, match="exactly one"):
        erase(dataset, author="Ada", artist="Ada")


def test_a_damaged_copy_brings_in_only_what_is_sound(dataset: Dataset) -> None:
    good, cut, unseen = (add(dataset, seed) for seed in range(3))
    path = dataset.layout.revision(cut.id)
    path.write_bytes(path.read_bytes()[:-20])
    dataset.image_path(unseen.image).write_bytes(drawing_bytes(7))
    other = Dataset(dataset.folder.parent / "two")
    result = merge(other, dataset.folder)
    assert [e.id for e in other.entries()] == [good.id]
    assert len(result.problems) == 2 and path.name in str(result.problems) and unseen.drawing in str(result.problems)
    assert path.exists(), "the other copy is only read"


def test_a_check_names_what_is_damaged_or_missing(dataset: Dataset) -> None:
    add(dataset, 0)
    rotten, missing, cut = add(dataset, 1), add(dataset, 2), add(dataset, 3)
    assert check(dataset).ok
    dataset.image_path(rotten.image).write_bytes(drawing_bytes(8))
    dataset.image_path(missing.image).unlink()
    path = dataset.layout.revision(cut.id)
    stamp = path.stat()
    path.write_bytes(path.read_bytes().replace(b"drawing 3", b"drawing 4"))
    import os

    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    report = check(dataset)
    words = " ".join(report.problems)
    assert not report.ok and f"{cut.id}.json" in words and missing.drawing in words and rotten.drawing in words
    assert report.revisions == 3 and len(report.quarantined) == 2


def test_a_check_puts_a_wrong_index_right(dataset: Dataset) -> None:
    first = add(dataset, 0)
    dataset.index._connection.execute("UPDATE revision SET author = 'Mallory'")
    report = check(dataset)
    assert not report.index_right and report.ok
    assert dataset.entries()[0].author == first.author and check(dataset).index_right
    assert check(dataset, rebuild=True).index_right
