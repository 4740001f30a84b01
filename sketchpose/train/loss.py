"""The training loss: where joints are (heat), where in their cell (offset), whose they are (centre and regress).

A network that finds several people learns the same from whole pages, and the boxes: see ``crowd_losses``.
"""

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
        side: Cells along a side.
        spread: Standard deviation in cells.
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
        maps: Output of ``MoveNet.forward`` on N crops, float32.
        joints: (N, 17, 2) x, y in crop pixels.
        visibility: (N, 17); 0 means no label.
        config: Weights.
        teacher: Heat logits (N, 17, H, W) of the published network, or None.
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
            predicted = flat.gather(3, index)[..., 0]
            wanted = (cells - cell).flip(-1)
            total = total + ((predicted - wanted).abs().sum(-1) * labelled).sum()
    parts["offset"] = config.offset * total / (9 * count)

    has = labelled.sum(1).clamp(min=1)
    middle = (cells * labelled[..., None]).sum(1) / has[:, None]
    center_target = heat_target(middle[:, None], torch.ones_like(middle[:, :1]), side, config.spread)
    center_weight = torch.where(center_target > _NEAR, config.peak, 1.0)
    center = F.binary_cross_entropy_with_logits(maps["center"], center_target, reduction="none") * center_weight
    parts["center"] = config.center * center.sum() / (n * (side * side / 16))
    cell = middle.floor().clamp(0, side - 1)
    index = (cell[:, 1] * side + cell[:, 0]).long()[:, None, None].expand(n, 2 * k, 1)
    predicted = maps["regress"].flatten(2).gather(2, index).view(n, k, 2)
    wanted = (cells - cell[:, None]).flip(-1)
    parts["regress"] = config.regress * ((predicted - wanted).abs().sum(-1) * labelled).sum() / count

    if teacher is not None:
        best = teacher.flatten(2).argmax(2)
        place = torch.stack((best % side, best // side), -1) + 0.5
        right = ((place - cells).norm(dim=-1) < _TEACHER_REACH).float() * labelled
        soft = F.binary_cross_entropy_with_logits(heat, teacher.sigmoid(), reduction="none") * weight
        parts["distill"] = config.distill * (soft * right[..., None, None]).sum() / (count * (side * side / 16))
    return parts


def crowd_losses(
    maps: dict[str, Tensor], joints: Tensor, visibility: Tensor, boxes: Tensor, config: LossConfig
) -> dict[str, Tensor]:
    """Return the weighted parts of the loss on whole pages.

    Heat and centres of all people lie on one map, where the nearest counts; what is asked at a centre is asked in the
    nine cells around it, because the peak that is found there may be its neighbour.

    Args:
        maps: Output of ``MoveNet.forward`` on N pages, float32, of a network with box heads.
        joints: (N, P, 17, 2) x, y in pixels.
        visibility: (N, P, 17); 0 means no label, and all 0 nobody.
        boxes: (N, P, 4) x0, y0, x1, y1 in pixels.
        config: Weights.
    """
    n, people, k, _ = joints.shape
    side = maps["heat"].shape[-1]
    labelled = (visibility > 0).float()
    there = labelled.amax(2)
    count = there.sum().clamp(min=1)
    cells, corners = joints / STRIDE, boxes / STRIDE
    middle = (cells * labelled[..., None]).sum(2) / labelled.sum(2, keepdim=True).clamp(min=1)

    heat_at = heat_target(cells.flatten(0, 1), labelled.flatten(0, 1), side, config.spread)
    wanted = {
        "heat": heat_at.view(n, people, k, side, side).amax(1),
        "center": heat_target(middle, there, side, config.spread).amax(1, keepdim=True),
    }
    parts = {}
    for name, share in (("heat", 1 / k), ("center", config.center)):
        weight = torch.where(wanted[name] > _NEAR, config.peak, 1.0)
        error = F.binary_cross_entropy_with_logits(maps[name], wanted[name], reduction="none") * weight
        parts[name] = share * error.sum() / (count * (side * side / 16))

    extent = (corners[..., 2:] - corners[..., :2]).amax(2, keepdim=True).clamp(min=1)
    box_middle, box_size = (corners[..., 2:] + corners[..., :2]) / 2, corners[..., 2:] - corners[..., :2]
    box = regress = maps["heat"].new_zeros(())
    home = middle.floor()
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            cell = (home + home.new_tensor([dx, dy])).clamp(0, side - 1)
            index = (cell[..., 1] * side + cell[..., 0]).long()

            def at(name: str, index: Tensor = index) -> Tensor:
                """Return (N, P, C) values of a map at the cells."""
                flat = maps[name].flatten(2)
                return flat.gather(2, index[:, None].expand(n, flat.shape[1], people)).transpose(1, 2)

            far = (at("box_scale") - box_size.flip(-1)).abs() + (at("box_offset") - (box_middle - cell).flip(-1)).abs()
            box = box + (far / extent * there[..., None]).sum()
            seen = at("regress").reshape(n, people, k, 2) - (cells - cell[:, :, None]).flip(-1)
            regress = regress + (seen.abs().sum(-1) / extent * labelled).sum()
    return parts | {"box": config.box * box / (9 * count), "regress": config.regress * regress / (9 * count)}
