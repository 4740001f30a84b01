"""What the training section shows and does, apart from its layout."""

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from html import escape
from typing import Final

from annotator.dataset.plots import line
from sketchpose.dataset import Dataset
from sketchpose.dataset.exporters.coco import export_coco
from sketchpose.dataset.proposal import LEAST_TEST_DRAWINGS
from sketchpose.dataset.splits import read_splits, select_split
from sketchpose.files import write_atomic
from sketchpose.model.current import find_default, history
from sketchpose.text import markdown
from sketchpose.train.jobs.job import Job, new_folder, running, start
from sketchpose.train.jobs.plan import Plan, jobs_folder, known_speed, minutes
from sketchpose.train.jobs.process import python

_PROBE_LIMIT_S: Final = 300
_HASH: Final = 64
"""Letters of the name that an export gives to a drawing."""


def state_summary(dataset: Dataset) -> str:
    """Return what there is to learn from and to test on, as Markdown."""
    splits = read_splits(dataset)
    accepted = len(select_split(dataset, None))
    if splits is None:
        return (
            f"**{accepted} accepted drawings**, and no test split yet. Freeze it before the first training: whole "
            "sources or artists are set aside, and no model ever learns from them."
        )
    counts = {name: len(select_split(dataset, name)) for name in ("train", "val", "test")}
    summary = (
        f"**{counts['train']} accepted drawings to learn from, {counts['test']} in the frozen test split** "
        f"({counts['val']} for validation), split by {splits.by}."
    )
    if counts["test"] < LEAST_TEST_DRAWINGS:
        summary += f" Promotion needs at least {LEAST_TEST_DRAWINGS} test drawings: nothing can be promoted yet."
    return summary


def cost_summary(plan: Plan) -> str:
    """Return what a plan takes on this machine, in time and money, as Markdown."""
    speed = known_speed(plan)
    if speed is None:
        return "How long it takes on this machine is not known yet: *Measure speed* finds out in about half a minute."
    needed = minutes(plan, speed)
    summary = f"About **{needed:.0f} min** at {speed:.1f} crops a second, as measured on this machine"
    if needed < 1:
        summary = f"About **{60 * needed:.0f} s** at {speed:.1f} crops a second, as measured on this machine"
    if plan.price:
        return f"{summary}; at {plan.price:g} an hour that costs **{plan.price * needed / 60:.2f}**."
    return f"{summary}; nothing beyond the machine itself."


def measure_speed(plan: Plan) -> None:
    """Train for a few steps in a process of its own, and remember the speed.

    Raises:
        ValueError: The process failed, or took too long.
    """
    path = jobs_folder() / "probe.json"
    write_atomic(path, json.dumps(asdict(plan)).encode())
    try:
        done = subprocess.run(
            python("sketchpose.train.jobs.worker", "--speed", str(path)),
            capture_output=True,
            text=True,
            timeout=_PROBE_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"This machine is too slow or too busy: a few steps took over {_PROBE_LIMIT_S} s.") from None
    if done.returncode:
        raise ValueError(f"The speed cannot be measured: {done.stderr.strip().splitlines()[-1][:300]}")


def begin(dataset: Dataset, plan: Plan, progress: Callable[[int, int], None] | None = None) -> Job:
    """Write the dataset's training and test drawings into a new job and start it.

    Args:
        dataset: The dataset; its test split must be frozen.
        plan: What to do; its training and test sets are filled in here.
        progress: Called with drawings written and drawings in all.

    Raises:
        ValueError: Another training is running, the test split is not frozen, or a split is empty.
    """
    if busy := running():
        raise ValueError(f"{busy.plan.name} is being trained: wait until it is done, or cancel it.")
    if read_splits(dataset) is None:
        raise ValueError("Freeze the test split first: without it nobody could tell whether the new model is better.")
    for split, purpose in (("train", "to learn from"), ("test", "in the frozen test split")):
        if not select_split(dataset, split):
            raise ValueError(f"There is no accepted drawing {purpose}: accept some in the review first.")
    folder = new_folder()
    data = folder / "data"
    try:
        export_coco(dataset, data, progress=progress)
        return start(replace(plan, train=str(data / "train.json"), test=str(data / "test.json")), folder)
    except BaseException:
        if not (folder / "plan.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def progress_html(job: Job | None) -> str:
    """Return how far a job is, as HTML: a bar, a sentence, and the curve of its loss."""
    if job is None:
        return "<p>No training yet.</p>"
    state, now = job.state, job.progress()
    share = now.samples / now.total
    activity = {
        "prepared": "is being prepared",
        "running": "is starting" if not now.samples else "is learning",
        "done": "is done",
        "failed": f"failed: {job.trouble()}",
        "cancelled": "was cancelled",
        "interrupted": "was interrupted; it can be resumed",
    }[state]
    if state == "running" and now.samples >= now.total:
        activity = "is being measured on the frozen test split"
    remaining = f", about {max(1, round(now.left / 60))} min left" if state == "running" and now.left else ""
    seen = f"{now.samples} of {now.total} crops in {now.seconds / 60:.1f} min{remaining}" if now.samples else ""
    curve = ""
    if len(now.entries) > 1:
        points = [(float(entry["samples"]), float(entry["loss"])) for entry in now.entries]
        curve = line(points, title="Loss", x_label="crops", y_label="loss")
    return (
        f"<div><p><strong>{escape(job.plan.name)}</strong> {escape(activity)}. {escape(seen)}</p>"
        f'<progress max="1" value="{share:.3f}" aria-label="Training progress" style="width:100%"></progress></div>'
        f"{curve}"
    )


def verdict_text(job: Job | None) -> str:
    """Return the verdict on a job's model, as Markdown."""
    result = job.result if job else None
    if result is None:
        return ""
    lines = [result["measured"]["summary"]]
    if result["accepted"]:
        lines.append("**Better**: it may become the default.")
    else:
        lines += ["**Refused:**", *(f"- {markdown(reason)}" for reason in result["reasons"])]
    return "\n\n".join([lines[0], "\n".join(lines[1:])])


def result_rows(job: Job | None) -> list[list[str]]:
    """Return the table of scores before and after."""
    result = job.result if job else None
    if result is None:
        return []
    rows = []
    for row in result["measured"]["rows"]:
        numbers = [_number(row[name]) for name in ("old_oks", "new_oks")]
        change = "-" if row["change"] is None else f"{row['change']:+.3f}"
        rows.append(
            [row["source"], str(row["drawings"]), *numbers, change, *map(_number, (row["old_ap"], row["new_ap"]))]
        )
    return rows


def changed_html(job: Job | None, names: Mapping[str, str]) -> str:
    """Return the drawings that changed most as HTML, before and after side by side, with captions.

    Args:
        job: The job.
        names: Original file name of each drawing, by its hash.
    """
    result = job.result if job else None
    if job is None or not result or not result["changed"]:
        return ""
    figures = []
    for change in result["changed"]:
        hash = change["name"].partition(".")[0]
        name = names.get(hash, "a drawing that was erased" if len(hash) == _HASH else change["name"]) or "a drawing"
        caption = escape(f"{name}: OKS {change['old_oks']:.2f} → {change['new_oks']:.2f}", quote=True)
        data = b64encode((job.folder / change["file"]).read_bytes()).decode()
        figures.append(
            f'<figure><img src="data:image/png;base64,{data}" alt="Before and after, {caption}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    head = "<h3>Changed most: before and after, the truth in grey</h3>"
    return f'{head}<div class="training-changed">{"".join(figures)}</div>'


def model_summary() -> str:
    """Return which model is the default now, and what has happened to it, as Markdown."""
    model, trouble = find_default()
    warning = f" {markdown(trouble)}" if trouble else ""
    lines = [f"The default model is **{markdown(model.card.name)}**.{warning}"]
    lines += [
        f"- {event['time'][:16].replace('T', ' ')} UTC: {event['action']} "
        f"{markdown(str(event.get('model') or 'packaged model'))}"
        for event in reversed(history()[-8:])
    ]
    return "\n".join([lines[0], "", *lines[1:]])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
