"""What the page needs of all that is installed: cold start, modules, memory and disk, stage by stage.

    python tests/benchmarks/bench_start.py [--rounds 3] [--before CHECKOUT]

The three stages of the page are one process; drawing, training and ``datasets`` start anew, without the page. Disk is
what the distributions take of which a module was loaded, against all that requirements.txt brings. Processor seconds
tell what it takes on a machine that others use as well.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sympy", "networkx", "datasets", "dill", "multiprocess", "numba", "llvmlite", "trimesh")
"""What the page does without, and numba and trimesh until something is drawn."""

_CHILD = """
import json, resource, sys, time, urllib.request
from importlib.metadata import packages_distributions
begin, stages = time.perf_counter(), []

def reached(what):
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    tops = {name.partition(".")[0] for name in sys.modules}
    owners = packages_distributions()
    loaded = sorted({owner.lower().replace("_", "-") for top in tops for owner in owners.get(top, ())})
    mib = [int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]
    seconds = [time.perf_counter() - begin, time.process_time()]
    stages.append([what, *seconds, len(sys.modules), *mib, sorted(tops), loaded])

if sys.argv[1] == "page":
    import app
    _, url, _ = app.build().launch(prevent_thread_lock=True, quiet=True)

    def sent(path, content, kind):
        ask = urllib.request.Request(f"{url}gradio_api/{path}", content, {"Content-Type": kind})
        return json.loads(urllib.request.urlopen(ask, timeout=600).read())

    def call(name, *data):
        event = sent(f"call/{name}", json.dumps({"data": data}).encode(), "application/json")["event_id"]
        answer = urllib.request.urlopen(f"{url}gradio_api/call/{name}/{event}", timeout=600).read()
        assert b"event: complete" in answer, answer[:500]

    urllib.request.urlopen(url, timeout=600).read()
    reached("the page answers")
    drawing = open("examples/drawings/peeps_stand_PolkaDots.png", "rb").read()
    head = b'--cut\\r\\nContent-Disposition: form-data; name="files"; filename="drawing.png"\\r\\n\\r\\n'
    path = sent("upload", head + drawing + b"\\r\\n--cut--\\r\\n", "multipart/form-data; boundary=cut")[0]
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    call("estimate", file)
    reached("a pose is estimated")
    call("search", file, "reference", 12, False, True, None, None)
    reached("references are found and shown")
elif sys.argv[1] == "draw":
    from sketchpose.retrieve.gallery.originals import render
    render({"seed": 0}, 64)
    reached("a figure is drawn")
elif sys.argv[1] == "train":
    import sketchpose.train.loop
    reached("training is loaded")
else:
    import datasets
    reached("datasets is loaded")
print(json.dumps(stages))
import os
sys.stdout.flush()
os._exit(0)
"""


def stages(checkout: Path, what: str) -> list[dict[str, Any]]:
    """Run a child process of a checkout; one row per stage, with the modules and distributions that are loaded."""
    with tempfile.TemporaryDirectory() as home:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("SPACE", "OAUTH"))}
        environment |= {"SKETCHPOSE_HOME": home, "GRADIO_TEMP_DIR": f"{home}/temp", "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "-c", _CHILD, what]
        done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    names = ("stage", "seconds", "processor seconds", "modules", "MiB", "peak MiB", "loaded", "distributions")
    return [dict(zip(names, row, strict=True)) for row in json.loads(done.stdout.splitlines()[-1])]


def installed() -> dict[str, float]:
    """Megabytes on disk of every distribution that requirements.txt brings, by name."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    waiting = [Requirement(line) for line in lines if line and not line.startswith("#")]
    found: dict[str, float] = {}
    seen = set()
    while waiting:
        wanted = waiting.pop()
        name = wanted.name.lower().replace("_", "-")
        if (name, *wanted.extras) in seen:
            continue
        seen.add((name, *wanted.extras))
        try:
            known = distribution(name)
        except PackageNotFoundError:
            continue
        sizes = [path.stat().st_size for file in known.files or [] if (path := Path(str(file.locate()))).is_file()]
        found[name] = sum(sizes) / 1e6
        for more in map(Requirement, known.requires or []):
            extras = wanted.extras or {""}
            if more.marker is None or any(more.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(more)
    return found


def main() -> None:
    """Measure and print the table."""
    from machine import save, table

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", type=Path, help="another checkout whose page is measured as well")
    given = parser.parse_args()
    sizes = installed()
    rows = []
    for name, checkout in (("before", given.before), ("now", ROOT)):
        for what in ("page", "draw", "train", "datasets") if name == "now" else ("page",) if checkout else ():
            rounds = [stages(checkout, what) for _ in range(given.rounds)]
            for several in zip(*rounds, strict=True):
                row: dict[str, Any] = {"checkout": name, "stage": several[0]["stage"]}
                for key in ("seconds", "processor seconds", "modules", "MiB", "peak MiB"):
                    row[key] = round(statistics.median(one[key] for one in several), 1)
                row["disk MB"] = round(sum(sizes.get(name, 0.0) for name in several[0]["distributions"]))
                row["heavy"] = " ".join(module for module in HEAVY if module in several[0]["loaded"]) or "none"
                rows.append(row)
    largest = ", ".join(f"{name} {size:.0f}" for name, size in sorted(sizes.items(), key=lambda one: -one[1])[:6])
    print(table(rows))
    print(f"installed: {sum(sizes.values()):.0f} MB in {len(sizes)} distributions; the largest: {largest}")
    save("start", [*rows, {"installed MB": round(sum(sizes.values())), "distributions": len(sizes)}])


if __name__ == "__main__":
    main()
