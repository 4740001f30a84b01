"""How much do corrections pay? Scores on an unseen source against how many of its drawings were learnt from.

    python tests/benchmarks/bench_learning_curve.py --dataset DATA/annotations.json --shards SHARDS --out runs/curve

For every seed the drawings of the set are shuffled; the last of them are the test, never learnt from, and the first N
are added to synthetic drawings in a short fine-tuning. N = 0 fine-tunes on synthetic drawings alone, so that the curve
shows the corrections and not the extra steps. What N drawings change is measured person by person against N = 0 of the
same seed, with a bootstrap over people. Writes ``curve.json``, ``curve.svg`` and a table; runs that are in
``curve.json`` already are not repeated.
"""

import argparse
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from machine import facts

from sketchpose.evaluate import TruthSet, evaluate, read_truth
from sketchpose.evaluate.truth import write_truth
from sketchpose.files import write_atomic
from sketchpose.train.config import SetConfig, Stage, TrainConfig
from sketchpose.train.loop import Trainer

DRAWS = 10_000
EVERYONE = 2**31
Run = dict[str, Any]


def subset(truth: TruthSet, chosen: np.ndarray, folder: Path) -> Path:
    """Write some drawings of a set as a set of their own."""
    images = tuple(truth.images[i] for i in chosen)
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "images"
    if not link.exists():
        link.symlink_to(images[0].path.parent.resolve())
    write_truth(folder / "annotations.json", dataclasses.replace(truth, images=images))
    return folder / "annotations.json"


def one_run(args: argparse.Namespace, truth: TruthSet, count: int, seed: int, folder: Path) -> Run:
    """Fine-tune with ``count`` drawings and measure on the test drawings."""
    from sketchpose.estimate import load_estimator

    order = np.random.default_rng(seed).permutation(len(truth.images))
    held_out = args.test or max(1, len(order) // 6)
    test = dataclasses.replace(truth, images=tuple(truth.images[i] for i in order[-held_out:]))
    sets = [SetConfig("synth", "shards", str(args.shards), weight=1.0)]
    if count:
        path = subset(truth, order[: min(count, len(order) - held_out)], folder / "set")
        sets.append(SetConfig("corrected", "coco", str(path), weight=1.0))
    config = TrainConfig(
        name="curve",
        init=args.model,
        sets=tuple(sets),
        stages=(Stage(size=args.size, batch=16, frozen=2),),
        samples=args.samples,
        rate=args.rate,
        warmup=10,
        average=0.9,
        seed=seed,
        precision=args.precision,
        threads=1,
    )
    model = Trainer(config, folder / "run", lambda _: None).run()
    report = evaluate(load_estimator("sketch", model=str(model.path)), test, worst=EVERYONE)
    shutil.rmtree(folder)
    return {
        "ap": report.overall.ap,
        "ar": report.overall.ar,
        "pck10": report.overall.pck10,
        "oks": {str(case.person.id): round(case.oks, 5) for case in report.worst},
    }


def change(runs: list[tuple[Run, Run]]) -> tuple[float, float, float]:
    """Return the mean change of a person's OKS between runs of the same seed, and its 95 % interval over people."""
    steps: dict[str, list[float]] = {}
    for old, new in runs:
        for person, oks in old["oks"].items():
            steps.setdefault(person, []).append(new["oks"][person] - oks)
    means = np.array([np.mean(values) for values in steps.values()])
    drawn = np.random.default_rng(0).choice(means, (DRAWS, len(means))).mean(1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(means.mean()), float(low), float(high)


def plot(rows: dict[int, list[float]]) -> str:
    """Return an SVG of every seed's value (dots) and their mean (line) against N."""
    width, height, left, bottom = 420, 260, 50, 220
    most = max(max(rows), 1)

    def at(n: float, value: float) -> tuple[float, float]:
        return left + (width - left - 20) * n / most, bottom - (bottom - 20) * value

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" ']
    parts.append('font-size="12"><rect width="100%" height="100%" fill="#fff"/>')
    for i in range(6):
        x, y = at(0, i / 5)
        parts.append(f'<path d="M{x} {y}H{width - 20}" stroke="#dee2e6"/><text x="16" y="{y + 4}">{i / 5:.1f}</text>')
    for n, values in rows.items():
        x, _ = at(n, 0)
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{n}</text>')
        parts += [f'<circle cx="{x:.1f}" cy="{at(n, v)[1]:.1f}" r="3" fill="#adb5bd"/>' for v in values]
    line = " ".join("{:.1f},{:.1f}".format(*at(n, float(np.mean(v)))) for n, v in rows.items())
    parts.append(f'<polyline points="{line}" fill="none" stroke="#4c6ef5" stroke-width="2"/>')
    parts.append(f'<text x="{width / 2}" y="{height - 6}" text-anchor="middle">corrected drawings of the source</text>')
    return "".join(parts) + "</svg>\n"


def main() -> None:
    """Run what is missing, then write table and plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", type=Path, required=True, help="COCO keypoints of the new source")
    parser.add_argument("--shards", type=Path, required=True, help="folder of synthetic shards")
    parser.add_argument("--model", default="sketch-thunder", help="model that has not seen the source")
    parser.add_argument("--source", help="only the drawings of this source")
    parser.add_argument("--counts", type=int, nargs="+", default=[0, 5, 10, 20, 40], help="0 first")
    parser.add_argument("--test", type=int, help="test drawings (default: a sixth)")
    parser.add_argument("--samples", type=int, default=640, help="crops per fine-tuning")
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--out", type=Path, default=Path("runs/curve"))
    args = parser.parse_args()
    truth = read_truth(args.dataset)
    if args.source:
        truth = dataclasses.replace(truth, images=tuple(i for i in truth.images if i.source == args.source))
    args.out.mkdir(parents=True, exist_ok=True)
    store = args.out / "curve.json"
    done: dict[str, Run] = json.loads(store.read_text())["runs"] if store.is_file() else {}
    for seed in range(args.seeds):
        for count in args.counts:
            key = f"{count}/{seed}"
            if key not in done:
                done[key] = one_run(args, truth, count, seed, args.out / "work")
                record = {"machine": facts(), "options": {k: str(v) for k, v in vars(args).items()}, "runs": done}
                write_atomic(store, (json.dumps(record, indent=1) + "\n").encode())
                print(key, {name: round(value, 3) for name, value in done[key].items() if name != "oks"}, flush=True)
    rows = {n: [done[f"{n}/{s}"]["ar"] for s in range(args.seeds)] for n in args.counts}
    print(f"\n{'N':>4}{'AR':>8}{'AP':>8}{'PCK.1':>8}{'OKS change, 95 % interval':>32}")
    for n in args.counts:
        runs = [done[f"{n}/{s}"] for s in range(args.seeds)]
        ar, ap, pck = (float(np.mean([run[name] for run in runs])) for name in ("ar", "ap", "pck10"))
        mean, low, high = change([(done[f"{args.counts[0]}/{s}"], run) for s, run in enumerate(runs)])
        print(f"{n:>4}{ar:>8.3f}{ap:>8.3f}{pck:>8.3f}{mean:>+14.3f}  {low:+.3f} to {high:+.3f}")
    write_atomic(args.out / "curve.svg", plot(rows).encode())


if __name__ == "__main__":
    main()
