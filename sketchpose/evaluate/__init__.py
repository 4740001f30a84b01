"""Measuring an estimator on annotated drawings."""

from sketchpose.evaluate.report import Report, Result, evaluate
from sketchpose.evaluate.truth import Annotated, Person, TruthSet, read_truth

__all__ = ["Annotated", "Person", "Report", "Result", "TruthSet", "evaluate", "read_truth"]
