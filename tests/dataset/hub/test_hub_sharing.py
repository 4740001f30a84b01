"""Nothing reaches a repository that everybody can read but what was accepted, with licence and consent."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_hub import TOKEN, FakeHub
from making import add

from sketchpose.dataset import Dataset
from sketchpose.dataset.erase import erase
from sketchpose.dataset.hub import repository as hub_module
from sketchpose.dataset.hub.repository import HubError, Remote, pull, push
from sketchpose.dataset.hub.state import stale, status_line
from sketchpose.dataset.proposal import freeze
from sketchpose.dataset.review import accept, reject
from sketchpose.dataset.splits import Splits

OWN: dict[str, Any] = {"consent": "own", "licence": "CC0-1.0"}


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    # The client's own pauses between repeats.
    monkeypatch.setattr("time.sleep", lambda *_: None)


@pytest.fixture
def public(hub: FakeHub) -> Remote:
    return Remote("ada/sketches", private=False, token=TOKEN, endpoint=hub.url)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """One drawing that may be public and, of other authors and sources, one for every reason why not."""
    dataset = Dataset(tmp_path / "home" / "dataset")
    good = add(dataset, 0, status="submitted", author="Ada", source="Ada's book", **OWN)
    accept(dataset, good.id, "Rita")
    add(dataset, 1, status="submitted", author="Unreviewed", source="Unreviewed's book", **OWN)
    rejected = add(dataset, 2, status="submitted", author="Rejected", source="Rejected's book", **OWN)
    reject(dataset, rejected.id, "Rita", "not a person")
    for seed, name, wrong in (
        (3, "Unknown", {"consent": "unknown"}),
        (4, "Unlicensed", {"licence": ""}),
        (5, "Refused", {"consent": "refused"}),
    ):
        add(dataset, seed, status="accepted", author=name, source=f"{name}'s book", **OWN | wrong)
    deleted = add(dataset, 6, status="accepted", author="Deleted", source="Deleted's book", **OWN)
    dataset.delete(deleted.drawing, "Rita")
    # The accepted drawing again, as a stranger would like to have it.
    dataset.save(dataset.read(dataset.accepted(good.drawing).id).child(author="Stranger", status="draft", note="Spam"))  # type: ignore[union-attr]
    return dataset


NEVER = (
    *(b"Unreviewed", b"Rejected", b"Unknown", b"Unlicensed", b"Refused", b"Deleted", b"Stranger", b"Spam"),
    b"not a person",
)


def revisions(files: dict[str, bytes]) -> list[Any]:
    return [json.loads(data) for name, data in files.items() if name.startswith("revisions/")]


def leaks(hub: FakeHub) -> list[bytes]:
    """What must never have been sent, whether or not it is there still."""
    sent = [*hub.repos.get("ada/sketches", {}).values(), *map(str.encode, hub.commits), *hub.bodies]
    return [word for word in NEVER if any(word in data for data in sent)]


def test_public_is_what_was_accepted_with_licence_and_consent(dataset: Dataset, hub: FakeHub, public: Remote) -> None:
    freeze(dataset, min_test=0)
    done = push(dataset, public)
    files = hub.repos["ada/sketches"]
    (revision,) = revisions(files)
    assert (revision["author"], revision["status"], revision["consent"]) == ("Rita", "accepted", "own")
    pictures = [name for name in files if name.startswith("images/")]
    assert pictures == [f"images/{revision['image']['hash'][:2]}/{revision['image']['hash']}.png"]
    splits = json.loads(files["splits.json"])
    assert list(splits["groups"]) == ["Ada's book"] and list(splits["images"]) == [revision["image"]["hash"]]
    assert (done.files, done.removed, done.withheld, done.public) == (3, 0, 6, True) and leaks(hub) == []
    assert "6 drawings stay here: not accepted, or without licence and consent" in status_line(
        dataset, public.repo, True
    )
    again = push(dataset, public)
    assert (again.files, again.removed) == (0, 0)


def test_a_repository_that_is_public_already_counts_as_such(dataset: Dataset, hub: FakeHub, public: Remote) -> None:
    hub.repos["ada/sketches"], hub.private["ada/sketches"] = {}, False
    done = push(dataset, replace(public, private=True))
    assert done.public and len(revisions(hub.repos["ada/sketches"])) == 1 and leaks(hub) == []


def test_a_private_one_that_is_opened_loses_what_may_not_be_public(
    dataset: Dataset, hub: FakeHub, public: Remote
) -> None:
    freeze(dataset, min_test=0)
    private = replace(public, private=True)
    push(dataset, private)
    assert len(revisions(hub.repos["ada/sketches"])) > 6 and hub.squashed == 0
    hub.private["ada/sketches"] = False
    push(dataset, private)
    files = hub.repos["ada/sketches"]
    # Of the accepted drawing, the submission it was accepted from goes too: it is not the accepted revision.
    assert [one["author"] for one in revisions(files)] == ["Rita"] and hub.squashed == 1
    assert not any(word in data for word in NEVER for data in files.values())


@pytest.mark.parametrize(
    "change", [{"consent": "refused", "status": "draft"}, {"status": "rejected"}, {"deleted": True}]
)
def test_what_may_not_be_public_any_more_is_withdrawn_with_its_history(
    dataset: Dataset, hub: FakeHub, public: Remote, change: dict[str, Any]
) -> None:
    push(dataset, public)
    (revision,) = revisions(hub.repos["ada/sketches"])
    for head in dataset.heads(revision["image"]["hash"]):
        dataset.save(dataset.read(head.id).child(author="Ada", **change))
    assert push(dataset, public).removed == 2
    assert not hub.repos["ada/sketches"] and hub.squashed == 1


def test_a_newer_accepted_revision_joins_the_older(dataset: Dataset, hub: FakeHub, public: Remote) -> None:
    push(dataset, public)
    (old,) = revisions(hub.repos["ada/sketches"])
    accept(dataset, old["id"], "Rita", "again")
    assert (done := push(dataset, public)).files == 1 and done.removed == 0 and hub.squashed == 0


def test_history_is_removed_even_if_the_push_is_cut_off_before(dataset: Dataset, hub: FakeHub, public: Remote) -> None:
    push(dataset, public)
    (revision,) = revisions(hub.repos["ada/sketches"])
    dataset.delete(revision["image"]["hash"], "Rita")
    hub.faults = [("super-squash", "500")] * 8
    with pytest.raises(HubError):
        push(dataset, public)
    assert not hub.repos["ada/sketches"] and hub.squashed == 0
    hub.faults = []
    push(dataset, public)
    assert hub.squashed == 1
    push(dataset, public)
    assert hub.squashed == 1


def test_private_is_a_copy_of_all_but_what_was_refused_from_the_start(
    dataset: Dataset, hub: FakeHub, public: Remote, tmp_path: Path
) -> None:
    private = replace(public, private=True)
    late = add(dataset, 8, author="Late", **OWN)
    dataset.save(late.child(consent="refused"))
    assert push(dataset, private).withheld == 1
    files = hub.repos["ada/sketches"]
    assert not any(b"Refused" in data for data in files.values()) and any(b"Unreviewed" in d for d in files.values())
    assert "1 drawings stay here: refused" in status_line(dataset, private.repo, True)
    # A refusal that came later is there too: a server that starts anew from this copy holds to it.
    other = Dataset(tmp_path / "other")
    pull(other, private)
    assert other.current(late.drawing).consent == "refused"  # type: ignore[union-attr]


def test_an_artist_who_was_erased_does_not_come_back_with_the_splits(
    dataset: Dataset, hub: FakeHub, public: Remote, tmp_path: Path
) -> None:
    private = replace(public, private=True)
    add(dataset, 9, author="Bob", artist="Zoe", source="a book")
    freeze(dataset, by="artist", min_test=0)
    push(dataset, private)
    assert "Zoe" in json.loads(hub.repos["ada/sketches"]["splits.json"])["groups"] and not stale(dataset, private.repo)
    erase(dataset, artist="Zoe")
    assert stale(dataset, private.repo)
    push(dataset, private)
    assert not any(b"Zoe" in data for data in hub.repos["ada/sketches"].values()) and hub.squashed == 1
    assert "Zoe" not in Splits.read(dataset.layout.splits).groups
    assert hub_module.SPLITS in hub.repos["ada/sketches"]
