"""From head maps to joints and boxes, as the published graphs do it; in torch, so that it exports with the network.

Coordinates come out as (x, y) in input pixels, although the maps hold (y, x) in cells.
"""

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sketchpose.model.network import STRIDE, MoveNet

_PEAK_TOLERANCE: Final = 1.0132789611816406e-06
_SPREAD: Final = 0.300048828125
_MIN_JOINT_SCORE: Final = 0.126953125


def _grid(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return the row (H, 1) and column (1, W) index of every cell of (..., H, W) maps, as floats."""
    h, w = maps.shape[-2:]
    rows = torch.arange(h, device=maps.device, dtype=torch.float32)
    columns = torch.arange(w, device=maps.device, dtype=torch.float32)
    return rows[:, None], columns[None, :]


def single(maps: dict[str, Tensor], center_prior: Tensor, gate: Tensor) -> Tensor:
    """Decode one person per picture.

    The strongest centre (weighted by ``center_prior``) gives a rough place for each joint; the joint is the cell where
    heat / (distance to the rough place + ``gate``) is largest, moved by its offset. A large gate means plain argmax.

    Args:
        maps: Output of ``MoveNet.forward`` on N pictures.
        center_prior: (1, 1, H / 4, W / 4) weight of each centre cell.
        gate: (1,) cells.

    Returns:
        (N, 17, 3) x and y in input pixels, score 0..1.
    """
    heat = maps["heat"].sigmoid()
    n, k, h, w = heat.shape
    center = (maps["center"].sigmoid() * center_prior).flatten(1).argmax(1)
    at_center = center.view(n, 1, 1).expand(n, 2 * k, 1)
    regress = maps["regress"].flatten(2).gather(2, at_center).view(n, k, 2)
    row = (center // w).view(n, 1).float() + regress[..., 0]
    column = (center % w).view(n, 1).float() + regress[..., 1]
    rows, columns = _grid(heat)
    distance = ((rows - row[..., None, None]) ** 2 + (columns - column[..., None, None]) ** 2).sqrt()
    best = (heat / (distance + gate)).flatten(2).argmax(2)
    score = heat.flatten(2).gather(2, best[..., None])[..., 0]
    at_best = best.view(n, k, 1, 1).expand(n, k, 2, 1)
    offset = maps["offset"].view(n, k, 2, h * w).gather(3, at_best)[..., 0]
    y = ((best // w).float() + offset[..., 0]) * STRIDE
    x = ((best % w).float() + offset[..., 1]) * STRIDE
    return torch.stack((x, y, score), -1)


def several(maps: dict[str, Tensor], people: int = 6) -> tuple[Tensor, Tensor]:
    """Decode up to ``people`` people per picture.

    A centre is a cell that is the largest of the 5 x 5 cells around it. Joints of a person lie in its box, at the
    largest heat weighted by exp(-d^2 / (0.3 min(H, W))) with d the distance in cells to the regressed joint. The score
    of a person is its centre's times the mean score of the joints above 0.127.

    Args:
        maps: Output of ``MoveNet.forward`` on N pictures.
        people: How many of the strongest centres to return.

    Returns:
        Joints (N, people, 17, 3) as x, y, score; boxes (N, people, 5) as x0, y0, x1, y1 (clipped to the picture) and
        score, strongest centre first.
    """
    heat = maps["heat"].sigmoid()
    center = maps["center"].sigmoid()
    n, k, h, w = heat.shape
    peak = (center - F.max_pool2d(center, 5, 1, 2)).abs() < _PEAK_TOLERANCE
    center_score, cell = (center * peak).flatten(1).topk(people)
    cy, cx = (cell // w).float(), (cell % w).float()

    def at_cells(name: str) -> Tensor:
        """Return (N, people, C) values of a map at the centre cells."""
        flat = maps[name].flatten(2)
        return flat.gather(2, cell[:, None, :].expand(n, flat.shape[1], people)).transpose(1, 2)

    scale, shift = at_cells("box_scale").clamp(min=0), at_cells("box_offset")
    by, bx = cy + shift[..., 0], cx + shift[..., 1]
    half_h, half_w = scale[..., 0] / 2, scale[..., 1] / 2
    y0, y1 = (by - half_h).clamp(0, h), (by + half_h).clamp(0, h)
    x0, x1 = (bx - half_w).clamp(0, w), (bx + half_w).clamp(0, w)

    regress = at_cells("regress").reshape(n, people, k, 2)
    row, column = cy[..., None] + regress[..., 0], cx[..., None] + regress[..., 1]
    rows, columns = _grid(heat)
    square = (rows - row[..., None, None]) ** 2 + (columns - column[..., None, None]) ** 2

    def per_person(edge: Tensor) -> Tensor:
        return edge[..., None, None, None]

    inside = (rows >= per_person(y0)) & (rows < per_person(y1))
    inside = inside & (columns >= per_person(x0)) & (columns < per_person(x1))
    weighted = heat[:, None] * torch.exp(-square / (_SPREAD * min(h, w))) * inside
    best = weighted.flatten(3).argmax(3)
    # As published, a joint's score is what the best-placed person would get in its cell, not its own weight.
    score = weighted.amax(1).flatten(2).gather(2, best.transpose(1, 2)).transpose(1, 2)

    flat = maps["offset"].view(n, 1, k, 2, h * w).expand(n, people, k, 2, h * w)
    offset = flat.gather(4, best[..., None, None].expand(n, people, k, 2, 1))[..., 0]
    y = ((best // w).float() + offset[..., 0]) * STRIDE
    x = ((best % w).float() + offset[..., 1]) * STRIDE
    sure = score > _MIN_JOINT_SCORE
    person = center_score * (score * sure).sum(-1) / sure.sum(-1).clamp(min=1)
    boxes = torch.cat((torch.stack((x0, y0, x1, y1), -1) * STRIDE, person[..., None]), -1)
    return torch.stack((x, y, score), -1), boxes


class Decoded(nn.Module):
    """Network and decoder in one, from uint8 pictures to the named outputs of the ONNX graph."""

    def __init__(self, net: MoveNet):
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Map (N, H, W, 3) uint8 RGB to the tensors that ``outputs`` names, in that order."""
        maps = self.net(images.permute(0, 3, 1, 2).float())
        raw = (maps["heat"].sigmoid(), maps["center"].sigmoid(), maps["regress"], maps["offset"])
        if self.net.people == 1:
            return single(maps, self.net.center_prior, self.net.gate), *raw
        return *several(maps, self.net.people), *raw


def outputs(net: MoveNet) -> tuple[str, ...]:
    """Name the outputs of ``Decoded`` for a network: joints first, raw maps last."""
    results = ("keypoints",) if net.people == 1 else ("keypoints", "boxes")
    return *results, "heat", "center", "regress", "offset"
