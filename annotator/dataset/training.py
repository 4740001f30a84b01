"""Training from the app: plan it, see what it takes, start it, follow it, and promote the model if it is better."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import gradio as gr

from annotator.choices import Menu, Slider
from annotator.dataset.freezing import Freezing, lay_out_freezing, wire_freezing
from annotator.dataset.training_view import (
    begin,
    changed_html,
    cost_summary,
    first_steps,
    last_steps,
    measure_speed,
    model_summary,
    progress_html,
    result_rows,
    verdict_numbers,
    verdict_text,
)
from annotator.dataset.ways import lay_out_ways
from annotator.events import PRIVATE, QUIET, Updates
from annotator.owner import guarded
from sketchpose.dataset import Dataset, Query
from sketchpose.dataset.splits import By
from sketchpose.evaluate.promote import judge, promote
from sketchpose.model.current import history, roll_back
from sketchpose.options import cores, setting
from sketchpose.text import markdown
from sketchpose.train.jobs.job import Job, find_job, list_jobs, resume
from sketchpose.train.jobs.plan import Plan, known_speed

BASES: Final = ("sketch-thunder", "movenet-thunder")
SIZES: Final = (256, 192, 128, 64)
HEADERS: Final = ["Source", "Drawings", "OKS before", "OKS after", "Change", "AP before", "AP after"]
_TICK_S: Final = 2.0


@dataclass(frozen=True)
class Training:
    """The components of the section, and what its events do with them.

    Attributes:
        dataset: The dataset.
        heads: Those of the four steps.
        ways: Where more drawings come from, while there are too few.
        aside: Holds the second step.
        freezing: The second step.
        run: Holds the third step, up to ``resume``.
        name: Name of the new model.
        base: The model to start from; empty for the default one.
        amount: Crops to learn from.
        replay: Share of synthetic sketches among them.
        size: Side of a crop in pixels.
        price: Of an hour of this machine.
        cost: What the plan takes.
        start: Starts it.
        measure: Measures the speed of this machine.
        job: The training on show, by its id.
        progress: How far it is.
        cancel: Cancels it.
        resume: Resumes it.
        judged: Holds the fourth step, up to ``promote``.
        verdict: Whether its model is better.
        numbers: What that rests on.
        results: Scores before and after it.
        changed: The drawings that changed most.
        promote: Makes its model the default.
        roll_back: Goes back to the previous default model.
        model: Which model is the default.
        timer: Refreshes the section while it runs.
    """

    dataset: Dataset
    heads: tuple[gr.HTML, ...]
    ways: gr.Row
    aside: gr.Column
    freezing: Freezing
    run: gr.Column
    name: gr.Textbox
    base: gr.Dropdown
    amount: gr.Number
    replay: gr.Slider
    size: gr.Dropdown
    price: gr.Number
    cost: gr.Markdown
    start: gr.Button
    measure: gr.Button
    job: gr.Dropdown
    progress: gr.HTML
    cancel: gr.Button
    resume: gr.Button
    judged: gr.Column
    verdict: gr.Markdown
    numbers: gr.Markdown
    results: gr.Dataframe
    changed: gr.HTML
    promote: gr.Button
    roll_back: gr.Button
    model: gr.Markdown
    timer: gr.Timer

    @property
    def plan_inputs(self) -> list[Any]:
        """The inputs that make a plan."""
        return [self.name, self.base, self.amount, self.replay, self.size, self.price]

    @property
    def outputs(self) -> list[Any]:
        """What ``look`` updates."""
        return [
            *(self.heads[2], self.heads[3], self.run, self.job, self.progress, self.start, self.cancel, self.resume),
            *(self.judged, self.verdict, self.numbers, self.results, self.changed, self.promote, self.timer),
        ]

    @property
    def step_outputs(self) -> list[Any]:
        """What ``steps`` updates."""
        return [self.heads[0], self.heads[1], self.ways, self.aside, *self.freezing.outputs, *self.outputs]

    def look(self, id: str | None) -> Updates:
        """Show the progress of a training, and its result."""
        job = _find(id)
        state, result = (job.state, job.result) if job else ("prepared", None)
        running, ready = state == "running", self.dataset.layout.splits.is_file()
        return {
            **dict(zip(self.heads[2:], last_steps(ready, job), strict=True)),
            self.run: gr.update(visible=bool(ready or job)),
            self.job: gr.update(visible=job is not None),
            self.progress: progress_html(job),
            self.start: gr.update(visible=not running),
            self.cancel: gr.update(visible=running),
            self.resume: gr.update(visible=state in ("interrupted", "failed")),
            self.judged: gr.update(visible=bool(result)),
            self.verdict: verdict_text(job),
            self.numbers: verdict_numbers(job),
            self.results: result_rows(job),
            self.changed: changed_html(job, self._drawing_names() if result else {}),
            self.promote: gr.update(visible=bool(result and result["accepted"])),
            self.timer: gr.Timer(active=running),
        }

    def steps(self, by: By, id: str | None) -> Updates:
        """Show how far the steps are."""
        enough, *heads = first_steps(self.dataset)
        return {
            **dict(zip(self.heads, heads, strict=False)),
            self.ways: gr.update(visible=not enough),
            self.aside: gr.update(visible=enough),
            **self.freezing.show(by),
            **self.look(id),
        }

    def open(self, by: By, id: str | None, *plan: Any) -> Updates:
        """Show everything as it is now."""
        choices, id = self._jobs(id)
        shown = self.steps(by, id) | self.price_plan(*plan) | self.show_model()
        return shown | {self.job: choices}

    def show_model(self) -> Updates:
        """Show which model is in use, and the way back where another was."""
        back = any(event["action"] == "promoted" for event in history())
        return {self.model: model_summary(), self.roll_back: gr.update(visible=back)}

    def price_plan(self, *plan: Any) -> Updates:
        """Say what a plan takes, or why there cannot be one; what is not known can be measured."""
        try:
            planned = make_plan(*plan)
        except ValueError as error:
            return {self.cost: markdown(str(error)), self.measure: gr.update(visible=False)}
        unknown = known_speed(planned) is None
        return {self.cost: cost_summary(planned), self.measure: gr.update(visible=unknown)}

    def start_job(self, *plan: Any) -> Updates:
        """Start a training and show it."""
        choices, id = self._jobs(begin(self.dataset, make_plan(*plan)).id)
        return self.look(id) | {self.job: choices}

    def measure_plan(self, *plan: Any) -> Updates:
        """Measure the speed of a plan on this machine, and say what it takes."""
        measure_speed(make_plan(*plan))
        return self.price_plan(*plan)

    def cancel_job(self, id: str | None) -> Updates:
        """Cancel the training on show."""
        find_job(id or "").cancel()
        return self.look(id)

    def resume_job(self, id: str | None) -> Updates:
        """Resume the training on show."""
        resume(find_job(id or ""))
        return self.look(id)

    def promote_job(self, id: str | None) -> Updates:
        """Make the model of the training on show the default, where it is better."""
        job = find_job(id or "")
        candidate = job.model()
        verdict = judge(candidate, Path(job.plan.test), threads=job.plan.threads)
        promote(candidate, verdict)
        if not verdict.accepted:
            raise ValueError(" ".join(verdict.reasons))
        words = f"**{markdown(job.plan.name)} is in use from now on.**"
        return {self.verdict: words, self.promote: gr.update(visible=False)} | self.show_model()

    def roll_back_model(self) -> Updates:
        """Go back to the previous default model."""
        roll_back()
        return self.show_model()

    def _jobs(self, id: str | None) -> tuple[Any, str | None]:
        """Return the choice of trainings, and the one to show: that of an id, or else the newest."""
        jobs = list_jobs()
        ids = [job.id for job in jobs]
        shown = id if id in ids else next(iter(ids), None)
        choices = [(f"{job.plan.name}, {job.id[:15]}", job.id) for job in jobs]
        return gr.update(choices=choices, value=shown, visible=bool(jobs)), shown

    def _drawing_names(self) -> dict[str, str]:
        return {entry.drawing: entry.name for entry in self.dataset.entries(Query(deleted=True))}


def build_training(
    dataset: Dataset, token: gr.Textbox, tabs: gr.Tabs, sections: gr.Tabs, select: Callable[..., Any]
) -> None:
    """Lay out the section inside the current ``gr.Tab``.

    Args:
        dataset: The dataset.
        token: Where the owner's token is typed in.
        tabs: The app's tabs.
        sections: Those of the *Dataset* tab.
        select: Registers what happens when the section is opened.
    """
    _wire(_lay_out(dataset, tabs, sections), token, select)


def _lay_out(dataset: Dataset, tabs: gr.Tabs, sections: gr.Tabs) -> Training:
    enough = gr.HTML(elem_id="training-step-1")
    with lay_out_ways(tabs, sections, "training-ways") as ways:
        review = gr.Button("Review drawings", min_width=140)
        go = partial(gr.Tabs, selected="review")
        review.click(go, None, sections, api_name="training_ways_review", **QUIET)
    set_aside = gr.HTML(elem_id="training-step-2")
    with gr.Column(visible=False) as aside:
        freezing = lay_out_freezing(dataset)
    train = gr.HTML(elem_id="training-step-3")
    with gr.Column(visible=False) as run:
        with gr.Row():
            name = gr.Textbox(
                time.strftime("tuned-%Y%m%d"), label="Name of the new model", min_width=140, elem_id="training-name"
            )
            amount = gr.Number(
                4096, label="How much to practise", precision=0, min_width=160, elem_id="training-amount",
                info="In crops, each one person cut out of a drawing: 1,024 is short, 4,096 usual, 16,384 long.",
            )  # fmt: skip
        with gr.Accordion("More", open=False), gr.Row():
            bases = [("the model in use", ""), *((model, model) for model in BASES)]
            base = gr.Dropdown(bases, value="", label="Start from", min_width=160)
            replay = Slider(
                0, 0.9, 0.5, step=0.05, label="Share of synthetic sketches", info="So that the model forgets nothing."
            )
            size = gr.Dropdown(list(SIZES), value=256, label="Crop, pixels", min_width=120, elem_id="training-size")
            price = gr.Number(
                setting("SKETCHPOSE_PRICE_PER_HOUR"), label="Price of an hour of this machine", min_width=120
            )
        cost = gr.Markdown(elem_id="training-cost")
        with gr.Row():
            start = gr.Button("Start training", variant="primary", min_width=140, elem_id="training-start")
            measure = gr.Button("How long will it take?", visible=False, min_width=140, elem_id="training-speed")
        job = Menu([], label="Training", visible=False, elem_id="training-job")
        progress = gr.HTML(elem_id="training-progress")
        with gr.Row():
            cancel = gr.Button("Cancel", variant="stop", visible=False, min_width=110, elem_id="training-cancel")
            resume_button = gr.Button("Resume", visible=False, min_width=110, elem_id="training-resume")
    compared = gr.HTML(elem_id="training-step-4")
    with gr.Column(visible=False) as judged:
        verdict = gr.Markdown(elem_id="training-verdict")
        promote_button = gr.Button(
            "Use the new model", variant="primary", visible=False, min_width=140, elem_id="training-promote"
        )
        with gr.Accordion("The numbers", open=False, elem_id="training-numbers"):
            numbers = gr.Markdown()
            results = gr.Dataframe(
                headers=HEADERS, value=[], label="Before and after, on the test drawings", interactive=False,
                elem_id="training-table",
            )  # fmt: skip
        changed = gr.HTML(elem_id="training-changed")
    model = gr.Markdown(elem_id="training-model")
    roll_back_button = gr.Button("Back to the model before", visible=False, elem_id="training-rollback")
    timer = gr.Timer(_TICK_S, active=False)
    return Training(
        dataset, (enough, set_aside, train, compared), ways, aside, freezing, run, name, base, amount, replay, size,
        price, cost, start, measure, job, progress, cancel, resume_button, judged, verdict, numbers, results, changed,
        promote_button, roll_back_button, model, timer,
    )  # fmt: skip


def _wire(parts: Training, token: gr.Textbox, select: Callable[..., Any]) -> None:
    plan, outputs, job, priced = parts.plan_inputs, parts.outputs, parts.job, [parts.cost, parts.measure]
    model = [parts.model, parts.roll_back]
    promoted = [parts.verdict, parts.promote, *model]
    wire_freezing(parts.freezing, token, job, parts.steps, parts.step_outputs)
    select(parts.open, [parts.freezing.by, job, *plan], [*parts.step_outputs, *priced, *model], "training_open")
    gr.on([field.change for field in plan], parts.price_plan, plan, priced, api_name="training_cost", **QUIET)
    for trigger, act, inputs, updated, endpoint, options in (
        (parts.start.click, parts.start_job, plan, outputs, "training_start", PRIVATE),
        (parts.measure.click, parts.measure_plan, plan, priced, "training_speed", PRIVATE),
        (parts.cancel.click, parts.cancel_job, [job], outputs, "training_cancel", PRIVATE),
        (parts.resume.click, parts.resume_job, [job], outputs, "training_resume", PRIVATE),
        (parts.promote.click, parts.promote_job, [job], promoted, "training_promote", PRIVATE),
        (parts.roll_back.click, parts.roll_back_model, [], model, "training_rollback", PRIVATE),
        (job.input, parts.look, [job], outputs, "training_choose", QUIET),
        (parts.timer.tick, parts.look, [job], outputs, "training_tick", QUIET),
    ):
        trigger(guarded(act), [token, *inputs], updated, api_name=endpoint, **options)


def make_plan(name: str, base: str, amount: float | None, replay: float, size: float, price: float | None) -> Plan:
    """Return the plan of what was filled in.

    Raises:
        ValueError: The name or a number is out of bounds.
    """
    samples = int(amount or 0)
    batch = 16 if samples >= 512 else 4
    return Plan(
        "-".join((name or "").split()),
        "",
        "",
        base if base in BASES else "",
        samples,
        float(replay),
        int(size),
        batch,
        threads=min(2, cores()),
        price=float(price or 0),
    )


def _find(id: str | None) -> Job | None:
    try:
        return find_job(id) if id else None
    except ValueError:
        return None
