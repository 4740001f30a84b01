"""Fine-tuning from the app: plan it, see what it takes, start it, follow it, and promote what is better."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import gradio as gr

from annotator.choices import Menu
from annotator.dataset.freezing import build_freezing
from annotator.dataset.training_view import (
    begin,
    changed_html,
    cost_words,
    measure_speed,
    model_words,
    progress_html,
    result_rows,
    result_words,
    state_words,
)
from annotator.owner import guarded
from sketchpose.dataset import Dataset, Query
from sketchpose.dataset.splits import By
from sketchpose.evaluate.promote import promote
from sketchpose.model.current import roll_back
from sketchpose.text import markdown
from sketchpose.train.jobs.job import Job, find_job, list_jobs, resume
from sketchpose.train.jobs.plan import Plan

BASES: Final = ("sketch-thunder", "movenet-thunder")
SIZES: Final = (256, 192, 128, 64)
HEADERS: Final = ["Source", "Drawings", "OKS before", "OKS after", "Change", "AP before", "AP after"]
_TICK_S: Final = 2.0


def build_training(dataset: Dataset, token: gr.Textbox, select: Callable[..., Any]) -> None:
    """Lay out the section inside the current ``gr.Tab``.

    Args:
        dataset: The dataset.
        token: Where the owner's token is typed in.
        select: Registers what happens when the section is opened.
    """
    said = gr.Markdown(elem_id="training-state")
    freezing = build_freezing(dataset, token, said, lambda: state_words(dataset))
    with gr.Row():
        name = gr.Textbox(time.strftime("tuned-%Y%m%d"), label="Name", min_width=140, elem_id="training-name")
        base = gr.Dropdown(
            [("the default model", ""), *((model, model) for model in BASES)],
            value="",
            label="Start from",
            min_width=160,
        )
        amount = gr.Number(
            4096,
            label="Crops to learn from",
            info="1,024 is short, 4,096 usual, 16,384 long.",
            precision=0,
            minimum=16,
            min_width=160,
            elem_id="training-amount",
        )
    with gr.Accordion("More", open=False):
        with gr.Row():
            replay = gr.Slider(
                0, 0.9, 0.5, step=0.05, label="Share of synthetic sketches", info="So that nothing is forgotten."
            )
            size = gr.Dropdown(list(SIZES), value=256, label="Crop, pixels", min_width=120, elem_id="training-size")
            price = gr.Number(
                float(os.environ.get("SKETCHPOSE_PRICE_PER_HOUR", "0") or 0),
                label="Price of an hour of this machine",
                minimum=0,
                min_width=120,
            )
    cost = gr.Markdown(elem_id="training-cost")
    with gr.Row():
        go = gr.Button("Start training", variant="primary", min_width=140, elem_id="training-start")
        stop = gr.Button("Cancel", variant="stop", visible=False, min_width=110, elem_id="training-cancel")
        again = gr.Button("Resume", visible=False, min_width=110, elem_id="training-resume")
        probe = gr.Button("Measure speed", min_width=140, elem_id="training-speed")
    chosen = Menu([], label="Training", elem_id="training-job")
    live = gr.HTML("<p>No training yet.</p>", elem_id="training-progress")
    table = gr.Dataframe(
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
        up = gr.Button("Promote", variant="primary", interactive=False, min_width=140, elem_id="training-promote")
        back = gr.Button("Roll back", min_width=140, elem_id="training-rollback")
    model = gr.Markdown(elem_id="training-model")
    timer = gr.Timer(_TICK_S, active=False)

    planned: list[Any] = [name, base, amount, replay, size, price]
    shown: list[Any] = [live, table, verdict, changed, stop, again, up, timer]
    hidden: dict[str, Any] = {"api_visibility": "private"}
    quiet: dict[str, Any] = {"show_progress": "hidden", **hidden}

    def look(id: str | None) -> tuple[Any, ...]:
        job = _find(id)
        state = job.state if job else "prepared"
        live_now, finished = state == "running", bool(job and job.result)
        return (
            progress_html(job),
            gr.update(value=result_rows(job), visible=finished),
            result_words(job),
            changed_html(job, names(job)),
            gr.update(visible=live_now),
            gr.update(visible=state in ("interrupted", "failed")),
            gr.update(interactive=bool(job and job.result and job.result["accepted"])),
            gr.Timer(active=live_now),
        )

    def names(job: Job | None) -> dict[str, str]:
        if job is None or job.result is None:
            return {}
        return {entry.drawing: entry.name for entry in dataset.entries(Query(deleted=True))}

    def choices(id: str | None = None) -> Any:
        jobs = list_jobs()
        known = [job.id for job in jobs]
        return gr.update(
            choices=[(f"{job.plan.name}, {job.id[:15]}", job.id) for job in jobs],
            value=id if id in known else (known[0] if known else None),
        )

    def opened(kind: By, id: str | None, *fields: Any) -> tuple[Any, ...]:
        jobs = list_jobs()
        now = id if any(job.id == id for job in jobs) else (jobs[0].id if jobs else None)
        return (
            *(state_words(dataset), *freezing.show(kind)),
            *(priced(*fields), choices(now), *look(now), model_words()),
        )

    def priced(*fields: Any) -> str:
        try:
            return cost_words(_plan(*fields))
        except ValueError as error:
            return markdown(str(error))

    def begin_now(*fields: Any) -> tuple[Any, ...]:
        job = begin(dataset, _plan(*fields))
        return choices(job.id), *look(job.id)

    def probe_now(*fields: Any) -> str:
        plan = _plan(*fields)
        measure_speed(plan)
        return cost_words(plan)

    def cancel_now(id: str | None) -> tuple[Any, ...]:
        find_job(id or "").cancel()
        return look(id)

    def resume_now(id: str | None) -> tuple[Any, ...]:
        resume(find_job(id or ""))
        return look(id)

    def promote_now(id: str | None) -> tuple[Any, ...]:
        job = find_job(id or "")
        found = promote(job.model(), Path(job.plan.test), threads=job.plan.threads)
        if not found.accepted:
            raise ValueError(" ".join(found.reasons))
        return f"**{markdown(job.plan.name)} is the default now.**", model_words()

    def back_now() -> str:
        roll_back()
        return model_words()

    inputs, outputs = [freezing.by, chosen, *planned], [said, *freezing.outputs, cost, chosen, *shown, model]
    select(opened, inputs, outputs, "training_open")
    gr.on([field.change for field in planned], priced, planned, cost, api_name="training_cost", **quiet)
    go.click(guarded(begin_now), [token, *planned], [chosen, *shown], api_name="training_start", **hidden)
    probe.click(guarded(probe_now), [token, *planned], cost, api_name="training_speed", **hidden)
    stop.click(guarded(cancel_now), [token, chosen], shown, api_name="training_cancel", **hidden)
    again.click(guarded(resume_now), [token, chosen], shown, api_name="training_resume", **hidden)
    up.click(guarded(promote_now), [token, chosen], [verdict, model], api_name="training_promote", **hidden)
    back.click(guarded(back_now), [token], model, api_name="training_rollback", **hidden)
    chosen.input(guarded(look), [token, chosen], shown, api_name="training_choose", **quiet)
    timer.tick(guarded(look), [token, chosen], shown, api_name="training_tick", **quiet)


def _plan(name: str, base: str, amount: float | None, replay: float, size: float, price: float | None) -> Plan:
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
        threads=min(2, os.cpu_count() or 1),
        price=float(price or 0),
    )


def _find(id: str | None) -> Job | None:
    try:
        return find_job(id) if id else None
    except ValueError:
        return None
