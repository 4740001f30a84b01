"""Skeletons over a drawing, as SVG and as pixels, drawn from one list of shapes.

Left and right differ in colour (Okabe and Ito's colour-blind-safe blue and vermillion) and in shape: the person's left
joints are circles, the right ones squares, the nose a diamond. A joint under the confidence threshold is hollow and its
limbs are dashed. Every stroke has a white casing, so that it reads on dark and on light drawings.
"""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

import cv2
import numpy as np
from PIL import Image

from sketchpose.images import Picture, Pixels
from sketchpose.pose import Pose
from sketchpose.skeleton import EDGES, KEYPOINTS, edge_side, side

COLOURS: Final = {"left": "#0072b2", "right": "#d55e00", "middle": "#4d4d4d"}
THRESHOLD: Final = 0.3
"""Confidence under which a joint is shown as uncertain."""

_DASH: Final = (2.0, 2.0)
"""Lengths of dash and gap in stroke widths."""


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
    shape: Literal["circle", "square", "diamond"]
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
        sure = pose.scores >= threshold
        for a, b in EDGES:
            if pose.labelled[a] and pose.labelled[b]:
                x0, y0, x1, y1 = pose.keypoints[[a, b]].ravel().tolist()
                yield Limb(x0, y0, x1, y1, stroke, COLOURS[edge_side(a, b)], not (sure[a] and sure[b]))
        for j, name in enumerate(KEYPOINTS):
            if pose.labelled[j]:
                where = side(j)
                label = f"person {number}, {name.replace('_', ' ')}, confidence {pose.scores[j]:.2f}"
                x, y = pose.keypoints[j].tolist()
                shape: Literal["circle", "square", "diamond"] = (
                    "circle" if where == "left" else "square" if where == "right" else "diamond"
                )
                yield Joint(x, y, stroke * (1.3 if j < 5 else 1.9), COLOURS[where], shape, not sure[j], label)


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
    width, height = picture.width, picture.height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f"aria-label={quoteattr(_summary(picture, poses, threshold))}>",
        f'<image width="{width}" height="{height}" href="{_data_uri(picture.pixels, max_side)}"/>',
        '<g stroke-linecap="round" stroke-linejoin="round">',
    ]
    for shape in shapes(poses, (width, height), threshold):
        parts.append(_svg_limb(shape) if isinstance(shape, Limb) else _svg_joint(shape))
    return "\n".join([*parts, "</g>", "</svg>"])


def to_pixels(picture: Picture, poses: Sequence[Pose], *, threshold: float = THRESHOLD) -> Pixels:
    """Return a copy of the pixels (H, W, 3) uint8 RGB with the skeletons drawn on it."""
    canvas = picture.pixels.copy()
    height, width = canvas.shape[:2]
    if picture.full is not None:
        poses = [pose.moved((width / picture.width, height / picture.height), 0) for pose in poses]
    for shape in shapes(poses, (width, height), threshold):
        if isinstance(shape, Limb):
            _draw_limb(canvas, shape)
        else:
            _draw_joint(canvas, shape)
    return canvas


def _summary(picture: Picture, poses: Sequence[Pose], threshold: float) -> str:
    people = "; ".join(
        f"person {i}: {int((pose.scores >= threshold).sum())} of {len(KEYPOINTS)} joints sure"
        for i, pose in enumerate(poses, 1)
    )
    return f"{picture.name} with {len(poses)} skeleton{'s' if len(poses) != 1 else ''}. {people}"


def _data_uri(pixels: Pixels, max_side: int | None) -> str:
    image = Image.fromarray(pixels)
    if max_side is not None:
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    kind = "WEBP" if max_side is not None else "PNG"
    image.save(buffer, kind, **({"quality": 88, "method": 2} if kind == "WEBP" else {}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


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


def _corners(joint: Joint, radius: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    unit = [(-1, -1), (1, -1), (1, 1), (-1, 1)] if joint.shape == "square" else [(0, -1), (1, 0), (0, 1), (-1, 0)]
    reach = radius * (0.95 if joint.shape == "square" else 1.3)
    return np.array([joint.x, joint.y]) + np.array(unit, np.float64) * reach


_FAR: Final = 1e6
"""OpenCV's coordinates have 32 bits."""
_SHIFT: Final = 4
"""OpenCV draws at sixteenths of a pixel."""


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _fixed(points: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[tuple[int, int]]:
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


def _stroke(canvas: Pixels, ends: np.ndarray[tuple[int, int], np.dtype[np.float64]], width: float, colour: str) -> None:
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
