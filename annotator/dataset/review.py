"""Reviewing: one submitted drawing at a time, judged by keys or buttons.

A accept   R reject   F fix in the Correct tab   S or the right arrow: later
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Final

import gradio as gr

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.tab import GO_TO_EDITOR, CorrectTab
from annotator.messages import shown
from annotator.owner import guarded
from sketchpose.dataset import Dataset, Entry
from sketchpose.dataset.review import accept, agreement, queue, reject
from sketchpose.images import WORK_SIDE, read_image
from sketchpose.overlay import to_svg
from sketchpose.skeleton import KEYPOINTS
from sketchpose.text import markdown

_SIDE: Final = 1000
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
  document.getElementById(`review-${kind}`).click();
};
document.addEventListener('keydown', press);
"""


@dataclass(frozen=True)
class Turn:
    """Where a reviewer is: the revision on show, and those put off."""

    id: str = ""
    later: tuple[str, ...] = ()


def show(dataset: Dataset, turn: Turn) -> tuple[Turn, str, str]:
    """Find the next submitted revision.

    Args:
        dataset: The dataset.
        turn: Those put off come last, in the order they were put off.

    Returns:
        The turn with the revision to judge (none left: an empty id), the drawing as HTML, and words about it.
    """
    waiting = {entry.id: entry for entry in queue(dataset)}
    later = tuple(id for id in turn.later if id in waiting)
    fresh = [id for id in waiting if id not in later]
    order = [*fresh, *later]
    if not order:
        return Turn(), '<p class="review-none">Nothing waits for review.</p>', "Nothing waits for review."
    entry = waiting[order[0]]
    return Turn(entry.id, later), drawing(dataset, entry), _words(dataset, entry, len(order))


def drawing(dataset: Dataset, entry: Entry, side: int = _SIDE) -> str:
    """Return a stored drawing with its people as SVG."""
    try:
        picture = read_image(dataset.image_path(entry), work_side=WORK_SIDE)
        poses = [p.pose for p in dataset.read(entry.id).persons if p.pose.labelled.any()]
        # Its name goes into the page as text elsewhere, not as markup here.
        return to_svg(replace(picture, name="Drawing"), poses, max_side=side)
    except ValueError as error:
        return f"<p>{escape(shown(error))}</p>"


def judge(dataset: Dataset, turn: Turn, kind: str, note: str, author: str) -> str:
    """Accept or reject the revision on show; returns what was done, in words.

    Raises:
        ValueError: It is not there any more.
    """
    revision = dataset.read(turn.id)
    if kind == "reject":
        reject(dataset, turn.id, author, note)
        return f"Rejected {markdown(revision.image.name)}."
    others = [entry.id for entry in dataset.heads(revision.drawing) if entry.id != turn.id]
    accept(dataset, turn.id, author, note, settles=others)
    return f"Accepted {markdown(revision.image.name)}."


def agreement_words(dataset: Dataset) -> str:
    """Return how well annotators agree, as Markdown."""
    found = agreement(dataset)
    if not found.pairs:
        return "Agreement: no drawing was done by two annotators yet."
    joints = [
        f"{name.replace('_', ' ')} {value:.2f}"
        for name, value, count in zip(KEYPOINTS, found.joints, found.counts, strict=True)
        if count
    ]
    return (
        f"Agreement on {len(found.pairs)} pairs of annotations: **OKS {found.oks:.3f}**. "
        f"Per joint: {', '.join(joints)}."
    )


def _words(dataset: Dataset, entry: Entry, left: int) -> str:
    said = [
        f"**{markdown(entry.name or 'drawing')}**, {left} waiting",
        f"by {markdown(entry.author or 'somebody')}",
        f"source {markdown(entry.source or 'not said')}",
        f"{'1 person' if entry.people == 1 else f'{entry.people} people'}, {entry.joints} joints, "
        f"{entry.edited} set by hand",
        f"licence {markdown(entry.licence or 'not said')}, consent {markdown(entry.consent)}",
    ]
    if entry.note:
        said.append(f"note: {markdown(entry.note)}")
    others = [head for head in dataset.heads(entry.drawing) if head.id != entry.id]
    if others:
        who = ", ".join(markdown(f"{head.author or 'somebody'} ({head.status})") for head in others)
        said.append(f"**there are other versions by {who}: accepting this one settles for it**")
    return "; ".join(said) + "."


def build_review(
    store: DatasetStore,
    token: gr.Textbox,
    name: gr.Textbox,
    correct: CorrectTab,
    tabs: gr.Tabs,
    select: Callable[..., Any],
) -> None:
    """Lay out the section inside the current ``gr.Tab``.

    Args:
        store: The dataset.
        token: Where the owner's token is typed in.
        name: Where the owner's name is typed in.
        correct: The tab that fixes.
        tabs: The app's tabs, to go there.
        select: Registers what happens when the section is opened.
    """
    dataset = store.dataset
    turn = gr.State(Turn())
    with gr.Column(elem_id="review"):
        about = gr.Markdown("Nothing waits for review.", elem_id="review-about")
        view = gr.HTML("", js_on_load=_KEYS, elem_id="review-view", elem_classes="dataset-view")
        note = gr.Textbox(label="A word to the annotator", max_length=1000, elem_id="review-note")
        with gr.Row():
            yes = gr.Button("Accept (A)", variant="primary", min_width=110, elem_id="review-accept")
            no = gr.Button("Reject (R)", variant="stop", min_width=110, elem_id="review-reject")
            fix = gr.Button("Fix (F)", min_width=110, elem_id="review-fix")
            wait = gr.Button("Later (S)", min_width=110, elem_id="review-later")
        done = gr.Markdown(elem_id="review-done")
        pairs = gr.Markdown(elem_id="review-agreement")

    def opened(now: Turn) -> tuple[Any, ...]:
        return *show(dataset, now), agreement_words(dataset)

    def judged(now: Turn, words: str | None, kind: str, who: str | None) -> tuple[Any, ...]:
        said = judge(dataset, now, kind, words or "", who or "reviewer") if now.id else ""
        return *show(dataset, now), said, ""

    def later(now: Turn) -> tuple[Any, ...]:
        rest = tuple(id for id in now.later if id != now.id)
        return show(dataset, Turn("", (*rest, now.id) if now.id else rest))

    def fixed(now: Turn) -> tuple[Any, ...]:
        if not now.id:
            raise ValueError("Nothing waits for review.")
        return gr.Tabs(selected="correct"), correct.open_value(store.value(now.id))

    shown = [turn, view, about]
    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    select(opened, [turn], [*shown, pairs], "review_open")
    for kind, button in (("accept", yes), ("reject", no)):
        button.click(
            guarded(judged),
            [token, turn, note, gr.State(kind), name],
            [*shown, done, note],
            api_name=f"review_{kind}",
            **hidden,
        )
    wait.click(guarded(later), [token, turn], shown, api_name="review_later", **hidden)
    fixing = fix.click(guarded(fixed), [token, turn], [tabs, *correct.outputs], api_name="review_fix", **hidden)
    fixing.success(None, js=GO_TO_EDITOR)
