"""A run of keypoint R-CNN training as data: the two-stage recipe this project began with, for either library."""

import dataclasses
import json
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field
from pydantic.dataclasses import dataclass

from sketchpose.schema import STRICT, read_document
from sketchpose.train.config import Count, NotNegative, Positive, SetConfig, WholeOrZero, resolved

Backend = Literal["detectron2", "torchvision"]
Optimiser = Literal["sgd", "adamw"]


@dataclass(frozen=True, config=STRICT)
class RcnnStage:
    """A part of the run, with an optimiser of its own.

    Attributes:
        name: For the log, such as ``illustrations`` or ``sketches``.
        sets: What to learn from.
        steps: Updates of the weights.
        batch: Pictures per step.
        rate: Highest learning rate. Both libraries use 0.02 for 16 pictures a step; scale it with ``batch``.
        frozen: How many early stages of the trunk keep their weights: 1 is the stem, 2 the stem and the first stage.
        warmup: Steps until the rate is reached.
        drops: Shares of the steps after which the rate is divided by ten.
    """

    name: str
    sets: tuple[SetConfig, ...]
    steps: Count
    batch: Count = 2
    rate: Positive = 0.0025
    frozen: WholeOrZero = 2
    warmup: WholeOrZero = 1000
    drops: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.78, 0.93)

    def __post_init__(self) -> None:
        if not self.sets:
            raise ValueError(f"Stage {self.name!r} has no sets: name at least one to learn from.")


@dataclass(frozen=True, config=STRICT)
class RcnnConfig:
    """A run.

    Attributes:
        name: Of the weight file that is written.
        backend: The library.
        stages: Parts of the run in order.
        network: What the library builds the network from: ``config`` and ``overrides`` for Detectron2, the fields of
            ``estimate.torchvision.NetworkConfig`` for torchvision.
        init: Weights to start from: a file; ``zoo`` or ``config`` for Detectron2; ``COCO_V1`` or
            ``imagenet:IMAGENET1K_V2`` for torchvision; empty for none.
        trunk: A model of ours whose trunk is taken, where the network uses that trunk.
        validation: Sets that are measured but never learnt from; people are found, not given.
        optimiser: ``sgd`` as both libraries use it, or ``adamw``, which needs a rate some ten times lower.
        momentum: Of ``sgd``.
        decay: Weight decay.
        clip: Largest gradient norm; 0 for none.
        seed: Decides the order of the pictures and their variation.
        threads: CPU threads.
        checkpoint: Minutes between checkpoints.
        validate: Minutes between validations.
        log: Steps between two lines of the log.
    """

    name: str
    backend: Backend
    stages: tuple[RcnnStage, ...]
    network: dict[str, Any] = field(default_factory=dict)
    init: str = ""
    trunk: str = ""
    validation: tuple[SetConfig, ...] = ()
    optimiser: Optimiser = "sgd"
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    decay: NotNegative = 1e-4
    clip: NotNegative = 0.0
    seed: int = 0
    threads: Count = 2
    checkpoint: float = 5.0
    validate: float = 30.0
    log: Count = 20

    def __post_init__(self) -> None:
        if not self.stages:
            raise ValueError(f"Run {self.name!r} has no stages: give at least one.")

    def write(self, path: Path) -> None:
        """Write the run as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a run; fields left out take their defaults.

        Raises:
            ValueError: Not JSON, or a field is unknown or has another type or range.
        """
        return read_document(cls, path, "a run of sketchpose.train.rcnn.config")


def load_config(path: Path) -> RcnnConfig:
    """Read a run and resolve the paths of its sets against the file's folder.

    Raises:
        ValueError: It is not JSON, or does not describe a run.
    """
    config = RcnnConfig.read(path)
    stages = tuple(dataclasses.replace(stage, sets=resolved(stage.sets, path)) for stage in config.stages)
    return dataclasses.replace(config, stages=stages, validation=resolved(config.validation, path))
