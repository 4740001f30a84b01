"""Setting the test drawings aside: shown source by source, confirmed once, then final."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, Final

import gradio as gr

from annotator.dataset.grid import small_pictures_html
from annotator.events import QUIET, Updates
from annotator.owner import guarded
from sketchpose.dataset import Dataset, Query
from sketchpose.dataset.proposal import Proposal, freeze, propose
from sketchpose.dataset.splits import By, read_splits
from sketchpose.text import amount

_FOR: Final = {"train": "to learn from", "val": "for validation", "test": "for the test"}
_QUESTION: Final = "**Set these aside for good?** They stay set aside, and no model ever learns from them."
_FOCUS_NEXT: Final = "() => document.querySelector('#training-name input, #training-name textarea')?.focus()"


def proposal_html(proposal: Proposal) -> str:
    """Return the sources or artists of a proposal, with their drawings and people, as a table."""
    head = "".join(f"<th>{title}</th>" for title in (proposal.splits.by.capitalize(), "", "Drawings", "People", "More"))
    rows = "".join(
        f"<tr><td>{escape(row.group or 'not given')}</td><td>{_FOR[row.split]}</td><td>{row.drawings}</td>"
        f"<td>{row.people}</td><td>{f'{row.waiting} not accepted' if row.waiting else ''}</td></tr>"
        for row in proposal.rows
    )
    learn, test = (proposal.count(split)[0] for split in ("train", "test"))
    words = proposal.missing or f"{amount(test, 'drawing')} would be set aside, {learn} are left to learn from."
    note = f"<p><strong>{escape(words)}</strong></p>"
    return f'<table class="plain-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}'


def groups_of(proposal: Proposal) -> dict[str, Any]:
    """Return the split of every source or artist that a proposal shows."""
    return {row.group: row.split for row in proposal.rows if row.group}


@dataclass(frozen=True)
class Freezing:
    """The step that sets drawings aside for the test.

    Attributes:
        dataset: The dataset.
        preview: Holds the pictures.
        pictures: The drawings for the test.
        place: Holds what follows, until it is done.
        by: What is kept together, sources or artists.
        table: What would be set aside.
        ask: Asks whether to do it.
        question: The question, and its two answers.
        confirm: Sets them aside.
        decline: Takes the question away.
        groups: The split of every source or artist on show.
    """

    dataset: Dataset
    preview: gr.Accordion
    pictures: gr.HTML
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
        return [self.preview, self.pictures, self.place, self.table, self.ask, self.question, self.groups]

    def show(self, by: By) -> Updates:
        """Show what would be set aside, or only the drawings once that has happened."""
        frozen = read_splits(self.dataset)
        proposal = None if frozen else propose(self.dataset, by)
        splits = frozen or (proposal and proposal.splits)
        accepted = self.dataset.entries(Query(which="accepted", status=("accepted",), people=1))
        tested = [entry for entry in accepted if splits and splits.split_of(entry) == "test"]
        return {
            self.preview: gr.update(visible=bool(tested), open=proposal is not None),
            self.pictures: small_pictures_html(self.dataset, tested),
            self.place: gr.update(visible=proposal is not None),
            self.table: proposal_html(proposal) if proposal else "",
            self.ask: gr.update(visible=bool(proposal and not proposal.missing)),
            self.question: gr.update(visible=False),
            self.groups: groups_of(proposal) if proposal else {},
        }

    def freeze(self, by: By, groups: dict[str, Any]) -> None:
        """Set aside what was shown, whatever has been accepted since."""
        freeze(self.dataset, by=by, assign=groups)


def lay_out_freezing(dataset: Dataset) -> Freezing:
    """Lay the step out inside the current section."""
    groups = gr.State({})
    with gr.Accordion("The drawings for the test", elem_id="training-preview") as preview:
        pictures = gr.HTML()
    with gr.Column(elem_id="training-split") as place:
        by = gr.Radio(
            ["source", "artist"], value="source", label="Keep together", elem_id="training-by",
            info="All drawings of one source or artist go to the same side.",
        )  # fmt: skip
        table = gr.HTML(elem_id="training-proposal")
        ask = gr.Button("Set these aside", variant="primary", visible=False, elem_id="training-freeze")
        with gr.Column(visible=False, elem_id="training-question") as question:
            gr.Markdown(_QUESTION)
            with gr.Row():
                confirm = gr.Button("Set aside for good", variant="stop", elem_id="training-freeze-sure")
                decline = gr.Button("Not yet", elem_id="training-freeze-not")
    return Freezing(dataset, preview, pictures, place, by, table, ask, question, confirm, decline, groups)


def wire_freezing(
    parts: Freezing, token: gr.Textbox, job: gr.Dropdown, frozen: Callable[..., Updates], outputs: Sequence[Any]
) -> None:
    """Tie the step to its events.

    Args:
        parts: The step.
        token: Where the owner's token is typed in.
        job: The training on show.
        frozen: Shows all steps anew, by what is kept together and the training on show.
        outputs: What that updates.
    """

    def freeze_now(by: By, groups: dict[str, Any], id: str | None) -> Updates:
        parts.freeze(by, groups)
        return frozen(by, id)

    by, question = parts.by, parts.question
    by.input(guarded(parts.show), [token, by], parts.outputs, api_name="training_split", **QUIET)
    for button, visible, endpoint in ((parts.ask, True, "ask"), (parts.decline, False, "not")):
        turn = partial(gr.update, visible=visible)
        button.click(turn, None, question, api_name=f"training_freeze_{endpoint}", **QUIET)
    inputs = [token, by, parts.groups, job]
    done = parts.confirm.click(guarded(freeze_now), inputs, outputs, api_name="training_freeze", **QUIET)
    done.success(None, js=_FOCUS_NEXT)
