"""What the training section shows and does, apart from its layout."""

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from html import escape
from typing import Final, Literal

from annotator.dataset.plots import line
from sketchpose.dataset import Dataset, Query
from sketchpose.dataset.exporters.coco import export_coco
from sketchpose.dataset.proposal import LEAST_TEST_DRAWINGS
from sketchpose.dataset.review import queue
from sketchpose.dataset.splits import read_splits, select_split
from sketchpose.files import write_atomic
from sketchpose.model.current import find_default, history
from sketchpose.text import amount, markdown
from sketchpose.train.jobs.job import Job, new_folder, running, start
from sketchpose.train.jobs.plan import Plan, jobs_folder, known_speed, minutes
from sketchpose.train.jobs.process import python

_PROBE_LIMIT_S: Final = 300
_HASH: Final = 64
"""Letters of the name that an export gives to a drawing."""

State = Literal["waits", "now", "done"]
_TITLES: Final = ("Enough drawings", "Set a test aside", "Train", "Is it better?")
_MARKS: Final[dict[State, str]] = {"waits": "… waits", "now": "→ now", "done": "✓ done"}


def step_html(step: int, state: State, words: str) -> str:
    """Return the head of a step: its number and title, whether it waits, is to be done or is done, and more words."""
    current = ' aria-current="step"' if state == "now" else ""
    title = f"{step}. {_TITLES[step - 1]} <small>{_MARKS[state]}</small>"
    return f'<div class="step step-{state}"{current}><h3>{title}</h3><p>{escape(words)}</p></div>'


def first_steps(dataset: Dataset) -> tuple[bool, str, str]:
    """Return whether enough drawings are accepted, and the heads of the two steps before the training."""
    accepted = len(dataset.entries(Query(which="accepted", status=("accepted",), people=1)))
    frozen, needed = read_splits(dataset) is not None, LEAST_TEST_DRAWINGS + 1
    enough = frozen or accepted >= needed
    words = f"{amount(accepted, 'drawing')} with people accepted; the more kinds of them, the better."
    if not enough:
        words = f"{accepted} of the {needed} accepted drawings that are needed; {len(queue(dataset))} wait for review."
    first = step_html(1, "done" if enough else "now", words)
    if not frozen:
        words = "A model is tested on drawings that it has never seen: some are set aside before the first training."
        return enough, first, step_html(2, "now" if enough else "waits", words)
    learn, test = (len(select_split(dataset, name)) for name in ("train", "test"))
    words = f"{amount(test, 'drawing')} set aside for the test, {learn} to learn from."
    if test < LEAST_TEST_DRAWINGS:
        words += f" A new model can be used once {LEAST_TEST_DRAWINGS} are set aside: accept more of the same sources."
    return enough, first, step_html(2, "done", words)


def last_steps(ready: bool, job: Job | None) -> tuple[str, str]:
    """Return the heads of the training and of its verdict; ``ready`` is whether a test is set aside."""
    done = bool(job and job.result)
    words = "The model learns from the accepted drawings; you can close the page meanwhile."
    third = step_html(3, "done" if done else "now" if ready else "waits", words if ready else "Begins after step 2.")
    words = "The new model and the one in use have read the test drawings." if done else "Comes after the training."
    return third, step_html(4, "now" if done else "waits", words)


def cost_summary(plan: Plan) -> str:
    """Return what a plan takes on this machine, in time and money, as Markdown."""
    speed = known_speed(plan)
    if speed is None:
        return "How long it takes on this machine is not known yet; half a minute of practice tells."
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
        raise ValueError("Set a test aside first: without it nobody could tell whether the new model is better.")
    for split, purpose in (("train", "to learn from"), ("test", "set aside for the test")):
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
        return ""
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
        activity = "is being compared on the test drawings"
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
    """Return the verdict on a job's model in plain words, as Markdown."""
    result = job.result if job else None
    if result is None:
        return ""
    measured = result["measured"]
    drawings = measured["rows"][-1]["drawings"]
    read = f"the {amount(drawings, 'test drawing')}"
    if result["accepted"]:
        return f"**Better.** The new model reads {read} more exactly, and you can use it from now on."
    if drawings < LEAST_TEST_DRAWINGS:
        words = (
            f"**Too few to tell.** {read.capitalize()} cannot show whether it is better: accept more of their sources."
        )
    elif measured["high"] < 0:
        words = f"**Worse.** The new model reads {read} less exactly."
    elif measured["low"] <= 0:
        words = f"**No clear difference** on {read}. More accepted drawings or a longer training may help."
    else:
        words = "**Better on the whole, but it cannot be used**: the numbers say why."
    return f"{words} The model in use stays."


def verdict_numbers(job: Job | None) -> str:
    """Return what the verdict rests on, as Markdown."""
    result = job.result if job else None
    if result is None:
        return ""
    reasons = "\n".join(f"- {markdown(reason)}" for reason in result["reasons"])
    return f"{result['measured']['summary']}\n\n{reasons}"


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
    lines = [f"Model in use: **{markdown(model.card.name)}**.{warning}"]
    lines += [
        f"- {event['time'][:16].replace('T', ' ')} UTC: {event['action']} "
        f"{markdown(str(event.get('model') or 'packaged model'))}"
        for event in reversed(history()[-8:])
    ]
    return "\n".join([lines[0], "", *lines[1:]])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
