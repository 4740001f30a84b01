"""Skeletons over a drawing, as SVG and as pixels, drawn from one list of shapes in one palette.

Left and right differ in colour (Okabe and Ito's colour-blind-safe blue and vermillion) and in shape: the person's left
joints are circles, the right ones squares, the nose a diamond. A joint under the confidence threshold is hollow and its
limbs are dashed. Where two skeletons are compared, a limb is blue where they agree, yellow where they differ a little,
vermillion and dashed where they differ a lot. Every stroke has a white casing, so that it reads on any drawing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

import cv2
import numpy as np
from numpy.typing import NDArray

from sketchpose.encode import data_url
from sketchpose.images import Picture, Pixels
from sketchpose.pose import Pose
from sketchpose.skeleton import EDGES, KEYPOINTS, edge_side, side

COLOURS: Final = {"left": "#0072b2", "right": "#d55e00", "middle": "#4d4d4d"}
GREY: Final = "#8c8c8c"
"""A skeleton beside the one that matters, and a limb that was not compared."""
AGREEMENT: Final = ((0.35, COLOURS["right"]), (0.7, "#e6b400"), (1.01, COLOURS["left"]))
"""Colour of a compared limb whose agreement lies below each limit."""
THRESHOLD: Final = 0.3
"""Confidence under which a joint is shown as uncertain."""

_DASH: Final = (2.0, 2.0)
"""Lengths of dash and gap in stroke widths."""

Mark = Literal["circle", "square", "diamond"]
_MARKS: Final[dict[str, Mark]] = {"left": "circle", "right": "square", "middle": "diamond"}


@dataclass(frozen=True)
class Limb:
    """A stroke from (x0, y0) to (x1, y1) in picture pixels."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float
    colour: str
    dashed: bool


@dataclass(frozen=True)
class Joint:
    """A mark at (x, y) in picture pixels with the given radius."""

    x: float
    y: float
    radius: float
    colour: str
    shape: Mark
    hollow: bool
    label: str


def shapes(poses: Sequence[Pose], size: tuple[int, int], threshold: float = THRESHOLD) -> Iterator[Limb | Joint]:
    """Yield what to draw, limbs of a person before its joints.

    Args:
        poses: The people.
        size: Width and height of the picture in pixels, which bound the stroke width from below.
        threshold: Confidence under which a joint counts as uncertain.
    """
    for number, pose in enumerate(poses, 1):
        extent = min(float(max(pose.box[2:] - pose.box[:2])), 10.0 * max(size))
        stroke = max(extent / 130, max(size) / 400, 1.0)
        labels = [
            f"person {number}, {name.replace('_', ' ')}, confidence {score:.2f}"
            for name, score in zip(KEYPOINTS, pose.scores.tolist(), strict=True)
        ]
        yield from skeleton(pose.keypoints, pose.labelled, stroke, unsure=pose.scores < threshold, labels=labels)


def skeleton(
    points: NDArray[np.floating],
    shown: NDArray[np.bool_],
    stroke: float,
    *,
    unsure: NDArray[np.bool_] | None = None,
    labels: Sequence[str] = ("",) * len(KEYPOINTS),
) -> Iterator[Limb | Joint]:
    """Yield the limbs and then the joints of one skeleton, coloured by side.

    Args:
        points: (17, 2) picture pixels.
        shown: (17,) joints to draw; a limb is drawn where both its ends are.
        stroke: Width of a limb in pixels.
        unsure: (17,) joints drawn hollow, their limbs dashed; None: no joint.
        labels: Texts of the joints.
    """
    hollow = (np.zeros(len(KEYPOINTS), bool) if unsure is None else unsure).tolist()
    paint = [(COLOURS[edge_side(a, b)], hollow[a] or hollow[b]) for a, b in EDGES]
    yield from _limbs(points, shown, stroke, paint)
    for j, (x, y) in enumerate(points.tolist()):
        if shown[j]:
            where = side(j)
            yield Joint(x, y, stroke * (1.3 if j < 5 else 1.9), COLOURS[where], _MARKS[where], hollow[j], labels[j])


def plain_limbs(points: NDArray[np.floating], shown: NDArray[np.bool_], width: float) -> Iterator[Limb]:
    """Yield the limbs of a skeleton beside the one that matters, in grey; arguments as of ``skeleton``."""
    yield from _limbs(points, shown, width, [(GREY, False)] * len(EDGES))


def compared_limbs(
    points: NDArray[np.floating], shown: NDArray[np.bool_], agreement: NDArray[np.floating], width: float
) -> Iterator[Limb]:
    """Yield the limbs of a skeleton that was compared with another, coloured by how well they agree.

    Args:
        points: (17, 2) picture pixels.
        shown: (17,) joints whose limbs are drawn.
        agreement: (19,) in 0..1 per limb of ``skeleton.EDGES``, NaN where it was not compared.
        width: Of a limb in pixels.
    """
    paint = [
        (next((colour for limit, colour in AGREEMENT if share < limit), GREY), share < AGREEMENT[0][0])
        for share in agreement.tolist()
    ]
    yield from _limbs(points, shown, width, paint)


def _limbs(
    points: NDArray[np.floating], shown: NDArray[np.bool_], width: float, paint: Sequence[tuple[str, bool]]
) -> Iterator[Limb]:
    for (a, b), (colour, dashed) in zip(EDGES, paint, strict=True):
        if shown[a] and shown[b]:
            x0, y0, x1, y1 = points[[a, b]].ravel().tolist()
            yield Limb(x0, y0, x1, y1, width, colour, dashed)


def to_svg(
    picture: Picture, poses: Sequence[Pose], *, threshold: float = THRESHOLD, max_side: int | None = None
) -> str:
    """Return a self-contained SVG: the picture with the skeletons over it, in picture pixels.

    Args:
        picture: The drawing.
        poses: Its people.
        threshold: Confidence under which a joint counts as uncertain.
        max_side: Embed the picture reduced to this many pixels on its longer side; None keeps every pixel.
    """
    image = data_url(picture.pixels, "PNG" if max_side is None else "WEBP", max_side)
    return svg_over(image, (picture.width, picture.height), poses, name=picture.name, threshold=threshold)


def svg_over(
    image: str, size: tuple[int, int], poses: Sequence[Pose], *, name: str, threshold: float = THRESHOLD
) -> str:
    """Return an SVG: skeletons over a picture that is encoded already; otherwise as ``to_svg``.

    Args:
        image: Address of the picture, a ``data:`` URL where the SVG is to be self-contained.
        size: Width and height of the picture in pixels, which the poses are given in.
        poses: Its people.
        name: What the picture is called by screen readers.
        threshold: Confidence under which a joint counts as uncertain.
    """
    width, height = size
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f"aria-label={quoteattr(_summary(name, poses, threshold))}>",
        f'<image width="{width}" height="{height}" href="{image}"/>',
        '<g stroke-linecap="round" stroke-linejoin="round">',
    ]
    for shape in shapes(poses, size, threshold):
        parts.append(_svg_limb(shape) if isinstance(shape, Limb) else _svg_joint(shape))
    return "\n".join([*parts, "</g>", "</svg>"])


def to_pixels(picture: Picture, poses: Sequence[Pose], *, threshold: float = THRESHOLD) -> Pixels:
    """Return a copy of the pixels (H, W, 3) uint8 RGB with the skeletons drawn on it."""
    canvas = picture.pixels.copy()
    height, width = canvas.shape[:2]
    if picture.full is not None:
        poses = [pose.moved((width / picture.width, height / picture.height), 0) for pose in poses]
    draw(canvas, shapes(poses, (width, height), threshold))
    return canvas


def draw(canvas: Pixels, drawn: Iterable[Limb | Joint]) -> None:
    """Draw limbs and joints onto pixels (H, W, 3), in their order."""
    for shape in drawn:
        if isinstance(shape, Limb):
            _draw_limb(canvas, shape)
        else:
            _draw_joint(canvas, shape)


def _summary(name: str, poses: Sequence[Pose], threshold: float) -> str:
    people = "; ".join(
        f"person {i}: {int((pose.scores >= threshold).sum())} of {len(KEYPOINTS)} joints sure"
        for i, pose in enumerate(poses, 1)
    )
    return f"{name} with {len(poses)} skeleton{'s' if len(poses) != 1 else ''}. {people}"


def _svg_limb(limb: Limb) -> str:
    ends = f'x1="{limb.x0:.2f}" y1="{limb.y0:.2f}" x2="{limb.x1:.2f}" y2="{limb.y1:.2f}"'
    dash = f' stroke-dasharray="{_DASH[0] * limb.width:.2f} {_DASH[1] * limb.width:.2f}"' if limb.dashed else ""
    return (
        f'<line {ends} stroke="#fff" stroke-opacity="0.85" stroke-width="{limb.width * 2:.2f}"/>'
        f'<line {ends} stroke="{limb.colour}" stroke-width="{limb.width:.2f}"{dash}/>'
    )


def _svg_joint(joint: Joint) -> str:
    fill, stroke = ("#fff", joint.colour) if joint.hollow else (joint.colour, "#fff")
    paint = f'fill="{fill}" stroke="{stroke}" stroke-width="{joint.radius * 0.5:.2f}"'
    title = f"<title>{escape(joint.label)}</title>"
    if joint.shape == "circle":
        return f'<circle cx="{joint.x:.2f}" cy="{joint.y:.2f}" r="{joint.radius:.2f}" {paint}>{title}</circle>'
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in _corners(joint, joint.radius).tolist())
    return f'<polygon points="{points}" {paint}>{title}</polygon>'


def _corners(joint: Joint, radius: float) -> NDArray[np.float64]:
    unit = [(-1, -1), (1, -1), (1, 1), (-1, 1)] if joint.shape == "square" else [(0, -1), (1, 0), (0, 1), (-1, 0)]
    reach = radius * (0.95 if joint.shape == "square" else 1.3)
    return np.array([joint.x, joint.y]) + np.array(unit, np.float64) * reach


_FAR: Final = 1e6
"""OpenCV's coordinates have 32 bits."""
_SHIFT: Final = 4
"""OpenCV draws at sixteenths of a pixel."""


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _fixed(points: NDArray[np.float64]) -> list[tuple[int, int]]:
    """OpenCV's pixel centres are whole numbers; ours lie at halves."""
    near = np.clip(points, -_FAR, _FAR)
    return [(round((x - 0.5) * 2**_SHIFT), round((y - 0.5) * 2**_SHIFT)) for x, y in near.tolist()]


def _draw_limb(canvas: Pixels, limb: Limb) -> None:
    ends = np.array([[limb.x0, limb.y0], [limb.x1, limb.y1]])
    _stroke(canvas, ends, limb.width * 2, "#ffffff")
    length = float(np.linalg.norm(ends[1] - ends[0]))
    if not limb.dashed or length < limb.width:
        _stroke(canvas, ends, limb.width, limb.colour)
        return
    dash, gap = (limb.width * share for share in _DASH)
    for start in np.arange(0, length, dash + gap):
        along = np.array([[start], [min(start + dash, length)]]) / length
        _stroke(canvas, ends[0] + along * (ends[1] - ends[0]), limb.width, limb.colour)


def _stroke(canvas: Pixels, ends: NDArray[np.float64], width: float, colour: str) -> None:
    start, stop = _fixed(ends)
    cv2.line(canvas, start, stop, _rgb(colour), max(1, round(width)), cv2.LINE_AA, _SHIFT)


def _draw_joint(canvas: Pixels, joint: Joint) -> None:
    inner, outer = ("#ffffff", joint.colour) if joint.hollow else (joint.colour, "#ffffff")
    for radius, colour in ((joint.radius * 1.25, outer), (joint.radius * 0.75, inner)):
        if joint.shape == "circle":
            centre = _fixed(np.array([[joint.x, joint.y]]))[0]
            cv2.circle(canvas, centre, round(radius * 2**_SHIFT), _rgb(colour), -1, cv2.LINE_AA, _SHIFT)
        else:
            corners = np.array(_fixed(_corners(joint, radius)), np.int32)
            cv2.fillConvexPoly(canvas, corners, _rgb(colour), cv2.LINE_AA, _SHIFT)
