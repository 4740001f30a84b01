"""The process behind a job: ``python -m sketchpose.train.jobs.worker JOB`` trains, measures, and writes what changed.

``python -m sketchpose.train.jobs.worker --speed PLAN.json`` prints the crops a second that this machine learns from.
"""

import dataclasses
import json
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, Final

from sketchpose.encode import encode
from sketchpose.evaluate.compare import PersonPair
from sketchpose.evaluate.promote import judge
from sketchpose.evaluate.report import Worst
from sketchpose.evaluate.sheet import worst_sheet
from sketchpose.files import write_atomic
from sketchpose.train.config import SetConfig
from sketchpose.train.jobs.job import Job
from sketchpose.train.jobs.plan import Plan, note_speed
from sketchpose.train.journal import LOG, read_log
from sketchpose.train.loop import Trainer, load_config
from sketchpose.train.run import CHECKPOINT

MOST_CHANGED: Final = 8
_PROBE_STEPS: Final = 5


def work(job: Job) -> None:
    """Train, or go on training, and compare with the default model."""
    plan = job.plan
    Trainer(load_config(job.folder / "run.json"), job.folder / "run", _say).run()
    entries = job.progress().entries
    if entries:
        note_speed(plan, entries[-1]["crops_per_second"])
    _say("Measuring on the frozen test split.")
    verdict = judge(job.model(), Path(plan.test), threads=plan.threads)
    _say(verdict.text())
    changed = []
    for i, pair in enumerate([p for p in verdict.comparison.pairs if p.change][:MOST_CHANGED]):
        name = f"changed-{i + 1}.png"
        _picture(pair, job.folder / name)
        changed.append({"file": name, "name": pair.image.path.name, "old_oks": pair.old_oks, "new_oks": pair.new_oks})
    result: dict[str, Any] = {"accepted": verdict.accepted, **verdict.note(), "changed": changed}
    write_atomic(job.folder / "result.json", json.dumps(result, indent=1).encode())
    # Four times as large as the model, and only of use to a run that is not over.
    (job.folder / "run" / CHECKPOINT).unlink(missing_ok=True)


def speed(plan: Plan) -> float:
    """Measure a few steps of a plan on synthetic sketches; crops a second."""
    config = dataclasses.replace(
        plan.config(), sets=(SetConfig("synthetic", "synth"),), samples=plan.batch * _PROBE_STEPS, log=1
    )
    with tempfile.TemporaryDirectory() as folder:
        Trainer(config, Path(folder), lambda _: None).run()
        entries = [entry for entry in read_log(Path(folder) / LOG) if "loss" in entry]
    # The first step waits for the first crops and for the memory it needs.
    first, last = entries[0], entries[-1]
    return float((last["samples"] - first["samples"]) / max(1e-6, last["seconds"] - first["seconds"]))


def main(arguments: list[str]) -> int:
    """Work on a job or measure the speed; 1 when that failed."""
    if arguments[0] == "--speed":
        plan = Plan(**json.loads(Path(arguments[1]).read_text("utf-8")))
        crops_per_second = speed(plan)
        note_speed(plan, crops_per_second)
        print(crops_per_second)
        return 0
    job = Job(Path(arguments[0]))
    try:
        work(job)
    except Exception as error:
        traceback.print_exc()
        print(error, flush=True)
        (job.folder / "failed").touch()
        return 1
    return 0


def _picture(pair: PersonPair, path: Path) -> None:
    """Draw a person as read before and after, side by side, over the truth in grey."""
    cases = [
        Worst(pair.image, pair.person, pose, oks) for pose, oks in ((pair.old, pair.old_oks), (pair.new, pair.new_oks))
    ]
    captions = [f"{when}: OKS {case.oks:.2f}" for when, case in zip(("before", "after"), cases, strict=True)]
    write_atomic(path, encode(worst_sheet(cases, 2, captions), optimize=True))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
