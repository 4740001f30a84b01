"""Splits: by source or artist, once, and the test split is out of reach of training."""

import shutil
from pathlib import Path

import pytest
from making import add

from sketchpose.dataset import Dataset, RecordError
from sketchpose.dataset.merge import merge
from sketchpose.dataset.proposal import freeze
from sketchpose.dataset.splits import (
    Splits,
    TestSplitError,
    evaluation_set,
    read_splits,
    refuse_test_images,
    training_set,
)


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path))
    dataset = Dataset()
    for seed in range(10):
        add(dataset, seed, source=f"source {seed % 5}", artist=f"artist {seed}", status="accepted")
    return dataset


def test_no_source_is_on_two_sides(dataset: Dataset) -> None:
    splits = freeze(dataset, min_test=0)
    sides: dict[str, set[str]] = {}
    for entry in dataset.entries():
        sides.setdefault(entry.source, set()).add(splits.split_of(entry))
    assert all(len(side) == 1 for side in sides.values())
    assert set().union(*sides.values()) == {"train", "val", "test"}
    parts = [{r.drawing for r in evaluation_set(dataset, name)} for name in ("train", "val", "test")]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 10 and len(parts[0]) == 6


def test_frozen_is_frozen(dataset: Dataset) -> None:
    freeze(dataset, min_test=0)
    content = dataset.layout.splits.read_bytes()
    with pytest.raises(ValueError, match="frozen already"):
        freeze(dataset, by="artist", min_test=0)
    assert dataset.layout.splits.read_bytes() == content
    assert read_splits(dataset) == Splits.read(dataset.layout.splits)


def test_a_source_that_is_corrected_later_moves_nothing(dataset: Dataset) -> None:
    freeze(dataset, assign={"source 0": "test", "source 1": "train"}, min_test=0)
    held, learnt = evaluation_set(dataset, "test")[0], training_set(dataset)[0]
    dataset.save(held.child(source=learnt.source))
    dataset.save(learnt.child(source=held.source))
    assert held.drawing not in {r.drawing for r in training_set(dataset)}
    assert learnt.drawing in {r.drawing for r in training_set(dataset)}


def test_a_new_source_finds_the_same_split_everywhere(dataset: Dataset, tmp_path: Path) -> None:
    freeze(dataset, min_test=0)
    copy = Dataset(tmp_path / "copy")
    merge(copy, dataset.folder)
    entries = []
    for place in (dataset, copy):
        for seed in range(20, 28):
            add(place, seed, source=f"late {seed}")
        splits = read_splits(place)
        assert splits is not None
        entries.append({seed: splits.groups[f"late {seed}"] for seed in range(20, 28)})
    assert entries[0] == entries[1]


def test_the_test_split_cannot_be_trained_on(dataset: Dataset, tmp_path: Path) -> None:
    freeze(dataset, min_test=0)
    with pytest.raises(TestSplitError):
        training_set(dataset, "test")
    held = dataset.image_path(evaluation_set(dataset, "test")[0].image)
    free = dataset.image_path(training_set(dataset)[0].image)
    disguised = tmp_path / "innocent.png"
    shutil.copy(held, disguised)
    refuse_test_images([free])
    with pytest.raises(TestSplitError, match=r"1 of 2 pictures, innocent\.png"):
        refuse_test_images([free, disguised])


def test_an_export_carries_its_own_splits(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(dataset, min_test=0)
    held = dataset.image_path(evaluation_set(dataset, "test")[0].image)
    export = tmp_path / "export"
    export.mkdir()
    shutil.copy(dataset.layout.splits, export / "splits.json")
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "another machine"))
    refuse_test_images([held])
    with pytest.raises(TestSplitError):
        refuse_test_images([held], beside=export / "annotations.json")


def test_damaged_splits_stop_training(dataset: Dataset) -> None:
    freeze(dataset, min_test=0)
    free = dataset.image_path(training_set(dataset)[0].image)
    dataset.layout.splits.write_text(dataset.layout.splits.read_text().replace('"test"', '"tset"'))
    with pytest.raises(RecordError, match="tset"):
        refuse_test_images([free])


def test_copies_that_disagree_keep_the_test_safe(dataset: Dataset, tmp_path: Path) -> None:
    copy = Dataset(tmp_path / "copy")
    merge(copy, dataset.folder)
    freeze(dataset, assign={"source 0": "test"}, min_test=0)
    freeze(copy, assign={"source 0": "train", "source 1": "test"}, min_test=0)
    problems = merge(dataset, copy.folder).problems
    assert any("source 0" in words for words in problems)
    splits = read_splits(dataset)
    assert splits is not None and splits.groups["source 0"] == splits.groups["source 1"] == "test"


def test_by_artist(dataset: Dataset) -> None:
    splits = freeze(dataset, by="artist", shares=(0.6, 0.2, 0.2), min_test=0)
    assert set(splits.groups) == {f"artist {i}" for i in range(10)}
    assert len(evaluation_set(dataset, "test")) == len(evaluation_set(dataset, "val")) == 2


@pytest.mark.parametrize(
    "wrong",
    [{"shares": (0.5, 0.1, 0.1)}, {"by": "image"}, {"assign": {"nowhere": "test"}}, {"assign": {"source 1": "exam"}}],
)
def test_wrong_wishes_are_refused(dataset: Dataset, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        freeze(dataset, **wrong, min_test=0)  # type: ignore[arg-type]
    assert not dataset.layout.splits.exists()
