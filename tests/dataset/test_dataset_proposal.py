"""Before the test split is frozen: what would lie where, and whether a promotion could ever come of it."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import add

from sketchpose.dataset import Dataset
from sketchpose.dataset.proposal import LEAST_TEST_DRAWINGS, _closest, freeze, propose
from sketchpose.dataset.splits import evaluation_set, read_splits, training_set


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "dataset")


def fill(dataset: Dataset, status: str = "accepted", **sizes: int) -> None:
    """Add as many drawings of each source as are named."""
    first = len(dataset.entries())
    sources = [source for source, count in sizes.items() for _ in range(count)]
    for seed, source in enumerate(sources, first):
        add(dataset, seed, source=source.replace("nobody", ""), status=status)


def test_eighteen_drawings_leave_a_test_with_which_something_can_be_promoted(dataset: Dataset) -> None:
    fill(dataset, large=12, middle=5, small=1)
    found = propose(dataset)
    assert found.missing == "" and [(row.split, row.group, row.drawings) for row in found.rows] == [
        ("train", "large", 12),
        ("test", "middle", 5),
        ("test", "small", 1),
    ]
    assert found.count("test") == (6, 6) and "train 12 drawings (12 people)" in found.summary()
    freeze(dataset)
    assert len(evaluation_set(dataset, "test")) == LEAST_TEST_DRAWINGS and len(training_set(dataset)) == 12


def test_what_is_shown_is_what_is_frozen_and_showing_writes_nothing(dataset: Dataset) -> None:
    fill(dataset, a=20, b=9, c=8, d=7, nobody=3)
    shown = propose(dataset)
    assert not dataset.layout.splits.exists() and shown.count("val")[0] and shown.rows[0].group == ""
    assert freeze(dataset).groups == shown.splits.groups
    kept = read_splits(dataset)
    assert kept is not None and {row.group: row.split for row in shown.rows if row.group} == kept.groups


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({}, "No drawing is accepted yet: accept some in the review first, at least 6 of them for the test."),
        ({"one": 18}, "The 18 accepted drawings are all of 'one': the test needs at least 6"),
        ({"nobody": 18}, "The 18 accepted drawings name no source: the test needs at least 6"),
        ({"nobody": 9, "one": 9}, "The 18 accepted drawings are of 'one' or name no source"),
        (
            {"large": 12, "small": 5},
            "The test would have 5 accepted drawings and a promotion needs 6: accept 1 more of ",
        ),
        (
            {"a": 2, "b": 2, "c": 1},
            "would have 1 accepted drawing and a promotion needs 6: accept 5 more of 'c', or add another source.",
        ),
    ],
)
def test_a_test_that_could_prove_nothing_is_refused_with_what_is_missing(
    dataset: Dataset, sizes: dict[str, int], said: str
) -> None:
    fill(dataset, **sizes)
    found = propose(dataset)
    assert said in found.missing
    with pytest.raises(ValueError) as refused:
        freeze(dataset)
    assert str(refused.value) == found.missing and not dataset.layout.splits.exists()


def test_only_accepted_drawings_with_people_count(dataset: Dataset) -> None:
    fill(dataset, large=12)
    fill(dataset, "submitted", small=9)
    for seed in range(50, 53):
        add(dataset, seed, source="empty", status="accepted", persons=[])
    found = propose(dataset)
    assert {(row.group, row.drawings, row.waiting) for row in found.rows} == {
        ("large", 12, 0),
        ("small", 0, 9),
        ("empty", 0, 3),
    }
    assert "are all of 'large'" in found.missing


def test_what_everything_is_tested_on_leaves_nothing_to_learn_from(dataset: Dataset) -> None:
    fill(dataset, a=7, b=7)
    assert "left to learn from" in propose(dataset, assign={"a": "test", "b": "test"}).missing
    assert propose(dataset, assign={"a": "test"}).missing == ""


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 12))
def test_the_groups_chosen_are_the_closest_above_what_is_needed(sizes: list[int], wanted: int) -> None:
    named = {f"g{i}": size for i, size in enumerate(sizes)}
    sums = [sum(named[g] for g in some) for n in range(len(named) + 1) for some in combinations(named, n)]
    enough = [total for total in sums if total >= wanted]
    chosen = _closest(list(named), named, wanted)
    assert sum(named[g] for g in chosen) == min(enough, default=0) and len(set(chosen)) == len(chosen)
