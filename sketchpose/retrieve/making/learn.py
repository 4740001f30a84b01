"""Learn the any-camera embedding (and what limbs look like on average) from the synthetic body, in minutes on one core.

    python -m sketchpose.retrieve.making.learn [--bodies 16000] [--drawings 450] [--steps 3000] [--out FOLDER]

Two views of one body are to lie together, and apart from those of the other bodies of a batch (InfoNCE, van den Oord et
al. 2018). Poses of the recipes in ``recipes.HELD_OUT`` take no part, so that a benchmark can show how the embedding
does on poses of a new kind; nor do seeds from 60 million on.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor, nn
from torch.nn import functional

from sketchpose.files import write_atomic
from sketchpose.options import whole
from sketchpose.retrieve.descriptor import MEANS
from sketchpose.retrieve.embedding import BONES, CARD, INPUTS, WEIGHTS
from sketchpose.retrieve.making.lessons import Errors, Lessons, read_errors, wave_means
from sketchpose.retrieve.making.views import Bodies, sample_bodies
from sketchpose.synth.people.recipes import HELD_OUT
from sketchpose.tensors import packed

BODY_SEEDS: Final = 10_000_000
DRAWING_SEEDS: Final = 20_000_000
_BONE_SHARE: Final = 3.0
"""Weight of the bones' directions in the loss."""


class ResidualBlock(nn.Module):
    """Two layers around which the input is passed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width) to the same."""
        return functional.relu(x + self.second(functional.relu(self.first(x))))


class EmbeddingNet(nn.Module):
    """The network of ``embedding.Embedding``, to be trained."""

    def __init__(self, width: int = 320, dims: int = 128, blocks: int = 2) -> None:
        super().__init__()
        self.enter = nn.Linear(INPUTS, width)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(blocks))
        self.embed, self.bones = nn.Linear(width, dims), nn.Linear(width, 3 * len(BONES))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 51) to (N, dims) of unit length and (N, len(BONES), 3)."""
        x = functional.relu(self.enter(x))
        for block in self.blocks:
            x = block(x)
        return functional.normalize(self.embed(x), dim=1), self.bones(x).reshape(-1, len(BONES), 3)


def learn(
    bodies: Bodies, errors: Errors, steps: int, size: int = 768, rate: float = 2e-3, seed: int = 0
) -> tuple[EmbeddingNet, list[dict[str, float]]]:
    """Train a network.

    Args:
        bodies: At least ``size`` of them make sense.
        errors: Of an estimator.
        steps: Batches.
        size: Bodies per batch.
        rate: Greatest learning rate of the one-cycle schedule.
        seed: Of everything random.

    Returns:
        The network and how the training stood every 200 steps.
    """
    torch.manual_seed(seed)
    lessons, net = Lessons(bodies, errors, seed), EmbeddingNet()
    sharpness = nn.Parameter(torch.tensor(2.7))
    optimiser = torch.optim.AdamW([*net.parameters(), sharpness], rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    log, truth, start = [], torch.arange(size), time.perf_counter()
    for step in range(steps):
        views, bones = lessons.batch(size)
        with torch.autocast("cpu", torch.bfloat16):
            embedded, answered = net(torch.from_numpy(views))
        embedded, answered = embedded.float(), answered.float()
        alike = embedded[:size] @ embedded[size:].T * sharpness.exp()
        told = (functional.cross_entropy(alike, truth) + functional.cross_entropy(alike.T, truth)) / 2
        off = functional.mse_loss(answered, torch.from_numpy(bones).repeat(2, 1, 1))
        optimiser.zero_grad()
        (told + _BONE_SHARE * off).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 200 == 0 or step == steps - 1:
            right = float((alike.argmax(1) == truth).float().mean())
            log.append({"step": step, "loss": told.item(), "bones": off.item(), "right": right})
            print(f"{log[-1]} {time.perf_counter() - start:.0f} s", flush=True)
    return net, log


def write(net: EmbeddingNet, path: Path) -> None:
    """Write the weights, packed."""
    write_atomic(path, save(packed({k: v.detach().float().numpy() for k, v in net.state_dict().items()})))


def main() -> None:
    """Learn and write the weights and their card."""
    parser = argparse.ArgumentParser("sketchpose.retrieve.making.learn")
    parser.add_argument("--bodies", type=whole(1, 1_000_000), default=16_000)
    parser.add_argument(
        "--drawings", type=whole(1, 100_000), default=450, help="scenes that tell the estimator's errors"
    )
    parser.add_argument("--steps", type=whole(1, 1_000_000), default=3000)
    parser.add_argument("--out", type=Path, default=WEIGHTS.parent)
    args = parser.parse_args()
    torch.set_num_threads(1)
    bodies = sample_bodies(range(BODY_SEEDS, BODY_SEEDS + args.bodies), train=True)
    errors = read_errors(range(DRAWING_SEEDS, DRAWING_SEEDS + args.drawings))
    start = time.process_time()
    net, log = learn(bodies, errors, args.steps)
    write(net, args.out / WEIGHTS.name)
    write_atomic(args.out / MEANS.name, save({"means": wave_means(bodies)}))
    card = {
        "name": "any-camera embedding of poses",
        "licence": "Apache-2.0; learned from the synthetic body alone",
        "method": "two views of a body against the other bodies of the batch, after Pr-VIPE (Sun et al. 2020)",
        "bodies": args.bodies,
        "people_that_told_the_errors": len(errors.scores),
        "steps": args.steps,
        "processor_minutes_of_steps": round((time.process_time() - start) / 60, 1),
        "parameters": int(np.sum([p.numel() for p in net.parameters()])),
        "held_out_recipes": sorted(HELD_OUT),
        "log": [{k: round(v, 4) for k, v in line.items()} for line in log],
    }
    write_atomic(args.out / CARD.name, (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())


if __name__ == "__main__":
    main()
