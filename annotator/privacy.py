"""At the foot of the page: what is public, what is kept, how it is erased."""

from pathlib import Path

import gradio as gr


def privacy_note() -> None:
    """Lay out the words, folded away under their title."""
    title, _, words = (Path(__file__).parent / "PRIVACY.md").read_text("utf-8").partition("\n")
    with gr.Accordion(title.removeprefix("# "), open=False, elem_id="privacy"):
        gr.Markdown(words)
