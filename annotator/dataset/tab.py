"""The *Dataset* tab: what was annotated, its review, import and export, and the training that learns from it.

All of it is for the owner (see ``owner``); everybody else is told how to be let in.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.tab import CorrectTab
from annotator.dataset.drawings import build_list
from annotator.dataset.files import build_files
from annotator.dataset.review import build_review
from annotator.dataset.statistics import build_statistics
from annotator.dataset.training import build_training
from annotator.events import QUIET, Updates
from annotator.owner import guarded, how_to_enter, is_owner


def build_dataset_tab(tab: gr.Tab, store: DatasetStore, correct: CorrectTab, tabs: gr.Tabs) -> None:
    """Lay out the tab inside ``tab``.

    Args:
        tab: The tab itself; what it shows is read afresh whenever it is opened.
        store: The dataset.
        correct: The *Correct* tab, where drawings are opened.
        tabs: The app's tabs.
    """
    refusal = gr.Markdown(visible=False, elem_id="dataset-refusal")
    with gr.Row():
        name = gr.Textbox(label="Your name, for the history", max_length=200, min_width=160, elem_id="dataset-name")
        token = gr.Textbox(
            label="Owner's token", type="password", visible=False, min_width=160, elem_id="dataset-token"
        )
        if os.environ.get("SPACE_ID") and os.environ.get("OAUTH_CLIENT_ID"):
            gr.LoginButton()
    inside = gr.Column(visible=False)

    def gate(secret: str, request: gr.Request) -> Updates:
        allowed = is_owner(request, secret)
        return {
            inside: gr.update(visible=allowed),
            refusal: gr.update(visible=not allowed, value=how_to_enter()),
            token: gr.update(visible=not is_owner(request)),
        }

    with inside, gr.Tabs():
        sections: dict[str, Callable[[Callable[..., Any]], None]] = {
            "Drawings": lambda select: build_list(store, token, name, correct, tabs, select),
            "Review": lambda select: build_review(store, token, name, correct, tabs, select),
            "Statistics": lambda select: build_statistics(store.dataset, select),
            "Import and export": lambda select: build_files(store.dataset, token, name, select),
            "Train": lambda select: build_training(store.dataset, token, select),
        }
        for title, build in sections.items():
            with gr.Tab(title, elem_id=f"dataset-{title.split()[0].lower()}") as section:
                build(_opening([section, tab], token))
    gr.on(
        [tab.select, token.submit, token.blur],
        gate,
        token,
        [inside, refusal, token],
        api_name="dataset_gate",
        **QUIET,
    )


def _opening(places: Sequence[gr.Tab], token: gr.Textbox) -> Callable[..., Any]:
    """Return a function that registers what is done when the owner opens one of the tabs."""

    def select(act: Callable[..., Any], inputs: Sequence[Any], outputs: Any, name: str) -> None:
        gr.on(
            [place.select for place in places],
            guarded(act, quietly=True),
            [token, *inputs],
            outputs,
            api_name=name,
            **QUIET,
        )

    return select
