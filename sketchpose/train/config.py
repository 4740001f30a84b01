"""One run of training as data: everything that decides its outcome, readable and writable as JSON."""

import dataclasses
import json
from dataclasses import field
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field
from pydantic.dataclasses import dataclass

from sketchpose.schema import STRICT, read_document
from sketchpose.skeleton import NUM_KEYPOINTS

SetKind = Literal["shards", "coco", "synth"]
Precision = Literal["float32", "bfloat16"]
_SIZE_STEP: Final = 32

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
WholeOrZero = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, config=STRICT)
class SetConfig:
    """One set of drawings in the mixture.

    Attributes:
        name: for the log.
        kind: ``shards`` written by ``sketchpose synth --shards``; ``coco``, a keypoint file; ``synth``, drawn while
            training.
        path: folder of the shards, or the COCO file; unused for ``synth``.
        weight: share of the samples, relative to the other sets.
        sources: for ``coco``, only pictures of these sources; empty means all.
        min_joints: people with fewer labelled joints are left out.
        photo: photographs: their lines are neither thickened nor inverted.
        size: for ``synth``, side of the drawings in pixels.
    """

    name: str
    kind: SetKind
    path: str = ""
    weight: Positive = 1.0
    sources: tuple[str, ...] = ()
    min_joints: Annotated[int, Field(ge=1, le=NUM_KEYPOINTS)] = 6
    photo: bool = False
    size: int = 384

    def __post_init__(self) -> None:
        if self.kind != "synth" and not self.path:
            raise ValueError(f"Set {self.name!r} has no path: {self.kind} sets need one.")


def resolved(sets: tuple[SetConfig, ...], config: Path) -> tuple[SetConfig, ...]:
    """Return sets whose paths start from the folder of the file that names them."""
    folder = config.parent
    return tuple(dataclasses.replace(s, path=str((folder / s.path).resolve())) if s.path else s for s in sets)


@dataclass(frozen=True, config=STRICT)
class Stage:
    """A part of the run.

    Attributes:
        share: part of the budget, relative to the other stages.
        size: side of the crops in pixels, a multiple of 32.
        batch: crops per step.
        frozen: how many of the first blocks (with the stem) keep their weights; the first two are a third of the work
            and know edges already.
    """

    share: Positive = 1.0
    size: Annotated[int, Field(ge=2 * _SIZE_STEP, multiple_of=_SIZE_STEP)] = 256
    batch: Count = 32
    frozen: WholeOrZero = 2


@dataclass(frozen=True, config=STRICT)
class AugmentConfig:
    """How a crop is varied. Angles in degrees, lengths as a share of the crop's side, the rest as chances.

    Attributes:
        zoom: range of the crop's side over the longer side of the person's box.
        shift: standard deviation of the crop's centre.
        tilt: standard deviation of the usual rotation.
        spin: chance of a rotation through all angles instead.
        perspective: standard deviation of each corner, as in a photograph of a page.
        stretch: standard deviation of the logarithm of height over width.
        warp: largest standard deviation of the smooth displacement.
        flip: chance of the mirror image.
        weight: chance of thicker or thinner lines.
        invert: chance of light lines on dark.
        grey: chance of no colour.
        light: chance of uneven lighting.
        blur: chance of blur.
        noise: chance of noise.
        jpeg: chance of compression.
        erase: chance of a patch of the crop painted over.
    """

    zoom: tuple[float, float] = (1.05, 1.6)
    shift: float = 0.05
    tilt: float = 18.0
    spin: float = 0.1
    perspective: float = 0.02
    stretch: float = 0.08
    warp: float = 0.025
    flip: float = 0.5
    weight: float = 0.3
    invert: float = 0.06
    grey: float = 0.3
    light: float = 0.25
    blur: float = 0.2
    noise: float = 0.2
    jpeg: float = 0.2
    erase: float = 0.1


@dataclass(frozen=True, config=STRICT)
class LossConfig:
    """Weights of the parts of the loss.

    Attributes:
        spread: standard deviation in cells of the target around a joint.
        peak: weight of cells near a joint against the empty ones.
        offset: weight of the place within the cell.
        center: weight of the person's centre.
        regress: weight of the joints as seen from the centre.
        box: weight of the box as seen from the centre, for networks that find several people.
        distill: weight of the published network's heat where it is right; costs a quarter more time.
        elastic: pull towards the first weights per step, relative to the rate.
    """

    spread: float = 1.5
    peak: float = 8.0
    offset: float = 0.3
    center: float = 0.5
    regress: float = 0.02
    box: float = 1.0
    distill: float = 0.0
    elastic: float = 0.0


@dataclass(frozen=True, config=STRICT)
class TrainConfig:
    """A run.

    Attributes:
        name: of the model folder that is written.
        init: model to start from: a shipped name or a folder.
        sets: what to learn from.
        validation: COCO sets that are measured but never learnt from.
        stages: parts of the run in order.
        samples: crops in the whole run; 0 lets ``--minutes`` decide, and then the schedule follows the clock.
        rate: highest learning rate of the heads and the pyramid.
        trunk: learning rate of the trunk relative to ``rate``.
        warmup: steps until the rate is reached.
        floor: rate at the end relative to the highest.
        decay: weight decay.
        clip: largest gradient norm.
        average: decay of the exponential moving average of the weights, which is what is saved.
        seed: decides the order, the crops and their variation.
        precision: of the convolutions; weights and loss stay float32.
        gate: cells written into the model for its decoder, see ``decode.single``; 0 keeps those of ``init``, a large
            one means the plain maximum of the heat.
        threads: CPU threads.
        workers: processes that prepare crops; 0 uses one thread beside the training.
        rescan: crops between two looks for new shards; above 0 a run cannot be repeated exactly.
        checkpoint: minutes between checkpoints.
        validate: minutes between validations.
        log: steps between two lines of the log.
        augment: how crops are varied.
        loss: weights of the loss.
    """

    name: str
    init: str = "movenet-thunder"
    sets: tuple[SetConfig, ...] = ()
    validation: tuple[SetConfig, ...] = ()
    stages: tuple[Stage, ...] = (Stage(),)
    samples: WholeOrZero = 0
    rate: Positive = 8e-4
    trunk: float = 0.25
    warmup: int = 100
    floor: float = 0.02
    decay: float = 1e-4
    clip: float = 1.0
    average: Annotated[float, Field(ge=0, lt=1)] = 0.998
    seed: int = 0
    precision: Precision = "float32"
    gate: NotNegative = 0.0
    threads: Count = 2
    workers: WholeOrZero = 0
    rescan: int = 0
    checkpoint: float = 3.0
    validate: float = 10.0
    log: Count = 20
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    loss: LossConfig = field(default_factory=LossConfig)

    def __post_init__(self) -> None:
        if not self.sets:
            raise ValueError(f"Run {self.name!r} has no sets: name at least one to learn from.")
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
        return read_document(cls, path, "a run of sketchpose.train.config")
