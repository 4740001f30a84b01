"""Searches judged by eye: how good the first eight references of real drawings are.

    python tests/benchmarks/bench_judged.py pool DATA/val.json --name shipped      # what the present code finds
    python tests/benchmarks/bench_judged.py sheets DATA/val.json --out SHEETS      # what is not graded yet, unnamed
    python tests/benchmarks/bench_judged.py grade SHEETS grades.txt                # a line for each sheet, from 0 to 3
    python tests/benchmarks/bench_judged.py score
    python tests/benchmarks/bench_judged.py tell DATA/val.json     # whether the score tells good references apart
    python tests/benchmarks/bench_judged.py relearn DATA/val.json  # whether an order learnt from the grades is better

Of 40 drawings one person each is looked for in the built-in gallery, by its true joints and as the shipped model reads
it. What any method finds first is pooled and graded without saying who found it: 3 one would draw from it as it is, 2
one limb is to be changed, 1 only the stance is alike, 0 no use. Every second drawing is held back: nothing is chosen
by it. Grades and pool lie in ``results/judged.json.xz``; a picture is named by its place in the gallery, ``~`` marks
its mirror image.
"""

import argparse
import json
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from machine import RESULTS, facts
from numpy.typing import NDArray
from retrieval_baselines import BASELINES

from sketchpose import load_estimator
from sketchpose.evaluate.truth import Annotated, TruePerson, read_truth
from sketchpose.images import WORK_SIDE, read_image
from sketchpose.pose import Pose
from sketchpose.retrieve import Options
from sketchpose.retrieve.descriptor import limbs, mirrored
from sketchpose.retrieve.gallery.gallery import Gallery, open_gallery
from sketchpose.retrieve.gallery.library import Shelf
from sketchpose.retrieve.match import compare
from sketchpose.retrieve.people import Floats, pose_scores
from sketchpose.retrieve.sheet import tile
from sketchpose.sheet import contact_sheet

STORE = RESULTS / "judged.json.xz"
QUERIES, FIRST = 40, 8
COMPARED = ("joint cosine (STLPose)", "box L2 (sketch-search)", "joint angles (pose-search)")
TILE, COLUMNS = 170, 8
DRAWS = 10_000
PULL = 300.0
"""How strongly the weights of an order that is learnt from grades are drawn to zero."""
Query = tuple[str, Annotated, TruePerson]
Store = dict[str, Any]


def queries(truth: Path) -> list[Query]:
    """Return the largest person of each of 40 drawings, the sources taken in turn."""
    images = read_truth(truth).images
    order = np.random.default_rng(0).permutation(len(images))
    by_source: dict[str, list[Annotated]] = {}
    for i in order:
        if any(not person.ignore for person in images[i].people):
            by_source.setdefault(images[i].source, []).append(images[i])
    chosen: list[Annotated] = []
    while len(chosen) < QUERIES:
        chosen += [by_source[source].pop() for source in sorted(by_source) if by_source[source]]
    return [
        (f"{image.source}/{image.path.name}", image, max(image.people, key=lambda p: (not p.ignore, p.area)))
        for image in chosen[:QUERIES]
    ]


def read_store() -> Store:
    """Return pool and grades so far."""
    return json.loads(lzma.decompress(STORE.read_bytes())) if STORE.is_file() else {"pool": {}, "grades": {}}


def write_store(store: Store) -> None:
    """Keep pool and grades."""
    STORE.write_bytes(lzma.compress(json.dumps({"machine": facts(), **store}).encode()))


def found_by_us(shelf: Shelf, pose: Pose) -> list[str]:
    """Return the first references of the shipped search, one view of each pose."""
    results = shelf.find(pose, Options(k=FIRST), one_per_pose=True)
    return [result.entry.path + ("~" if result.match.mirrored else "") for result in results]


def found_by(name: str, gallery: Gallery, pose: Pose) -> list[str]:
    """Return the first references by a baseline, one view of each pose."""
    people, scores = gallery.people, pose_scores(pose)
    distances = []
    for points, weights in ((pose.keypoints, scores), mirrored(pose.keypoints, scores)):
        joints = np.flatnonzero(weights > 0)
        vectors = BASELINES[name](np.concatenate([points[None], people.keypoints]), joints)
        distances.append(np.linalg.norm(vectors[1:] - vectors[0], axis=1))
    best = np.minimum(*distances)
    found: dict[str, str] = {}
    for row in np.argsort(best):
        entry = gallery.entries[people.image[row]]
        found.setdefault(entry.group or entry.path, entry.path + ("~" if distances[1][row] < distances[0][row] else ""))
        if len(found) == FIRST:
            break
    return list(found.values())


def pool(args: argparse.Namespace) -> None:
    """Search, and keep what was found."""
    store, estimator = read_store(), load_estimator(model=args.model)
    shelf = Shelf(open_gallery())
    for name, image, person in queries(args.truth):
        picture = read_image(image.path, work_side=WORK_SIDE)
        (read,) = estimator.estimate(picture, [person.box])
        true = Pose.annotated(person.keypoints, person.visibility)
        for joints, pose in (("read", read), ("true", true)):
            kept = store["pool"].setdefault(name, {})
            kept[f"{args.name}, {joints}"] = found_by_us(shelf, pose)
            for other in COMPARED:
                kept[f"{other}, {joints}"] = found_by(other, shelf.gallery, pose)
    write_store(store)


def sheets(args: argparse.Namespace) -> None:
    """Draw what is not graded yet: the drawing, beside it numbered pictures in an order that says nothing."""
    store, gallery = read_store(), open_gallery()
    args.out.mkdir(parents=True, exist_ok=True)
    places = {entry.path: i for i, entry in enumerate(gallery.entries)}
    asked: dict[str, list[str]] = {}
    for name, image, person in queries(args.truth):
        graded = store["grades"].get(name, {})
        open_ones = {item for found in store["pool"].get(name, {}).values() for item in found if item not in graded}
        if not open_ones:
            continue
        order = [str(item) for item in np.random.default_rng(len(name)).permutation(sorted(open_ones))]
        tiles = [thumbnail(gallery, places[item.rstrip("~")], item.endswith("~")) for item in order]
        found = contact_sheet(tiles, [str(n) for n in range(1, len(order) + 1)], columns=COLUMNS)
        drawing = tile(read_image(image.path, work_side=WORK_SIDE), person.box, size=2 * TILE)
        sheet = np.full((max(len(found), len(drawing)), drawing.shape[1] + found.shape[1], 3), 255, np.uint8)
        sheet[: len(drawing), : drawing.shape[1]] = drawing
        sheet[: len(found), drawing.shape[1] :] = found
        cv2.imwrite(str(args.out / f"{len(asked):02}.png"), sheet[:, :, ::-1])
        asked[name] = order
    (args.out / "asked.json").write_text(json.dumps(asked))
    print(f"{len(asked)} sheets, {sum(map(len, asked.values()))} pictures")


def thumbnail(gallery: Gallery, image: int, flipped: bool) -> NDArray[np.uint8]:
    """Return a picture of the gallery as a tile."""
    pixels = read_image(gallery.thumbnail(image)).pixels
    scale = TILE / max(pixels.shape[:2])
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    made = np.full((TILE, TILE, 3), 255, np.uint8)
    y, x = (TILE - size[1]) // 2, (TILE - size[0]) // 2
    made[y : y + size[1], x : x + size[0]] = small
    return made[:, ::-1] if flipped else made


def grade(args: argparse.Namespace) -> None:
    """Take grades from a text file: number of the sheet, then the grades of its pictures."""
    store, asked = read_store(), json.loads((args.sheets / "asked.json").read_text())
    names = list(asked)
    for line in args.grades.read_text().splitlines():
        number, *grades = line.split()
        name = names[int(number)]
        if len(grades) != len(asked[name]) or not set(grades) <= set("0123"):
            raise SystemExit(
                f"Sheet {number} holds {len(asked[name])} pictures, {len(grades)} grades from 0 to 3 given."
            )
        store["grades"].setdefault(name, {}).update(zip(asked[name], map(int, grades), strict=True))
    write_store(store)


def gain(grades: list[int]) -> float:
    """Return the discounted gain of grades in order."""
    return float(sum((2**value - 1) / np.log2(place + 2) for place, value in enumerate(grades)))


def ndcg(got: list[int], graded: list[int]) -> float:
    """Return the gain of the first eight as a share of the best that the grades allow; NaN where all are 0."""
    ideal = gain(sorted(graded, reverse=True)[:FIRST])
    return gain(got[:FIRST]) / ideal if ideal else float("nan")


def score(_: argparse.Namespace) -> None:
    """Print nDCG at 8, and how many drawings have something to draw from, for both halves."""
    store = read_store()
    names = list(store["pool"])
    methods = sorted({method for found in store["pool"].values() for method in found})
    print(f"{'':<40}{'chosen on':>16}{'held back, 95 %':>26}{'grade 3':>10}{'graded':>9}")
    for method in methods:
        values, best, known = [], [], []
        for name in names:
            grades, found = store["grades"].get(name, {}), store["pool"][name].get(method, [])
            got = [grades.get(item, 0) for item in found]
            values.append(ndcg(got, list(grades.values())))
            best.append(max(got, default=0) == 3)
            known += [item in grades for item in found]
        first, held = np.array(values[::2]), np.array(values[1::2])
        held = held[~np.isnan(held)]
        drawn = np.random.default_rng(0).choice(held, (DRAWS, len(held))).mean(1)
        low, high = np.quantile(drawn, (0.025, 0.975))
        interval = f"{held.mean():.3f} ({low:.2f} to {high:.2f})"
        print(f"{method:<40}{np.nanmean(first):>16.3f}{interval:>26}{np.mean(best):>10.2f}{np.mean(known):>9.2f}")


def tell(args: argparse.Namespace) -> None:
    """Print how often a reference of a grade has a higher score than one of a lower grade: .5 is chance."""
    estimator, graded = load_estimator(model=args.model), list(graded_references(args.truth))
    scores: dict[str, list[float]] = {"read": [], "true": []}
    for image, person, references in graded:
        (read,) = estimator.estimate(read_image(image.path, work_side=WORK_SIDE), [person.box])
        true = Pose.annotated(person.keypoints, person.visibility)
        for joints, pose in (("read", read), ("true", true)):
            scores[joints] += [float(differences(pose, *reference)[0]) for reference, _ in references]
    grades = np.array([grade for _, _, references in graded for _, grade in references])
    print(f"{len(grades)} references, by grade {np.bincount(grades, minlength=4).tolist()}")
    for joints, values in scores.items():
        for least in (2, 3):
            above, below = (np.array(values)[grades >= least], np.array(values)[grades < least])
            share = float(((above[:, None] > below) + 0.5 * (above[:, None] == below)).mean())
            print(f"joints {joints}: grade {least} or better against the others {share:.3f}")


def graded_references(truth: Path) -> Iterator[tuple[Annotated, TruePerson, list[tuple[tuple[Floats, Floats], int]]]]:
    """Yield each query with what was graded for it: people (n, 17, 2) with scores (n, 17), as they are shown."""
    store, gallery = read_store(), open_gallery()
    people, places = gallery.people, {entry.path: i for i, entry in enumerate(gallery.entries)}
    for name, image, person in queries(truth):
        references = []
        for item, value in store["grades"].get(name, {}).items():
            if (place := places.get(item.rstrip("~"))) is None:
                continue
            rows = np.flatnonzero(people.image == place)
            shown = people.keypoints[rows], people.scores[rows]
            if item.endswith("~"):
                turned = [mirrored(points, sure) for points, sure in zip(*shown, strict=True)]
                shown = np.stack([points for points, _ in turned]), np.stack([sure for _, sure in turned])
            references.append((shown, value))
        yield image, person, references


def differences(pose: Pose, keypoints: Floats, scores: Floats) -> Floats:
    """Return what tells a pose from the nearest of some people: their score, then limbs in agreement, angle, length."""
    sure = pose_scores(pose)
    compared = compare("same", pose.keypoints, sure, keypoints, scores)
    best = int(compared.score.argmax())
    mine, weights, _ = limbs(pose.keypoints[None], sure[None])
    theirs, known, _ = limbs(keypoints[best][None], scores[best][None])
    both = (weights * known)[0] > 0
    a, b = mine[0][both], theirs[0][both]
    lengths = np.maximum([np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)], 1e-3)
    angles = np.arccos(np.clip((a * b).sum(1) / lengths.prod(0), -1, 1))
    shorter = np.abs(np.log(lengths[0] / lengths[1]))
    agreement = np.nan_to_num(compared.agreement[best])
    found = [compared.score[best], agreement.mean(), agreement.min(), (agreement < 0.5).sum()]
    found += [angles.mean(), angles.max(), (angles > np.pi / 6).sum(), shorter.mean(), shorter.max()]
    return np.array(found, np.float32)


def relearn(args: argparse.Namespace) -> None:
    """Print nDCG at 8 of what is graded by true joints, both halves: in our order, in learnt ones, by chance."""
    groups = []
    for _, person, references in graded_references(args.truth):
        pose = Pose.annotated(person.keypoints, person.visibility)
        groups.append((np.stack([differences(pose, *shown) for shown, _ in references]), [g for _, g in references]))
    every = np.concatenate([x for x, _ in groups])
    inputs = [(x - every.mean(0)) / every.std(0) for x, _ in groups]
    grades = [np.array(values) for _, values in groups]

    def learn(rows: list[int]) -> NDArray[np.float64]:
        x = np.concatenate([inputs[i] - inputs[i].mean(0) for i in rows])
        y = np.concatenate([grades[i] - grades[i].mean() for i in rows])
        return np.asarray(np.linalg.solve(x.T @ x + PULL * np.eye(x.shape[1]), x.T @ y))

    chance, all_rows = np.random.default_rng(0), list(range(len(groups)))
    orders: dict[str, Callable[[int], NDArray[Any]]] = {
        "ours": lambda i: groups[i][0][:, 0],
        "learnt from the other drawings": lambda i: inputs[i] @ learn([j for j in all_rows if j != i]),
        "learnt from all, this one too": lambda i: inputs[i] @ learn(all_rows),
        "by chance": lambda i: chance.random(len(grades[i])),
    }
    for name, order in orders.items():
        values = [ndcg(grades[i][np.argsort(-order(i))].tolist(), grades[i].tolist()) for i in all_rows]
        print(f"{name:<32}{np.nanmean(values[::2]):>8.3f}{np.nanmean(values[1::2]):>8.3f}")


def main() -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("pool", help="search and keep what was found")
    command.add_argument("truth", type=Path)
    command.add_argument("--name", required=True, help="of the present code, in the table")
    command.add_argument("--model", help="keypoint model")
    command.set_defaults(run=pool)
    command = commands.add_parser("sheets", help="draw what is not graded yet")
    command.add_argument("truth", type=Path)
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(run=sheets)
    command = commands.add_parser("grade", help="take grades from a text file")
    command.add_argument("sheets", type=Path)
    command.add_argument("grades", type=Path)
    command.set_defaults(run=grade)
    command = commands.add_parser("score", help="print the table")
    command.set_defaults(run=score)
    command = commands.add_parser("tell", help="whether the score tells good references apart")
    command.add_argument("truth", type=Path)
    command.add_argument("--model", help="keypoint model")
    command.set_defaults(run=tell)
    command = commands.add_parser("relearn", help="whether an order learnt from the grades is better")
    command.add_argument("truth", type=Path)
    command.set_defaults(run=relearn)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
