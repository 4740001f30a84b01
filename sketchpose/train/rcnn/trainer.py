"""Training a keypoint R-CNN of either library in stages, with the same log, curves and exact resuming as our network.

The library gives the network, its losses and its variation of pictures; order, schedule and checkpoints are ours.
"""

import importlib
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch

from sketchpose.estimate.rcnn.network import Rcnn, RcnnEstimator
from sketchpose.estimate.rcnn.weights import write_weights
from sketchpose.evaluate import TruthSet, evaluate, read_truth
from sketchpose.train.config import SetConfig
from sketchpose.train.pages import PageMixture, batches
from sketchpose.train.rcnn.config import RcnnConfig, RcnnStage
from sketchpose.train.run import Run

_STATE: Final = ("stage", "step", "pictures", "seconds")
_WARM_FROM: Final = 0.001


class RcnnTrainer:
    """One run in one folder."""

    def __init__(self, config: RcnnConfig, folder: Path, say: Callable[[str], None] = print) -> None:
        """Prepare a run, or continue the one whose checkpoint lies in ``folder``.

        Args:
            config: The run; it must equal the one that the folder was begun with.
            folder: Where log, checkpoint and weights go.
            say: Is called with one line about progress.

        Raises:
            ValueError: The library is not installed, the folder holds another run, or a set or weights cannot be used.
        """
        torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        library = importlib.import_module(f"sketchpose.estimate.rcnn.{config.backend}")
        self._run = Run(folder, say)
        begun = self._run.saved
        self.rcnn: Rcnn = library.build(config.network, "" if begun else config.init, "" if begun else config.trunk)
        self._run.begin(config)
        self.config, self.folder = config, folder
        self.stage = self.step = self.pictures = 0
        self.seconds = 0.0
        self._validation = [(s.name, _scored(s)) for s in config.validation]
        self._optimiser = self._start_stage()
        if begun:
            self._restore()

    def run(self, minutes: float | None = None) -> Path:
        """Train until every stage is done or the minutes of this call are over, and write the weights.

        Returns:
            The weight file, which ``load_estimator`` takes.

        Raises:
            ValueError: The loss is no longer finite.
        """
        started, before = time.monotonic(), self.seconds
        saved = validated = started
        limit = math.inf if minutes is None else minutes * 60
        while self.stage < len(self.config.stages):
            stage = self.config.stages[self.stage]
            mixture = PageMixture(stage.sets, (self.config.seed, self.stage))

            def prepare(number: int, mixture: PageMixture = mixture) -> Any:
                return self.rcnn.prepare(*mixture.get(number))

            for batch in batches(prepare, self.step, stage.steps, stage.batch):
                parts = self._update(batch, stage)
                self.step += 1
                self.pictures += len(batch)
                now = time.monotonic()
                self.seconds = before + now - started
                if self.step % self.config.log == 0 or self.step == stage.steps:
                    self._log(parts, stage)
                if now - saved > self.config.checkpoint * 60:
                    self.save()
                    saved = now
                if now - validated > self.config.validate * 60:
                    self.validate()
                    validated = time.monotonic()
                if now - started >= limit:
                    break
            if self.step < stage.steps:
                break
            self.stage, self.step = self.stage + 1, 0
            if self.stage < len(self.config.stages):
                self._optimiser = self._start_stage()
        self.save()
        self.validate()
        return self.write_model()

    def _start_stage(self) -> torch.optim.Optimizer:
        """Freeze the early stages of the trunk and return a fresh optimiser of the rest."""
        stage = self.config.stages[min(self.stage, len(self.config.stages) - 1)]
        for i, modules in enumerate(self.rcnn.stages):
            for module in modules:
                module.requires_grad_(i >= stage.frozen)
        weights = [p for p in self.rcnn.net.parameters() if p.requires_grad]
        if self.config.optimiser == "adamw":
            return torch.optim.AdamW(weights, lr=stage.rate, weight_decay=self.config.decay)
        return torch.optim.SGD(weights, lr=stage.rate, momentum=self.config.momentum, weight_decay=self.config.decay)

    def _rate(self, stage: RcnnStage) -> float:
        done = self.step / stage.steps
        warm = min(1.0, self.step / max(1, stage.warmup))
        return stage.rate * (_WARM_FROM + (1 - _WARM_FROM) * warm) * 0.1 ** sum(done >= share for share in stage.drops)

    def _update(self, batch: list[Any], stage: RcnnStage) -> dict[str, float]:
        """Take one step and return the parts of the loss."""
        net = self.rcnn.net
        net.train()
        for modules in self.rcnn.stages[: stage.frozen]:
            for module in modules:
                module.eval()  # batch norms of frozen stages keep their statistics
        # The libraries sample proposals by torch's generator: seeding each step makes a resumed run the same run.
        torch.manual_seed(hash((self.config.seed, self.stage, self.step)))
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate(stage)
        losses = self.rcnn.losses(batch)
        total = torch.stack(list(losses.values())).sum()
        value = float(total.detach())
        if not math.isfinite(value):
            raise ValueError(f"The loss is {value} at step {self.step} of {stage.name}: lower `rate`, raise `warmup`.")
        self._optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        if self.config.clip:
            torch.nn.utils.clip_grad_norm_(net.parameters(), self.config.clip)
        self._optimiser.step()
        return {"loss": value, **{name: float(part.detach()) for name, part in losses.items()}}

    def _log(self, parts: dict[str, float], stage: RcnnStage) -> None:
        speed = self.pictures / max(1e-9, self.seconds)
        line = (
            f"{stage.name} {self.step}/{stage.steps}  {self.seconds:6.0f} s  {speed:4.1f} pictures/s  "
            f"loss {parts['loss']:.3f}"
        )
        self._run.log(
            line,
            stage=stage.name,
            step=self.step,
            samples=self.pictures,
            seconds=round(self.seconds, 1),
            rate=self._optimiser.param_groups[0]["lr"],
            pictures_per_second=round(speed, 2),
            **{name: round(value, 5) for name, value in parts.items()},
        )

    def validate(self) -> dict[str, float]:
        """Measure average precision on the validation sets, write it down and redraw the curves."""
        if not self._validation:
            return {}
        estimator = RcnnEstimator(self.rcnn, min_score=0)
        result = {
            name: round(evaluate(estimator, truth, boxes="found").overall.ap, 4) for name, truth in self._validation
        }
        line = "  ".join(f"{name} AP {value:.3f}" for name, value in result.items())
        self._run.log(line, samples=self.pictures, seconds=round(self.seconds, 1), validation=result)
        self._run.plot()
        return result

    def save(self) -> None:
        """Write a checkpoint in one step: a kill leaves the old one or the new one."""
        state = {name: getattr(self, name) for name in _STATE}
        self._run.save(state, {"net": self.rcnn.net}, self._optimiser)

    def _restore(self) -> None:
        checkpoint = self._run.checkpoint()
        for name in _STATE:
            setattr(self, name, checkpoint.state[name])
        self._optimiser = self._start_stage()
        checkpoint.load({"net": self.rcnn.net}, self._optimiser)
        self._run.resume(self.pictures, self.seconds, "pictures")

    def write_model(self) -> Path:
        """Write the weights as they are now."""
        path = self.folder / f"{self.config.name}.safetensors"
        record = {
            "backend": self.rcnn.backend,
            "name": self.config.name,
            "network": self.rcnn.settings(),
            "training": {
                "stages": [stage.name for stage in self.config.stages[: self.stage + 1]],
                "pictures": self.pictures,
                "minutes": round(self.seconds / 60, 1),
            },
        }
        write_weights(path, self.rcnn.net, record)
        return path


def _scored(config: SetConfig) -> TruthSet:
    truth = read_truth(Path(config.path), min_joints=config.min_joints)
    images = tuple(image for image in truth.images if not config.sources or image.source in config.sources)
    chosen = TruthSet(config.name, images, truth.skipped)
    if chosen.people == 0:
        raise ValueError(f"Set {config.name!r}: {config.path} has nobody to measure; check sources and min_joints.")
    return chosen
