"""What lets torchvision and Detectron2's Python tree run on a CPU build of torch: a test machine's matter, no product.

The torchvision wheel of the package index needs CUDA libraries, so on a CPU torch none of its compiled operations load.
``install_ops`` offers ``nms`` and ``roi_align`` in plain torch in their place; ``install_detectron2`` makes up for the
compiled extension that Detectron2's source tree lacks and for a name that Pillow dropped. Everything else is the
libraries' own code. Sources of the operations: He et al. 2017, "Mask R-CNN", and torchvision's documentation.
"""

import importlib.machinery
import sys
import types
from typing import Any

import torch
from torch import Tensor

_AT_ONCE = 64
_library: Any = None


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Return the indices (k,) of the boxes (n, 4) kept, surest first: none overlaps a surer one by more than this."""
    boxes = boxes.detach().double()
    low, high = boxes[:, :2], boxes[:, 2:]
    area = (high - low).prod(1)
    order = scores.detach().argsort(descending=True, stable=True)
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        shared = torch.minimum(high[best], high[order]) - torch.maximum(low[best], low[order])
        common = shared.clamp(min=0).prod(1)
        order = order[~(common / (area[best] + area[order] - common) > iou_threshold)]
    return torch.stack(kept) if kept else order


def roi_align(
    input: Tensor,
    rois: Tensor,
    spatial_scale: float,
    pooled_height: int,
    pooled_width: int,
    sampling_ratio: int,
    aligned: bool,
) -> Tensor:
    """Average bilinear samples in each bin of each box.

    Bilinear weights are a product of a row's and a column's, so a box is two small matrix products.

    Args:
        input: (N, C, H, W) maps.
        rois: (K, 5) index of the map, x0, y0, x1, y1.
        spatial_scale: cells per unit of the boxes.
        pooled_height: bins down.
        pooled_width: bins across.
        sampling_ratio: samples per bin and axis; 0 or less means as many as a bin has cells.
        aligned: cell centres lie at half coordinates.

    Returns:
        (K, C, pooled_height, pooled_width).
    """
    _, channels, height, width = input.shape
    if len(rois) == 0:
        return input.new_zeros(0, channels, pooled_height, pooled_width) + input.sum() * 0
    places = rois[:, 1:].to(torch.promote_types(rois.dtype, torch.float32)) * spatial_scale - (0.5 if aligned else 0)
    extent = places[:, 2:] - places[:, :2]
    if not aligned:
        extent = extent.clamp(min=1)
    owner = rois[:, 0].long()
    pooled: list[Tensor] = []
    where: list[Tensor] = []
    for page in owner.unique():
        for chosen in (owner == page).nonzero()[:, 0].split(_AT_ONCE):
            start, size = places[chosen], extent[chosen]
            rows = _weights(start[:, 1], size[:, 1], pooled_height, height, sampling_ratio).to(input.dtype)
            columns = _weights(start[:, 0], size[:, 0], pooled_width, width, sampling_ratio).to(input.dtype)
            across = torch.einsum("kph,chw->kpcw", rows, input[page])
            pooled.append(torch.einsum("kpcw,kqw->kcpq", across, columns))
            where.append(chosen)
    return torch.cat(pooled)[torch.cat(where).argsort()]


def _weights(start: Tensor, extent: Tensor, bins: int, size: int, ratio: int) -> Tensor:
    """Weights (K, bins, size) with which the cells of an axis enter the bins of boxes (K,)."""
    step = extent / bins
    counts = torch.full_like(step, ratio) if ratio > 0 else step.ceil().clamp(min=1)
    most = int(counts.max())
    counts = counts[:, None, None]
    sample = torch.arange(most, dtype=step.dtype)
    bin_ = torch.arange(bins, dtype=step.dtype)[:, None]
    at = start[:, None, None] + step[:, None, None] * (bin_ + (sample + 0.5) / counts)
    counted = (sample < counts) & (at >= -1) & (at <= size)
    at = at.clamp(0, size - 1)
    low = at.floor().long()
    part = at - low
    share = counted / counts
    weights = torch.zeros(len(start), bins, size, dtype=step.dtype)
    weights.scatter_add_(2, low, (1 - part) * share)
    return weights.scatter_add_(2, (low + 1).clamp(max=size - 1), part * share)


def install_ops() -> None:
    """Offer the two operations to torchvision, unless its own are there."""
    global _library
    if _library is not None:
        return
    try:
        import torchvision

        if torchvision.extension._has_ops():
            return
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
    _library = torch.library.Library("torchvision", "DEF")  # noqa: TOR901
    _library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _library.define(
        "roi_align(Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width, "
        "int sampling_ratio, bool aligned) -> Tensor"
    )
    _library.impl("nms", nms, "CPU")
    _library.impl("roi_align", roi_align, "CompositeImplicitAutograd")
    import torchvision
    import torchvision.ops

    torchvision.extension._has_ops = lambda: True
    sys.modules["torchvision.ops.roi_align"]._has_ops = lambda: True  # type: ignore[attr-defined]


def install_detectron2() -> None:
    """Make Detectron2's source tree, which must be on the path, importable."""
    import PIL.Image

    install_ops()
    if not hasattr(PIL.Image, "LINEAR"):
        PIL.Image.LINEAR = PIL.Image.Resampling.BILINEAR  # type: ignore[attr-defined]
    compiled = types.ModuleType("detectron2._C")
    compiled.__spec__ = importlib.machinery.ModuleSpec("detectron2._C", None)
    sys.modules.setdefault("detectron2._C", compiled)
    import detectron2

    detectron2._C = sys.modules["detectron2._C"]
