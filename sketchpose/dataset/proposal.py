"""Freezing the splits: first a proposal, source by source, with what is missing; then, once and for all, the freeze."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sketchpose.dataset.query import Query
from sketchpose.dataset.sketches.manifest import read_sketches
from sketchpose.dataset.splits import SHARES, SPLITS, By, Split, Splits
from sketchpose.dataset.store import Dataset
from sketchpose.text import amount

LEAST_TEST_DRAWINGS: Final = 6
"""With fewer, not even a gain on every drawing would be significant: (1/2)^5 is 3 %, above the 2.5 % of one side."""


@dataclass(frozen=True)
class Row:
    """What a source or artist would contribute.

    Attributes:
        split: Where it would lie.
        group: Its name; empty for drawings that name none.
        drawings: Accepted drawings with people, which can be learnt from or tested on.
        people: People in them.
        waiting: Further drawings, not accepted yet or without people.
    """

    split: str
    group: str
    drawings: int
    people: int
    waiting: int


@dataclass(frozen=True)
class Proposal:
    """Splits that are not frozen yet.

    Attributes:
        splits: What would be written.
        rows: Every source or artist, by split and then by name.
        missing: Why these splits would be useless, in a sentence; empty when they may be frozen.
    """

    splits: Splits
    rows: tuple[Row, ...]
    missing: str

    def count(self, split: str) -> tuple[int, int]:
        """Return the numbers of accepted drawings and of people in a split."""
        rows = [row for row in self.rows if row.split == split]
        return sum(row.drawings for row in rows), sum(row.people for row in rows)

    def summary(self) -> str:
        """Return how much each split would have, in a sentence."""
        parts = []
        for split in SPLITS:
            drawings, people = self.count(split)
            parts.append(f"{split} {amount(drawings, 'drawing')} ({amount(people, 'person')})")
        return f"Accepted drawings, kept together by {self.splits.by}: {', '.join(parts)}."


def propose(
    dataset: Dataset,
    by: By = "source",
    shares: tuple[float, float, float] = SHARES,
    assign: Mapping[str, Split] | None = None,
    min_test: int = LEAST_TEST_DRAWINGS,
) -> Proposal:
    """Propose which sources or artists belong to which split, without freezing anything.

    Groups are taken in the order of the hash of their names, for the test and then for validation, until each has
    about its share of the drawings; the largest group stays for training. Where that leaves the test too small for a
    promotion, it gets the groups that come closest above what is needed, and validation gets none.

    Args:
        dataset: The dataset.
        by: What is kept together.
        shares: Wanted shares of train, val and test, by drawings.
        assign: Groups whose split is given; sources of the open sketches keep their published split otherwise.
        min_test: Accepted drawings that the test has to have; 0 takes whatever there is.

    Raises:
        ValueError: A group that is assigned does not exist, or the shares do not add up.
    """
    entries = dataset.entries(Query())
    accepted = dataset.entries(Query(which="accepted", status=("accepted",), people=1))
    empty, ready = Splits(by, shares, dataset.now()), {entry.drawing for entry in accepted}
    drawings = Counter(map(empty.group, accepted))
    waiting = Counter(empty.group(entry) for entry in entries if entry.drawing not in ready)
    people: Counter[str] = Counter()
    for entry in accepted:
        people[empty.group(entry)] += entry.people
    sizes = Counter({group: count for group, count in (drawings + waiting).items() if group})
    given: dict[str, str] = dict(assign or {})
    if missing := sorted(set(given) - set(sizes)):
        raise ValueError(f"There is no {by} {missing[0]!r}; there are {', '.join(sorted(sizes)) or 'none'}.")
    if by == "source":
        given = {sketch.source: sketch.split for sketch in read_sketches() if sketch.source in sizes} | given
    groups = _deal(sizes, drawings, shares, given, min_test)
    splits = replace(empty, groups=groups).extended(dataset.entries(Query(deleted=True)))
    rows = [
        Row(groups.get(group, "train"), group, drawings[group], people[group], waiting[group])
        for group in drawings | waiting
    ]
    ordered = tuple(sorted(rows, key=lambda row: (SPLITS.index(row.split), row.group)))
    return Proposal(splits, ordered, _missing(ordered, by, min_test) if min_test else "")


def freeze(
    dataset: Dataset,
    by: By = "source",
    shares: tuple[float, float, float] = SHARES,
    assign: Mapping[str, Split] | None = None,
    min_test: int = LEAST_TEST_DRAWINGS,
) -> Splits:
    """Freeze, once, which sources or artists belong to which split; arguments as in ``propose``.

    Raises:
        ValueError: The splits are frozen already, a group that is assigned does not exist, or with these splits nothing
            could ever be promoted.
    """
    if dataset.layout.splits.is_file():
        raise ValueError(
            f"The splits are frozen already, in {dataset.layout.splits}; a test that changes proves nothing. "
            "New sources are assigned a split automatically."
        )
    proposal = propose(dataset, by, shares, assign, min_test)
    if proposal.missing:
        raise ValueError(proposal.missing)
    proposal.splits.write(dataset.layout.splits)
    return proposal.splits


def _missing(rows: Sequence[Row], by: str, min_test: int) -> str:
    """Return why these splits would be useless; empty when they are not."""
    total = sum(row.drawings for row in rows)
    named = [row for row in rows if row.group and row.drawings]
    if not total:
        return f"No drawing is accepted yet: accept some in the review first, at least {min_test} of them for the test."
    if len(named) < 2:
        have = f"are all of {named[0].group!r}" if named else f"name no {by}"
        if named and total > named[0].drawings:
            have = f"are of {named[0].group!r} or name no {by}"
        return (
            f"The {total} accepted drawings {have}: the test needs at least {min_test} accepted drawings of another "
            f"{by}, which is never trained on."
        )
    test = [row for row in rows if row.split == "test"]
    tested = sum(row.drawings for row in test)
    if tested < min_test:
        names = " or ".join(repr(row.group) for row in test) or f"another {by}"
        return (
            f"The test would have {amount(tested, 'accepted drawing')} and a promotion needs {min_test}: "
            f"accept {min_test - tested} more of {names}, or add another {by}."
        )
    if tested == total or not any(row.drawings for row in rows if row.split == "train"):
        return f"No accepted drawing is left to learn from: accept some of a {by} that is not for the test."
    return ""


def _deal(
    sizes: Mapping[str, int],
    ready: Mapping[str, int],
    shares: tuple[float, float, float],
    given: Mapping[str, str],
    min_test: int,
) -> dict[str, str]:
    def tested(groups: Mapping[str, str]) -> int:
        return sum(ready.get(group, 0) for group, split in groups.items() if split == "test")

    total, fixed = sum(sizes.values()), dict(given)
    free = sorted(set(sizes) - set(given), key=lambda g: hashlib.sha256(f"split\0{g}".encode()).hexdigest())
    if free and "train" not in fixed.values():
        largest = max(free, key=lambda g: (ready.get(g, 0), sizes[g]))
        fixed[largest] = "train"
        free.remove(largest)
    result, queue = dict(fixed), list(free)
    for split, share in (("test", shares[2]), ("val", shares[1])):
        wanted = share * total
        taken = sum(sizes[g] for g, s in result.items() if s == split)
        for group in list(queue):
            if taken < wanted and taken + sizes[group] <= 1.5 * wanted:
                result[group], taken = split, taken + sizes[group]
                queue.remove(group)
        if not taken and wanted and queue:
            smallest = min(queue, key=lambda g: sizes[g])
            result[smallest] = split
            queue.remove(smallest)
    if tested(result) < min_test and (chosen := _closest(free, ready, min_test - tested(fixed))):
        result, queue = fixed | dict.fromkeys(chosen, "test"), [group for group in free if group not in chosen]
    return result | dict.fromkeys(queue, "train")


def _closest(groups: Sequence[str], sizes: Mapping[str, int], wanted: int) -> tuple[str, ...]:
    """Return the groups whose sizes add up to ``wanted`` or as little more as possible; empty when all are too few.

    Such a set without its last group adds up to less than ``wanted``, so only sums below it have to be tracked.
    """
    below: dict[int, tuple[str, ...]] = {0: ()}
    best: tuple[int, tuple[str, ...]] | None = None
    for group in groups:
        for known, chosen in list(below.items()):
            added = known + sizes.get(group, 0)
            if added < wanted:
                below.setdefault(added, (*chosen, group))
            elif best is None or added < best[0]:
                best = added, (*chosen, group)
    return best[1] if best else ()
