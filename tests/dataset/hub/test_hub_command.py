"""Pushing from the command line, and by itself while an app runs."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_hub import TOKEN, FakeHub, fake_hub
from test_hub import files, filled

from sketchpose.cli import main
from sketchpose.dataset import Dataset
from sketchpose.dataset.erase import erase
from sketchpose.dataset.hub.repository import Remote
from sketchpose.dataset.hub.state import PushState, pending
from sketchpose.dataset.hub.sync import HubSync


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    for name in ("SKETCHPOSE_HUB_REPO", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with fake_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return filled(Dataset(tmp_path / "home" / "dataset"), 3)


def test_the_command_line(dataset: Dataset, hub: FakeHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dataset", "push", "ada/mine"]) == 0 and hub.private == {"ada/mine": True}
    assert "6 files are new in ada/mine." in capsys.readouterr().out
    assert main(["dataset", "push", "ada/open", "--public"]) == 0 and hub.repos["ada/open"] == {}
    said = capsys.readouterr().out
    assert "0 files are new in ada/open.\n3 drawings stay here: not accepted, or without licence and consent." in said
    assert main(["dataset", "--folder", str(tmp_path / "copy"), "pull", "ada/mine"]) == 0
    assert "3 revisions and 3 pictures are new here" in capsys.readouterr().out
    assert main(["dataset", "push"]) == 2 and "SKETCHPOSE_HUB_REPO" in capsys.readouterr().err


def wait(seconds: float, condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, PushState.read()
        time.sleep(0.05)


def test_saved_work_reaches_the_hub_by_itself(dataset: Dataset, hub: FakeHub, tmp_path: Path) -> None:
    # A server that stops answering: the push is ended, said to have failed, and tried again.
    hub.faults = [("/preupload/", "stall")]
    remote = Remote("ada/sketches", token=TOKEN, endpoint=hub.url)
    sync = HubSync(dataset, remote, every=0.2, patience=20)
    assert sync.start() and sync.start()
    wait(600, lambda: "did not answer for 20 s" in PushState.read().error)
    wait(600, lambda: hub.repos.get("ada/sketches") == files(dataset))
    wait(600, lambda: pending(dataset, remote.repo) == 0)
    # What was erased follows without anything being saved.
    erase(dataset, author="Ada")
    wait(600, lambda: not any(name.startswith("revisions/") for name in hub.repos["ada/sketches"]))
    filled(dataset, 2, "Bob", shade=40)
    wait(600, lambda: hub.repos.get("ada/sketches") == files(dataset))
    sync.stop()
    # A server that comes up with an empty disk gets everything back.
    other = Dataset(tmp_path / "other")
    sync = HubSync(other, remote, every=0.2, patience=20)
    sync.start()
    wait(600, lambda: files(other) == files(dataset))
    sync.stop()


def test_what_is_made_public_by_itself_is_accepted_and_consented(dataset: Dataset, hub: FakeHub) -> None:
    good = dataset.read(dataset.entries()[0].id)
    dataset.save(good.child(status="accepted", consent="own", licence="CC0-1.0"))
    sync = HubSync(dataset, Remote("ada/open", private=False, token=TOKEN, endpoint=hub.url), every=0.2, patience=120)
    sync.start()
    wait(600, lambda: PushState.read().success > 0)
    sync.stop()
    names = {f"images/{good.drawing[:2]}/{good.drawing}.png"}
    assert {name for name in hub.repos["ada/open"] if name.startswith("images/")} == names
    assert len(hub.repos["ada/open"]) == 2 and hub.private == {"ada/open": False}
