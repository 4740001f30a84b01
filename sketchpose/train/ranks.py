"""Several processes on one run, as ``torchrun`` starts them: each takes its part of every batch.

Parts are cut from the batches that one process would see, in the same order, and gradients are averaged over the
processes; so a run depends on their number only through rounding and through the parts' different counts of joints.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from sketchpose.options import setting


@dataclass(frozen=True)
class Ranks:
    """This process among the processes of a run.

    Attributes:
        rank: Its number, from 0.
        world: How many there are.
        device: Where it computes.
    """

    rank: int
    world: int
    device: torch.device

    @classmethod
    def join(cls) -> "Ranks":
        """Join the processes that ``torchrun`` started with this one; alone where it did not."""
        world, cuda = setting("WORLD_SIZE"), torch.cuda.is_available()
        if world == 1:
            return cls(0, 1, torch.device("cuda" if cuda else "cpu"))
        local = int(os.environ["LOCAL_RANK"])
        if cuda:
            torch.cuda.set_device(local)
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if cuda else "gloo")
        return cls(distributed.get_rank(), world, torch.device("cuda", local) if cuda else torch.device("cpu"))

    @property
    def leads(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.rank == 0

    def part(self, first: int, count: int) -> tuple[int, int]:
        """Return first crop and count of this process's part of a batch.

        Raises:
            ValueError: The batch has fewer crops than there are processes.
        """
        if count < self.world:
            raise ValueError(f"A batch of {count} crops is too small for {self.world} processes: start fewer.")
        low, high = (count * r // self.world for r in (self.rank, self.rank + 1))
        return first + low, high - low

    def average(self, parameters: Iterable[Tensor]) -> None:
        """Average the gradients over the processes, in place."""
        if self.world == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.flatten() for g in gradients])
        distributed.all_reduce(flat)
        flat /= self.world
        for gradient, mean in zip(gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def agree(self, stop: bool) -> bool:
        """Return what the leading process says, so that all stop at the same step."""
        if self.world == 1:
            return stop
        flag = torch.tensor([float(stop)], device=self.device)
        distributed.broadcast(flag, 0)
        return bool(flag.item())

    def wait(self) -> None:
        """Wait until all are here."""
        if self.world > 1:
            distributed.barrier()
