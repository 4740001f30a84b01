"""The estimators that all visitors share."""

from functools import cache

from annotator.turns import TurnTaker
from sketchpose.estimate import Estimator
from sketchpose.estimate.choose import open_model
from sketchpose.estimate.live import LiveEstimator


def shared_estimator(model: str = "") -> Estimator:
    """Return the one estimator of a model.

    Args:
        model: As ``open_model`` takes it; empty for the default model, which follows promotions.

    Raises:
        ValueError: The model cannot be opened.
    """
    return _opened(model)


@cache
def _opened(model: str) -> Estimator:
    return TurnTaker(open_model(model) if model else LiveEstimator())
