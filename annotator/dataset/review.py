"""Reviewing: one submitted drawing at a time, judged by buttons or keys.

A accept   R reject   F fix in the Correct tab   S put off
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import Any, Final

import gradio as gr

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.tab import GO_TO_EDITOR, CorrectTab
from annotator.dataset.ways import lay_out_ways
from annotator.events import QUIET, Updates
from annotator.messages import shown
from annotator.owner import guarded
from sketchpose.dataset import Dataset, Entry
from sketchpose.dataset.review import accept, agreement, queue, reject
from sketchpose.images import WORK_SIDE, read_image
from sketchpose.overlay import to_svg
from sketchpose.skeleton import KEYPOINTS
from sketchpose.text import amount, markdown

_SIDE: Final = 1000
_NOTHING: Final = "Nothing waits for review."
_KEYS: Final = """
const named = { a: 'accept', r: 'reject', f: 'fix', s: 'later' };
const press = (event) => {
  if (!element.isConnected) {
    document.removeEventListener('keydown', press);
    return;
  }
  const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
  const kind = named[event.key.toLowerCase()];
  if (!kind || typing || event.ctrlKey || event.metaKey || event.altKey || !element.offsetParent) return;
  event.preventDefault();
  document.getElementById(`review-${kind}`)?.click();
};
document.addEventListener('keydown', press);
"""


@dataclass(frozen=True)
class ReviewState:
    """Where a reviewer is.

    Attributes:
        id: Of the revision on show; empty when none waits.
        postponed: Ids of those put off, in that order.
    """

    id: str = ""
    postponed: tuple[str, ...] = ()


def next_in_review(dataset: Dataset, state: ReviewState) -> tuple[ReviewState, str, str]:
    """Find the next submitted revision.

    Args:
        dataset: The dataset.
        state: Those put off come last, in the order in which they were put off.

    Returns:
        The state with the revision to judge, the drawing as HTML, and what is known of it as Markdown.
    """
    waiting = {entry.id: entry for entry in queue(dataset)}
    postponed = tuple(id for id in state.postponed if id in waiting)
    order = [*(id for id in waiting if id not in postponed), *postponed]
    if not order:
        return ReviewState(), "", _NOTHING
    entry = waiting[order[0]]
    return ReviewState(entry.id, postponed), drawing_svg(dataset, entry), _summary(dataset, entry, len(order))


def drawing_svg(dataset: Dataset, entry: Entry, side: int = _SIDE) -> str:
    """Return a stored drawing with its people as SVG, or the reason why it cannot be shown as HTML."""
    try:
        picture = read_image(dataset.image_path(entry), work_side=WORK_SIDE)
        poses = [p.pose for p in dataset.read(entry.id).persons if p.pose.labelled.any()]
        # Its name goes into the page as text elsewhere, not as markup here.
        return to_svg(replace(picture, name="Drawing"), poses, max_side=side)
    except ValueError as error:
        return f"<p>{escape(shown(error))}</p>"


def judge(dataset: Dataset, state: ReviewState, kind: str, note: str, author: str) -> str:
    """Accept or reject the revision on show; returns what was done, as Markdown.

    Raises:
        ValueError: The revision has gone from the dataset.
    """
    revision = dataset.read(state.id)
    if kind == "reject":
        reject(dataset, state.id, author, note)
        return f"Rejected {markdown(revision.image.name)}."
    others = [entry.id for entry in dataset.heads(revision.drawing) if entry.id != state.id]
    accept(dataset, state.id, author, note, settles=others)
    return f"Accepted {markdown(revision.image.name)}."


def agreement_summary(dataset: Dataset) -> str:
    """Return how well annotators agree, as Markdown."""
    measured = agreement(dataset)
    if not measured.pairs:
        return "Agreement: no drawing has been annotated by two people yet."
    joints = [
        f"{name.replace('_', ' ')} {value:.2f}"
        for name, value, count in zip(KEYPOINTS, measured.joints, measured.counts, strict=True)
        if count
    ]
    return (
        f"Agreement on {len(measured.pairs)} pairs of annotations: **OKS {measured.oks:.3f}**. "
        f"Per joint: {', '.join(joints)}."
    )


def _summary(dataset: Dataset, entry: Entry, waiting: int) -> str:
    facts = [
        f"**{markdown(entry.name or 'drawing')}**, {waiting} waiting",
        f"by {markdown(entry.author or 'somebody')}",
        f"source {markdown(entry.source or 'not given')}",
        f"{amount(entry.people, 'person')}, {entry.joints} joints, {entry.edited} set by hand",
        f"licence {markdown(entry.licence or 'not given')}, consent {markdown(entry.consent)}",
    ]
    if entry.note:
        facts.append(f"note: {markdown(entry.note)}")
    others = [head for head in dataset.heads(entry.drawing) if head.id != entry.id]
    if others:
        authors = ", ".join(markdown(f"{head.author or 'somebody'} ({head.status})") for head in others)
        facts.append(f"**there are other versions by {authors}: accepting this one makes it the one that counts**")
    return "; ".join(facts) + "."


@dataclass(frozen=True)
class Review:
    """The components of the section, and what its events do with them.

    Attributes:
        store: The dataset.
        correct: The *Correct* tab, where drawings are fixed.
        tabs: The app's tabs.
        state: A ``ReviewState``.
        summary: What is known of the drawing on show.
        ways: What to do where none waits.
        judging: Holds what follows, up to ``postpone``.
        view: The drawing.
        note: What the reviewer tells the annotator.
        accept: Accepts the drawing.
        reject: Rejects it.
        fix: Opens it in the *Correct* tab.
        postpone: Puts it off.
        done: What was done last.
        agreement: How well annotators agree.
    """

    store: DatasetStore
    correct: CorrectTab
    tabs: gr.Tabs
    state: gr.State
    summary: gr.Markdown
    ways: gr.Row
    judging: gr.Column
    view: gr.HTML
    note: gr.Textbox
    accept: gr.Button
    reject: gr.Button
    fix: gr.Button
    postpone: gr.Button
    done: gr.Markdown
    agreement: gr.Markdown

    @property
    def outputs(self) -> list[Any]:
        """What ``show_next`` updates."""
        return [self.state, self.view, self.summary, self.ways, self.judging, self.postpone]

    def show_next(self, state: ReviewState) -> Updates:
        """Show the next drawing that waits; without one, only what leads to more."""
        state, view, summary = next_in_review(self.store.dataset, state)
        return {
            self.state: state,
            self.view: view,
            self.summary: summary,
            self.ways: gr.update(visible=not state.id),
            self.judging: gr.update(visible=bool(state.id)),
            self.postpone: gr.update(visible=len(queue(self.store.dataset)) > 1),
        }

    def open(self, state: ReviewState) -> Updates:
        """Show the next drawing, and how well annotators agree by now."""
        return self.show_next(state) | {self.agreement: agreement_summary(self.store.dataset)}

    def judge(self, kind: str, state: ReviewState, note: str | None, author: str | None) -> Updates:
        """Accept or reject the drawing on show, and go on to the next."""
        done = judge(self.store.dataset, state, kind, note or "", author or "reviewer") if state.id else ""
        return self.show_next(state) | {self.done: done, self.note: ""}

    def put_off(self, state: ReviewState) -> Updates:
        """Go on to the next drawing, and come back to this one last."""
        others = tuple(id for id in state.postponed if id != state.id)
        return self.show_next(ReviewState("", (*others, state.id) if state.id else others))

    def open_in_editor(self, state: ReviewState) -> Updates:
        """Open the drawing on show in the *Correct* tab."""
        if not state.id:
            raise ValueError(_NOTHING)
        value = self.correct.open_value(self.store.value(state.id))
        return {self.tabs: gr.Tabs(selected="correct"), self.correct.editor: value}


def build_review(
    store: DatasetStore,
    token: gr.Textbox,
    name: gr.Textbox,
    correct: CorrectTab,
    tabs: gr.Tabs,
    sections: gr.Tabs,
    select: Callable[..., Any],
) -> None:
    """Lay out the section inside the current ``gr.Tab``.

    Args:
        store: The dataset.
        token: Where the owner's token is typed in.
        name: Where the owner's name is typed in.
        correct: The *Correct* tab, where drawings are fixed.
        tabs: The app's tabs, to go there.
        sections: Those of the *Dataset* tab, to go to the import.
        select: Registers what happens when the section is opened.
    """
    _wire(_lay_out(store, correct, tabs, sections), token, name, select)


def _lay_out(store: DatasetStore, correct: CorrectTab, tabs: gr.Tabs, sections: gr.Tabs) -> Review:
    state = gr.State(ReviewState())
    with gr.Column(elem_id="review"):
        summary = gr.Markdown(elem_id="review-about")
        ways = lay_out_ways(tabs, sections, "review-ways")
        with gr.Column(visible=False) as judging:
            view = gr.HTML("", js_on_load=_KEYS, elem_id="review-view", elem_classes="dataset-view")
            note = gr.Textbox(label="Remark for the annotator", max_length=1000, elem_id="review-note")
            with gr.Row():
                accept = gr.Button("Accept (A)", variant="primary", min_width=110, elem_id="review-accept")
                reject = gr.Button("Reject (R)", variant="stop", min_width=110, elem_id="review-reject")
                fix = gr.Button("Fix (F)", min_width=110, elem_id="review-fix")
                postpone = gr.Button("Later (S)", min_width=110, elem_id="review-later")
        done = gr.Markdown(elem_id="review-done")
        agreement = gr.Markdown(elem_id="review-agreement")
    return Review(
        store, correct, tabs, state, summary, ways, judging, view, note, accept, reject, fix, postpone, done, agreement
    )


def _wire(parts: Review, token: gr.Textbox, name: gr.Textbox, select: Callable[..., Any]) -> None:
    select(parts.open, [parts.state], [*parts.outputs, parts.agreement], "review_open")
    for kind, button in (("accept", parts.accept), ("reject", parts.reject)):
        button.click(
            guarded(partial(parts.judge, kind)),
            [token, parts.state, parts.note, name],
            [*parts.outputs, parts.done, parts.note],
            api_name=f"review_{kind}",
            **QUIET,
        )
    parts.postpone.click(guarded(parts.put_off), [token, parts.state], parts.outputs, api_name="review_later", **QUIET)
    opened = parts.fix.click(
        guarded(parts.open_in_editor), [token, parts.state], [parts.tabs, parts.correct.editor],
        api_name="review_fix", **QUIET,
    )  # fmt: skip
    opened.success(None, js=GO_TO_EDITOR)
