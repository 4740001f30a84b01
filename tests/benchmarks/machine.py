"""What a benchmark's numbers were measured on, for its JSON."""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")


def facts() -> dict[str, Any]:
    """Processor, cores, memory, load and the versions that matter."""
    cpu = Path("/proc/cpuinfo")
    model = next((line.split(":", 1)[1].strip() for line in cpu.read_text().splitlines() if "model name" in line), "")
    return {
        "processor": model or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in ("numpy", "onnxruntime", "torch", "gradio", "numba")},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def table(rows: list[dict[str, Any]]) -> str:
    """Rows of one shape as an aligned Markdown table."""
    cells = [list(rows[0])] + [[f"{v:.3g}" if isinstance(v, float) else str(v) for v in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def save(name: str, rows: list[dict[str, Any]]) -> Path:
    """Write a benchmark's rows with the machine's facts to ``results/NAME.json``."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    lines = ",\n".join(json.dumps(row) for row in rows)
    path.write_text(f'{{"machine": {json.dumps(facts())}, "rows": [\n{lines}\n]}}\n')
    return path
