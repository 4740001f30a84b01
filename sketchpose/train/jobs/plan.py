"""What a fine-tuning job is to do, and how long this machine will take for it."""

import json
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sketchpose.files import write_atomic
from sketchpose.home import home_folder
from sketchpose.model.current import find_default
from sketchpose.model.folder import ModelFolder
from sketchpose.train.config import AugmentConfig, SetConfig, Stage, TrainConfig

_SPEEDS: Final = "speed.json"
MOST_SAMPLES: Final = 10_000_000
"""Crops of weeks on a machine without a GPU; a larger number is a slip of the finger."""

_HEADS: Final = 0.25
"""Share of views of the head alone where the model reads them, so that it does not forget how."""


@dataclass(frozen=True)
class Plan:
    """What to fine-tune.

    Attributes:
        name: Of the new model; letters, digits, dots and dashes.
        train: COCO file to learn from, pictures in ``images`` beside it.
        test: COCO file of the frozen test split.
        base: Model to start from: a shipped name or a folder; empty for the default model.
        samples: Crops to see.
        replay: Share of synthetic sketches among them, so that nothing is forgotten; 0..1.
        size: Side of the crops in pixels.
        batch: Crops per step.
        rate: Highest learning rate.
        seed: Decides order and variation.
        threads: CPU threads.
        price: Of an hour of this machine, in whatever currency; only shown.
    """

    name: str
    train: str
    test: str
    base: str = ""
    samples: int = 2048
    replay: float = 0.5
    size: int = 256
    batch: int = 16
    rate: float = 2e-4
    seed: int = 0
    threads: int = 2
    price: float = 0.0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}", self.name):
            raise ValueError(
                f"The name {self.name[:80]!r} cannot be used: use up to 64 letters, digits, dots and dashes."
            )
        if not 0 <= self.replay < 1:
            raise ValueError(f"replay is {self.replay:g}: give the share of synthetic sketches, 0 to below 1.")
        if not self.batch <= self.samples <= MOST_SAMPLES:
            allowed = f"{self.batch} to {MOST_SAMPLES:,}"
            raise ValueError(f"samples is {self.samples:,}: give {allowed} crops to learn from.")
        if not 0 <= self.price < math.inf:
            raise ValueError(f"price is {self.price:g}: give what an hour of this machine costs, 0 or more.")

    def config(self) -> TrainConfig:
        """Return the run."""
        sets = [SetConfig("corrections", "coco", self.train, weight=1 - self.replay)]
        if self.replay:
            sets.append(SetConfig("synthetic", "synth", weight=self.replay))
        base = ModelFolder.open(self.base) if self.base else find_default()[0]
        return TrainConfig(
            name=self.name,
            init=self.base or str(base.path),
            sets=tuple(sets),
            stages=(Stage(size=self.size, batch=self.batch, frozen=2),),
            samples=self.samples,
            rate=self.rate,
            warmup=10,
            average=0.99,
            seed=self.seed,
            precision="bfloat16" if _has_amx() else "float32",
            threads=self.threads,
            checkpoint=1.0,
            log=max(1, min(10, self.samples // self.batch // 40)),
            augment=AugmentConfig(head=_HEADS if base.card.reads_heads else 0.0),
        )


def jobs_folder() -> Path:
    """Return the folder of all jobs; it need not exist."""
    return home_folder() / "jobs"


def minutes(plan: Plan, crops_per_second: float) -> float:
    """Return how long a plan takes at a speed, measuring not included."""
    return plan.samples / crops_per_second / 60


def known_speed(plan: Plan) -> float | None:
    """Return the crops a second that this machine was last seen to learn from with such a plan; None: not yet."""
    try:
        speed = json.loads((jobs_folder() / _SPEEDS).read_text("utf-8")).get(_kind(plan))
    except (OSError, ValueError, AttributeError):
        return None
    return float(speed) if isinstance(speed, (int, float)) and speed > 0 else None


def note_speed(plan: Plan, crops_per_second: float) -> None:
    """Remember the speed of this machine."""
    path = jobs_folder() / _SPEEDS
    try:
        known = dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        known = {}
    write_atomic(path, json.dumps(known | {_kind(plan): round(crops_per_second, 2)}).encode())


def _kind(plan: Plan) -> str:
    return f"{os.uname().nodename} {plan.size} px, {plan.batch} a step, {plan.threads} threads"


def _has_amx() -> bool:
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
