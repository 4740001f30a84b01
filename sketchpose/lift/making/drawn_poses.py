"""Make the poses that artists draw from labelled drawings, see ``sketchpose.synth.people.drawn_poses``.

    python -m sketchpose.lift.making.drawn_poses TRAIN.json [--sheet sheet.png]

A figure counts whose twelve joints of trunk and limbs are all labelled, and whose body meets them; near repetitions
are left out. Only an eye can tell what is wrong in depth: ``--sheet`` shows each drawing beside its body from two
sides, by numbers whose names it prints, and ``UNSOUND`` holds the names of those that are wrong.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from sketchpose.encode import write_picture
from sketchpose.formats import Notes, read_poses
from sketchpose.images import Picture, read_image
from sketchpose.lift.lifting import LiftedBody, lift_pose
from sketchpose.lift.mannequin import facing, mannequin
from sketchpose.lift.rotations import logarithm
from sketchpose.lift.standard import standard_shape, standard_size
from sketchpose.pictures import PictureFolder
from sketchpose.pose import Pose
from sketchpose.sheet import contact_sheet
from sketchpose.skeleton import BODY
from sketchpose.synth.people.body import PARTS, load_body
from sketchpose.synth.people.drawn_poses import FILE, DrawnPose
from sketchpose.synth.people.likeness import Limbs, apart, limbs
from sketchpose.synth.render import Viewpoint, render_reference

_MOST_OFF: Final = 0.025
"""Mean distance of the joints in shares of the box's longer side, at most."""
_NEAR: Final = 0.12
"""Poses whose limbs differ less than this on average (squared lengths of unit vectors; about 20 degrees) repeat."""
UNSOUND: Final = frozenset(
    (
        "animated-drawings/texture-1", "dance-antiquary/050_l_4-1", "everkinetic/0131-relaxation-1",
        "gavarni/ill_014-1", "gilbert-bab/i372-1", "goya/ill_328-1", "mulberry-symbols/exercise___to-1",
        "open/stick_sm_023-1", "opper/img127-1", "phil-may/gutter_086-6", "phil-may/gutter_108-4",
        "seymour-cruikshank/i_095-1", "skating-hippodrome/i_60-1",
    )
)  # fmt: skip
"""Figures that lean or sit on nothing once they are seen from their side."""
_TILE: Final = 150
_ON_A_SHEET: Final = 48


def lifted(path: Path) -> Iterator[tuple[str, Picture, Pose, LiftedBody]]:
    """Yield a name, picture, joints and body of each figure of a COCO document that can be lifted well."""
    pictures = PictureFolder(path)
    for image in read_poses(path.read_bytes(), path.name, Notes())[0]:
        place = pictures.find(image.picture, image.where)
        picture = read_image(place)
        for number, pose in enumerate(image.onto(picture.width, picture.height)[0].poses):
            if not all(pose.visibility[list(BODY)]):
                continue
            name = f"{place.parent.name}/{place.stem}-{number + 1}"
            body = lift_pose(pose, name)[0]
            if body.error < _MOST_OFF:
                yield name, picture, pose, body


def drawn_pose(body: LiftedBody) -> DrawnPose:
    """Return the pose of a body with the eye of its drawing."""
    eye = body.camera.rotation
    pitch, roll = np.arctan2(-eye[2, 2], eye[2, 1]), np.arctan2(eye[1, 0], eye[0, 0])
    distance = float(np.clip(body.camera.distance / standard_size(), 1.2, 4.0))
    front = facing(mannequin(body))
    return DrawnPose(body.pose, float(np.rad2deg(pitch)), float(np.rad2deg(roll)), distance, front)


def write(poses: Sequence[DrawnPose], path: Path = FILE) -> None:
    """Write poses in the form that the package reads."""
    turns = np.array([[one.pose.turns[part] for part in PARTS] for one in poses])
    np.savez_compressed(
        path,
        names=np.array([one.pose.name for one in poses]),
        vectors=logarithm(turns).astype(np.float16),
        views=np.round([(one.pitch, one.roll, one.distance, one.front) for one in poses], 1),
    )


def tiles(picture: Picture, pose: Pose, drawn: DrawnPose) -> list[NDArray[np.uint8]]:
    """Return a drawing, its body as the drawing sees it, and from its left side."""
    left, top, right, bottom = map(int, pose.box)
    crop = Image.fromarray(picture.pixels).crop((left, top, right + 1, bottom + 1))
    views = (Viewpoint(yaw, drawn.pitch, drawn.roll, drawn.distance) for yaw in (0.0, 70.0))
    drawing = ImageOps.pad(crop, (_TILE, _TILE), color="white")
    return [np.asarray(drawing), *(render_reference(drawn.pose, view, _TILE).image for view in views)]


def main() -> int:
    """Lift, leave out what repeats, and write the poses or a sheet of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("drawings", type=Path, help="a COCO document of labelled drawings")
    parser.add_argument("--sheet", type=Path, help="write sheets here and nothing else")
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    body, kept, shapes, shown = load_body(), list[DrawnPose](), list[Limbs](), list[NDArray[np.uint8]]()
    for name, picture, pose, found in lifted(given.drawings):
        shape = limbs(body.joints(body.articulate(standard_shape(), found.pose, found.proportions)))
        if name in UNSOUND or shapes and apart(np.array(shapes), shape).min() < _NEAR:
            continue
        kept.append(drawn_pose(found))
        shapes.append(shape)
        if given.sheet:
            shown += tiles(picture, pose, kept[-1])
    if given.sheet:
        for at in range(0, len(kept), _ON_A_SHEET):
            numbers = range(at, min(at + _ON_A_SHEET, len(kept)))
            captions = [text for number in numbers for text in (str(number), "", "")]
            sheet = contact_sheet(shown[3 * at : 3 * at + len(captions)], captions, columns=12)
            write_picture(given.sheet.with_stem(f"{given.sheet.stem}-{at // _ON_A_SHEET + 1}"), sheet)
        print(*(f"{number} {one.pose.name}" for number, one in enumerate(kept)), sep="\n")
    else:
        write(kept, given.out)
    print(f"{len(kept)} poses")
    return 0


if __name__ == "__main__":
    sys.exit(main())
