"""The component from the side of Python: its value, its errors, its answers to the page."""

import json
import math
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from annotator import EditorValue, KeypointEditor
from annotator.editor.component import KeypointData
from annotator.editor.presets import PRESETS
from sketchpose.pose import Pose


@pytest.fixture
def value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EditorValue:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))  # as if the drawing had been uploaded
    path = tmp_path / "drawing.png"
    Image.new("RGB", (300, 400), "white").save(path)
    pose = Pose.annotated(np.array(PRESETS["Running"], np.float32) * 350 + [150, 20], np.full(17, 2))
    return EditorValue.of_picture(path, [pose])


def test_value_survives_the_way_to_the_page_and_back(value: EditorValue) -> None:
    editor = KeypointEditor()
    sent = editor.postprocess(value)
    assert sent is not None and sent.image.orig_name == "drawing.png"
    wire = KeypointData(**json.loads(sent.model_dump_json()))
    back = editor.preprocess(wire)
    assert back is not None
    assert back.to_json() == value.to_json() and back.image == value.image


def test_nothing_is_nothing() -> None:
    editor = KeypointEditor()
    assert editor.postprocess(None) is None
    assert editor.preprocess(None) is None
    assert editor.preprocess(KeypointData()) is None


def test_a_bad_joint_is_refused_with_a_message_for_the_annotator(value: EditorValue) -> None:
    editor = KeypointEditor()
    wire = editor.postprocess(value)
    assert wire is not None
    wire.persons[0].keypoints[5] = [math.nan, 1, 2]
    with pytest.raises(gr.Error, match="left_shoulder is .*finite numbers"):
        editor.preprocess(wire)


@pytest.mark.parametrize("sent", [{"width": "100"}, {"persons": [{"id": "p1", "keypoints": [["1", 1, 2]] * 17}]}])
def test_a_text_is_no_number(sent: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="should be a valid"):
        KeypointData(**sent)


def test_one_edit_of_six_people_is_under_five_kilobytes(value: EditorValue) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 3000, (6, 17, 2)).astype(np.float32)
    people = [Pose(p, rng.uniform(0, 1, 17), np.full(17, 2), [0.12345, 1.2345, 2999.1, 2998.7]) for p in points]
    crowd = value.with_poses(people).to_json()
    for person in crowd["persons"]:
        person.pop("model")
    image = {
        "path": "/tmp/gradio/" + "0" * 64 + "/drawing.png",
        "url": "http://127.0.0.1:7860/gradio_api/file=" + "0" * 90,
    }
    assert len(json.dumps({**crowd, "image": image}, separators=(",", ":"))) < 5000


def test_replies_carry_what_the_page_needs(value: EditorValue) -> None:
    saved = KeypointEditor.reply("saved", value, revision=4, message="Saved.")["reply"]
    assert (saved["kind"], saved["edit"], saved["revision"], saved["drawing"]) == ("saved", 0, 4, value.drawing)
    added = KeypointEditor.reply("add", value, poses=value.poses, label="Imported")["reply"]
    assert len(added["persons"][0]["keypoints"]) == 17 and added["persons"][0]["model"] is not None
    file = KeypointEditor.reply("download", value, file=("a.json", "{}", "application/json"))["reply"]
    assert (file["name"], file["text"], file["mime"]) == ("a.json", "{}", "application/json")
    assert saved["id"] != added["id"], "equal answers must still count as two"


def test_documented_events_exist_and_quoted_words_of_the_script_are_none() -> None:
    editor = KeypointEditor(render=False)
    assert all(callable(getattr(editor, event)) for event in ("input", "select", "save", "estimate"))
    with pytest.raises(AttributeError):
        _ = editor.joints


def test_api_description_names_the_fields() -> None:
    described = KeypointEditor().api_info()
    assert {"width", "height", "persons", "revision"} <= set(described["properties"])
