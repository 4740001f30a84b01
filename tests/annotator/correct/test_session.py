"""The session and its store: revisions, refusals that leave everything as it was, and the log of effort."""

import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.correct import drafts as store_module
from annotator.correct.drafts import DraftStore, StaleRevisionError
from annotator.correct.session import AnnotationSession
from annotator.editor.presets import PRESETS
from annotator.editor.value import EditorValue
from sketchpose.home import home_folder
from sketchpose.pose import Pose


@pytest.fixture
def pose() -> Pose:
    return Pose.annotated(np.array(PRESETS["Running"], np.float32) * 333.3 + [150, 20], np.full(17, 2))


@pytest.fixture
def session(tmp_path: Path) -> AnnotationSession:
    return AnnotationSession(DraftStore(tmp_path / "drafts"), clock=lambda: 1234.5)


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_saved_work_is_there_when_the_drawing_is_opened_again(
    session: AnnotationSession, drawing: Path, pose: Pose, tmp_path: Path
) -> None:
    first = session.save(session.open(drawing, [pose]))
    assert first.revision == 1 and session.has(drawing)
    renamed = tmp_path / "same bytes, other name.png"
    renamed.write_bytes(drawing.read_bytes())
    again = AnnotationSession(DraftStore(tmp_path / "drafts")).open(renamed)
    assert again.revision == 1 and np.array_equal(again.poses[0].keypoints, pose.keypoints)
    assert session.save(again).revision == 2


def test_new_estimates_do_not_hide_that_a_revision_exists(
    session: AnnotationSession, drawing: Path, pose: Pose
) -> None:
    session.save(session.open(drawing, [pose]))
    value = session.open(drawing, [pose, pose])
    assert (value.revision, len(value.persons)) == (1, 2)


def test_the_original_is_kept_byte_for_byte_and_old_revisions_stay(
    session: AnnotationSession, drawing: Path, pose: Pose, tmp_path: Path
) -> None:
    session.save(session.open(drawing, [pose]))
    before = content(tmp_path / "drafts")
    assert drawing.read_bytes() in before.values()
    session.save(session.open(drawing))
    after = content(tmp_path / "drafts")
    assert before.items() <= after.items() and len(after) == len(before) + 1


def test_a_stale_revision_is_refused_and_nothing_saved_is_harmed(
    session: AnnotationSession, drawing: Path, pose: Pose, tmp_path: Path
) -> None:
    mine = yours = session.open(drawing, [pose])
    session.save(mine)
    before = content(tmp_path / "drafts")
    with pytest.raises(StaleRevisionError, match="began from revision 0, but the newest is 1.*open the drawing again"):
        session.save(yours)
    with pytest.raises(StaleRevisionError, match="revision 7"):
        session.save(replace(yours, revision=7))
    assert content(tmp_path / "drafts") == before


@pytest.mark.parametrize("links", [True, False])
def test_of_many_who_save_at_once_one_wins(
    session: AnnotationSession, drawing: Path, pose: Pose, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(store_module.os, "link", lambda *_: (_ for _ in ()).throw(OSError(1, "no links")))
    value, outcomes, barrier = session.open(drawing, [pose]), [], threading.Barrier(8)

    def save() -> None:
        barrier.wait()
        try:
            outcomes.append(session.save(value).revision)
        except StaleRevisionError:
            outcomes.append(0)

    threads = [threading.Thread(target=save) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [0] * 7 + [1]


def test_wrong_picture_size_is_refused(session: AnnotationSession, drawing: Path, pose: Pose, tmp_path: Path) -> None:
    value = session.open(drawing, [pose])
    with pytest.raises(ValueError, match="301 x 400 pixels and drawing.png has 300 x 400; open the drawing again"):
        session.save(replace(value, width=301))
    assert not (tmp_path / "drafts").exists()


def test_a_changed_or_missing_picture_is_refused(session: AnnotationSession, drawing: Path, pose: Pose) -> None:
    value = session.open(drawing, [pose])
    Image.new("RGB", (300, 400), "black").save(drawing)
    with pytest.raises(ValueError, match="drawing.png has changed since it was opened"):
        session.save(value)
    drawing.unlink()
    with pytest.raises(ValueError, match="missing; open the drawing again"):
        session.save(value)
    with pytest.raises(ValueError, match="missing; open the drawing again"):
        session.save(replace(value, image=None))


@pytest.mark.parametrize("key", ["", "../../etc", "a/b", "a\0b", "x" * 65])
def test_a_key_from_outside_never_becomes_a_path(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not the key of a drawing"):
        DraftStore(tmp_path).latest(key)


def test_a_failed_write_leaves_no_half_revision(
    session: AnnotationSession, drawing: Path, pose: Pose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.save(session.open(drawing, [pose]))
    before = content(tmp_path / "drafts")
    with monkeypatch.context() as patched:
        patched.setattr(store_module.os, "link", lambda *_: (_ for _ in ()).throw(OSError(28, "disk full")))
        with pytest.raises(OSError, match="disk full"):
            session.save(session.open(drawing))
    assert content(tmp_path / "drafts") == before
    assert session.save(session.open(drawing)).revision == 2


def test_revision_files_are_strict_json_with_every_bit(
    session: AnnotationSession, drawing: Path, pose: Pose, tmp_path: Path
) -> None:
    record = session.save(session.open(drawing, [pose]))
    (path,) = (tmp_path / "drafts").rglob("000001.json")
    data = json.loads(path.read_text(), parse_constant=lambda word: pytest.fail(word))
    assert data["revision"] == 1 and data["saved_at"] == 1234.5 and data["original"] == "original.png"
    assert np.array_equal(record.value.poses[0].keypoints, pose.keypoints)


def test_the_log_tells_gestures_and_seconds_per_drawing(session: AnnotationSession, drawing: Path, pose: Pose) -> None:
    session.save(replace(session.open(drawing, [pose]), gestures=12, seconds=34.5))
    (row,) = session.log()
    assert (row.name, row.persons, row.gestures, row.seconds, row.revision) == ("drawing.png", 1, 12, 34.5, 1)


def test_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "here"))
    assert home_folder() == tmp_path / "here"
    assert DraftStore().folder == tmp_path / "here" / "drafts"
    monkeypatch.delenv("SKETCHPOSE_HOME")
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert home_folder().name == "sketchpose" and home_folder().is_absolute()
    if os.name == "posix":
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
        assert home_folder() == tmp_path / "xdg" / "sketchpose"


def test_an_empty_drawing_can_be_saved(session: AnnotationSession, drawing: Path) -> None:
    value = session.open(drawing)
    assert isinstance(value, EditorValue) and value.persons == ()
    assert session.save(value).value.persons == ()
