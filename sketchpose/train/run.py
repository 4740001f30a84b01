"""The folder of a run, whatever is trained: its configuration, its log and curves, and checkpoints that resume exactly.

A checkpoint is one safetensors file: weights and the optimiser's moments, with how far the run is in its metadata.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from sketchpose.files import write_atomic
from sketchpose.train.journal import CURVE, LOG, plot, read_log

CONFIG: Final = "config.json"
CHECKPOINT: Final = "checkpoint.safetensors"


class RunConfig(Protocol):
    """What decides the outcome of a run, whatever is trained."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it from a JSON file."""
        ...

    def write(self, path: Path) -> None:
        """Write it as a JSON file."""
        ...


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds.

    Attributes:
        state: How far the run is, as it was saved.
        tensors: Weights and moments by name.
    """

    state: dict[str, Any]
    tensors: dict[str, Tensor]

    def load(self, nets: Mapping[str, torch.nn.Module], optimiser: torch.optim.Optimizer) -> None:
        """Put the weights and moments back where ``Run.save`` got them from."""
        for name, net in nets.items():
            prefix = f"{name}."
            net.load_state_dict({k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)})
        moments: dict[int, dict[str, Tensor]] = {}
        for key, tensor in self.tensors.items():
            if key.startswith("moment."):
                _, index, name = key.split(".")
                moments.setdefault(int(index), {})[name] = tensor
        optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})


class Run:
    """One run in one folder."""

    def __init__(self, folder: Path, say: Callable[[str], None] = print) -> None:
        """Take a folder for a run; nothing is written yet.

        Args:
            folder: Where configuration, log, curves and checkpoint lie.
            say: Called with one line about progress.
        """
        self.folder, self.say = folder, say

    def begin(self, config: RunConfig, *, write: bool = True) -> None:
        """Make the folder that of a configuration.

        Args:
            config: The run.
            write: Whether the configuration is written down where nothing has been learnt yet.

        Raises:
            ValueError: The folder holds a run with another configuration that has learnt something.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / CONFIG
        if path.is_file() and (self.saved or (self.folder / LOG).is_file()):
            if type(config).read(path) != config:
                raise ValueError(f"{self.folder} holds a run with another configuration: choose another folder.")
        elif write:
            config.write(path)

    def log(self, line: str, **entry: Any) -> None:
        """Say a line and append an entry to the log."""
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        self.say(line)

    def plot(self) -> None:
        """Draw the curves of the log anew."""
        write_atomic(self.folder / CURVE, plot(read_log(self.folder / LOG)).encode())

    def save(
        self, state: dict[str, Any], nets: Mapping[str, torch.nn.Module], optimiser: torch.optim.Optimizer
    ) -> None:
        """Write a checkpoint in one step: a kill leaves the old one or the new one."""
        tensors = {f"{name}.{key}": t.contiguous() for name, net in nets.items() for key, t in net.state_dict().items()}
        for index, moments in optimiser.state_dict()["state"].items():
            tensors |= {f"moment.{index}.{name}": t.contiguous() for name, t in moments.items() if t is not None}
        fresh = self.folder / f"{CHECKPOINT}.new"
        save_file(tensors, fresh, metadata={"state": json.dumps(state)})
        os.replace(fresh, self.folder / CHECKPOINT)

    @property
    def saved(self) -> bool:
        """Whether there is a checkpoint."""
        return (self.folder / CHECKPOINT).is_file()

    def checkpoint(self, device: torch.device | str = "cpu") -> Checkpoint:
        """Return the checkpoint, its tensors on a device."""
        with safe_open(self.folder / CHECKPOINT, "pt", device=str(device)) as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            return Checkpoint(json.loads(file.metadata()["state"]), tensors)

    def resume(self, samples: int, seconds: float, unit: str) -> None:
        """Drop what was logged after the checkpoint, so that it is not told twice, and say where the run goes on.

        Args:
            samples: How many were seen.
            seconds: How long that took.
            unit: What was seen, such as ``crops``.
        """
        path = self.folder / LOG
        if path.is_file():
            kept = [entry for entry in read_log(path) if entry.get("samples", 0) <= samples]
            write_atomic(path, "".join(json.dumps(entry) + "\n" for entry in kept).encode())
        self.say(f"Resumed at {samples} {unit}, {seconds / 60:.1f} minutes.")
