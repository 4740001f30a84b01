"""Weight averaging: a point on the line between two networks of one architecture.

Fine-tuning from published weights gains on the new drawings and forgets the old pictures; a point between the two often
keeps most of both at no cost (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import torch

from sketchpose.model import ModelFolder
from sketchpose.model.checkpoint import load_network, save_folder
from sketchpose.model.network import MoveNet
from sketchpose.train.validate import Validation, measure


def blend(old: MoveNet, new: MoveNet, share: float) -> MoveNet:
    """Return ``(1 - share) * old + share * new``, with the decoder of ``new``.

    Raises:
        ValueError: The architectures differ or the share is outside 0..1.
    """
    if old.arch != new.arch:
        raise ValueError(f"A {old.arch} and a {new.arch} network cannot be averaged: choose two of one architecture.")
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share:g}: it must lie in 0..1.")
    result = MoveNet(old.arch).eval()
    result.load_state_dict(new.state_dict())
    with torch.no_grad():
        for mine, theirs in zip(result.parameters(), old.parameters(), strict=True):
            mine.lerp_(theirs, 1 - share)
    return result


def average(old: ModelFolder, new: ModelFolder, share: float, out: Path) -> ModelFolder:
    """Write the average of two model folders, named after ``out``."""
    net = blend(load_network(old), load_network(new), share)
    training = {**new.card.training, "averaged": {"with": old.card.name, "share_of_new": share}}
    card = dataclasses.replace(new.card, name=out.name, training=training, scores={})
    return save_folder(net, out, card, base=new.path)


def sweep(
    old: ModelFolder,
    new: ModelFolder,
    shares: Sequence[float],
    sets: Sequence[Validation],
    gate: float | None = None,
) -> list[tuple[float, dict[str, float]]]:
    """Measure points on the line between two models: see ``measure``."""
    first, last = load_network(old), load_network(new)
    return [(share, measure(blend(first, last, share), sets, gate)) for share in shares]
