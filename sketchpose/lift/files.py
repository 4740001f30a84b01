"""A mannequin as files for other tools: GLB, BVH, pictures, OpenPose joints and a depth map."""

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image

from sketchpose.encode import encode
from sketchpose.formats import PosedImage, to_openpose
from sketchpose.images import Pixels
from sketchpose.lift.rotations import Floats
from sketchpose.pose import Pose
from sketchpose.sheet import contact_sheet
from sketchpose.skeleton_picture import draw_skeletons
from sketchpose.synth.people.actor import Actor
from sketchpose.synth.people.bvh import Y_UP, to_bvh
from sketchpose.synth.people.garments import HAIR
from sketchpose.synth.people.mesh import vertex_normals
from sketchpose.synth.people.suit import EDGE, suited
from sketchpose.synth.render import Still

_TONES: Final = np.array([(0.80, 0.74, 0.68), (0.55, 0.50, 0.46), (0.47, 0.53, 0.60)]) ** 2.2
"""Skin, hair and suit as in ``render``, in the linear light that glTF takes."""
_CRISP: Final = 3.0
"""How steeply skin turns into suit: over some two triangles, since a vertex has but one colour."""


def to_glb(actor: Actor) -> bytes:
    """Return a mannequin as a binary glTF file, in metres, standing on the ground."""
    import trimesh  # half a second that the start of the page does not wait for

    body = actor.vertices[: actor.cast.body.vertices]
    faces = actor.faces[: actor.closed]
    normals = vertex_normals(body, faces) @ Y_UP.T
    grounded = (body - (*_middle(body), body[:, 2].min())) @ Y_UP.T
    skin, hair, suit = _TONES
    share = np.clip((suited() - EDGE) * _CRISP + 0.5, 0, 1)[:, None]
    tone = np.where((actor.outfit.region == HAIR)[:, None], hair, share * suit + (1 - share) * skin)
    colours = (255 * np.column_stack([tone, np.ones(len(body))])).astype(np.uint8)
    mesh: Any = trimesh.Trimesh(grounded, faces, vertex_normals=normals, vertex_colors=colours, process=False)
    return bytes(mesh.export(file_type="glb", include_normals=True))


def _middle(points: Floats) -> tuple[float, float]:
    x, y = (points[:, :2].min(0) + points[:, :2].max(0)) / 2
    return float(x), float(y)


def bvh_of(actor: Actor) -> bytes:
    """Return the pose as a BVH file of one frame."""
    cast = actor.cast
    return to_bvh(cast.body, cast.shape, actor.pose, cast.proportions).encode()


def transparent_png(still: Still) -> bytes:
    """Return a mannequin on transparent ground."""
    buffer = BytesIO()
    Image.fromarray(still.image).save(buffer, "PNG")
    return buffer.getvalue()


def depth_map(still: Still) -> Pixels:
    """Return the depth as ControlNet takes it (size, size, 3): near is bright, far dark, what is beside it black."""
    inside = np.isfinite(still.depth)
    near, far = still.depth[inside].min(), still.depth[inside].max()
    share = np.where(inside, (far - np.where(inside, still.depth, far)) / max(float(far - near), 1e-6), 0)
    grey = np.where(inside, 60 + 195 * share, 0).astype(np.uint8)
    return np.repeat(grey[..., None], 3, 2)


def pose_of(still: Still) -> Pose:
    """Return the joints of a mannequin in its picture."""
    reference = still.reference
    return Pose.annotated(reference.keypoints, np.maximum(reference.visibility, 1), reference.box)


def posed_image(still: Still, name: str) -> PosedImage:
    """Return the picture and the joints of a mannequin as the writers of files take them."""
    size = len(still.image)
    return PosedImage(name, size, size, (pose_of(still),))


def view_sheet(views: Mapping[str, Still]) -> Pixels:
    """Return the pictures of a mannequin on one sheet, each with its name."""
    return contact_sheet([still.reference.image for still in views.values()], list(views), columns=4)


def make_files(actor: Actor, still: Still, views: Callable[[], Mapping[str, Still]]) -> dict[str, Callable[[], bytes]]:
    """Return what makes each file of a mannequin, by the end of its name.

    Args:
        actor: The mannequin.
        still: A picture of it, whose camera is that of the joints and of the depth map.
        views: Draws the pictures of the contact sheet.
    """
    return {
        "sheet.png": lambda: encode(view_sheet(views())),
        "figure.png": lambda: transparent_png(still),
        "mannequin.glb": lambda: to_glb(actor),
        "pose.bvh": lambda: bvh_of(actor),
        "openpose.json": lambda: json.dumps(to_openpose(posed_image(still, "figure.png")), indent=1).encode(),
        "openpose.png": lambda: encode(draw_skeletons(posed_image(still, "figure.png"))),
        "depth.png": lambda: encode(depth_map(still)),
    }
