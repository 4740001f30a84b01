"""From a picture to poses: the estimators and how to load them by name."""

import difflib
import importlib
from typing import Any, Final

from sketchpose.estimate.base import Estimator

__all__ = ["ESTIMATORS", "Estimator", "load_estimator"]

ESTIMATORS: Final = {
    "sketch": "sketchpose.estimate.sketch:SketchEstimator",
    "detectron2": "sketchpose.estimate.rcnn.detectron2:estimator",
    "torchvision": "sketchpose.estimate.rcnn.torchvision:estimator",
}
"""Name of each estimator and where its class or function lies, which is imported when it is asked for. The last two
need packages of their own; without them the error holds the commands that install them."""


def load_estimator(name: str = "sketch", **options: Any) -> Estimator:
    """Load an estimator.

    Args:
        name: One of ``ESTIMATORS``.
        options: Keyword arguments of that estimator's class or function.

    Raises:
        ValueError: No estimator has this name, or its model or package cannot be used.
    """
    if name not in ESTIMATORS:
        near = difflib.get_close_matches(name, ESTIMATORS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(ESTIMATORS)}."
        raise ValueError(f"There is no estimator {name!r}; {hint}")
    module, _, attribute = ESTIMATORS[name].partition(":")
    estimator: Estimator = getattr(importlib.import_module(module), attribute)(**options)
    return estimator
