"""Training from the app: plan it, see what it takes, start it, follow it, and promote the model if it is better."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gradio as gr

from annotator.choices import Menu, Slider
from annotator.dataset.freezing import Freezing, build_freezing
from annotator.dataset.training_view import (
    begin,
    changed_html,
    cost_summary,
    measure_speed,
    model_summary,
    progress_html,
    result_rows,
    state_summary,
    verdict_text,
)
from annotator.events import PRIVATE, QUIET, Updates
from annotator.owner import guarded
from sketchpose.dataset import Dataset, Query
from sketchpose.dataset.splits import By
from sketchpose.evaluate.promote import judge, promote
from sketchpose.model.current import roll_back
from sketchpose.options import cores, setting
from sketchpose.text import markdown
from sketchpose.train.jobs.job import Job, find_job, list_jobs, resume
from sketchpose.train.jobs.plan import Plan

BASES: Final = ("sketch-thunder", "movenet-thunder")
SIZES: Final = (256, 192, 128, 64)
HEADERS: Final = ["Source", "Drawings", "OKS before", "OKS after", "Change", "AP before", "AP after"]
_TICK_S: Final = 2.0


@dataclass(frozen=True)
class Training:
    """The components of the section, and what its events do with them.

    Attributes:
        dataset: The dataset.
        freezing: The part that freezes the test split.
        state: What there is to learn from and to test on.
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
        results: Scores before and after it.
        verdict: Whether its model is better.
        changed: The drawings that changed most.
        promote: Makes its model the default.
        roll_back: Goes back to the previous default model.
        model: Which model is the default.
        timer: Refreshes the section while it runs.
    """

    dataset: Dataset
    freezing: Freezing
    state: gr.Markdown
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
    results: gr.Dataframe
    verdict: gr.Markdown
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
            self.progress, self.results, self.verdict, self.changed, self.cancel, self.resume, self.promote, self.timer,
        ]  # fmt: skip

    def look(self, id: str | None) -> Updates:
        """Show the progress of a training, and its result."""
        job = _find(id)
        state, result = (job.state, job.result) if job else ("prepared", None)
        running = state == "running"
        return {
            self.progress: progress_html(job),
            self.results: gr.update(value=result_rows(job), visible=bool(result)),
            self.verdict: verdict_text(job),
            self.changed: changed_html(job, self._drawing_names() if result else {}),
            self.cancel: gr.update(visible=running),
            self.resume: gr.update(visible=state in ("interrupted", "failed")),
            self.promote: gr.update(interactive=bool(result and result["accepted"])),
            self.timer: gr.Timer(active=running),
        }

    def open(self, by: By, id: str | None, *plan: Any) -> Updates:
        """Show everything as it is now."""
        choices, id = self._jobs(id)
        return {
            self.state: state_summary(self.dataset),
            **self.freezing.show(by),
            self.cost: self.price_plan(*plan),
            self.job: choices,
            **self.look(id),
            self.model: model_summary(),
        }

    def price_plan(self, *plan: Any) -> str:
        """Return what a plan takes, or why there cannot be one."""
        try:
            return cost_summary(make_plan(*plan))
        except ValueError as error:
            return markdown(str(error))

    def start_job(self, *plan: Any) -> Updates:
        """Start a training and show it."""
        choices, id = self._jobs(begin(self.dataset, make_plan(*plan)).id)
        return {self.job: choices} | self.look(id)

    def measure_plan(self, *plan: Any) -> str:
        """Measure the speed of a plan on this machine, and return what it takes."""
        planned = make_plan(*plan)
        measure_speed(planned)
        return cost_summary(planned)

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
        return {self.verdict: f"**{markdown(job.plan.name)} is the default now.**", self.model: model_summary()}

    def roll_back_model(self) -> str:
        """Go back to the previous default model."""
        roll_back()
        return model_summary()

    def _jobs(self, id: str | None) -> tuple[Any, str | None]:
        """Return the choice of trainings, and the one to show: that of an id, or else the newest."""
        jobs = list_jobs()
        ids = [job.id for job in jobs]
        shown = id if id in ids else next(iter(ids), None)
        return gr.update(choices=[(f"{job.plan.name}, {job.id[:15]}", job.id) for job in jobs], value=shown), shown

    def _drawing_names(self) -> dict[str, str]:
        return {entry.drawing: entry.name for entry in self.dataset.entries(Query(deleted=True))}


def build_training(dataset: Dataset, token: gr.Textbox, select: Callable[..., Any]) -> None:
    """Lay out the section inside the current ``gr.Tab``.

    Args:
        dataset: The dataset.
        token: Where the owner's token is typed in.
        select: Registers what happens when the section is opened.
    """
    _wire(_lay_out(dataset, token), token, select)


def _lay_out(dataset: Dataset, token: gr.Textbox) -> Training:
    state = gr.Markdown(elem_id="training-state")
    freezing = build_freezing(dataset, token, state, state_summary)
    with gr.Row():
        name = gr.Textbox(time.strftime("tuned-%Y%m%d"), label="Name", min_width=140, elem_id="training-name")
        bases = [("the default model", ""), *((model, model) for model in BASES)]
        base = gr.Dropdown(bases, value="", label="Start from", min_width=160)
        amount = gr.Number(
            4096,
            label="Crops to learn from",
            info="1,024 is short, 4,096 usual, 16,384 long.",
            precision=0,
            min_width=160,
            elem_id="training-amount",
        )
    with gr.Accordion("More", open=False):
        with gr.Row():
            replay = Slider(
                0, 0.9, 0.5, step=0.05, label="Share of synthetic sketches", info="So that the model forgets nothing."
            )
            size = gr.Dropdown(list(SIZES), value=256, label="Crop, pixels", min_width=120, elem_id="training-size")
            price = gr.Number(
                setting("SKETCHPOSE_PRICE_PER_HOUR"),
                label="Price of an hour of this machine",
                min_width=120,
            )
    cost = gr.Markdown(elem_id="training-cost")
    with gr.Row():
        start = gr.Button("Start training", variant="primary", min_width=140, elem_id="training-start")
        cancel = gr.Button("Cancel", variant="stop", visible=False, min_width=110, elem_id="training-cancel")
        resume_button = gr.Button("Resume", visible=False, min_width=110, elem_id="training-resume")
        measure = gr.Button("Measure speed", min_width=140, elem_id="training-speed")
    job = Menu([], label="Training", elem_id="training-job")
    progress = gr.HTML("<p>No training yet.</p>", elem_id="training-progress")
    results = gr.Dataframe(
        headers=HEADERS,
        value=[],
        label="Before and after, on the frozen test split",
        interactive=False,
        visible=False,
        elem_id="training-table",
    )
    verdict = gr.Markdown(elem_id="training-verdict")
    changed = gr.HTML(elem_id="training-changed")
    with gr.Row():
        promote_button = gr.Button(
            "Promote", variant="primary", interactive=False, min_width=140, elem_id="training-promote"
        )
        roll_back_button = gr.Button("Roll back", min_width=140, elem_id="training-rollback")
    model = gr.Markdown(elem_id="training-model")
    timer = gr.Timer(_TICK_S, active=False)
    return Training(
        dataset, freezing, state, name, base, amount, replay, size, price, cost, start, measure, job, progress, cancel,
        resume_button, results, verdict, changed, promote_button, roll_back_button, model, timer,
    )  # fmt: skip


def _wire(parts: Training, token: gr.Textbox, select: Callable[..., Any]) -> None:
    plan, outputs, job = parts.plan_inputs, parts.outputs, parts.job
    everything = [parts.state, *parts.freezing.outputs, parts.cost, job, *outputs, parts.model]
    select(parts.open, [parts.freezing.by, job, *plan], everything, "training_open")
    gr.on([field.change for field in plan], parts.price_plan, plan, parts.cost, api_name="training_cost", **QUIET)
    for trigger, act, inputs, updated, endpoint, options in (
        (parts.start.click, parts.start_job, plan, [job, *outputs], "training_start", PRIVATE),
        (parts.measure.click, parts.measure_plan, plan, parts.cost, "training_speed", PRIVATE),
        (parts.cancel.click, parts.cancel_job, [job], outputs, "training_cancel", PRIVATE),
        (parts.resume.click, parts.resume_job, [job], outputs, "training_resume", PRIVATE),
        (parts.promote.click, parts.promote_job, [job], [parts.verdict, parts.model], "training_promote", PRIVATE),
        (parts.roll_back.click, parts.roll_back_model, [], parts.model, "training_rollback", PRIVATE),
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
