"""The training loss: where joints are (heat), where in their cell (offset), whose they are (centre and regress)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from sketchpose.model.network import STRIDE
from sketchpose.train.config import LossConfig

_NEAR = 0.05
_TEACHER_REACH = 2.0


def heat_target(cells: Tensor, labelled: Tensor, side: int, spread: float) -> Tensor:
    """Return (N, K, side, side) Gaussians of 1 at the joints; zero where not labelled.

    Args:
        cells: (N, K, 2) x, y in cells; cell i spans i..i+1.
        labelled: (N, K) 1 or 0.
        side: cells along a side.
        spread: standard deviation in cells.
    """
    at = torch.arange(side, device=cells.device, dtype=cells.dtype) + 0.5
    gx = torch.exp(-((at - cells[..., 0:1]) ** 2) / (2 * spread**2))
    gy = torch.exp(-((at - cells[..., 1:2]) ** 2) / (2 * spread**2))
    return gy[..., :, None] * gx[..., None, :] * labelled[..., None, None]


def losses(
    maps: dict[str, Tensor], joints: Tensor, visibility: Tensor, config: LossConfig, teacher: Tensor | None = None
) -> dict[str, Tensor]:
    """Return the weighted parts of the loss.

    Args:
        maps: output of ``MoveNet.forward`` on N crops, float32.
        joints: (N, 17, 2) x, y in crop pixels.
        visibility: (N, 17); 0 means no label.
        config: weights.
        teacher: heat logits (N, 17, H, W) of the published network, or None.
    """
    heat = maps["heat"]
    n, k, side, _ = heat.shape
    labelled = (visibility > 0).float()
    cells = joints / STRIDE
    target = heat_target(cells, labelled, side, config.spread)
    weight = torch.where(target > _NEAR, config.peak, 1.0) * labelled[..., None, None]
    count = labelled.sum().clamp(min=1)
    # Per cell and labelled joint, so that the value does not depend on the size of the crop.
    parts = {
        "heat": (F.binary_cross_entropy_with_logits(heat, target, reduction="none") * weight).sum()
        / (count * (side * side / 16))
    }

    flat = maps["offset"].view(n, k, 2, side * side)
    total = heat.new_zeros(())
    home = cells.floor()
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            cell = (home + home.new_tensor([dx, dy])).clamp(0, side - 1)
            index = (cell[..., 1] * side + cell[..., 0]).long()[..., None, None].expand(n, k, 2, 1)
            found = flat.gather(3, index)[..., 0]
            wanted = (cells - cell).flip(-1)
            total = total + ((found - wanted).abs().sum(-1) * labelled).sum()
    parts["offset"] = config.offset * total / (9 * count)

    has = labelled.sum(1).clamp(min=1)
    middle = (cells * labelled[..., None]).sum(1) / has[:, None]
    center_target = heat_target(middle[:, None], torch.ones_like(middle[:, :1]), side, config.spread)
    center_weight = torch.where(center_target > _NEAR, config.peak, 1.0)
    center = F.binary_cross_entropy_with_logits(maps["center"], center_target, reduction="none") * center_weight
    parts["center"] = config.center * center.sum() / (n * (side * side / 16))
    cell = middle.floor().clamp(0, side - 1)
    index = (cell[:, 1] * side + cell[:, 0]).long()[:, None, None].expand(n, 2 * k, 1)
    found = maps["regress"].flatten(2).gather(2, index).view(n, k, 2)
    wanted = (cells - cell[:, None]).flip(-1)
    parts["regress"] = config.regress * ((found - wanted).abs().sum(-1) * labelled).sum() / count

    if teacher is not None:
        best = teacher.flatten(2).argmax(2)
        place = torch.stack((best % side, best // side), -1) + 0.5
        right = ((place - cells).norm(dim=-1) < _TEACHER_REACH).float() * labelled
        soft = F.binary_cross_entropy_with_logits(heat, teacher.sigmoid(), reduction="none") * weight
        parts["distill"] = config.distill * (soft * right[..., None, None]).sum() / (count * (side * side / 16))
    return parts
