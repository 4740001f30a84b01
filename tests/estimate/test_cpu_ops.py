"""The test machine's stand-ins for compiled operations, against a reference written straight from the definition."""

import itertools

import pytest
import torch
from support.torchvision_cpu import nms, roi_align
from torch import Tensor


def _bilinear(plane: Tensor, y: float, x: float) -> Tensor:
    """A map (C, H, W) at one point; zero more than a cell outside, the border's value up to there."""
    _, height, width = plane.shape
    if y < -1 or y > height or x < -1 or x > width:
        return plane.sum((1, 2)) * 0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    b, r = y - top, x - left
    return (
        plane[:, top, left] * (1 - b) * (1 - r)
        + plane[:, top, right] * (1 - b) * r
        + plane[:, bottom, left] * b * (1 - r)
        + plane[:, bottom, right] * b * r
    )


def _reference(maps: Tensor, rois: Tensor, scale: float, rows: int, columns: int, ratio: int, aligned: bool) -> Tensor:
    boxes = []
    for index, *corners in rois.tolist():
        x0, y0, x1, y1 = (v * scale - (0.5 if aligned else 0) for v in corners)
        across, down = x1 - x0, y1 - y0
        if not aligned:
            across, down = max(across, 1), max(down, 1)
        bh, bw = down / rows, across / columns
        ny = ratio if ratio > 0 else max(1, -int(-bh // 1))
        nx = ratio if ratio > 0 else max(1, -int(-bw // 1))
        bins = []
        for i, j in itertools.product(range(rows), range(columns)):
            samples = [
                _bilinear(maps[int(index)], y0 + bh * (i + (a + 0.5) / ny), x0 + bw * (j + (b + 0.5) / nx))
                for a, b in itertools.product(range(ny), range(nx))
            ]
            bins.append(torch.stack(samples).mean(0))
        boxes.append(torch.stack(bins, 1).reshape(-1, rows, columns))
    return torch.stack(boxes)


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [0, 2])
@pytest.mark.parametrize("seed", range(4))
def test_roi_align_agrees_forward_and_gradient(seed: int, ratio: int, aligned: bool) -> None:
    random = torch.Generator().manual_seed(seed)
    maps = torch.randn(2, 3, 11, 13, generator=random, dtype=torch.float64, requires_grad=True)
    corner = torch.rand(9, 2, generator=random, dtype=torch.float64) * 18 - 4  # some reach over every border
    extent = torch.rand(9, 2, generator=random, dtype=torch.float64) * 8
    page = torch.randint(0, 2, (9, 1), generator=random).double()
    rois = torch.cat([page, corner, corner + extent], 1)
    outside = (rois[:, 1:3] < 0).any(1) | (rois[:, 3] * 0.7 > 13) | (rois[:, 4] * 0.7 > 11)
    assert outside.any() and not outside.all()
    ours = roi_align(maps, rois, 0.7, 5, 4, ratio, aligned)
    truth = _reference(maps, rois, 0.7, 5, 4, ratio, aligned)
    torch.testing.assert_close(ours, truth, rtol=0, atol=1e-12)
    weight = torch.randn(ours.shape, generator=random, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((ours * weight).sum(), maps)
    (expected,) = torch.autograd.grad((truth * weight).sum(), maps)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-12)
    assert expected.abs().max() > 0


def test_roi_align_of_nothing_keeps_the_graph() -> None:
    maps = torch.randn(1, 2, 4, 4, requires_grad=True)
    pooled = roi_align(maps, torch.zeros(0, 5), 1.0, 3, 3, 2, True)
    assert pooled.shape == (0, 2, 3, 3) and pooled.requires_grad


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7])
def test_nms_keeps_the_surest_of_those_that_overlap(threshold: float) -> None:
    random = torch.Generator().manual_seed(1)
    corner = torch.rand(60, 2, generator=random) * 16
    boxes = torch.cat([corner, corner + 7 + torch.rand(60, 2, generator=random) * 6], 1)
    scores = torch.rand(60, generator=random)
    expected: list[int] = []
    for i in scores.argsort(descending=True).tolist():
        if all(_iou(boxes[i].tolist(), boxes[j].tolist()) <= threshold for j in expected):
            expected.append(i)
    assert nms(boxes, scores, threshold).tolist() == expected
    assert 1 < len(expected) < 60
    assert nms(boxes[:0], scores[:0], threshold).shape == (0,)


def _iou(a: list[float], b: list[float]) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height / (sum(area) - width * height)
