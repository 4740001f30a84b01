"""How much do corrections pay? Scores on unseen drawings against how many people were learnt from.

    python tests/benchmarks/bench_learning_curve.py --dataset DATA/train.json --unseen DATA/val.json --shards SHARDS

For every seed the drawings of the set are shuffled, and the first with N people in all are added to synthetic ones in a
short fine-tuning. Measured is either on the sources of another set (``--unseen``), or on the last drawings of the same
one, which are never learnt from. N = 0 fine-tunes on synthetic drawings alone, so that the curve shows the corrections
and not the extra steps; ``--alone`` adds the curve without synthetic drawings, which begins at the model as it is. What
N people change is measured person by person against N = 0 of the same seed, with a bootstrap over people. Writes
``curve.json``, ``curve.svg`` and a table; runs that are in ``curve.json`` already are not repeated.
"""

import argparse
import dataclasses
import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from machine import facts

from sketchpose.estimate import load_estimator
from sketchpose.evaluate import TruthSet, evaluate, read_truth
from sketchpose.evaluate.truth import Annotated
from sketchpose.files import write_atomic
from sketchpose.train.config import LossConfig, SetConfig, Stage, TrainConfig
from sketchpose.train.loop import Trainer

DRAWS = 10_000
EVERYONE = 2**31
LINES = (("#0b7285", ""), ("#e8590c", 'stroke-dasharray="6 4"'))
Run = dict[str, Any]


def subset(dataset: Path, images: tuple[Annotated, ...], folder: Path) -> Path:
    """Write some drawings of a set as a set of their own."""
    document, kept = json.loads(dataset.read_text()), {image.id for image in images}
    document["images"] = [record for record in document["images"] if record["id"] in kept]
    document["annotations"] = [record for record in document["annotations"] if record["image_id"] in kept]
    folder.mkdir(parents=True)
    (folder / "images").symlink_to((dataset.parent / "images").resolve())
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder / "annotations.json"


def first_with(people: int, images: tuple[Annotated, ...]) -> tuple[Annotated, ...]:
    """Return the first drawings that hold so many people together; all of them where they hold fewer."""
    before = np.cumsum([0, *(len(image.people) for image in images)])[:-1]
    return tuple(image for image, sum_before in zip(images, before, strict=True) if sum_before < people)


def one_run(args: argparse.Namespace, truth: TruthSet, count: int, seed: int, alone: bool, folder: Path) -> Run:
    """Fine-tune with ``count`` people, ``alone`` or among synthetic ones, and measure on the test drawings."""
    shuffled = tuple(truth.images[i] for i in np.random.default_rng(seed).permutation(len(truth.images)))
    if args.unseen:
        test = read_truth(args.unseen)
    else:
        held_out = args.test or max(1, len(shuffled) // 6)
        test = dataclasses.replace(truth, images=shuffled[-held_out:])
        shuffled = shuffled[:-held_out]
    sets = [] if alone else [SetConfig("synth", "shards", str(args.shards), weight=1.0)]
    learnt = first_with(count, shuffled)
    if learnt:
        sets.append(SetConfig("corrected", "coco", str(subset(args.dataset, learnt, folder / "set")), weight=1.0))
    model = args.model
    if sets:
        config = TrainConfig(
            name="curve",
            init=args.model,
            sets=tuple(sets),
            stages=(Stage(size=args.size, batch=16, frozen=args.frozen),),
            samples=args.samples,
            rate=args.rate,
            warmup=10,
            average=0.9,
            seed=seed,
            precision=args.precision,
            threads=1,
            loss=LossConfig(elastic=args.elastic),
        )
        model = str(Trainer(config, folder / "run", lambda _: None).run().path)
    report = evaluate(load_estimator("sketch", model=model), test, worst=EVERYONE)
    shutil.rmtree(folder, ignore_errors=True)
    return {
        "people": sum(len(image.people) for image in learnt),
        "ap": report.overall.ap,
        "ar": report.overall.ar,
        "pck10": report.overall.pck10,
        "macro_ap": float(np.mean([result.ap for result in report.sources.values()])),
        "oks": {str(case.person.id): round(case.oks, 3) for case in report.worst},
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


def plot(curves: dict[str, dict[int, list[float]]]) -> str:
    """Return an SVG of the curves: every seed's value (marks) and their mean (line) against N, N evenly spaced."""
    width, height, left, bottom = 420, 260, 50, 220
    counts = sorted({n for curve in curves.values() for n in curve})
    values = [value for curve in curves.values() for seeds in curve.values() for value in seeds]
    low, high = np.floor(min(values) * 20) / 20, np.ceil(max(values) * 20) / 20

    def at(n: int, value: float) -> tuple[float, float]:
        x = left + 20 + (width - left - 60) * counts.index(n) / max(1, len(counts) - 1)
        return x, bottom - (bottom - 40) * (value - low) / (high - low)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" ']
    parts.append('font-size="12"><rect width="100%" height="100%" fill="#fff"/>')
    for value in np.arange(low, high + 0.01, 0.05):
        _, y = at(counts[0], float(value))
        parts.append(f'<path d="M{left} {y:.1f}H{width - 20}" stroke="#dee2e6"/><text x="16" y="{y + 4:.1f}">')
        parts.append(f"{value:.2f}</text>")
    for n in counts:
        parts.append(f'<text x="{at(n, low)[0]:.1f}" y="{bottom + 18}" text-anchor="middle">{n}</text>')
    for (name, curve), (colour, dashes) in zip(curves.items(), LINES, strict=False):
        points = {n: at(n, float(np.mean(seeds))) for n, seeds in sorted(curve.items())}
        for n, seeds in curve.items():
            marks = [at(n, value) for value in seeds]
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}" opacity=".5"/>' for x, y in marks]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points.values())
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" {dashes}/>')
        y = 16 + 14 * list(curves).index(name)
        parts.append(f'<path d="M{left} {y - 4}h24" stroke="{colour}" stroke-width="2" {dashes}/>')
        parts.append(f'<text x="{left + 30}" y="{y}">{name}</text>')
    parts.append(f'<text x="{width / 2}" y="{height - 6}" text-anchor="middle">people learnt from</text>')
    return "".join(parts) + "</svg>\n"


def main() -> None:
    """Run what is missing, then write table and plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", type=Path, required=True, help="COCO keypoints to learn from")
    parser.add_argument("--unseen", type=Path, help="COCO keypoints of other sources to measure on")
    parser.add_argument("--shards", type=Path, required=True, help="folder of synthetic shards")
    parser.add_argument("--model", default="sketch-thunder", help="model that has not seen the sources")
    parser.add_argument("--source", help="only the drawings of this source")
    parser.add_argument("--counts", type=int, nargs="+", default=[0, 5, 10, 20, 40], help="people; 0 first")
    parser.add_argument("--test", type=int, help="test drawings where nothing else is measured on (default: a sixth)")
    parser.add_argument("--alone", action="store_true", help="also without synthetic drawings")
    parser.add_argument("--samples", type=int, default=640, help="crops per fine-tuning")
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--elastic", type=float, default=0.0, help="pull towards the first weights")
    parser.add_argument("--frozen", type=int, default=2, help="first blocks that keep their weights")
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
    curves = {"with synthetic drawings": False} | ({"without": True} if args.alone else {})
    for seed, count, alone in itertools.product(range(args.seeds), args.counts, curves.values()):
        key = f"{count}/{seed}{'/alone' if alone else ''}"
        if key not in done:
            done[key] = one_run(args, truth, count, seed, alone, args.out / "work")
            record = {"machine": facts(), "options": {k: str(v) for k, v in vars(args).items()}, "runs": done}
            write_atomic(store, (json.dumps(record, indent=1) + "\n").encode())
            print(key, {name: round(value, 3) for name, value in done[key].items() if name != "oks"}, flush=True)
    plotted: dict[str, dict[int, list[float]]] = {}
    for name, alone in curves.items():
        print(f"\n{name}\n{'N':>5}{'AR':>8}{'AP':>8}{'macro':>8}{'PCK.1':>8}{'OKS change, 95 % interval':>32}")
        plotted[name] = {}
        for n in args.counts:
            runs = [done[f"{n}/{s}{'/alone' if alone else ''}"] for s in range(args.seeds)]
            cells = [float(np.mean([run[field] for run in runs])) for field in ("ar", "ap", "macro_ap", "pck10")]
            people = round(np.mean([run["people"] for run in runs]))
            plotted[name][people] = [run["ar"] for run in runs]
            mean, low, high = change([(done[f"{args.counts[0]}/{s}"], run) for s, run in enumerate(runs)])
            row = "".join(f"{value:>8.3f}" for value in cells)
            print(f"{people:>5}{row}{mean:>+14.3f}  {low:+.3f} to {high:+.3f}")
    write_atomic(args.out / "curve.svg", plot(plotted).encode())


if __name__ == "__main__":
    main()
