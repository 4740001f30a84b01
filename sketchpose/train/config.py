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
        name: For the log.
        kind: ``shards`` written by ``sketchpose synth --shards``; ``coco``, a keypoint file; ``synth``, drawn while
            training.
        path: Folder of the shards, or the COCO file; unused for ``synth``.
        weight: Share of the samples, relative to the other sets.
        sources: For ``coco``, only pictures of these sources; empty means all.
        min_joints: People with fewer labelled joints are left out.
        photo: Photographs: their lines are neither thickened nor inverted.
        size: For ``synth``, side of the drawings in pixels.
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
        share: Part of the budget, relative to the other stages.
        size: Side of the crops in pixels, a multiple of 32.
        batch: Crops per step.
        frozen: How many of the first blocks (with the stem) keep their weights; the first two are a third of the work
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
        zoom: Range of the crop's side over the longer side of the person's box.
        shift: Standard deviation of the crop's centre.
        tilt: Standard deviation of the usual rotation.
        spin: Chance of a rotation through all angles instead.
        perspective: Standard deviation of each corner, as in a photograph of a page.
        stretch: Standard deviation of the logarithm of height over width.
        warp: Largest standard deviation of the smooth displacement.
        flip: Chance of the mirror image.
        weight: Chance of thicker or thinner lines.
        invert: Chance of light lines on dark.
        grey: Chance of no colour.
        light: Chance of uneven lighting.
        blur: Chance of blur.
        noise: Chance of noise.
        jpeg: Chance of compression.
        erase: Chance of a patch of the crop painted over.
        alone: Chance of paper over all that lies outside the person's box, as estimates see people with neighbours.
        head: Chance of a view of the head alone, as estimates take a closer look at the face.
        head_zoom: Range of that view's side over the size of the head, see ``crop.head_box``.
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
    alone: float = 0.0
    head: float = 0.0
    head_zoom: tuple[float, float] = (2.0, 4.6)


@dataclass(frozen=True, config=STRICT)
class LossConfig:
    """Weights of the parts of the loss.

    Attributes:
        spread: Standard deviation in cells of the target around a joint.
        peak: Weight of cells near a joint against the empty ones.
        offset: Weight of the place within the cell.
        center: Weight of the person's centre.
        regress: Weight of the joints as seen from the centre.
        box: Weight of the box as seen from the centre, for networks that find several people.
        distill: Weight of the published network's heat where it is right; costs a quarter more time.
        elastic: Pull towards the first weights per step, relative to the rate.
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
        name: Of the model folder that is written.
        init: Model to start from: a shipped name or a folder.
        sets: What to learn from.
        validation: COCO sets that are measured but never learnt from.
        stages: Parts of the run in order.
        samples: Crops in the whole run; 0 lets ``--minutes`` decide, and then the schedule follows the clock.
        rate: Highest learning rate of the heads and the pyramid.
        trunk: Learning rate of the trunk relative to ``rate``.
        warmup: Steps until the rate is reached.
        floor: Rate at the end relative to the highest.
        decay: Weight decay.
        clip: Largest gradient norm.
        average: Decay of the exponential moving average of the weights, which is what is saved.
        seed: Decides the order, the crops and their variation.
        precision: Of the convolutions; weights and loss stay float32.
        gate: Cells written into the model for its decoder, see ``decode.single``; 0 keeps those of ``init``, a large
            one means the plain maximum of the heat.
        threads: CPU threads.
        workers: Processes that prepare crops; 0 uses one thread beside the training.
        rescan: Crops between two looks for new shards; above 0 a run cannot be repeated exactly.
        checkpoint: Minutes between checkpoints.
        validate: Minutes between validations.
        log: Steps between two lines of the log.
        augment: How crops are varied.
        loss: Weights of the loss.
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
