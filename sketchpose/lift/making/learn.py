"""Learn to lift joints into space from the synthetic body, in minutes on one core.

    nice python -m sketchpose.lift.making.learn [--samples 6000000] [--bodies 12000] [--seed 0] [--out FOLDER]

Poses of the recipes in ``recipes.HELD_OUT`` take no part, nor do seeds from 60 million on, so that a benchmark can show
how it does on poses of a new kind. How the training stood is written to a log beside the weights.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor, nn
from torch.nn import functional

from sketchpose.files import write_atomic
from sketchpose.lift.making.lessons import Bank, sample_bank, views
from sketchpose.lift.network import ANSWERS, CARD, INPUTS, RATIOS, READINGS, WEIGHTS, mirrored_view
from sketchpose.lift.vectors import ROWS, SIGNS, SIZE, SWAPPED
from sketchpose.lift.vectors import WEIGHTS as ROW_WEIGHTS
from sketchpose.options import SEEDS, whole

BODY_SEEDS: Final = 30_000_000


@dataclass(frozen=True)
class LiftingConfig:
    """A run of training.

    Attributes:
        samples: Views to learn from.
        bodies: Posed bodies that they are varied from.
        batch: Views a step.
        eyes: From how many sides each body of a step is seen.
        width: Of a layer, for the drawing and as much for its mirror image.
        blocks: Residual blocks of two layers.
        rate: Greatest learning rate, reached after 3 % of the steps and then let down along a cosine.
        others: How much the readings that are not the best are taught, so that none is left behind.
        seed: Of everything random.
    """

    samples: int = 6_000_000
    bodies: int = 12_000
    batch: int = 512
    eyes: int = 2
    width: int = 144
    blocks: int = 2
    rate: float = 3e-3
    others: float = 0.06
    seed: int = 0


class Twin(nn.Module):
    """A layer that reads the drawing and its mirror image, and lets either see the other."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.own, self.other = nn.Linear(width, width), nn.Linear(width, width, bias=False)

    def forward(self, h: Tensor) -> Tensor:
        """(2, N, width) to the same."""
        return self.own(h) + self.other(h.flip(0))  # type: ignore[no-any-return]


class TwinBlock(nn.Module):
    """Two such layers around which the input is passed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = Twin(width), Twin(width)

    def forward(self, h: Tensor) -> Tensor:
        """(2, N, width) to the same."""
        return functional.relu(h + self.second(functional.relu(self.first(h))))


class LiftingNet(nn.Module):
    """The network of ``network.Network``, to be trained."""

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        self.enter = nn.Linear(INPUTS, width)
        self.blocks = nn.ModuleList(TwinBlock(width) for _ in range(blocks))
        self.answer = nn.Linear(width, ANSWERS)
        order = torch.arange(ANSWERS)
        order[: READINGS * SIZE] = torch.from_numpy(
            np.arange(READINGS * SIZE).reshape(READINGS, len(ROWS), 3)[:, SWAPPED].ravel()
        )
        signs = torch.ones(ANSWERS)
        signs[: READINGS * SIZE] = torch.from_numpy(np.tile(SIGNS.ravel(), READINGS)).float()
        signs[-3] = -1
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("signs", signs, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(2, N, 68), the views and their mirror images, to (N, ANSWERS)."""
        h = functional.relu(self.enter(x))
        for block in self.blocks:
            h = block(h)
        own, other = self.answer(h)
        return (own + other[:, self.order] * self.signs) / 2  # type: ignore[no-any-return]


def loss_of(answers: Tensor, truth: Tensor, others: float) -> tuple[Tensor, dict[str, float]]:
    """Return what is to become small, and how it stood in parts.

    Args:
        answers: (N, ANSWERS).
        truth: (N, SIZE + 12), see ``Views.answers``.
        others: As in the configuration.
    """
    count = len(answers)
    guessed = answers[:, : READINGS * SIZE].reshape(count, READINGS, len(ROWS), 3)
    weights = torch.from_numpy(ROW_WEIGHTS / ROW_WEIGHTS.sum()).float()
    off = ((guessed - truth[:, None, :SIZE].reshape(count, 1, len(ROWS), 3)) ** 2).sum(3) @ weights
    best, which = off.min(1)
    chosen = functional.cross_entropy(answers[:, READINGS * SIZE : READINGS * (SIZE + 1)], which)
    rest = (answers[:, READINGS * (SIZE + 1) :] - truth[:, SIZE:]) ** 2
    ratios, nearness, up = rest[:, : len(RATIOS)].mean(), rest[:, len(RATIOS)].mean(), rest[:, -3:].sum(1).mean()
    loss = (1 - others) * best.mean() + others * off.mean() + 0.03 * chosen + 2 * ratios + 0.1 * nearness + 0.3 * up
    told = {"best": best.mean(), "all": off.mean(), "chosen": chosen, "ratios": ratios, "nearness": nearness, "up": up}
    return loss, {name: value.item() for name, value in told.items()}


def learn(bank: Bank, config: LiftingConfig) -> tuple[LiftingNet, list[dict[str, float]]]:
    """Train a network; returns it and how the training stood every hundredth of it."""
    torch.manual_seed(config.seed)
    rng, net = np.random.default_rng(config.seed), LiftingNet(config.width, config.blocks)
    optimiser = torch.optim.AdamW(net.parameters(), config.rate, weight_decay=1e-4)
    steps = max(1, config.samples // config.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (0.03 * steps + 1)) * (1 + np.cos(np.pi * step / steps)) / 2
    )
    log: list[dict[str, float]] = []
    start, every = time.process_time(), max(1, steps // 100)
    for step in range(steps):
        lesson = views(bank, config.batch // config.eyes, rng, eyes=config.eyes)
        x = lesson.inputs
        answers = net(torch.from_numpy(np.stack([x, mirrored_view(x)])))
        loss, told = loss_of(answers, torch.from_numpy(lesson.answers), config.others)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % every == 0 or step == steps - 1:
            log.append({"step": step, "minutes": (time.process_time() - start) / 60, "loss": loss.item(), **told})
            print({k: round(v, 4) for k, v in log[-1].items()}, flush=True)
    return net, log


def write(net: LiftingNet, config: LiftingConfig, log: list[dict[str, float]], folder: Path) -> None:
    """Write the weights as float16 safetensors, with their card and the log beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().contiguous().numpy() for name, value in net.state_dict().items()}
    write_atomic(folder / WEIGHTS.name, save(tensors))
    card: dict[str, Any] = {
        "name": "from joints in a picture to a body in space",
        "licence": "Apache-2.0; learned from the synthetic body alone",
        "parameters": int(sum(value.size for value in tensors.values())),
        "config": asdict(config),
        "processor_minutes": round(log[-1]["minutes"], 1),
        "log": [{name: round(value, 4) for name, value in line.items()} for line in log[:: max(1, len(log) // 20)]],
    }
    write_atomic(folder / CARD.name, (json.dumps(card, indent=1) + "\n").encode())


def main() -> None:
    """Learn and write the weights and their card."""
    parser = argparse.ArgumentParser("sketchpose.lift.making.learn")
    usual = LiftingConfig()
    parser.add_argument("--samples", type=whole(1, 1_000_000_000), default=usual.samples)
    parser.add_argument("--bodies", type=whole(1, 1_000_000), default=usual.bodies)
    parser.add_argument("--seed", type=whole(0, SEEDS), default=usual.seed)
    parser.add_argument("--out", type=Path, default=WEIGHTS.parent)
    args = parser.parse_args()
    torch.set_num_threads(1)
    config = LiftingConfig(samples=args.samples, bodies=args.bodies, seed=args.seed)
    bank = sample_bank(range(BODY_SEEDS, BODY_SEEDS + config.bodies))
    net, log = learn(bank, config)
    write(net, config, log, args.out)


if __name__ == "__main__":
    main()
