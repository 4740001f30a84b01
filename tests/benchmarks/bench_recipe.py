"""What keeps a network from forgetting what it was published for: short trainings that differ in one thing.

    python tests/benchmarks/bench_recipe.py --shards SHARDS --photos seen.json \\
        --set lines=data/everkinetic/annotations.json --set photos=unseen.json

Every variant starts from the published weights and sees the same synthetic crops; then its weights and two averages
with the published ones are measured: the share of people that are right with true boxes (mean over OKS .50 to .95, one
look by one network, the decoder in the graph). The photographs mixed in must not be among those measured.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SHARES = (1.0, 0.8, 0.6)
PLAIN_GATE = 1000.0
VARIANTS: dict[str, dict[str, Any]] = {
    "synthetic drawings only": {},
    "taught by the published network where it is right": {"loss": {"distill": 1.0}},
    "pulled towards the published weights": {"loss": {"elastic": 0.01}},
    "trunk at a twentieth of the rate": {"trunk": 0.05},
    "trunk at the full rate": {"trunk": 1.0},
    "no frozen blocks": {"frozen": 0},
    "photographs mixed in, one in five": {"photos": 0.25},
}


def main() -> None:
    """Train what is missing, measure, print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shards", type=Path, required=True, help="folder of synthetic shards")
    parser.add_argument("--photos", type=Path, required=True, help="COCO file of photographs to mix in")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=FILE", help="COCO file to measure on")
    parser.add_argument("--init", default="movenet-thunder")
    parser.add_argument("--samples", type=int, default=3000, help="crops per variant")
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "recipe")
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from machine import save, table

    from sketchpose.model import ModelFolder
    from sketchpose.train.average import sweep
    from sketchpose.train.config import LossConfig, SetConfig, Stage, TrainConfig
    from sketchpose.train.loop import Trainer
    from sketchpose.train.run import CHECKPOINT
    from sketchpose.train.validate import read_validation

    published = ModelFolder.open(args.init)
    chosen = tuple(SetConfig(name, "coco", file, min_joints=8) for name, file in (s.split("=", 1) for s in args.set))
    sets = read_validation(chosen, published.card.people, published.card.input_size)
    rows: list[dict[str, Any]] = []

    def measure(variant: str, model: ModelFolder, shares: tuple[float, ...], gate: float | None = None) -> None:
        for share, right in sweep(published, model, shares, sets, gate):
            rows.append({"variant": variant, "share of new": share} | {n: round(v, 3) for n, v in right.items()})
            print(rows[-1], flush=True)

    measure("as published", published, (1.0,))
    for variant, options in VARIANTS.items():
        folder = args.out / variant.replace(" ", "-").replace(",", "")
        train = [SetConfig("synth", "shards", str(args.shards))]
        if "photos" in options:
            train.append(SetConfig("photos", "coco", str(args.photos), options["photos"], min_joints=8, photo=True))
        config = TrainConfig(
            name="recipe",
            init=args.init,
            sets=tuple(train),
            stages=(Stage(size=args.size, batch=24, frozen=options.get("frozen", 2)),),
            samples=args.samples,
            rate=args.rate,
            trunk=options.get("trunk", 0.25),
            warmup=20,
            average=0.98,
            precision="bfloat16",
            gate=20,
            threads=1,
            loss=LossConfig(center=0.1, **options.get("loss", {})),
        )
        finished = folder / "model" / config.name
        if not finished.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
            Trainer(config, folder, lambda _: None).run()
            (folder / CHECKPOINT).unlink()
        measure(variant, ModelFolder.open(finished), SHARES)
        if not options:
            measure(f"{variant}, plain maximum of the heat", ModelFolder.open(finished), (1.0,), PLAIN_GATE)
    print(table(rows))
    print(save("recipe", rows))


if __name__ == "__main__":
    main()
