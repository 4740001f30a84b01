"""Measuring an estimator on annotated drawings."""

from sketchpose.evaluate.report import EvaluationReport, Result, evaluate
from sketchpose.evaluate.truth import Annotated, TruePerson, TruthSet, read_truth

__all__ = ["Annotated", "EvaluationReport", "Result", "TruePerson", "TruthSet", "evaluate", "read_truth"]
