"""A run of keypoint R-CNN training as data: the two-stage recipe this project began with, for either library."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, get_args

from sketchpose.train.config import SetConfig

Backend = Literal["detectron2", "torchvision"]
Optimiser = Literal["sgd", "adamw"]


@dataclass(frozen=True)
class RcnnStage:
    """A part of the run, with an optimiser of its own.

    Attributes:
        name: for the log, such as ``illustrations`` or ``sketches``.
        sets: what to learn from.
        steps: updates of the weights.
        batch: pictures per step.
        rate: highest learning rate. Both libraries use 0.02 for 16 pictures a step; scale it with ``batch``.
        frozen: how many early stages of the trunk keep their weights: 1 is the stem, 2 the stem and the first stage.
        warmup: steps until the rate is reached.
        drops: shares of the steps after which the rate is divided by ten.
    """

    name: str
    sets: tuple[SetConfig, ...]
    steps: int
    batch: int = 2
    rate: float = 0.0025
    frozen: int = 2
    warmup: int = 1000
    drops: tuple[float, ...] = (0.78, 0.93)


@dataclass(frozen=True)
class RcnnConfig:
    """A run.

    Attributes:
        name: of the weight file that is written.
        backend: the library.
        stages: parts of the run in order.
        network: what the library builds the network from: ``config`` and ``overrides`` for Detectron2, the fields of
            ``estimate.torchvision.NetworkConfig`` for torchvision.
        init: weights to start from: a file; ``zoo`` or ``config`` for Detectron2; ``COCO_V1`` or
            ``imagenet:IMAGENET1K_V2`` for torchvision; empty for none.
        trunk: a model of ours whose trunk is taken, where the network uses that trunk.
        validation: sets that are measured but never learnt from; people are found, not given.
        optimiser: ``sgd`` as both libraries use it, or ``adamw``, which needs a rate some ten times lower.
        momentum: of ``sgd``.
        decay: weight decay.
        clip: largest gradient norm; 0 for none.
        seed: decides the order of the pictures and their variation.
        threads: CPU threads.
        checkpoint: minutes between checkpoints.
        validate: minutes between validations.
        log: steps between two lines of the log.
    """

    name: str
    backend: Backend
    stages: tuple[RcnnStage, ...]
    network: dict[str, Any] = field(default_factory=dict)
    init: str = ""
    trunk: str = ""
    validation: tuple[SetConfig, ...] = ()
    optimiser: Optimiser = "sgd"
    momentum: float = 0.9
    decay: float = 1e-4
    clip: float = 0.0
    seed: int = 0
    threads: int = 2
    checkpoint: float = 5.0
    validate: float = 30.0
    log: int = 20

    def __post_init__(self) -> None:
        """Check what would otherwise fail hours later.

        Raises:
            ValueError: an unknown word, no stage, a stage with nothing to learn from, or a number out of range.
        """
        for value, words, what in (
            (self.backend, get_args(Backend), "backend"),
            (self.optimiser, get_args(Optimiser), "optimiser"),
        ):
            if value not in words:
                raise ValueError(f"{what} is {value!r}: choose one of {', '.join(words)}.")
        if not self.stages:
            raise ValueError(f"Run {self.name!r} has no stages: give at least one.")
        for stage in self.stages:
            if not stage.sets:
                raise ValueError(f"Stage {stage.name!r} has no sets: name at least one to learn from.")
            if stage.steps < 1 or stage.batch < 1 or stage.rate <= 0 or stage.frozen < 0 or stage.warmup < 0:
                raise ValueError(f"Stage {stage.name!r}: steps, batch and rate must be above 0, the others 0 or more.")
            if not all(0 < share < 1 for share in stage.drops):
                raise ValueError(f"Stage {stage.name!r}: drops are {stage.drops}; each must lie between 0 and 1.")
        if not 0 <= self.momentum < 1 or self.decay < 0 or self.clip < 0 or self.threads < 1 or self.log < 1:
            raise ValueError("momentum must lie in 0..1, decay and clip be 0 or more, threads and log 1 or more.")

    def write(self, path: Path) -> None:
        """Write the run as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def of(cls, record: dict[str, Any], where: str) -> Self:
        """Make a run from JSON values; fields left out take their defaults.

        Raises:
            ValueError: an unknown field, or a value that ``__post_init__`` refuses.
        """
        try:
            stages = tuple(
                RcnnStage(**{**s, "sets": _sets(s.get("sets", ())), "drops": tuple(s.get("drops", RcnnStage.drops))})
                for s in record.get("stages", ())
            )
            return cls(**{**record, "stages": stages, "validation": _sets(record.get("validation", ()))})
        except TypeError as error:
            raise ValueError(f"{where} does not describe a run: {error}. See sketchpose.train.rcnn.config.") from None


def _sets(records: Any) -> tuple[SetConfig, ...]:
    return tuple(SetConfig(**{**record, "sources": tuple(record.get("sources", ()))}) for record in records)


def load_config(path: Path) -> RcnnConfig:
    """Read a run and resolve the paths of its sets against the file's folder.

    Raises:
        ValueError: it is not JSON, or does not describe a run.
    """
    try:
        record = json.loads(path.read_text("utf-8"))
    except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as JSON: {error}") from None
    config = RcnnConfig.of(record, str(path))

    def resolve(sets: tuple[SetConfig, ...]) -> tuple[SetConfig, ...]:
        return tuple(dataclasses.replace(s, path=str((path.parent / s.path).resolve())) if s.path else s for s in sets)

    stages = tuple(dataclasses.replace(stage, sets=resolve(stage.sets)) for stage in config.stages)
    return dataclasses.replace(config, stages=stages, validation=resolve(config.validation))
