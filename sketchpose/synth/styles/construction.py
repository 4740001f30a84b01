"""Styles made of simple forms: construction, gesture, stick, mannequin."""

import numpy as np

from sketchpose.skeleton import INDEX
from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.styles.line import draw_contours, pick
from sketchpose.synth.styles.marks import face, muscles
from sketchpose.synth.styles.shapes import (
    Ellipsoid,
    Segment,
    capsule,
    construct,
    draw_head,
    front_curve,
    guessed_face,
    head_form,
    limbs,
    meridian,
    outline,
    segment,
    spine,
    spline,
    trunk_forms,
)
from sketchpose.synth.view.figure import Figure


def construction(figure: Figure, pen: Pen) -> None:
    """Balls, cylinders and axes, usually with the final lines begun over them."""
    rng = pen.rng
    p = pen.but(
        passes=int(rng.integers(1, 3)), wobble=rng.uniform(0.4, 1.2), width=rng.uniform(0.8, 1.6),
        alpha=rng.uniform(0.3, 0.65), rough=rng.uniform(0.3, 0.9), overshoot=rng.uniform(1, 5),
    )  # fmt: skip
    construct(figure, p)
    figure.faceless = True
    if rng.random() < 0.7:
        q = pen.but(
            passes=int(rng.integers(1, 3)), wobble=rng.uniform(0.4, 1.1), width=rng.uniform(1.1, 2.0),
            alpha=rng.uniform(0.5, 0.95), piece=rng.uniform(25, 70), overshoot=rng.uniform(1, 4),
            gaps=rng.uniform(0, 0.35),
        )  # fmt: skip
        face(figure, q, pick(rng, none=0.5, simple=0.3, anime=0.2))
        muscles(figure, q, rng.uniform(0, 0.4))
        draw_contours(figure, q, -0.4, 6, drop=rng.uniform(0, 0.3))


def gesture(figure: Figure, pen: Pen) -> None:
    """A few fast sweeping curves: line of action, sides of the limbs, loops for head and hips."""
    rng, j = pen.rng, figure.actor.joints
    p = pen.but(
        passes=int(rng.integers(1, 4)), wobble=rng.uniform(0.8, 2.6), width=rng.uniform(0.9, 2.8),
        alpha=rng.uniform(0.35, 0.95), rough=rng.uniform(0.2, 0.9), overshoot=rng.uniform(2, 9),
        taper=rng.uniform(0.5, 0.95), vary=0.5,
    )  # fmt: skip
    draw_head(figure, p, 1, bool(rng.random() < 0.4))
    figure.faceless = True
    back = spine(figure)
    side = str(rng.choice(["l_", "r_"]))
    action = np.concatenate([back[::-1][:4], [j[side + "kne"]], [j[side + "ank"]]])
    p.line(spline(figure.project(action), 40), 1.1, 0.9)
    for form in trunk_forms(figure):
        if rng.random() < 0.8:
            swollen = Ellipsoid(form.centre, form.frame, form.radii * rng.uniform(0.85, 1.1))
            outline(figure, swollen).draw(p, alpha=0.8)
    for s in ("l_", "r_"):
        for names, radius in ((("sho", "elb", "wri", "mid"), 0.05), (("hip", "kne", "ank", "toe"), 0.08)):
            chain = np.stack([j[s + n] for n in names])
            _sweep(figure, p, chain, radius)
    p.line(spline(figure.project(np.stack([j["l_sho"], j["neck"], j["r_sho"]]))), 1, 0.9)
    if rng.random() < 0.4:
        rough = p.but(passes=1, alpha=p.alpha * 0.8, piece=rng.uniform(30, 80), straight=rng.choice((0, 2.0)))
        draw_contours(figure, rough, -0.9, 9, drop=rng.uniform(0.1, 0.5), seams=False)


def _sweep(figure: Figure, pen: Pen, chain: Array, radius: float) -> None:
    """Draw the axis of a limb and its two bulging sides."""
    rng, q = pen.rng, figure.project(chain)
    if rng.random() < 0.65:
        pen.line(spline(q, 30), 1, 0.8)
    for sign in (-1, 1):
        if rng.random() > 0.85:
            continue
        side = []
        for i, joint in enumerate((1.05, 0.72, 0.5, 0.45)):
            d = q[min(i + 1, 3)] - q[max(i - 1, 0)]
            n = np.array([-d[1], d[0]]) / (np.linalg.norm(d) + 1e-6)
            side.append(q[i] + sign * n * figure.radius(chain[i], radius * joint))
            if i < 3:
                d = q[i + 1] - q[i]
                n = np.array([-d[1], d[0]]) / (np.linalg.norm(d) + 1e-6)
                bulge = figure.radius(chain[i], radius * (1.15, 0.85, 0.45)[i])
                side.append((q[i] + q[i + 1]) / 2 + sign * n * bulge)
        pen.line(spline(np.array(side), 40))


def stick(figure: Figure, pen: Pen) -> None:
    """Lines for limbs; without shoulder and hip bars the joints are where the drawn limbs start."""
    rng, j = pen.rng, figure.actor.joints
    thick = float(rng.choice((1.2, 2.0, 3.2, 6), p=(0.3, 0.35, 0.22, 0.13)))
    p = pen.but(
        passes=int(rng.integers(1, 3)) if thick < 3 else 1, wobble=rng.uniform(0.2, 1.3),
        width=thick * rng.uniform(0.8, 1.2), alpha=rng.uniform(0.6, 1), rough=rng.uniform(0, 0.7),
        overshoot=rng.uniform(0, 2), taper=rng.choice((0.1, 0.1, 0.6)),
    )  # fmt: skip
    ring, crossed = outline(figure, head_form(figure)), False
    if rng.random() < 0.45:
        crossed = bool(rng.random() < 0.5)
        draw_head(figure, p, 1, crossed)
    else:
        if rng.random() < 0.3:
            p.fill(ring.polygon(), p.colour)
        ring.draw(p)
    face(figure, p.but(width=1.2), pick(rng, none=0.7, dots=0.15, simple=0.15))
    p.line(spline(figure.project(spine(figure)[:4])))
    top, bottom = j["neck"], (j["l_hip"] + j["r_hip"]) / 2
    bars = rng.random() < 0.5
    shoulders = {s: j[s + "_sho"] if bars else top * 0.85 + bottom * 0.15 for s in "lr"}
    hips = {s: j[s + "_hip"] if bars else bottom for s in "lr"}
    if bars:
        bar = figure.project(np.stack([j["l_sho"], j["neck"], j["r_sho"]]))
        p.line(spline(bar) if rng.random() < 0.5 else bar)
        p.line(segment(figure.joint["l_hip"], figure.joint["r_hip"], 8))
    curved = rng.random() < 0.25
    for s, side in (("l", "left"), ("r", "right")):
        arm = figure.project(np.stack([shoulders[s], j[s + "_elb"], j[s + "_wri"], j[s + "_mid"]]))
        leg = figure.project(np.stack([hips[s], j[s + "_kne"], j[s + "_ank"], j[s + "_toe"]]))
        names = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for name, point in zip(names, np.concatenate([arm[:3], leg[:3]]), strict=True):
            figure.moved[INDEX[f"{side}_{name}"]] = point
        for chain in (arm, leg):
            if curved:
                p.line(spline(chain, 30))
            else:
                for m in range(3):
                    p.line(segment(chain[m], chain[m + 1]), 1 if m < 2 else 0.8)
    if rng.random() < 0.35:
        for form in trunk_forms(figure):
            outline(figure, Ellipsoid(form.centre, form.frame, form.radii * 0.9)).draw(p, 0.8)
    if rng.random() < 0.45:
        r = rng.uniform(1.5, 3.6) * pen.unit
        for at in figure.moved.values():
            p.ellipse(at, r, r, 0, 0.8, 1)
            if rng.random() < 0.4:
                p.ellipse(at, r * 0.5, r * 0.5, 0, 1.5, 1, turns=2)
    if figure.faceless and not crossed:
        guessed_face(figure, ring.centre, (ring.first + ring.second) / 2, figure.joint["neck"])


def mannequin(figure: Figure, pen: Pen) -> None:
    """A jointed wooden figure painted back to front, so that nearer parts hide farther ones."""
    rng, j, frames = pen.rng, figure.actor.joints, figure.actor.skeleton.frames
    p = pen.but(
        passes=int(rng.integers(1, 3)), wobble=rng.uniform(0.1, 0.8), width=rng.uniform(0.9, 2.4),
        alpha=rng.uniform(0.6, 1), overshoot=rng.uniform(0, 2), taper=0.3,
    )  # fmt: skip
    paper = pen.canvas.image[2, 2].copy()
    woods = (paper, paper, paper, np.array([0.87, 0.72, 0.52]), np.array([0.8, 0.8, 0.82]), rng.uniform(0.4, 0.95, 3))
    base = woods[rng.integers(6)]
    figure.faceless = True
    rib, pelvis = trunk_forms(figure)
    waist = Ellipsoid(rib.centre * 0.45 + pelvis.centre * 0.55, frames["chest"], rib.radii * (0.7, 0.75, 0.55))
    head = head_form(figure)
    neck = Segment("neck", j["neck"], head.centre, 0.048, 0.045)

    def depth(*points: Array) -> float:
        return float(figure.camera(np.stack(points))[:, 2].mean())

    items: list[tuple[float, Ellipsoid | Segment, str]] = [
        (depth(rib.centre), rib, "body"), (depth(pelvis.centre), pelvis, "body"),
        (depth(waist.centre) + 0.03, waist, "body"), (depth(head.centre), head, "head"),
        (depth(neck.start) + 0.01, neck, "limb"),
    ]  # fmt: skip
    for limb in limbs(figure):
        items.append((depth(limb.start, limb.end), limb, "limb"))
        ball = Ellipsoid(limb.start, np.eye(3), np.full(3, limb.start_radius * 0.95))
        items.append((depth(limb.start) - 0.01, ball, "ball"))
    for _, form, kind in sorted(items, key=lambda item: -item[0]):
        colour = np.clip(base * (1 + rng.normal(0, 0.03)), 0, 1)
        if isinstance(form, Segment):
            sides = capsule(figure, form, 1.12)
            if sides is not None:
                p.fill(sides[0], colour, 0.97)
                p.line(np.concatenate([sides[0], sides[0][:1]]))
            continue
        ring = outline(figure, form)
        p.fill(ring.polygon(), colour * (0.95 if kind == "ball" else 1.0), 0.97)
        ring.draw(p, 0.8 if kind == "ball" else 1.0)
        if kind == "head" and rng.random() < 0.6:
            draw_head(figure, p, 0.8)
        elif kind == "body" and rng.random() < 0.5:
            line = front_curve(figure, form, meridian)
            if line is not None:
                p.line(line, 0.7, 0.7)
