"""Doodles: ball heads, bean bodies and limbs like hoses, with the labels on the joints as they are drawn."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from sketchpose.skeleton import INDEX
from sketchpose.synth.arrays import Array
from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.people.rotation import unit
from sketchpose.synth.styles.line import pick
from sketchpose.synth.styles.shapes import Outline, face_on_ball, guessed_face, spline
from sketchpose.synth.view.figure import Figure

_LEAST_BEND = 0.06


@dataclass(frozen=True)
class Look:
    """How one doodle is built.

    Attributes:
        body: Colour of head and trunk (3,).
        limb: Colour of the limbs (3,).
        line: Colour of the outline (3,), None without outline.
        thick: Width of the limbs, pixels of a 256 px picture.
        edge: Width of the outline.
        hose: Whether limbs bend in an arc instead of a corner.
        hands: ``ball``, ``none`` or ``mitt``.
        trunk: ``bean``, ``box``, ``line``, ``dress`` or ``vee``.
        head: How many times the natural head.
        glossy: Whether filled parts get a light spot.
        taper: Share of a limb's width lost towards its ends.
    """

    body: Array
    limb: Array
    line: Array | None
    thick: float
    edge: float
    hose: bool
    hands: str
    trunk: str
    head: float
    glossy: bool = False
    taper: float = 0.0


def _look(pen: Pen) -> Look:
    rng = pen.rng
    colour = rng.uniform(0, 0.9, 3) if rng.random() < 0.6 else np.asarray(pen.colour)
    dark = np.asarray(pen.colour)
    paper = pen.canvas.image[2, 2].copy()
    hose = bool(rng.random() < 0.55)
    head = float(rng.uniform(0.95, 1.75))
    trunks = {"bean": 0.6, "box": 0.2, "dress": 0.1, "line": 0.1}
    trunk = pick(rng, **trunks)
    kind = pick(rng, solid=0.32, hose=0.24, sign=0.16, outline=0.16, brush=0.12)
    if kind == "solid":
        limb = colour if rng.random() < 0.6 else np.clip(colour * 0.4, 0, 1)
        thick = float(rng.choice((rng.uniform(0.8, 1.6), rng.uniform(2.5, 6))))
        return Look(colour, limb, None, thick, 0.0, hose, "ball", trunk, head, bool(rng.random() < 0.4))
    if kind == "hose":
        fill = np.ones(3) if rng.random() < 0.5 else colour
        return Look(
            fill, dark, dark, float(rng.uniform(2.2, 6)), float(rng.uniform(1.4, 3.2)), True,
            pick(rng, ball=0.5, mitt=0.5), trunk, head,
        )  # fmt: skip
    if kind == "sign":
        return Look(
            dark, dark, None, float(rng.uniform(8, 17)), 0.0, False, "none", pick(rng, box=0.7, bean=0.3),
            float(rng.uniform(0.8, 1.15)),
        )  # fmt: skip
    if kind == "outline":
        fill = paper if rng.random() < 0.6 else np.ones(3) * rng.uniform(0.9, 1) if rng.random() < 0.6 else colour
        return Look(
            fill, fill, dark, float(rng.uniform(8, 18)), float(rng.uniform(1.2, 3.4)), hose, "none", "bean", head
        )
    return Look(
        paper, dark, dark, float(rng.uniform(3, 8)), float(rng.uniform(3, 7)), False, "none", "vee",
        float(rng.uniform(0.9, 1.3)), taper=float(rng.uniform(0.4, 0.85)),
    )  # fmt: skip


def _attach(figure: Figure, pen: Pen, look: Look) -> dict[str, Array]:
    """Return the drawn joints on the canvas: shoulders and hips nearer the middle, straight limbs bowed."""
    rng, at = pen.rng, figure.joint
    top, bottom = (at["l_sho"] + at["r_sho"]) / 2, (at["l_hip"] + at["r_hip"]) / 2
    narrow = rng.uniform(0.15, 0.9) if look.trunk in ("bean", "dress", "line") else rng.uniform(0.8, 1.1)
    if look.trunk == "line":
        narrow = 0.0
    joints = {"top": top, "bottom": bottom}
    for s in ("l_", "r_"):
        joints[s + "sho"] = top + (at[s + "sho"] - top) * narrow
        joints[s + "hip"] = bottom + (at[s + "hip"] - bottom) * min(1.0, narrow + 0.2)
        for name in ("elb", "wri", "kne", "ank"):
            joints[s + name] = at[s + name].copy()
        joints[s + "hand"], joints[s + "toe"] = at[s + "mid"], at[s + "toe"]
        for a, b, c in (("sho", "elb", "wri"), ("hip", "kne", "ank")):
            chord = joints[s + c] - joints[s + a]
            length = float(np.linalg.norm(chord)) + 1e-6
            normal = np.array([-chord[1], chord[0]]) / length
            bow = float((joints[s + b] - joints[s + a]) @ normal) / length
            if look.hose and abs(bow) < 0.12:
                joints[s + b] = joints[s + b] + normal * length * (np.sign(bow) or 1.0) * rng.uniform(_LEAST_BEND, 0.2)
    return joints


def _path(a: Array, b: Array, c: Array, hose: bool) -> Array:
    """Return the drawn limb (N, 2); an arc passes through ``b`` half-way."""
    if not hose:
        return np.concatenate([np.linspace(a, b, 8), np.linspace(b, c, 8)[1:]])
    control = 2 * b - (a + c) / 2
    t = np.linspace(0, 1, 22)[:, None]
    return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * c)


class _Parts:
    """Draws parts back to front and remembers which part lies on top of each pixel."""

    def __init__(self, pen: Pen, look: Look) -> None:
        self.pen, self.look = pen, look
        self.top = np.zeros((pen.canvas.size, pen.canvas.size), np.uint8)

    def limb(self, path: Array, number: int) -> None:
        """Draw a limb along a path (N, 2)."""
        look, unit_ = self.look, self.pen.unit
        solid = self.pen.but(
            passes=1, wobble=0.0, rough=0.0, taper=look.taper, vary=0.0, alpha=1.0, piece=0.0, jitter=0.0,
            overshoot=0.0,
        )  # fmt: skip
        if look.line is not None and look.trunk != "vee":
            solid.but(width=look.thick + 2 * look.edge, colour=look.line, taper=0.0).line(path)
        solid.but(width=look.thick, colour=look.limb).line(path)
        width = max(1, round(look.thick * unit_))
        cv2.polylines(self.top, [np.round(path).astype(np.int32)[:, None]], False, number, width)

    def shape(self, polygon: Array, number: int, colour: Array) -> None:
        """Draw a filled shape (N, 2), with its outline where the look has one."""
        look, pen = self.look, self.pen
        pen.fill(polygon, colour)
        cv2.fillPoly(self.top, [np.round(polygon).astype(np.int32)], number)
        if look.glossy:
            centre = polygon.mean(0)
            spot = (polygon - centre) * 0.55 + centre - (polygon.max(0) - centre) * (0.18, 0.2)
            pen.fill(spot, np.clip(colour + 0.35, 0, 1), 0.45)
        if look.line is not None:
            edge = pen.but(
                colour=look.line, width=look.edge * 1.3, alpha=1.0, passes=1, rough=0.0, taper=0.1, vary=0.15
            )
            edge.but(wobble=min(0.4, pen.wobble)).line(np.concatenate([polygon, polygon[:2]]))


def _ball(centre: Array, radius: float, squash: float = 1.0, angle: float = 0.0) -> Array:
    return Outline(centre, radius, radius * squash, angle).polygon(30)


def _trunk(joints: dict[str, Array], figure: Figure, look: Look, rng: np.random.Generator) -> Array:
    """Return the polygon (N, 2) of the trunk."""
    top, bottom = joints["top"], joints["bottom"]
    axis = top - bottom
    length = float(np.linalg.norm(axis)) + 1e-6
    axis = axis / length
    across = np.array([-axis[1], axis[0]])
    natural = figure.radius(figure.actor.joints["waist"], 0.2)
    half = max(natural * 0.35, min(natural, length) * rng.uniform(0.45, 0.85))
    if look.trunk == "box":
        wide = max(half * 0.8, abs(float((joints["l_sho"] - joints["r_sho"]) @ across)) / 2)
        low = max(half * 0.6, abs(float((joints["l_hip"] - joints["r_hip"]) @ across)) / 2)
        corners = [top + across * wide, bottom + across * low, bottom - across * low, top - across * wide]
        return np.array(corners)
    if look.trunk == "dress":
        low = half * rng.uniform(1.4, 2.2)
        foot = bottom - axis * length * rng.uniform(0.1, 0.5)
        return np.array(
            [top + across * half * 0.6, foot + across * low, foot - across * low, top - across * half * 0.6]
        )
    t = np.linspace(0, 2 * np.pi, 32)
    pear = 1 + rng.uniform(-0.25, 0.25) * np.cos(t)
    along = np.cos(t) * length * rng.uniform(0.53, 0.6)
    return np.asarray((top + bottom) / 2 + along[:, None] * axis + (np.sin(t) * half * pear)[:, None] * across)


def doodle(figure: Figure, pen: Pen) -> None:
    """Draw a doodle: sign, hose figure, blob or brushed stick man."""
    rng, actor = pen.rng, figure.actor
    look = _look(pen)
    span = float(max(np.ptp(np.stack(list(figure.joint.values())), axis=0)))
    look = replace(look, thick=max(0.8, look.thick * min(1.6, span / (0.6 * figure.size))))
    joints = _attach(figure, pen, look)
    parts = _Parts(pen, look)
    depth = {
        name: float(figure.camera(actor.joints[name][None])[0, 2])
        for name in ("l_elb", "r_elb", "l_kne", "r_kne", "waist")
    }
    head = actor.head
    radius = figure.radius(head.centre, float(head.radii.mean())) * look.head
    lift = unit(figure.project((head.centre + head.frame[:, 2] * 0.1)[None])[0] - joints["top"])
    centre = figure.project(head.centre[None])[0] + lift * radius * (1 - 1 / look.head) * 0.8
    order = sorted(("l_elb", "r_elb", "l_kne", "r_kne", "waist"), key=lambda n: -depth[n])
    if look.trunk in ("bean", "dress") and rng.random() < 0.4:
        order.remove("waist")
        order.insert(0, "waist")
    numbers = {"waist": 1, "l_elb": 2, "r_elb": 3, "l_kne": 4, "r_kne": 5}
    for name in order:
        if name == "waist":
            if look.trunk == "line":
                parts.limb(np.stack([joints["top"], (joints["top"] + joints["bottom"]) / 2, joints["bottom"]]), 1)
            elif look.trunk == "vee":
                for s in ("l_", "r_"):
                    parts.limb(spline(np.stack([joints[s + "sho"], joints["bottom"]]), 10), 1)
                parts.limb(spline(np.stack([joints["l_sho"], joints["r_sho"]]), 10), 1)
            else:
                parts.shape(_trunk(joints, figure, look, rng), 1, look.body)
            continue
        s, arm = name[:2], name.endswith("elb")
        a, b, c = (s + n for n in (("sho", "elb", "wri") if arm else ("hip", "kne", "ank")))
        parts.limb(_path(joints[a], joints[b], joints[c], look.hose), numbers[name])
        _extremity(figure, parts, joints, s, arm, numbers[name], radius)
    parts.shape(_ball(centre, radius, rng.uniform(0.82, 1.0), rng.uniform(0, 3.14)), 6, look.body)
    _label(figure, pen, joints, parts.top, centre, radius)


def _extremity(
    figure: Figure, parts: _Parts, joints: dict[str, Array], s: str, arm: bool, number: int, head: float
) -> None:
    """Draw the hand or foot beyond the end of a limb."""
    look, rng = parts.look, parts.pen.rng
    end = joints[s + ("wri" if arm else "ank")]
    tip = joints[s + ("hand" if arm else "toe")]
    toward = unit(tip - end)
    if look.hands == "none":
        if not arm or rng.random() < 0.5:
            parts.limb(np.stack([end, (end + tip) / 2, tip]), number)
        return
    r = head * rng.uniform(0.24, 0.36)
    angle = float(np.arctan2(toward[1], toward[0]))
    if arm:
        squash = 1.0 if look.hands == "ball" else 0.75
        parts.shape(_ball(end + toward * r * 0.7, r, squash, angle), number, look.body)
    else:
        parts.shape(_ball(end + toward * r * 0.9, r * 1.5, 0.55, angle), number, look.body)


def _label(figure: Figure, pen: Pen, joints: dict[str, Array], top: Array, centre: Array, radius: float) -> None:
    """Put the labels on what was drawn; a joint is seen when no part but its own lies over it."""
    shown = np.ones(17, bool)
    names = {"sho": "shoulder", "elb": "elbow", "wri": "wrist", "hip": "hip", "kne": "knee", "ank": "ankle"}
    last = figure.size - 1
    for s, side in (("l_", "left_"), ("r_", "right_")):
        for short, name in names.items():
            index = INDEX[side + name]
            p = joints[s + short]
            figure.moved[index] = p
            own = (2 if s == "l_" else 3) if short in ("sho", "elb", "wri") else (4 if s == "l_" else 5)
            allowed = {0, own, 1} if short in ("sho", "hip") else {0, own}
            shown[index] = int(top[int(np.clip(p[1], 0, last)), int(np.clip(p[0], 0, last))]) in allowed
    turn = figure.camera.rotation @ figure.actor.head.frame
    points = {n: centre + radius * 0.95 * p[:2] for n, p in face_on_ball(turn).items()}
    kind = pick(pen.rng, none=0.55, dots=0.3, smile=0.15)
    figure.faceless = kind == "none" or turn[2, 1] <= 0.1
    for name, p in points.items():
        figure.moved[INDEX[name]] = p
        shown[INDEX[name]] = "ear" not in name
    if figure.faceless:
        guessed_face(figure, centre, radius, joints["top"])
    else:
        light = float(np.mean(pen.canvas.image[tuple(np.clip(centre[::-1].astype(int), 0, last))])) > 0.45
        marker = pen.but(
            colour=np.full(3, 0.05 if light else 0.95), width=1.3, alpha=1.0, passes=1, wobble=0.2, piece=0.0
        )
        for name in ("left_eye", "right_eye"):
            r = radius * pen.rng.uniform(0.07, 0.13)
            marker.fill(_ball(points[name], r, 1.0), marker.colour)
        across = unit(points["left_eye"] - points["right_eye"])
        down = unit(points["nose"] - (points["left_eye"] + points["right_eye"]) / 2)
        marker.line(
            np.stack([points["nose"] - down * radius * 0.06, points["nose"] + down * radius * 0.06, points["nose"]])
        )
        if kind == "smile":
            t = np.linspace(-1, 1, 9)[:, None]
            marker.line(
                points["nose"] + down * radius * 0.3 + across * t * radius * 0.3 + down * (1 - t**2) * radius * 0.14
            )
    figure.shown = shown
