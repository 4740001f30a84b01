"""Which part of a dataset may go to a repository of the Hub.

- **Public**: of every drawing that is accepted in review, with a known licence and the consent of somebody entitled,
  the picture and the accepted revision. Nothing of a drawing goes there while an unsettled
  version says that consent was refused. What was saved since then has not been reviewed and stays here.
- **Private**: everything but drawings that were refused from the start. Only its owner can read it, and it is the copy
  from which a Space whose disk was emptied gets back what waits for review, later refusals included.

What lies in the repository but may no longer be there (consent withdrawn, drawing rejected) is removed from it.
"""

from dataclasses import dataclass

from sketchpose.dataset.query import Entry, Query
from sketchpose.dataset.records import publishable
from sketchpose.dataset.store import Dataset


@dataclass(frozen=True)
class Shared:
    """What may be in the repository.

    Attributes:
        add: Files to add where they are missing.
        keep: Files that may stay where they are: those, and accepted revisions that a newer one has replaced.
        hidden: Hashes of the drawings that stay here.
        hidden_groups: Sources and artists of whom everything stays here.
    """

    add: frozenset[str]
    keep: frozenset[str]
    hidden: frozenset[str]
    hidden_groups: frozenset[str]


def shared(dataset: Dataset, public: bool) -> Shared:
    """Work out what may be in a repository.

    Args:
        dataset: The dataset.
        public: Whether everybody can read the repository.
    """
    everything = dataset.entries(Query(which="all", deleted=True))
    if public:
        accepted = [
            entry for entry in dataset.entries(Query(which="accepted")) if publishable(entry.licence, entry.consent)
        ]
        refused = {e.drawing for e in dataset.entries(Query(which="heads", deleted=True)) if e.consent == "refused"}
        add = [entry for entry in accepted if entry.drawing not in refused]
        drawings = {entry.drawing for entry in add}
        good = [
            e
            for e in everything
            if e.status == "accepted" and publishable(e.licence, e.consent) and e.drawing in drawings
        ]
        keep = [*add, *good]
    else:
        agreed = {entry.drawing for entry in everything if entry.consent != "refused"}
        add = keep = [entry for entry in everything if entry.drawing in agreed]
        drawings = agreed
    stones = {f"erased/{stone.file}" for stone in dataset.tombstones()}
    return Shared(
        frozenset(stones | _files(add)),
        frozenset(stones | _files(keep)),
        frozenset({entry.drawing for entry in everything} - drawings),
        frozenset(_groups(everything) - _groups(add)),
    )


def _groups(entries: list[Entry]) -> set[str]:
    return {name for entry in entries for name in (entry.source, entry.artist)}


def _files(entries: list[Entry]) -> set[str]:
    pictures = {f"images/{entry.drawing[:2]}/{entry.drawing}{entry.suffix}" for entry in entries}
    return pictures | {f"revisions/{entry.id[:2]}/{entry.id}.json" for entry in entries}
