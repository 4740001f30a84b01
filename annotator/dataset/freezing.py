"""Freezing the test split: shown source by source, asked once, then final."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import gradio as gr

from annotator.owner import guarded
from sketchpose.dataset import Dataset
from sketchpose.dataset.proposal import Proposal, freeze, propose
from sketchpose.dataset.splits import By, read_splits

_FOR: Final = {"train": "to learn from", "val": "for validation", "test": "for the test"}
_QUESTION: Final = "**Freeze this for good?** What is for the test stays so, and nothing ever learns from it."
_FOCUS_NEXT: Final = "() => document.querySelector('#training-name input, #training-name textarea')?.focus()"


@dataclass(frozen=True)
class Freezing:
    """The part of the training section that is there until the test split is frozen.

    Attributes:
        by: What is kept together.
        outputs: What ``show`` updates.
        show: Takes the value of ``by``; shows what would be frozen, or nothing once that has happened.
    """

    by: gr.Radio
    outputs: list[Any]
    show: Callable[[By], tuple[Any, ...]]


def proposal_html(proposal: Proposal) -> str:
    """Return the sources of a proposal with their drawings and people as a table."""
    head = "".join(f"<th>{words}</th>" for words in (proposal.splits.by.capitalize(), "", "Drawings", "People", "More"))
    rows = "".join(
        f"<tr><td>{escape(row.group or 'not said')}</td><td>{_FOR[row.split]}</td><td>{row.drawings}</td>"
        f"<td>{row.people}</td><td>{f'{row.waiting} not accepted' if row.waiting else ''}</td></tr>"
        for row in proposal.rows
    )
    note = f"<p><strong>{escape(proposal.missing or proposal.words())}</strong></p>"
    return f'<table class="plain-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}'


def groups_of(proposal: Proposal) -> dict[str, Any]:
    """Return the split of every source or artist that a proposal shows."""
    return {row.group: row.split for row in proposal.rows if row.group}


def build_freezing(dataset: Dataset, token: gr.Textbox, said: gr.Markdown, words: Callable[[], str]) -> Freezing:
    """Lay the part out inside the current section.

    Args:
        dataset: The dataset.
        token: Where the owner's token is typed in.
        said: Gets ``words()`` once the split is frozen.
        words: Says what there is to learn from and to test on.
    """
    groups = gr.State({})
    with gr.Column(elem_id="training-split") as place:
        by = gr.Radio(["source", "artist"], value="source", label="Keep together", elem_id="training-by")
        table = gr.HTML(elem_id="training-proposal")
        cut = gr.Button("Freeze the test split", interactive=False, elem_id="training-freeze")
        with gr.Column(visible=False, elem_id="training-question") as question:
            gr.Markdown(_QUESTION)
            with gr.Row():
                sure = gr.Button("Freeze for good", variant="stop", elem_id="training-freeze-sure")
                never = gr.Button("Not yet", elem_id="training-freeze-not")
    outputs: list[Any] = [place, table, cut, question, groups]

    def show(kind: By) -> tuple[Any, ...]:
        if read_splits(dataset) is not None:
            return gr.update(visible=False), "", gr.update(interactive=False), gr.update(visible=False), {}
        found = propose(dataset, kind)
        may = gr.update(interactive=not found.missing)
        return gr.update(visible=True), proposal_html(found), may, gr.update(visible=False), groups_of(found)

    def freeze_now(kind: By, shown: dict[str, Any]) -> tuple[Any, ...]:
        # What was shown is what becomes final, whatever was accepted since.
        freeze(dataset, by=kind, assign=shown)
        return words(), *show(kind)

    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    by.input(guarded(show), [token, by], outputs, api_name="training_split", **hidden)
    cut.click(lambda: gr.update(visible=True), None, question, api_name="training_freeze_ask", **hidden)
    never.click(lambda: gr.update(visible=False), None, question, api_name="training_freeze_not", **hidden)
    done = sure.click(guarded(freeze_now), [token, by, groups], [said, *outputs], api_name="training_freeze", **hidden)
    done.success(None, js=_FOCUS_NEXT)
    return Freezing(by, outputs, show)
