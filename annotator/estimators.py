"""The estimators that all visitors share, and the assistant."""

from functools import cache

from annotator.remembered import Remembering
from annotator.turns import TurnTaker
from sketchpose.assist import Assistant
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
    return TurnTaker(open_model(model)) if model else TurnTaker(Remembering(_live()))


@cache
def shared_assistant() -> Assistant:
    """Return the assistant that answers from what the default model sees; its caller takes a turn."""
    return Assistant(_live())


@cache
def _live() -> LiveEstimator:
    return LiveEstimator()
