"""An app with the real *Correct* and *Dataset* tabs, for the tests.

    python tests/browser/dataset_app.py

Everything lies under ``SKETCHPOSE_HOME``.
"""

import os

import gradio as gr

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.provenance import about_panel
from annotator.correct.session import AnnotationSession
from annotator.correct.tab import build_correct_tab
from annotator.dataset.tab import build_dataset_tab
from annotator.theme import looks
from sketchpose.estimate.live import LiveEstimator


def build() -> gr.Blocks:
    store, estimator = DatasetStore(), LiveEstimator()
    with gr.Blocks(title="Dataset tab under test") as demo, gr.Tabs() as tabs:
        with gr.Tab("Correct", id="correct", render_children=True):
            correct = build_correct_tab(lambda: estimator, AnnotationSession(store), about=about_panel)
        with gr.Tab("Dataset", id="dataset") as tab:
            build_dataset_tab(tab, store, correct, tabs)
    return demo


if __name__ == "__main__":
    build().launch(
        server_port=int(os.environ.get("GRADIO_SERVER_PORT", "7863")),
        quiet=True,
        run_history=False,
        **looks(),
        show_error=True,
    )
