"""An app with a stand-in *Pose* tab and the real *Correct* tab, for the tests.

    python tests/browser/correct_app.py FOLDER

FOLDER gets ``pose.png``; revisions go to ``SKETCHPOSE_HOME``.
"""

import os
import sys
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import ArrayLike

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.session import AnnotationSession
from annotator.correct.tab import build_correct_tab
from annotator.messages import AppPage
from sketchpose.images import read_image
from sketchpose.pose import Pose

sys.path.insert(0, str(Path(__file__).parent))
from editor_app import draw, person


class Upright:
    """An estimator that finds one standing figure in the picture, or one in every box, and breaks at a tiny picture.

    In a picture whose name says so it finds one that walks, and is less sure of it.
    """

    name = "upright"

    def estimate(self, image: Any, boxes: ArrayLike | None = None) -> list[Pose]:
        picture = read_image(image)
        if picture.width < 100:
            raise KeyError("a fault that nobody expected")
        found = [[0, 0, picture.width, picture.height]] if boxes is None else np.asarray(boxes).tolist()
        if "sure" in picture.name:
            score = 0.3 if "unsure" in picture.name else 0.9
            return [person(picture.width / 2, 10, picture.height - 20, "Walking" if score < 0.5 else "T-pose", score)]
        return [person((x0 + x1) / 2, y0 + 10, y1 - y0 - 20) for x0, y0, x1, y1 in found]


def build(folder: Path) -> gr.Blocks:
    picture = draw(folder / "pose.png", (700, 900), [person(350, 40, 800)])
    estimator = Upright()
    with AppPage(title="Correct tab under test") as demo:
        with gr.Tabs(selected="pose") as tabs:
            with gr.Tab("Pose", id="pose"):
                button = gr.Button("Correct this", elem_id="correct-this")
            with gr.Tab("Correct", id="correct", render_children=True):
                correct = build_correct_tab(lambda: estimator, AnnotationSession(DatasetStore()))

        def carry() -> tuple[Any, ...]:
            return correct.open_poses(picture, [person(350, 40, 800), person(120, 300, 500)], "pose.png")

        button.click(carry, None, correct.editor, api_visibility="private").then(
            lambda: gr.Tabs(selected="correct"), None, tabs, api_visibility="private"
        )
    return demo


if __name__ == "__main__":
    place = Path(sys.argv[1])
    build(place).launch(
        server_port=int(os.environ.get("GRADIO_SERVER_PORT", "7863")),
        quiet=True,
        run_history=False,
        allowed_paths=[str(place)],
    )
