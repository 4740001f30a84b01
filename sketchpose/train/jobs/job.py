"""Fine-tuning as a job that is planned, started in a process of its own, followed and cancelled; its state is in files.

    HOME/jobs/ID/plan.json       what was asked for
    HOME/jobs/ID/run.json        the run as ``sketchpose train`` reads it
    HOME/jobs/ID/process.json    the process that works on it
    HOME/jobs/ID/run/            log, curve, checkpoint and model, as ``sketchpose train`` writes them
    HOME/jobs/ID/output.txt      everything the process printed
    HOME/jobs/ID/result.json     the comparison with the default model, once it is measured
    HOME/jobs/ID/cancelled       it was cancelled

So a job survives the page and the server that started it. One runs at a time.
"""

import json
import shutil
import time
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from sketchpose.evaluate.truth import read_truth
from sketchpose.files import locked, write_atomic
from sketchpose.model.current import find_default
from sketchpose.model.folder import ModelFolder, digest
from sketchpose.train.jobs.plan import Plan, jobs_folder
from sketchpose.train.jobs.process import Identity, python, spawn
from sketchpose.train.journal import LOG, LogEntry, read_log

JobState = Literal["prepared", "running", "done", "failed", "cancelled", "interrupted"]
WORKER: Final = "sketchpose.train.jobs.worker"


@dataclass(frozen=True)
class JobProgress:
    """How far a job has come.

    Attributes:
        samples: Crops seen.
        total: Crops in all.
        seconds: Spent so far.
        left: Seconds still to go, None while that is not known.
        entries: The log so far.
    """

    samples: int
    total: int
    seconds: float
    left: float | None
    entries: list[LogEntry]


@dataclass(frozen=True)
class Job:
    """A job in its folder; every property reads the files again."""

    folder: Path

    @property
    def id(self) -> str:
        """Name of the folder: the time it was planned, and a few random letters."""
        return self.folder.name

    @property
    def plan(self) -> Plan:
        """What was asked for."""
        return Plan(**json.loads((self.folder / "plan.json").read_text("utf-8")))

    @property
    def state(self) -> JobState:
        """Its state; ``interrupted`` where the process died with the machine, and can be resumed."""
        process = self.process
        if process is None:
            return "prepared"
        # Asked before the files: a process that ends in between leaves its result behind.
        running = process.alive()
        if (self.folder / "cancelled").exists():
            return "cancelled"
        if running:
            return "running"
        if (self.folder / "result.json").exists():
            return "done"
        return "failed" if (self.folder / "failed").exists() else "interrupted"

    @property
    def process(self) -> Identity | None:
        """The process that works, or worked, on it."""
        try:
            return Identity(**json.loads((self.folder / "process.json").read_text("utf-8")))
        except FileNotFoundError:
            return None

    @property
    def result(self) -> dict[str, Any] | None:
        """The comparison, as ``worker`` wrote it; None before that."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "result.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        return found

    def model(self) -> ModelFolder:
        """Open the model it made.

        Raises:
            ValueError: It has written no model yet, or the model cannot be used.
        """
        return ModelFolder.open(self.folder / "run" / "model" / self.plan.name)

    def progress(self) -> JobProgress:
        """Read how far it has come."""
        log = self.folder / "run" / LOG
        entries = [entry for entry in read_log(log) if "loss" in entry] if log.is_file() else []
        last = entries[-1] if entries else {}
        done, total = int(last.get("samples", 0)), self.plan.samples
        speed = last.get("crops_per_second") or 0
        return JobProgress(done, total, last.get("seconds", 0.0), (total - done) / speed if speed else None, entries)

    def trouble(self) -> str:
        """Return the last line that was printed, for a job that failed."""
        try:
            lines = (self.folder / "output.txt").read_text("utf-8", "replace").strip().splitlines()
        except FileNotFoundError:
            return ""
        return lines[-1][:500] if lines else ""

    def cancel(self) -> None:
        """Stop it for good; what it has learned so far is dropped.

        Raises:
            ValueError: The job is done already.
        """
        if self.state == "done":
            raise ValueError(f"Training {self.id} is done: there is nothing to cancel.")
        (self.folder / "cancelled").touch()
        if process := self.process:
            process.end()
        shutil.rmtree(self.folder / "run", ignore_errors=True)


def list_jobs() -> list[Job]:
    """Return all jobs, the newest first."""
    return [Job(path.parent) for path in sorted(jobs_folder().glob("*/plan.json"), reverse=True)]


def find_job(name: str) -> Job:
    """Return a job by its id.

    Raises:
        ValueError: No job has this id.
    """
    # The id comes from the page: it is compared, and never becomes a path.
    for job in list_jobs():
        if job.id == name:
            return job
    raise ValueError(f"There is no training {name[:80]!r} any more; choose another.")


def running() -> Job | None:
    """Return the job that runs now."""
    return next((job for job in list_jobs() if job.state == "running"), None)


def new_folder() -> Path:
    """Make the folder of a new job, for the data it is to use."""
    folder = jobs_folder() / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:6]}"
    folder.mkdir(parents=True)
    return folder


def start(plan: Plan, folder: Path | None = None) -> Job:
    """Check a plan, write its run and start it.

    Args:
        plan: What to fine-tune.
        folder: From ``new_folder``; None makes one.

    Raises:
        ValueError: Another one is running, the base or a set cannot be used, or a drawing of the test split would be
            learnt from.
    """
    plan = replace(plan, train=str(Path(plan.train).resolve()), test=str(Path(plan.test).resolve()))
    ModelFolder.open(plan.base or find_default()[0].path)
    check_apart(Path(plan.train), Path(plan.test))
    with locked(jobs_folder()):
        _check_free()
        job = Job(folder or new_folder())
        plan.config().write(job.folder / "run.json")
        write_atomic(job.folder / "plan.json", (json.dumps(asdict(plan), indent=1) + "\n").encode())
        _launch(job)
    return job


def resume(job: Job) -> None:
    """Go on with a job that was interrupted or has failed, from its last checkpoint.

    Raises:
        ValueError: Another one is running, or this one is done or cancelled.
    """
    with locked(jobs_folder()):
        _check_free()
        if job.state not in ("interrupted", "failed", "prepared"):
            raise ValueError(f"Training {job.id} is {job.state}: there is nothing to resume.")
        (job.folder / "failed").unlink(missing_ok=True)
        _launch(job)


def check_apart(train: Path, test: Path) -> None:
    """Refuse to train on test drawings.

    Raises:
        ValueError: A drawing lies in both sets, or one of them cannot be used.
    """
    tested = {digest(image.path): image.path.name for image in read_truth(test).images}
    shared = sorted(tested[key] for image in read_truth(train).images if (key := digest(image.path)) in tested)
    if shared:
        names = ", ".join(shared[:3]) + (", ..." if len(shared) > 3 else "")
        raise ValueError(
            f"{len(shared)} drawings of the frozen test split would be trained on ({names}): take them out of the "
            "training set."
        )


def _launch(job: Job) -> None:
    identity = spawn(python(WORKER, str(job.folder)), job.folder / "output.txt")
    write_atomic(job.folder / "process.json", json.dumps(asdict(identity)).encode())


def _check_free() -> None:
    if busy := running():
        raise ValueError(f"{busy.plan.name} is being trained: wait until it is done, or cancel it.")
