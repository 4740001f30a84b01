"""Push and pull against a Hub on this machine that fails, stalls and repeats."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_hub import TOKEN, FakeHub
from PIL import Image

from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.dataset.erase import erase
from sketchpose.dataset.hub import repository as hub_module
from sketchpose.dataset.hub.repository import HubError, Remote, pull, push
from sketchpose.dataset.hub.state import PushState, pending, status_line
from sketchpose.dataset.hub.sync import HubSync
from sketchpose.dataset.proposal import freeze
from sketchpose.pose import Pose

POSE = Pose.annotated(np.arange(34, dtype=np.float32).reshape(17, 2) + 5, np.full(17, 2))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HF_TOKEN", "SKETCHPOSE_HUB_REPO", "HF_ENDPOINT", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    # The client reads the variable once, when it is first imported, perhaps by a test that works offline.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    # The client's own pauses between repeats.
    monkeypatch.setattr("time.sleep", lambda *_: None)
    return tmp_path / "home"


@pytest.fixture
def remote(hub: FakeHub) -> Remote:
    return Remote("ada/sketches", token=TOKEN, endpoint=hub.url)


@pytest.fixture
def dataset(home: Path) -> Dataset:
    return filled(Dataset(home / "dataset"), 3)


def filled(dataset: Dataset, count: int, author: str = "Ada", shade: int = 0) -> Dataset:
    for i in range(count):
        path = dataset.folder.parent / f"{shade}-{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 60), (200, 10 * i, shade)).save(path)
        image = dataset.add_image(path)
        dataset.save(Revision.make(image, [Person.of_pose("p1", POSE)], author=author, source=f"{author} {i}"))
    return dataset


def files(dataset: Dataset) -> dict[str, bytes]:
    """What is there; a name that begins with a dot is a file that is just being written."""
    paths = [p for part in ("images", "revisions", "erased") for p in (dataset.folder / part).rglob("[!.]*.*")]
    return {p.relative_to(dataset.folder).as_posix(): p.read_bytes() for p in paths}


def test_everything_arrives_and_once_is_enough(dataset: Dataset, hub: FakeHub, remote: Remote) -> None:
    assert pending(dataset, remote.repo) == 3 and "3 revisions are saved locally, not yet pushed" in status(
        dataset, remote
    )
    assert push(dataset, remote).files == 6
    assert hub.repos["ada/sketches"] == files(dataset) and hub.private == {"ada/sketches": True}
    assert pending(dataset, remote.repo) == 0
    assert status(dataset, remote) == "Everything is pushed to ada/sketches. Last success less than a minute ago."
    assert push(dataset, remote).files == 0 and len(hub.commits) == 1
    filled(dataset, 1, shade=9)
    assert pending(dataset, remote.repo) == 1 and push(dataset, remote).files == 2
    assert hub.repos["ada/sketches"] == files(dataset)


def status(dataset: Dataset, remote: Remote) -> str:
    return status_line(dataset, remote.repo, bool(remote.token))


def test_pulling_is_a_union_and_foreign_files_stay_out(
    dataset: Dataset, hub: FakeHub, remote: Remote, tmp_path: Path
) -> None:
    push(dataset, remote)
    other = filled(Dataset(tmp_path / "other" / "dataset"), 2, "Bob", shade=100)
    repo = hub.repos["ada/sketches"]
    repo |= {"README.md": b"# card", "../../evil.json": b"{}", "revisions/aa/evil.json": b"{}", "images/x.png": b""}
    merged = pull(other, remote)
    assert (merged.revisions, merged.images, merged.problems) == (3, 3, ())
    assert files(dataset).items() <= files(other).items() and len(other.entries()) == 5
    assert not list(tmp_path.rglob("*evil*")) and not (other.folder / "README.md").exists()
    assert pull(other, remote).revisions == 0
    push(other, remote)
    pull(dataset, remote)
    assert files(dataset) == files(other)


def test_a_damaged_file_of_the_repository_is_named_and_left_out(
    dataset: Dataset, hub: FakeHub, remote: Remote, tmp_path: Path
) -> None:
    push(dataset, remote)
    name = next(n for n in hub.repos["ada/sketches"] if n.startswith("revisions/"))
    hub.repos["ada/sketches"][name] = hub.repos["ada/sketches"][name][:-9]
    merged = pull(Dataset(tmp_path / "other"), remote)
    assert merged.revisions == 2 and len(merged.problems) == 1 and Path(name).name in merged.problems[0]


@pytest.mark.parametrize("word", ["create", "tree", "preupload", "commit"])
def test_a_hub_that_fails_for_a_moment_is_asked_again(
    dataset: Dataset, hub: FakeHub, remote: Remote, word: str
) -> None:
    hub.faults = [(word, "500")]
    try:
        push(dataset, remote)
    except HubError as error:
        assert "500" in str(error) and "Everything is saved locally" in str(error)
        assert "Last error less than a minute ago" in status(dataset, remote) and pending(dataset, remote.repo) == 3
        push(dataset, remote)
    assert hub.repos["ada/sketches"] == files(dataset) and PushState.read().error == ""


def test_a_commit_that_was_taken_but_not_confirmed_is_not_doubled(
    dataset: Dataset, hub: FakeHub, remote: Remote
) -> None:
    hub.faults = [("/commit/", "late")]
    try:
        push(dataset, remote)
    except HubError:
        assert push(dataset, remote).files == 0
    assert hub.repos["ada/sketches"] == files(dataset)


def test_a_download_that_is_cut_off_harms_nothing(
    dataset: Dataset, hub: FakeHub, remote: Remote, tmp_path: Path
) -> None:
    push(dataset, remote)
    other = Dataset(tmp_path / "other")
    hub.faults = [("resolve", "500"), ("resolve", "cut")]
    try:
        pull(other, remote)
    except HubError:
        pull(other, remote)
    assert files(other) == files(dataset)


def test_offline_everything_works_and_says_so(dataset: Dataset, remote: Remote) -> None:
    gone = replace(remote, endpoint="http://127.0.0.1:9")
    with pytest.raises(HubError, match="Everything is saved locally; push again later"):
        push(dataset, gone)
    state = PushState.read()
    assert state.error and state.success == 0 and TOKEN not in state.error
    filled(dataset, 1, shade=50)
    assert "4 revisions are saved locally, not yet pushed" in status(dataset, gone)


def test_without_a_token_or_a_repository(dataset: Dataset, remote: Remote, hub: FakeHub) -> None:
    assert "No Hub repository is set" in status(dataset, Remote())
    assert "not yet pushed to ada/sketches: there is no Hub token" in status(dataset, replace(remote, token=""))
    wrongs = {"no Hub token": replace(remote, token=""), "not a dataset repository": replace(remote, repo="x")}
    for word, wrong in wrongs.items():
        with pytest.raises(HubError, match=word):
            push(dataset, wrong)
    with pytest.raises(HubError, match=r"401|credentials|Unauthorized"):
        push(dataset, replace(remote, token="hf_wrong"))
    assert not HubSync(dataset, Remote()).start() and hub.repos == {}


def test_what_was_erased_here_goes_there_too(dataset: Dataset, hub: FakeHub, remote: Remote, tmp_path: Path) -> None:
    filled(dataset, 1, "Bob", shade=70)
    push(dataset, remote)
    other = Dataset(tmp_path / "other")
    pull(other, remote)
    erase(dataset, author="Bob")
    done = push(dataset, remote)
    assert done.removed == 2 and hub.squashed == 1
    repo = hub.repos["ada/sketches"]
    assert repo == files(dataset) and not any(b"Bob" in data for data in repo.values())
    # The other copy forgets it with its next pull.
    assert len(other.entries()) == 4
    pull(other, remote)
    assert {entry.author for entry in other.entries()} == {"Ada"}


def test_splits_travel(dataset: Dataset, hub: FakeHub, remote: Remote, tmp_path: Path) -> None:
    freeze(dataset, assign={"Ada 0": "train", "Ada 1": "test", "Ada 2": "train"}, min_test=0)
    push(dataset, remote)
    other = Dataset(tmp_path / "other")
    pull(other, remote)
    splits = dataset.layout.splits.read_bytes()
    assert other.layout.splits.read_bytes() == splits == hub.repos["ada/sketches"]["splits.json"]


def test_many_files_are_several_commits(
    dataset: Dataset, hub: FakeHub, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "_A_COMMIT", 2)
    seen: list[tuple[int, int]] = []
    push(dataset, remote, lambda *step: seen.append(step))
    assert len(hub.commits) == 3 and seen == [(2, 6), (4, 6), (6, 6)]
