"""Several models on one annotated set, side by side."""

from collections.abc import Sequence
from typing import Any, Final

from sketchpose.evaluate.report import EvaluationReport, Result, cell

COLUMNS: Final = {
    "people": "people",
    "ap": "AP",
    "ap50": "AP50",
    "ap75": "AP75",
    "ar": "AR",
    "body_ap": "body AP",
    "pck05": "PCK.05",
    "pck10": "PCK.1",
    "swaps": "swaps",
}


def versus(reports: Sequence[EvaluationReport]) -> str:
    """Return a table with a row per model, for all people and for each source, as text of fixed width.

    Args:
        reports: Of one set, measured alike.
    """
    first = reports[0]
    width = max(16, *(len(report.model) + 2 for report in reports))
    head = " " * width + "".join(f"{title:>8}" for title in COLUMNS.values())
    lines = [f"{len(reports)} models on {first.dataset}, {first.boxes} boxes", "", head + f"{'ms':>8}"]
    lines += [_row(report.model, report.overall, width) + f"{report.milliseconds:8.0f}" for report in reports]
    if len(first.sources) > 1:
        for source in first.sources:
            lines += ["", source, *(_row(f"  {report.model}", report.sources[source], width) for report in reports)]
    for report in reports:
        if report.skipped:
            lines += ["", f"{report.model}: {len(report.skipped)} left out:", *(f"  {r}" for r in report.skipped)]
    return "\n".join(lines)


def _row(name: str, result: Result, width: int) -> str:
    return f"{name:<{width}}" + "".join(cell(getattr(result, field)) for field in COLUMNS)


def as_json(reports: Sequence[EvaluationReport]) -> dict[str, Any]:
    """Return plain JSON values, a report per model."""
    return {"dataset": reports[0].dataset, "models": [report.as_json() for report in reports]}
