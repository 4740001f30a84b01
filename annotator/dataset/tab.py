"""The *Dataset* tab: what was annotated, its review, import and export, and the training that learns from it.

All of it is for the owner (see ``owner``); everybody else sees how much there is, and how to be let in.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any, Final

import gradio as gr

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.tab import CorrectTab
from annotator.dataset.drawings import build_list
from annotator.dataset.files import build_files
from annotator.dataset.review import build_review
from annotator.dataset.statistics import build_statistics, public_html
from annotator.dataset.training import build_training
from annotator.dataset.ways import lay_out_ways
from annotator.events import QUIET, Updates
from annotator.owner import guarded, how_to_enter, is_owner

_OWNER_ONLY: Final = """**Only the owner can change this.** Everybody can help: correct a drawing and save it, and the
owner reviews it."""


def build_dataset_tab(tab: gr.Tab, store: DatasetStore, correct: CorrectTab, tabs: gr.Tabs) -> None:
    """Lay out the tab inside ``tab``.

    Args:
        tab: The tab itself; what it shows is read afresh whenever it is opened.
        store: The dataset.
        correct: The *Correct* tab, where drawings are opened.
        tabs: The app's tabs.
    """
    with gr.Column(visible=False, elem_id="dataset-public") as public:
        gr.Markdown(_OWNER_ONLY, elem_id="dataset-refusal")
        numbers = gr.HTML(elem_id="dataset-numbers")
        ways = lay_out_ways(tabs, None, "dataset-ways")
    with gr.Accordion("I am the owner", open=False, visible=False, elem_id="dataset-entry") as entry:
        gr.Markdown(how_to_enter())
        token = gr.Textbox(label="Owner's token", type="password", elem_id="dataset-token")
        if _can_log_in():
            gr.LoginButton()
    inside = gr.Column(visible=False)

    def gate(secret: str, request: gr.Request) -> Updates:
        allowed = is_owner(request, secret)
        return {
            inside: gr.update(visible=allowed),
            public: gr.update(visible=not allowed),
            numbers: "" if allowed else public_html(store.dataset),
            ways: gr.update(visible=True),
            entry: gr.update(visible=_can_log_in() or not is_owner(request)),
        }

    with inside:
        name = gr.Textbox(label="Your name, for the history", max_length=200, elem_id="dataset-name")
        with gr.Tabs() as places:
            sections: dict[str, Callable[[Callable[..., Any]], None]] = {
                "Drawings": lambda select: build_list(store, token, name, correct, tabs, places, select),
                "Review": lambda select: build_review(store, token, name, correct, tabs, places, select),
                "Statistics": lambda select: build_statistics(store.dataset, tabs, places, select),
                "Import and export": lambda select: build_files(store.dataset, token, name, select),
                "Train": lambda select: build_training(store.dataset, token, tabs, places, select),
            }
            for title, build in sections.items():
                id = title.split()[0].lower()
                with gr.Tab(title, id=id, elem_id=f"dataset-{id}") as section:
                    build(_opening([section, tab], token))
    gr.on(
        [tab.select, token.submit, token.blur],
        gate,
        token,
        [inside, public, numbers, ways, entry],
        api_name="dataset_gate",
        **QUIET,
    )


def _can_log_in() -> bool:
    return bool(os.environ.get("SPACE_ID") and os.environ.get("OAUTH_CLIENT_ID"))


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
