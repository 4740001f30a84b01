"""Learn where joints belong when others are fixed, in minutes on one core.

    nice python -m sketchpose.assist.making.learn LESSONS [--samples 800000] [--seed 0] [--out FOLDER]

LESSONS is a folder that ``lessons`` made. Every sample is varied: mirrored, turned, scaled and shifted, with heat that
is higher or lower all over; and up to nine of its joints are fixed, the worst ones more often, as an annotator does.
How the training stood is written to a log beside the weights.
"""

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.numpy import save
from torch import Tensor, nn
from torch.nn import functional

from sketchpose.assist.making.lessons import Lessons
from sketchpose.assist.network import (
    CANDIDATES,
    CARD,
    HEADS,
    INPUTS,
    LEAST,
    NEARBY,
    PERSON,
    PRIOR,
    REACH,
    SPREAD,
    WEIGHTS,
)
from sketchpose.files import write_atomic
from sketchpose.options import SEEDS, whole
from sketchpose.skeleton import NUM_KEYPOINTS, SIGMAS, SWAP
from sketchpose.tensors import packed

HELD_OUT: Final = 512
"""The last lessons take no part: they show how the training stands."""


@dataclass(frozen=True)
class AssistConfig:
    """A run of training.

    Attributes:
        samples: People to learn from, with repetitions.
        batch: People a step.
        width: Of a token.
        layers: Of attention.
        dropout: Share of what a layer adds that is left out.
        rate: Greatest learning rate, let down along a cosine.
        most_fixed: Joints that are fixed at most.
        unfixed: Share of the samples with no joint fixed.
        similarity: Weight of OKS in what is to become small.
        seed: Of everything random.
    """

    samples: int = 800_000
    batch: int = 128
    width: int = 64
    layers: int = 3
    dropout: float = 0.05
    rate: float = 1.5e-3
    most_fixed: int = 9
    unfixed: float = 0.2
    similarity: float = 3.0
    seed: int = 0


Batch = dict[str, Tensor]
"""The fields of ``Lessons``, places about the middle of the square from -1 to 1 and heat as logits."""


class Block(nn.Module):
    """Every token looks at the others, then at itself."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.outer, self.inner = nn.LayerNorm(width), nn.LayerNorm(width)
        self.look, self.tell = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.first, self.second = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.bias_between = nn.Parameter(torch.zeros(HEADS, NUM_KEYPOINTS, NUM_KEYPOINTS))
        self.dropout = dropout

    def forward(self, t: Tensor) -> Tensor:
        """(N, 17, width) to the same."""
        count, joints, width = t.shape
        parts = self.look(self.outer(t)).view(count, joints, 3, HEADS, width // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(-1, -2) / math.sqrt(width // HEADS) + self.bias_between).softmax(-1)
        told = self.tell((weights @ value).transpose(1, 2).reshape(count, joints, width))
        t = t + functional.dropout(told, self.dropout, self.training)
        inner = self.second(functional.relu(self.first(self.inner(t))))
        return t + functional.dropout(inner, self.dropout, self.training)


class AssistNet(nn.Module):
    """The network of ``network.AssistNetwork``, to be trained."""

    def __init__(self, config: AssistConfig) -> None:
        super().__init__()
        self.enter = nn.Linear(INPUTS, config.width)
        self.joint = nn.Parameter(torch.randn(NUM_KEYPOINTS, config.width) * 0.3)
        self.layers = nn.ModuleList(Block(config.width, config.dropout) for _ in range(config.layers))
        self.out = nn.LayerNorm(config.width)
        self.choice, self.place = nn.Linear(config.width, CANDIDATES), nn.Linear(config.width, 3)
        for layer in (self.choice, self.place):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.register_buffer("prior", torch.from_numpy(PRIOR), persistent=False)

    def forward(self, seen: Batch, fixed: Tensor, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return where each joint may belong, how likely each place is, and how exactly it is known.

        Args:
            seen: The lessons.
            fixed: (N, 17) 1 where somebody has fixed the joint.
            places: (N, 17, 2) where.

        Returns:
            (N, 17, CANDIDATES, 2) places, (N, 17, CANDIDATES) and (N, 17) logarithms.
        """
        own = torch.arange(NUM_KEYPOINTS)
        heat = seen["heat"] / 4
        here, held = seen["joints"], fixed[..., None]
        beside = NEARBY * (seen["peaks"] - here[:, :, None])
        peaks = torch.cat([beside, heat[:, own, :, own].permute(1, 0, 2)[..., None], heat], -1).flatten(2)
        away = [NEARBY * (seen["rough"] - here), NEARBY * (places - here) * held]
        x = torch.cat([peaks, here, *away, seen["scores"][..., None], held], -1)
        t = self.enter(x) + self.joint
        for layer in self.layers:
            t = layer(t)
        t = self.out(t)
        chances = (self.choice(t) + self.prior).log_softmax(-1)
        among = torch.cat([seen["peaks"], seen["rough"][:, :, None], seen["joints"][:, :, None]], 2)
        answer = self.place(t)
        return among + 2 * REACH * answer[:, :, None, :2], chances, answer[..., 2].clamp(-3, 2.5)


def prepared(lessons: Lessons) -> Batch:
    """Return lessons as the network is given them."""
    tensors = {f.name: torch.from_numpy(getattr(lessons, f.name)).float() for f in fields(Lessons)}
    heat = tensors["heat"].clamp(LEAST, 1 - LEAST)
    places = {name: 2 * tensors[name] - 1 for name in _PLACES}
    return tensors | places | {"heat": torch.log(heat / (1 - heat))}


_PLACES: Final = ("peaks", "rough", "joints", "truth")
_BY_JOINT: Final = ("peaks", "heat", "rough", "joints", "scores", "truth", "visibility")


def mirrored(batch: Batch) -> Batch:
    """Return what is seen in the mirror."""
    swap = torch.tensor(SWAP)
    out = {name: batch[name][:, swap] for name in _BY_JOINT}
    out["heat"] = out["heat"][..., swap]
    return out | {name: out[name] * torch.tensor([-1.0, 1.0]) for name in _PLACES}


def moved(batch: Batch) -> Batch:
    """Return people who are turned, scaled and shifted, in heat that is higher or lower all over."""
    count = len(batch["scores"])
    angle, scale = 0.3 * torch.randn(count), torch.exp(0.12 * torch.randn(count))
    cos, sin = scale * angle.cos(), scale * angle.sin()
    turn = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], 1)
    shift = 0.06 * torch.randn(count, 1, 2)

    def place(points: Tensor) -> Tensor:
        return (points.reshape(count, -1, 2) @ turn.transpose(1, 2) + shift).reshape(points.shape)

    heat = batch["heat"] + 0.5 * torch.randn(count, NUM_KEYPOINTS, 1, 1)
    return batch | {name: place(batch[name]) for name in _PLACES} | {"heat": heat}


def fixes(batch: Batch, config: AssistConfig) -> tuple[Tensor, Tensor]:
    """Draw joints that somebody fixed, the worst ones more often: 1 where fixed (N, 17), and places (N, 17, 2)."""
    known = batch["visibility"] > 0
    off = (batch["joints"] - batch["truth"]).norm(dim=-1).clamp(max=0.375) * 32
    weight = (off**1.5 + 0.3) * known
    count = torch.randint(0, config.most_fixed + 1, (len(off), 1))
    count[torch.rand(len(off)) < config.unfixed] = 0
    drawn = torch.rand_like(off).clamp_min(1e-9).log() / weight.clamp_min(1e-9)
    fixed = (drawn.argsort(1, descending=True).argsort(1) < count) & known
    fixed &= (known.sum(1) > fixed.sum(1))[:, None]  # something is left to say
    return fixed.float(), batch["truth"] + 0.008 * torch.randn_like(batch["truth"])


def loss_of(
    net: AssistNet, batch: Batch, fixed: Tensor, places: Tensor, similarity: float
) -> tuple[Tensor, dict[str, float]]:
    """Return what is to become small, and how it stood in parts: the error as a share of the side, and OKS.

    The surprise is that of a mixture of Laplace distributions, one round each candidate; told is of the likeliest one.
    """
    found, chances, spread = net(batch, fixed, places)
    off = ((found - batch["truth"][:, :, None]).square().sum(-1) + 1e-7).sqrt() / 2
    weight = (batch["visibility"] > 0) * (1 - fixed)
    alike = torch.exp(-((off / (2 * torch.tensor(SIGMAS).float() * PERSON)[:, None]) ** 2) / 2)

    def mean(value: Tensor) -> Tensor:
        return (value * weight).sum() / weight.sum()

    surprise = mean(2 * spread - (chances - off / (SPREAD * spread.exp())[..., None]).logsumexp(-1))
    best = chances.argmax(-1, keepdim=True)
    told = {name: mean(value.gather(-1, best)[..., 0]).item() for name, value in (("error", off), ("oks", alike))}
    return surprise + similarity * (1 - mean((chances.exp() * alike).sum(-1))), told


def learn(lessons: Lessons, config: AssistConfig) -> tuple[dict[str, Tensor], list[dict[str, float]]]:
    """Train a network; returns its averaged weights and how the training stood every twentieth of it."""
    torch.manual_seed(config.seed)
    every = prepared(lessons)
    count = len(every["scores"]) - HELD_OUT
    held = {name: value[count:] for name, value in every.items()}
    test = {"nothing fixed": torch.zeros(HELD_OUT, NUM_KEYPOINTS), "some fixed": fixes(held, config)[0]}
    net, mean_net = AssistNet(config), AssistNet(config).eval()
    optimiser = torch.optim.AdamW(net.parameters(), config.rate, weight_decay=0.03)
    steps, log, start = max(1, config.samples // config.batch), list[dict[str, float]](), time.process_time()
    mean_net.load_state_dict(net.state_dict())
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = config.rate * min(1, (step + 1) / 200) * (0.51 + 0.5 * math.cos(math.pi * step / steps))
        rows = torch.randint(0, count, (config.batch,))
        batch = {name: value[rows] for name, value in every.items()}
        batch = moved(mirrored(batch) if torch.rand(1) < 0.5 else batch)
        loss, _ = loss_of(net, batch, *fixes(batch, config), config.similarity)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            for kept, now in zip(mean_net.parameters(), net.parameters(), strict=True):
                kept.lerp_(now, max(0.003, 1 / (step + 1)))
        if (step + 1) % max(1, steps // 20) == 0:
            line = {"step": step + 1.0, "minutes": (time.process_time() - start) / 60}
            with torch.no_grad():
                for name, fixed in test.items():
                    told = loss_of(mean_net, held, fixed, held["truth"], config.similarity)[1]
                    line |= {f"{what}, {name}": value for what, value in told.items()}
            log.append(line)
            print({name: round(value, 4) for name, value in line.items()}, flush=True)
    return mean_net.state_dict(), log


def write(state: dict[str, Tensor], config: AssistConfig, log: list[dict[str, float]], folder: Path) -> None:
    """Write the weights, packed, with their card and the log beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.float().contiguous().numpy() for name, value in state.items()}
    write_atomic(folder / WEIGHTS.name, save(packed(tensors)))
    card: dict[str, Any] = {
        "name": "where joints belong when others are fixed",
        "licence": "Apache-2.0",
        "parameters": int(sum(value.size for value in tensors.values())),
        "config": asdict(config),
        "processor_minutes": round(log[-1]["minutes"], 1),
        "log": [{name: round(value, 4) for name, value in line.items()} for line in log],
    }
    write_atomic(folder / CARD.name, (json.dumps(card, indent=1) + "\n").encode())


def main(argv: list[str] | None = None) -> None:
    """Learn and write the weights and their card."""
    usual = AssistConfig()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("lessons", type=Path)
    parser.add_argument("--samples", type=whole(1, 1_000_000_000), default=usual.samples)
    parser.add_argument("--width", type=whole(HEADS, 1024), default=usual.width)
    parser.add_argument("--layers", type=whole(1, 64), default=usual.layers)
    parser.add_argument("--seed", type=whole(0, SEEDS), default=usual.seed)
    parser.add_argument("--out", type=Path, default=WEIGHTS.parent)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    config = AssistConfig(samples=args.samples, width=args.width, layers=args.layers, seed=args.seed)
    state, log = learn(Lessons.read(args.lessons), config)
    write(state, config, log, args.out)


if __name__ == "__main__":
    main()
