"""The training loop: seeded crops in, model folder out, with checkpoints that resume exactly."""

import copy
import dataclasses
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import torch

from sketchpose.model import ModelFolder
from sketchpose.model.checkpoint import load_network, save_folder
from sketchpose.model.network import MoveNet
from sketchpose.train.config import SetConfig, Stage, TrainConfig, resolved
from sketchpose.train.crowd import CrowdBatch
from sketchpose.train.data import Batch, Loader
from sketchpose.train.loss import crowd_losses, losses
from sketchpose.train.ranks import Ranks
from sketchpose.train.run import Run
from sketchpose.train.validate import measure, read_validation

MODEL: Final = "model"
_STATE: Final = ("samples", "step", "seconds")
_RATE_WINDOW: Final = 20
_DESCRIPTION: Final = {
    True: "17 joints of one drawn person in a square crop.",
    False: "Up to six drawn people on a whole page: boxes and joints.",
}


class Trainer:
    """One run in one folder."""

    def __init__(self, config: TrainConfig, folder: Path, say: Callable[[str], None] = print) -> None:
        """Prepare a run, or continue the one whose checkpoint lies in ``folder``.

        Args:
            config: The run; it must equal the one that the folder was begun with.
            folder: Where log, checkpoint and model go.
            say: Is called with one line about progress.

        Raises:
            ValueError: The folder holds another run, or a set or model cannot be used.
        """
        self._ranks = Ranks.join()
        self._run = Run(folder, say)
        self._run.begin(config, write=self._ranks.leads)
        torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.config, self.folder = config, folder
        self.device = self._ranks.device
        self._base = ModelFolder.open(config.init)
        net = load_network(self._base).to(self.device)
        if net.people == 1 and config.gate:
            net.gate.fill_(config.gate)
        self.net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean: MoveNet = copy.deepcopy(self.net).eval().requires_grad_(False)
        self._first = copy.deepcopy(self.mean) if config.loss.distill or config.loss.elastic else None
        self._optimiser = torch.optim.AdamW(self._groups(), lr=config.rate, weight_decay=config.decay)
        self.samples = self.step = 0
        self.seconds = 0.0
        self._validation = read_validation(config.validation, net.people, net.size)
        if self._run.saved:
            self._restore()

    def _groups(self) -> list[dict[str, Any]]:
        trunk = [p for name, p in self.net.named_parameters() if name.startswith(("stem", "blocks", "top"))]
        rest = [p for name, p in self.net.named_parameters() if not name.startswith(("stem", "blocks", "top"))]
        return [{"params": trunk, "share": self.config.trunk}, {"params": rest, "share": 1.0}]

    def run(self, minutes: float | None = None) -> ModelFolder:
        """Train until the samples of the configuration are seen or the minutes are over, and write the model.

        Args:
            minutes: Budget of this call. With ``samples`` in the configuration it only stops early, to be resumed;
                without, it is the length of the schedule, earlier calls included.

        Raises:
            ValueError: Neither samples nor minutes are given, or the loss is no longer finite.
        """
        if not self.config.samples and minutes is None:
            raise ValueError("The configuration names no number of samples: give --minutes.")
        if not self.config.samples and self._ranks.world > 1:
            raise ValueError("Several processes follow a number of crops, not their clocks: give samples in CONFIG.")
        budget = math.inf if minutes is None else minutes * 60
        loader = Loader(self.config, self.net.people)
        self._loader = loader
        plan = self._plan(budget)
        started, before = time.monotonic(), self.seconds
        limit = budget if self.config.samples else max(0.0, budget - before)
        saved = validated = started
        recent: list[tuple[float, int]] = [(started, self.samples)]
        counts: deque[int] = deque()

        def requests() -> Iterator[tuple[int, int, int]]:
            for first, count, stage in plan:
                counts.append(count)
                yield *self._ranks.part(first, count), stage.size

        try:
            for batch in loader.batches(requests()):
                stage = self._stage_at(self._progress(budget))
                parts = self._update(batch, stage, self._progress(budget))
                count = counts.popleft()
                self.samples += count
                self.step += 1
                now = time.monotonic()
                self.seconds = before + now - started
                recent = [*recent[-_RATE_WINDOW:], (now, self.samples)]
                if self.step % self.config.log == 0:
                    self._log(parts, count, batch.images.shape[1], recent)
                if now - saved > self.config.checkpoint * 60:
                    self.save()
                    saved = now
                if now - validated > self.config.validate * 60:
                    self.validate()
                    validated = now
                if self._ranks.agree(now - started >= limit):
                    break
        finally:
            loader.close()
        self.save()
        self.validate()
        if self._ranks.leads:
            self.write_model()
        self._ranks.wait()
        return ModelFolder.open(self._model)

    def _progress(self, budget: float) -> float:
        done = self.samples / self.config.samples if self.config.samples else self.seconds / budget
        return min(1.0, done)

    def _stage_at(self, progress: float) -> Stage:
        total = sum(stage.share for stage in self.config.stages)
        for stage in self.config.stages:
            progress -= stage.share / total
            if progress < 0:
                return stage
        return self.config.stages[-1]

    def _plan(self, budget: float) -> Iterator[tuple[int, int, Stage]]:
        """Yield first crop, count and stage of every batch; the loader asks a few batches ahead."""
        first, looked = self.samples, self.samples
        while not self.config.samples or first < self.config.samples:
            if self.config.samples:
                stage = self._stage_at(first / self.config.samples)
                count = min(stage.batch, self.config.samples - first)
                if count < self._ranks.world:
                    return
            else:
                stage = self._stage_at(self._progress(budget))
                count = stage.batch
            yield first, count, stage
            first += count
            if self.config.rescan and first - looked >= self.config.rescan:
                self._loader.rescan()
                looked = first

    def _update(self, batch: Batch | CrowdBatch, stage: Stage, progress: float) -> dict[str, float]:
        """Take one step and return the parts of the loss."""
        self._freeze(stage.frozen)
        warm = min(1.0, (self.step + 1) / max(1, self.config.warmup))
        cosine = self.config.floor + (1 - self.config.floor) * 0.5 * (1 + math.cos(math.pi * progress))
        for group in self._optimiser.param_groups:
            group["lr"] = self.config.rate * group["share"] * warm * cosine
        images = torch.from_numpy(batch.images).to(self.device).permute(0, 3, 1, 2).float()
        images = images.contiguous(memory_format=torch.channels_last)
        joints = torch.from_numpy(batch.joints).to(self.device)
        visibility = torch.from_numpy(batch.visibility).to(self.device)
        half = self.config.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            teacher = None
            if self._first is not None and self.config.loss.distill:
                with torch.no_grad():
                    teacher = self._first(images)["heat"].float()
            maps = {name: value.float() for name, value in self.net(images).items()}
        if isinstance(batch, CrowdBatch):
            boxes = torch.from_numpy(batch.boxes).to(self.device)
            parts = crowd_losses(maps, joints, visibility, boxes, self.config.loss)
        else:
            parts = losses(maps, joints, visibility, self.config.loss, teacher)
        total = torch.stack(list(parts.values())).sum()
        value = float(total.detach())
        if not math.isfinite(value):
            raise ValueError(f"The loss is {value} at crop {self.samples}: lower `rate`, or raise `warmup`.")
        self._optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self._ranks.average(self.net.parameters())
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.config.clip)
        self._optimiser.step()
        keep = min(self.config.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            if self._first is not None and self.config.loss.elastic:
                pull = self.config.loss.elastic * warm * cosine
                for p, q in zip(self.net.parameters(), self._first.parameters(), strict=True):
                    p.lerp_(q, pull)
            torch._foreach_lerp_(list(self.mean.parameters()), list(self.net.parameters()), 1 - keep)
        return {"loss": value, **{name: float(part.detach()) for name, part in parts.items()}}

    def _freeze(self, blocks: int) -> None:
        """Let the stem and the first blocks keep their weights; 0 frees them all."""
        self.net.stem.requires_grad_(blocks == 0)
        for i, block in enumerate(self.net.blocks):
            block.requires_grad_(i >= blocks)

    def _log(self, parts: dict[str, float], batch: int, size: int, recent: list[tuple[float, int]]) -> None:
        if not self._ranks.leads:
            return
        span = max(1e-9, recent[-1][0] - recent[0][0])
        speed = (recent[-1][1] - recent[0][1]) / span
        line = f"{self.samples:>8} crops  {self.seconds:6.0f} s  {speed:5.1f}/s  {size} px  loss {parts['loss']:.3f}"
        self._run.log(
            line,
            step=self.step,
            samples=self.samples,
            seconds=round(self.seconds, 1),
            size=size,
            batch=batch,
            rate=float(self._optimiser.param_groups[1]["lr"]),
            crops_per_second=round(speed, 2),
            **{name: round(value, 5) for name, value in parts.items()},
        )

    def validate(self) -> dict[str, float]:
        """Measure the averaged weights on the validation sets, write it down and redraw the curves."""
        if not self._validation or not self._ranks.leads:
            return {}
        result = {name: round(v, 4) for name, v in measure(self.mean, self._validation).items()}
        line = "  ".join(f"{name} {value:.3f}" for name, value in result.items())
        self._run.log(line, samples=self.samples, seconds=round(self.seconds, 1), validation=result)
        self._run.plot()
        return result

    def save(self) -> None:
        """Write a checkpoint in one step: a kill leaves the old one or the new one."""
        if self._ranks.leads:
            state = {name: getattr(self, name) for name in _STATE}
            self._run.save(state, {"net": self.net, "mean": self.mean}, self._optimiser)

    def _restore(self) -> None:
        checkpoint = self._run.checkpoint(self.device)
        checkpoint.load({"net": self.net, "mean": self.mean}, self._optimiser)
        for name in _STATE:
            setattr(self, name, checkpoint.state[name])
        self._run.resume(self.samples, self.seconds, "crops")

    @property
    def _model(self) -> Path:
        return self.folder / MODEL / self.config.name

    def write_model(self) -> ModelFolder:
        """Write the averaged weights as a model folder named after the run."""
        card = dataclasses.replace(
            self._base.card,
            name=self.config.name,
            source=f"{self._base.card.source}; then trained by sketchpose train",
            description=_DESCRIPTION[self.net.people == 1],
            reads_heads=self.net.people == 1 and self.config.augment.head > 0,
            training={
                "config": dataclasses.asdict(_without_folders(self.config)),
                "samples": self.samples,
                "minutes": round(self.seconds / 60, 1),
                "device": str(self.device),
            },
            scores={},
        )
        return save_folder(self.mean, self._model, card, base=self._base.path)


def _without_folders(config: TrainConfig) -> TrainConfig:
    """Return the run with the names of its files only: where they lie on one machine says nothing elsewhere."""

    def names(sets: tuple[SetConfig, ...]) -> tuple[SetConfig, ...]:
        return tuple(dataclasses.replace(s, path="/".join(Path(s.path).parts[-2:])) for s in sets)

    return dataclasses.replace(
        config, init=Path(config.init).name, sets=names(config.sets), validation=names(config.validation)
    )


def load_config(path: Path) -> TrainConfig:
    """Read a run and resolve the paths of its sets against the file's folder."""
    config = TrainConfig.read(path)
    return dataclasses.replace(config, sets=resolved(config.sets, path), validation=resolved(config.validation, path))
