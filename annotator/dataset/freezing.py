"""Freezing the test split: shown source by source, confirmed once, then final."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import gradio as gr

from annotator.events import QUIET, Updates
from annotator.owner import guarded
from sketchpose.dataset import Dataset
from sketchpose.dataset.proposal import Proposal, freeze, propose
from sketchpose.dataset.splits import By, read_splits

_FOR: Final = {"train": "to learn from", "val": "for validation", "test": "for the test"}
_QUESTION: Final = "**Freeze this for good?** What is set aside for the test stays there; no model ever learns from it."
_FOCUS_NEXT: Final = "() => document.querySelector('#training-name input, #training-name textarea')?.focus()"


def proposal_html(proposal: Proposal) -> str:
    """Return the sources or artists of a proposal, with their drawings and people, as a table."""
    head = "".join(f"<th>{title}</th>" for title in (proposal.splits.by.capitalize(), "", "Drawings", "People", "More"))
    rows = "".join(
        f"<tr><td>{escape(row.group or 'not given')}</td><td>{_FOR[row.split]}</td><td>{row.drawings}</td>"
        f"<td>{row.people}</td><td>{f'{row.waiting} not accepted' if row.waiting else ''}</td></tr>"
        for row in proposal.rows
    )
    note = f"<p><strong>{escape(proposal.missing or proposal.summary())}</strong></p>"
    return f'<table class="plain-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}'


def groups_of(proposal: Proposal) -> dict[str, Any]:
    """Return the split of every source or artist that a proposal shows."""
    return {row.group: row.split for row in proposal.rows if row.group}


@dataclass(frozen=True)
class Freezing:
    """The part of the training section that is there until the test split is frozen.

    Attributes:
        dataset: The dataset.
        place: Holds all of the part.
        by: What is kept together, sources or artists.
        table: What would be frozen.
        ask: Asks whether to freeze it.
        question: The question, and its two answers.
        confirm: Freezes.
        decline: Takes the question away.
        groups: The split of every source or artist on show.
    """

    dataset: Dataset
    place: gr.Column
    by: gr.Radio
    table: gr.HTML
    ask: gr.Button
    question: gr.Column
    confirm: gr.Button
    decline: gr.Button
    groups: gr.State

    @property
    def outputs(self) -> list[Any]:
        """What ``show`` updates."""
        return [self.place, self.table, self.ask, self.question, self.groups]

    def show(self, by: By) -> Updates:
        """Show what would be frozen, or nothing once that has happened."""
        closed = {self.question: gr.update(visible=False)}
        if read_splits(self.dataset) is not None:
            off = gr.update(interactive=False)
            return closed | {self.place: gr.update(visible=False), self.table: "", self.ask: off, self.groups: {}}
        proposal = propose(self.dataset, by)
        return closed | {
            self.place: gr.update(visible=True),
            self.table: proposal_html(proposal),
            self.ask: gr.update(interactive=not proposal.missing),
            self.groups: groups_of(proposal),
        }

    def freeze(self, by: By, groups: dict[str, Any]) -> Updates:
        """Freeze what was shown, whatever has been accepted since."""
        freeze(self.dataset, by=by, assign=groups)
        return self.show(by)


def build_freezing(
    dataset: Dataset, token: gr.Textbox, state: gr.Markdown, summary: Callable[[Dataset], str]
) -> Freezing:
    """Lay the part out inside the current section.

    Args:
        dataset: The dataset.
        token: Where the owner's token is typed in.
        state: Shows the summary, anew once the split is frozen.
        summary: Returns what there is to learn from and to test on.
    """
    groups = gr.State({})
    with gr.Column(elem_id="training-split") as place:
        by = gr.Radio(["source", "artist"], value="source", label="Keep together", elem_id="training-by")
        table = gr.HTML(elem_id="training-proposal")
        ask = gr.Button("Freeze the test split", interactive=False, elem_id="training-freeze")
        with gr.Column(visible=False, elem_id="training-question") as question:
            gr.Markdown(_QUESTION)
            with gr.Row():
                confirm = gr.Button("Freeze for good", variant="stop", elem_id="training-freeze-sure")
                decline = gr.Button("Not yet", elem_id="training-freeze-not")
    parts = Freezing(dataset, place, by, table, ask, question, confirm, decline, groups)

    def freeze_now(by: By, groups: dict[str, Any]) -> Updates:
        return parts.freeze(by, groups) | {state: summary(dataset)}

    by.input(guarded(parts.show), [token, by], parts.outputs, api_name="training_split", **QUIET)
    ask.click(lambda: gr.update(visible=True), None, question, api_name="training_freeze_ask", **QUIET)
    decline.click(lambda: gr.update(visible=False), None, question, api_name="training_freeze_not", **QUIET)
    inputs, outputs = [token, by, groups], [state, *parts.outputs]
    frozen = confirm.click(guarded(freeze_now), inputs, outputs, api_name="training_freeze", **QUIET)
    frozen.success(None, js=_FOCUS_NEXT)
    return parts
