"""The session: what is opened, and which work is refused before it reaches the dataset."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.correct.session import AnnotationSession
from sketchpose.dataset import Dataset
from sketchpose.pose import Pose


def test_saved_work_is_there_when_the_drawing_is_opened_again(
    session: AnnotationSession, drawing: Path, pose: Pose, tmp_path: Path
) -> None:
    first = session.save(session.open(drawing, [pose]))
    assert first.revision == 1 and session.has(drawing)
    renamed = tmp_path / "same bytes, other name.png"
    renamed.write_bytes(drawing.read_bytes())
    again = session.open(renamed)
    assert again.revision == 1 and np.array_equal(again.poses[0].keypoints, pose.keypoints)
    assert session.save(again).revision == 2


def test_new_estimates_do_not_hide_that_a_revision_exists(
    session: AnnotationSession, drawing: Path, pose: Pose
) -> None:
    session.save(session.open(drawing, [pose]))
    value = session.open(drawing, [pose, pose])
    assert (value.revision, len(value.persons)) == (1, 2)


def test_wrong_picture_size_is_refused(session: AnnotationSession, dataset: Dataset, drawing: Path, pose: Pose) -> None:
    value = session.open(drawing, [pose])
    with pytest.raises(ValueError, match="301 x 400 pixels and drawing.png has 300 x 400; open the drawing again"):
        session.save(replace(value, width=301))
    assert dataset.entries() == []


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


def test_an_empty_drawing_can_be_saved(session: AnnotationSession, drawing: Path) -> None:
    value = session.open(drawing)
    assert value.persons == () and session.save(value).value.persons == ()
