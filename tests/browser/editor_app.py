"""A small app round the keypoint editor, for the tests: shows what Python receives and answers as a real app would.

    python tests/browser/editor_app.py [FOLDER] [assist]

Drawings are made into FOLDER (default: a temporary one). With ``assist``, a fixed joint has others follow.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image, ImageDraw

from annotator import EditorValue, KeypointEditor
from annotator.editor.presets import PRESETS
from sketchpose.pose import Pose
from sketchpose.skeleton import EDGES

HOSTILE = '"><img src=x onerror=alert(1)>${alert(2)}{{alert(3)}}.png'
RECEIVED: list[dict[str, object]] = []


def person(x: float, y: float, height: float, preset: str = "Standing", score: float = 0.8) -> Pose:
    points = np.array(PRESETS[preset], np.float32) * height + np.array([x, y], np.float32)
    pose = Pose.annotated(points, np.full(17, 2))
    scores = np.full(17, score, np.float32)
    scores[9] = 0.2
    return Pose(pose.keypoints, scores, pose.visibility, pose.box, 0.9, "detector")


def draw(path: Path, size: tuple[int, int], people: list[Pose], dark: bool = False) -> Path:
    image = Image.new("RGB", size, "#181818" if dark else "white")
    pen = ImageDraw.Draw(image)
    for pose in people:
        for a, b in EDGES:
            ends = [tuple(pose.keypoints[j].tolist()) for j in (a, b)]
            pen.line(ends, fill="#333" if dark else "#666", width=max(size) // 80)
    image.save(path)
    return path


def drawings(folder: Path) -> dict[str, EditorValue]:
    two = [person(300, 60, 640), person(700, 100, 560, "Arms up")]
    crowd = [person(170 + 330 * i, 80 + 40 * (i % 2), 700, name) for i, name in enumerate(list(PRESETS)[:6])]
    large = [person(1500, 200, 2600)]
    away = Pose(np.where(np.arange(17)[:, None] == 9, [[-60.0, 300.0]], two[0].keypoints), *_rest(two[0]))
    sets = {
        "two": ("two.png", (1000, 800), two, False),
        "crowd": ("crowd.png", (2000, 900), crowd, False),
        "large": ("large.png", (3000, 3000), large, False),
        "dark": ("dark.png", (1000, 800), two[:1], True),
        "away": ("away.png", (1000, 801), [away], False),
        "bare": ("bare.png", (600, 700), [], False),
        "hostile": ("hostile.png", (500, 501), [person(250, 40, 420)], False),
    }
    made = {}
    for key, (name, size, people, dark) in sets.items():
        path = draw(folder / name, size, people or [person(300, 40, 600)], dark)
        made[key] = EditorValue.of_picture(path, people, name=HOSTILE if key == "hostile" else name)
    return made


def _rest(pose: Pose) -> tuple[object, ...]:
    return pose.scores, pose.visibility, pose.box, pose.score, pose.origin


def build(folder: Path, assist: bool = False) -> gr.Blocks:
    values = drawings(folder)
    revisions: dict[str, int] = {}

    def received(value: EditorValue, event: gr.EventData) -> str:
        # repr of float32 as float64: every bit that arrived, for the tests to compare.
        people = [
            {"xy": p.pose.keypoints.astype(float).tolist(), "v": p.pose.visibility.tolist()}
            | {"scores": p.pose.scores.astype(float).tolist(), "box": p.pose.box.tolist(), "fixed": p.box_fixed}
            for p in value.persons
        ]
        at = {"at": time.time(), "action": event.action, "edit": value.edit, "gestures": value.gestures}
        return json.dumps(at | {"persons": people, "active": value.active, "size": [value.width, value.height]})

    def save(value: EditorValue, event: gr.EventData) -> object:
        stored = revisions.get(value.drawing, 0)
        if value.revision != stored:
            return KeypointEditor.reply("refused", value, message=f"Stale: revision {value.revision} is not {stored}.")
        revisions[value.drawing] = stored + 1
        return KeypointEditor.reply("saved", value, message=f"Saved as revision {stored + 1}.", revision=stored + 1)

    def estimate(value: EditorValue, event: gr.EventData) -> object:
        x0, y0, x1, y1 = event.box
        found = person((x0 + x1) / 2, y0, y1 - y0, "Arms up")
        return KeypointEditor.reply("add", value, poses=[found], label="Estimated a person", message="Found a person.")

    def follow(value: EditorValue, event: gr.EventData) -> object:
        # The right wrist goes up and the legs change sides, but for what somebody has fixed.
        (pose,) = (p.pose for p in value.persons if p.id == event.person)
        x, y = pose.keypoints[10].tolist()
        moves = [{"joint": 10, "x": x + 40, "y": y - 60, "score": 0.7}]
        for a, b in ((13, 14), (15, 16)):
            moves += [
                {"joint": i, "x": float(pose.keypoints[j, 0]), "y": float(pose.keypoints[j, 1]), "score": 0.6}
                for i, j in ((a, b), (b, a))
            ]
        return KeypointEditor.reply("assist", value, person=event.person, moves=moves)

    with gr.Blocks(title="Keypoint editor under test") as demo:
        with gr.Tabs():
            with gr.Tab("Start", id="start"):
                gr.Markdown("The editor is in the next tab.")
            with gr.Tab("Editor", id="editor"):
                editor = KeypointEditor(values["two"], can_estimate=True, can_assist=assist, elem_id="editor")
                with gr.Row():
                    for key in values:
                        gr.Button(key, elem_id=f"open-{key}").click(
                            lambda key=key: values[key], None, editor, api_name=f"open_{key}"
                        )
                    gr.Button("none", elem_id="open-none").click(lambda: None, None, editor, api_name="open_none")
                out = gr.Textbox(label="Received", elem_id="out", max_lines=3)
        editor.input(received, editor, out, show_progress="hidden", trigger_mode="always_last", api_name="edited")
        editor.save(save, editor, editor, show_progress="hidden", api_name="save")
        editor.estimate(estimate, editor, editor, show_progress="hidden", api_name="estimate")
        editor.assist(follow, editor, editor, show_progress="hidden", api_name="assist")
    return demo


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    place.mkdir(parents=True, exist_ok=True)
    build(place, "assist" in sys.argv).launch(
        server_port=int(os.environ.get("GRADIO_SERVER_PORT", "7862")),
        quiet=True,
        run_history=False,
        allowed_paths=[str(place)],
    )
