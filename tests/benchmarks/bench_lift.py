"""How well joints are lifted into space, on bodies that nothing was learned from, and how long it takes.

    python tests/benchmarks/bench_lift.py [--bodies 600] [--drawn 150]
    python tests/benchmarks/bench_lift.py sheet COCO.json --out FOLDER [--people 40]

The second draws real drawings beside their mannequins, from the camera of the drawing, from the side and from above, to
be graded by eye; the grades stand in ``results/lift_grades.json``.

MPJPE: the mean distance of the 17 joints in space, the middles of the hips on each other, in the axes of the eye, both
bodies as large as the picture shows them. PA-MPJPE: the same after the best shift, turn and scale. In millimetres of
the true body, and in shares of its height. Best of three: of the bodies that are offered, the nearest to the truth.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from bench_judged import queries
from machine import RESULTS, save, table

from sketchpose.images import read_image
from sketchpose.lift.fit import Bodies, Ease, fit, look
from sketchpose.lift.lifting import bodies_of, lift_pose
from sketchpose.lift.making.lessons import LOOK, Views, sample_bank, views
from sketchpose.lift.network import load_network, prepare
from sketchpose.lift.rotations import Floats, about
from sketchpose.lift.standard import measures, standard_rig
from sketchpose.pose import Pose
from sketchpose.skeleton import BODY
from sketchpose.synth.people.body import PART, PARTS
from sketchpose.synth.people.posing import build, complete
from sketchpose.synth.people.recipes import is_held_out

BODY_SEEDS = 61_000_000
DRAWING_SEEDS = 62_000_000
HEIGHT = 1.33
"""Height of a body in sizes, which are the length of trunk and leg: that of the standard body."""
Answer = list[tuple[Floats, Floats]]
"""Bodies that are offered: joints (17, 3) in the axes of the eye, in units of the picture, and where they are seen."""
Method = Callable[[Floats, Floats], Answer]


def shipped(points: Floats, weights: Floats) -> Answer:
    pose = Pose.annotated(points, np.where(weights > 0, 2, 0))
    pose = replace(pose, scores=np.asarray(weights * 0.6, np.float32))
    return [
        (body.joints @ body.camera.rotation.T * body.camera.focal, body.camera.project(body.joints))
        for body in lift_pose(pose)
    ]


def seen_as(bodies: Bodies, points: Floats, weights: Floats) -> Answer:
    count = len(bodies.turns)
    seen = look(
        RIG.take(np.zeros(count, int)), bodies, np.repeat(points[None], count, 0), np.repeat(weights[None], count, 0)
    )
    return [(seen.joints[i] * seen.scale[i], seen.points[i]) for i in range(count)]


def network_alone(points: Floats, weights: Floats) -> Answer:
    return seen_as(bodies_of(load_network()(prepare(points[None], weights[None]))), points, weights)


def from_the_mean_pose(points: Floats, weights: Floats) -> Answer:
    """Fitting alone: from a relaxed body that faces the viewer, a side or away, whichever ends nearest."""
    relaxed = build("relaxed", complete({}), (25.0, 25.0)).turns
    turns = np.tile(np.array([relaxed.get(part, np.eye(3)) for part in PARTS]), (4, 1, 1, 1))
    turns[:, PART["pelvis"]] = LOOK @ about(2, np.deg2rad([0, 90, 180, 270])) @ turns[:, PART["pelvis"]]
    start = Bodies(turns, np.zeros((4, 8)), np.full(4, 0.2))
    found = fit(RIG.take(np.zeros(4, int)), start, points, weights, Ease(60, 60, 0.05, 0.1), steps=30)
    answers = seen_as(found, points, weights)
    errors = [np.linalg.norm((place - points)[weights > 0], axis=1).mean() for _, place in answers]
    return [answers[i] for i in np.argsort(errors)[:3]]


def foreshortening(points: Floats, weights: Floats) -> Answer:
    """Each limb as deep as it is too short for its length (Taylor 2000): arms and knees forward, feet backward."""
    lengths = dict(zip(("uarm", "farm", "thigh", "shin"), STANDARD[:4], strict=True))
    limbs = ((5, "uarm", -1), (7, "farm", -1), (11, "thigh", -1), (13, "shin", 1))
    chains = [((a + side, a + side + 2), name, sign) for a, name, sign in limbs for side in (0, 1)]
    there = weights > 0
    flat = np.where(there[:, None], points, points[there].mean(0))
    seen = [(np.linalg.norm(flat[b] - flat[a]), lengths[name]) for (a, b), name, _ in chains if there[a] and there[b]]
    trunk = np.linalg.norm(flat[[5, 6]].mean(0) - flat[[11, 12]].mean(0))
    scale = max([long / real for long, real in seen] + [trunk / STANDARD[4]])
    deep = np.zeros(17)
    for (a, b), name, sign in chains:
        short = np.linalg.norm(flat[b] - flat[a]) / scale
        deep[b] = deep[a] + sign * np.sqrt(max(lengths[name] ** 2 - short**2, 0)) * scale
    return [(np.column_stack([flat, deep]), flat)]


RIG = standard_rig()
STANDARD = measures(RIG, np.ones((1, len(PARTS), 2)))[0]
METHODS: dict[str, Method] = {
    "SketchPose": shipped, "network without fitting": network_alone, "fitting from the mean pose": from_the_mean_pose,
    "foreshortening of limbs": foreshortening,
}  # fmt: skip


def mpjpe(guess: Floats, truth: Floats) -> float:
    middle = [joints - joints[[11, 12]].mean(0) for joints in (guess, truth)]
    return float(np.linalg.norm(middle[0] - middle[1], axis=1).mean())


def pa_mpjpe(guess: Floats, truth: Floats) -> float:
    a, b = guess - guess.mean(0), truth - truth.mean(0)
    u, s, vt = np.linalg.svd(a.T @ b)
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turned = a @ u @ flip @ vt * ((s * np.diag(flip)).sum() / (a**2).sum())
    return float(np.linalg.norm(turned - b, axis=1).mean())


def judge(method: Method, cases: Iterable[tuple[Floats, Floats, Floats, float, Floats]]) -> dict[str, float]:
    """Return means of a method over cases: points, weights, true joints in units of the picture, mm a unit, points."""
    rows = []
    for points, weights, truth, unit, exact in cases:
        answers = method(points, weights)
        side = np.ptp(exact, axis=0).max()
        off = np.linalg.norm((answers[0][1] - points)[weights > 0], axis=1).mean() / side
        errors = np.array([[mpjpe(joints, truth) * unit, pa_mpjpe(joints, truth) * unit] for joints, _ in answers])
        height = HEIGHT * (np.linalg.norm(truth[5:7].mean(0) - truth[11:13].mean(0)) + np.mean(
            [np.linalg.norm(truth[b] - truth[a]) for a, b in ((11, 13), (12, 14))]) + np.mean(
            [np.linalg.norm(truth[b] - truth[a]) for a, b in ((13, 15), (14, 16))])) * unit  # fmt: skip
        best = errors[:, 1].argmin()
        rows.append([*errors[0], *errors[best], errors[0, 0] / height, errors[0, 1] / height, off, len(answers),
                     float(best != 0 and errors[best, 1] < 0.7 * errors[0, 1])])  # fmt: skip
    names = ("MPJPE mm", "PA mm", "best of 3: MPJPE mm", "best of 3: PA mm", "MPJPE % of height", "PA % of height",
             "2D % of box", "bodies", "ambiguous %")  # fmt: skip
    means = np.mean(rows, 0) * ([1] * 4 + [100] * 3 + [1, 100])
    return {name: round(float(value), 1 if value >= 10 else 2) for name, value in zip(names, means, strict=True)}


def cases_of(seen: Views, noise: float = 0.0, missing: int = 0, keep: Floats | None = None) -> Iterable[Any]:
    """Yield cases of views: joints off by ``noise`` shares of the spread, so many of trunk and limbs missing."""
    rng = np.random.default_rng(9)
    for i in range(len(seen.exact)):
        exact, weights = seen.exact[i], np.ones(17)
        spread = np.sqrt(((exact - exact.mean(0)) ** 2).sum(1).mean())
        points = exact + rng.normal(0, 1, exact.shape) * noise * spread
        weights[rng.choice(BODY, missing, replace=False)] = 0
        if keep is None or keep[i]:
            yield 1000 * points, weights, 1000 * seen.joints[i], 1.0, 1000 * exact


def drawn_cases(count: int) -> list[Any]:
    """Return cases of synthetic drawings that the shipped model has read in their true boxes."""
    from sketchpose.estimate import load_estimator
    from sketchpose.synth import generate

    estimator, out = load_estimator(), []
    for seed in range(DRAWING_SEEDS, DRAWING_SEEDS + count):
        scene = generate(seed)
        people = [person for person in scene.persons if person.visibility.all()][:1]
        for person in people:
            pose = estimator.estimate(scene.image, [np.clip(person.box, 0, len(scene.image))])[0]
            camera = person.camera
            joints = (person.joints3d - camera.centre) @ camera.rotation.T
            weights = np.clip(pose.scores / 0.6, 0, 1).astype(float)
            unit = 1000 / camera.focal
            out.append((pose.keypoints.astype(float), weights, joints * camera.focal, unit, person.keypoints))
    return out


def measure(bodies: int, drawn: int) -> None:
    bank = sample_bank(range(BODY_SEEDS, BODY_SEEDS + bodies), train=False)
    seen = views(bank, bodies, np.random.default_rng(7), vary=False)
    new = np.array([is_held_out(name) for name in bank.names])
    rows: list[dict[str, Any]] = []

    def add(joints: str, method: str, cases: Iterable[Any]) -> None:
        cases = list(cases)
        rows.append({"joints": joints, "method": method, "people": len(cases)} | judge(METHODS[method], cases))
        print(rows[-1], flush=True)

    for method in METHODS:
        add("true", method, cases_of(seen))
    add("true, kinds of pose never learned from", "SketchPose", cases_of(seen, keep=new))
    for noise in (0.02, 0.05, 0.1):
        add(f"off by {noise:g} of the spread", "SketchPose", cases_of(seen, noise))
    for missing in (1, 2, 4, 6):
        add(f"{missing} of 12 missing", "SketchPose", cases_of(seen, missing=missing))
    if drawn:
        read = drawn_cases(drawn)
        for method in METHODS:
            add("read by the shipped model in synthetic drawings", method, read)
    times = []
    for points, weights, *_ in list(cases_of(seen))[:100]:
        start = time.perf_counter()
        shipped(points, weights)
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append({"time of one drawing, ms": round(times[50], 1), "95th percentile": round(times[95], 1),
                 "peak memory of this run, MiB": round(peak)})  # fmt: skip
    print(table([row for row in rows if "method" in row]), rows[-1], sep="\n")
    grades = RESULTS / "lift_grades.json"
    if grades.exists():
        given = list(json.loads(grades.read_text())["grades"].values())
        rows.append(
            {"real drawings": len(given)} | {g: given.count(g) for g in ("would draw from it", "limb off", "no use")}
        )
        print(rows[-1])
    save("lift", rows)


def sheet(coco: Path, out: Path, people: int) -> None:
    from sketchpose.encode import write_picture
    from sketchpose.lift.lifting import lift_pose
    from sketchpose.lift.mannequin import mannequin, stills
    from sketchpose.overlay import to_pixels
    from sketchpose.sheet import contact_sheet

    chosen = queries(coco)[:people]
    for page in range(0, len(chosen), 10):
        tiles, captions = [], []
        for number, (name, image, person) in enumerate(chosen[page : page + 10], page + 1):
            pose, picture = Pose.annotated(person.keypoints, person.visibility, person.box), read_image(image.path)
            try:
                bodies = lift_pose(pose)
            except ValueError as error:
                print(f"{number}. {name}: {error}")
                continue
            actor = mannequin(bodies[0])
            views = stills(bodies[0], actor, ("this camera", "right", "left", "above"), 300)
            drawing = _square(to_pixels(picture, [pose]), pose.box)
            tiles += [_square(picture.pixels, pose.box), drawing, *(v.reference.image for v in views.values())]
            told = f"{number}. {name}"
            captions += [
                told,
                f"{100 * bodies[0].error:.1f} % off, {len(bodies)} readings, {bodies[0].chance:.0%}",
                *views,
            ]
        write_picture(out / f"sheet_{page // 10}.png", contact_sheet(tiles, captions, columns=6))


def _square(pixels: Any, box: Floats, size: int = 300) -> Any:
    from PIL import Image

    x0, y0, x1, y1 = box
    side = 1.15 * max(x1 - x0, y1 - y0)
    left, top = (x0 + x1 - side) / 2, (y0 + y1 - side) / 2
    image = Image.fromarray(pixels).transform(
        (size, size), Image.Transform.AFFINE, (side / size, 0, left, 0, side / size, top), Image.Resampling.BICUBIC,
        fillcolor="white",
    )  # fmt: skip
    return np.asarray(image)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bodies", type=int, default=600)
    parser.add_argument("--drawn", type=int, default=150)
    commands = parser.add_subparsers(dest="command")
    drawing = commands.add_parser("sheet")
    drawing.add_argument("coco", type=Path)
    drawing.add_argument("--out", type=Path, required=True)
    drawing.add_argument("--people", type=int, default=40)
    arguments = parser.parse_args()
    if arguments.command == "sheet":
        sheet(arguments.coco, arguments.out, arguments.people)
    else:
        measure(arguments.bodies, arguments.drawn)


if __name__ == "__main__":
    main()
