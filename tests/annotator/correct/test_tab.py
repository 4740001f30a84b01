"""The Correct tab without a browser: opening, saving in a row, importing and exporting."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from numpy.typing import ArrayLike
from PIL import Image

from annotator.correct.session import AnnotationSession
from annotator.correct.tab import CorrectTab, build_correct_tab, poses_for
from annotator.editor.presets import PRESETS
from annotator.editor.value import DrawingQueue, EditorValue
from sketchpose.assist import Assistant
from sketchpose.assist.worth import wrong_joints
from sketchpose.dataset import Dataset
from sketchpose.dataset.review import accept
from sketchpose.estimate.sketch import SketchEstimator
from sketchpose.formats import FormatError, PosedImage, to_coco, to_openpose
from sketchpose.pose import Pose

DRAWING = Path(__file__).parents[3] / "examples" / "drawings" / "peeps_stand_PointingFingerWB.png"
STAY, ON = SimpleNamespace(next=False), SimpleNamespace(next=True)


def figure(height: float = 300, x: float = 150) -> Pose:
    return Pose.annotated(np.array(PRESETS["Running"], np.float32) * height + [x, 20], np.full(17, 2))


class OneFigure:
    """An estimator that finds one figure, or one in every box."""

    name = "one figure"

    def __init__(self) -> None:
        self.boxes: list[ArrayLike | None] = []

    def estimate(self, image: object, boxes: ArrayLike | None = None) -> list[Pose]:
        self.boxes.append(boxes)
        return [figure()]


@pytest.fixture
def estimator() -> OneFigure:
    return OneFigure()


@pytest.fixture
def tab(session: AnnotationSession, estimator: OneFigure) -> CorrectTab:
    with gr.Blocks():
        return build_correct_tab(lambda: estimator, session)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for i, path in enumerate(paths):
        Image.new("RGB", (300, 400), (255, 255, 255 - i)).save(path)
    return [str(path) for path in paths]


def test_going_through_a_row_of_drawings(tab: CorrectTab, files: list[str], dataset: Dataset) -> None:
    value = tab.open_files(files, True)
    assert (value.name, value.queue, len(value.persons)) == ("a.png", DrawingQueue(tuple(files), 0), 1)
    update = tab.save(value, True, ON)
    assert (update["reply"]["kind"], update["value"].name) == ("saved", "b.png")
    assert update["value"].queue == DrawingQueue(tuple(files), 1, (0,)) and update["value"].queue.left == 1
    last = tab.save(update["value"], True, ON)["value"]
    update = tab.save(last, True, ON)
    assert "value" not in update and "3 of 3 drawings are saved" in update["reply"]["message"]
    assert sorted(entry.name for entry in dataset.entries()) == ["a.png", "b.png", "c.png"]


def test_saved_drawings_open_as_they_were_saved_without_estimating(
    tab: CorrectTab, files: list[str], estimator: OneFigure
) -> None:
    value = tab.open_files(files[:1], True)
    moved = value.with_poses([figure(200)])
    assert tab.save(moved, True, STAY)["reply"]["kind"] == "saved"
    estimator.boxes.clear()
    again = tab.open_files(files[:1], True)
    assert np.array_equal(again.poses[0].keypoints, moved.poses[0].keypoints) and estimator.boxes == []


def test_a_refused_save_says_why_and_keeps_the_page(tab: CorrectTab, files: list[str]) -> None:
    value = tab.open_files(files, True)
    update = tab.save(replace(value, base="0" * 32), True, ON)
    assert update["reply"]["kind"] == "refused" and "gone from the dataset" in update["reply"]["message"]
    assert "value" not in update


def test_an_unreadable_next_drawing_is_said_and_passed_over(tab: CorrectTab, files: list[str]) -> None:
    Path(files[1]).write_bytes(b"no picture")
    value = tab.open_files(files, True)
    reply = tab.save(value, True, ON)["reply"]
    assert reply["kind"] == "saved" and "cannot be opened: b.png" in reply["message"] and reply["at"] == 1
    again = replace(tab.open_files(files[:1], True), queue=DrawingQueue(tuple(files), reply["at"]))
    assert tab.save(again, True, ON)["value"].name == "c.png"
    with pytest.raises(gr.Error, match=r"b\.png: not a picture"):
        tab.open_files(files[1:2], True)


def test_a_drawing_that_the_server_has_lost_is_said_and_the_work_is_saved(tab: CorrectTab, files: list[str]) -> None:
    value = tab.open_files(files, True)
    Path(files[1]).unlink()
    reply = tab.save(value, True, ON)["reply"]
    assert reply["kind"] == "saved" and "b.png is no longer on the server: open it" in reply["message"]


def test_the_queue_never_reaches_a_store(tab: CorrectTab, files: list[str], tmp_path: Path) -> None:
    tab.save(tab.open_files(files, True), True, STAY)
    (revision,) = (tmp_path / "dataset").rglob("*.json")
    assert str(tmp_path) not in revision.read_text()


def test_the_queue_is_left_and_entered_anywhere_and_tells_what_is_saved(tab: CorrectTab, files: list[str]) -> None:
    value = tab.open_files(files, True)
    assert value.queue == DrawingQueue(tuple(files), 0)
    third = tab.go(value, True, SimpleNamespace(at=2))  # type: ignore[arg-type]
    assert (third.name, third.queue) == ("c.png", DrawingQueue(tuple(files), 2))
    saved = tab.save(third, True, ON)["reply"]  # type: ignore[arg-type]
    assert (saved["done"], saved["at"], saved["sheet"]) == ([2], 2, "") and "2 of 3 are not saved yet" in saved[
        "message"
    ]
    again = tab.open_files(files, True)
    assert again.queue.done == (2,), "what was saved before is known"
    for at in (0, 1):
        again = tab.save(tab.go(again, True, SimpleNamespace(at=at)), True, STAY)  # type: ignore[arg-type]
        again = replace(tab.open_files(files, True), edit=0)
    last = tab.save(tab.go(again, True, SimpleNamespace(at=2)), True, ON)["reply"]  # type: ignore[arg-type]
    assert last["message"].endswith("3 of 3 drawings are saved. Thank you!")
    assert last["sheet"].startswith("data:image/webp;base64,")
    for odd in (None, -1, 3, "1", 1.5):
        assert not hasattr(tab.go(again, True, SimpleNamespace(at=odd)), "queue")  # type: ignore[arg-type]


def test_a_picture_that_is_chosen_twice_is_there_once(tab: CorrectTab, files: list[str], tmp_path: Path) -> None:
    again = tmp_path / "again.png"
    again.write_bytes(Path(files[0]).read_bytes())
    opened = tab.open_files([*files, str(again)], True)
    assert opened["value"].queue.paths == tuple(files)
    assert opened["reply"]["message"] == "1 file left out: the picture is among the others already."


def weighed(tab: CorrectTab, path: object, before: object = (), guess: bool = True) -> float | None:
    answer = tab.weigh(guess, SimpleNamespace(path=path, before=before))["worth"]  # type: ignore[arg-type]
    assert answer["path"] == str(path)
    found: float | None = answer["worth"]
    return found


def test_a_drawing_is_weighed_once_estimated_and_opens_with_that_estimate(
    tab: CorrectTab, files: list[str], estimator: OneFigure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    unsure = replace(figure(), scores=np.full(17, 0.5, np.float32))
    monkeypatch.setattr(OneFigure, "estimate", lambda self, image, boxes=None: [self.boxes.append(boxes), unsure][1:])
    value = tab.open_files(files, True)
    assert weighed(tab, files[1]) == pytest.approx(wrong_joints(unsure))
    assert weighed(tab, files[1], [files[0]]) == pytest.approx(0, abs=1e-3), "the open drawing shows the same pose"
    opened = tab.go(value, True, SimpleNamespace(at=1))
    assert np.array_equal(opened.poses[0].keypoints, unsure.keypoints) and len(estimator.boxes) == 2
    assert weighed(tab, files[2], guess=False) is None
    saved = replace(value, persons=(replace(value.persons[0], pose=figure()),))
    assert tab.save(saved, True, STAY)["reply"]["kind"] == "saved"
    assert weighed(tab, files[0], guess=False) == 0, "every joint was set by hand"


def test_a_pose_that_was_accepted_is_known_but_for_its_own_drawing(
    tab: CorrectTab, files: list[str], dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    unsure = replace(figure(), scores=np.full(17, 0.5, np.float32))
    value = tab.open_poses(files[0], [unsure])
    tab.save(value, True, STAY)
    assert tab.session.known(but="") == []
    accept(dataset, dataset.entries()[0].id, "Ada")
    assert weighed(tab, files[0]) == pytest.approx(wrong_joints(unsure)), "it is not compared with itself"
    assert len(tab.session.known(but="")) == 1 and tab.session.known(but=value.drawing) == []


def test_a_path_that_is_no_upload_is_not_read(
    tab: CorrectTab, files: list[str], estimator: OneFigure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uploads").mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    for path in (files[0], "", None, 7, [], tmp_path / "uploads" / "gone.png"):
        assert weighed(tab, path, before=7) is None
    assert estimator.boxes == []


def test_correct_this_carries_the_file_and_the_poses(tab: CorrectTab, files: list[str]) -> None:
    value = tab.open_poses(files[0], [figure(), figure(200)])
    assert str(value.image) == files[0] and len(value.persons) == 2 and value.queue == DrawingQueue()
    drawn = tab.open_poses(Path(files[0]).read_bytes(), [figure()], "drawn.png")
    assert drawn.image.read_bytes() == Path(files[0]).read_bytes() and drawn.name == "drawn.png"


def test_a_box_is_estimated_inside(tab: CorrectTab, files: list[str], estimator: OneFigure) -> None:
    value = tab.open_files(files, False)
    assert value.persons == ()
    answer = tab.estimate(value, SimpleNamespace(box=[1, 2, 30, 40]))["reply"]
    assert estimator.boxes == [[[1, 2, 30, 40]]] and answer["kind"] == "add" and len(answer["persons"]) == 1
    assert tab.estimate_all(value)["reply"]["kind"] == "replace"


@pytest.fixture
def value(tab: CorrectTab, files: list[str]) -> EditorValue:
    opened: EditorValue = tab.open_poses(files[0], [figure()])
    return opened


@pytest.mark.parametrize("kind", ["coco", "openpose"])
def test_an_exported_file_imports_as_the_same_pose(
    tab: CorrectTab, value: EditorValue, tmp_path: Path, kind: str
) -> None:
    answer = tab.export(value, kind)["reply"]
    assert answer["name"] == f"a_{kind}.json"
    path = tmp_path / answer["name"]
    path.write_text(answer["text"])
    imported = tab.import_poses(value, str(path))["reply"]
    assert imported["kind"] == "replace" and "1 person" in imported["message"]
    (pose,), _ = poses_for(path, value)
    assert np.array_equal(pose.keypoints, value.poses[0].keypoints)


def test_svg_export_is_a_picture_with_the_skeleton(tab: CorrectTab, value: EditorValue) -> None:
    answer = tab.export(value, "svg")["reply"]
    assert answer["mime"] == "image/svg+xml" and answer["text"].startswith("<svg") and "left wrist" in answer["text"]


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_import_chooses_by_name_and_scales_to_the_drawing(value: EditorValue, tmp_path: Path) -> None:
    half = figure().moved(0.5, (0, 0))
    images = [PosedImage("x.png", 300, 400, (figure(100),)), PosedImage("sub/a.png", 150, 200, (half,))]
    (pose,), _ = poses_for(write(tmp_path / "many.json", to_coco(images)), value)
    assert pose.keypoints == pytest.approx(figure().keypoints, abs=1e-4)
    canvas = to_openpose(PosedImage("a.png", 150, 200, (half,)))
    (pose,), _ = poses_for(write(tmp_path / "canvas.json", canvas), value)
    assert pose.keypoints == pytest.approx(figure().keypoints, abs=1e-4)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"people": []}, "no person"),
        ({"nothing": 1}, "no poses of a known format"),
        (to_coco([PosedImage("x.png", 300, 400, ()), PosedImage("y.png", 300, 400, ())]), "lists 2 pictures, and 0"),
        (to_coco([PosedImage("a.png", 400, 310, (figure(),))]), "another shape"),
    ],
)
def test_import_says_what_is_wrong(
    tab: CorrectTab, value: EditorValue, tmp_path: Path, document: Any, words: str
) -> None:
    path = write(tmp_path / "poses.json", document)
    with pytest.raises(FormatError, match=words):
        poses_for(path, value)
    answer = tab.import_poses(value, str(path))["reply"]
    assert answer["kind"] == "refused" and words in answer["message"]


def test_others_follow_a_joint_that_was_fixed(session: AnnotationSession) -> None:
    estimator = SketchEstimator()
    with gr.Blocks():
        tab = build_correct_tab(lambda: estimator, session, assistant=lambda: Assistant(estimator))
    (pose,) = estimator.estimate(DRAWING)
    value = tab.open_poses(DRAWING, [pose])
    points, scores = pose.keypoints.copy(), pose.scores.copy()
    points[[5, 7, 9]], scores[[5, 7, 9]] = pose.keypoints[[6, 8, 10]], 1
    fixed = replace(value.persons[0], pose=replace(pose, keypoints=points, scores=scores))
    value = replace(value, persons=(fixed,), edit=7)
    event = SimpleNamespace(person=fixed.id, box=pose.box.tolist())
    reply = tab.assist(value, event)["reply"]  # type: ignore[arg-type]
    assert (reply["kind"], reply["edit"], reply["person"], reply["drawing"]) == ("assist", 7, fixed.id, value.drawing)
    assert {6, 8, 10} <= {move["joint"] for move in reply["moves"]} <= set(range(17)) - {5, 7, 9}
    for odd in (
        SimpleNamespace(person="somebody else", box=pose.box.tolist()),
        SimpleNamespace(person=fixed.id, box=[0, 0, 0, 0]),
        SimpleNamespace(person=fixed.id, box=["a", None, {}, []]),
        SimpleNamespace(person=fixed.id, box=None),
        SimpleNamespace(person=fixed.id, box=[1e300] * 4),
    ):
        assert "reply" not in tab.assist(value, odd)  # type: ignore[arg-type]
    assert "reply" not in tab.assist(None, event)  # type: ignore[arg-type]


def test_without_a_drawing_nothing_breaks(tab: CorrectTab, files: list[str]) -> None:
    assert tab.import_poses(None, files[0])["reply"]["kind"] == "refused"
    assert tab.export(None, "coco")["reply"]["kind"] == "refused"
    assert tab.save(None, True, STAY) == gr.skip()


def test_no_endpoint_of_the_tab_is_public(session: AnnotationSession) -> None:
    with gr.Blocks() as demo:
        build_correct_tab(None, session)
    assert demo.get_api_info()["named_endpoints"] == {}
