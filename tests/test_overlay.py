import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np

from sketchpose.images import Picture, Pixels
from sketchpose.overlay import COLOURS, Joint, Limb, compared_limbs, shapes, to_pixels, to_svg
from sketchpose.pose import Pose
from sketchpose.skeleton import EDGES, INDEX

POINTS = np.stack([np.tile([20, 40, 60, 80], 5)[:17], np.linspace(10, 110, 17)], 1).astype(np.float32)
POSE = Pose.annotated(POINTS, np.full(17, 2))


def test_left_is_round_right_is_square() -> None:
    joints = [s for s in shapes([POSE], (90, 120)) if isinstance(s, Joint)]
    assert joints[INDEX["left_wrist"]].shape == "circle" and joints[INDEX["right_wrist"]].shape == "square"
    assert joints[INDEX["left_wrist"]].colour == COLOURS["left"] != joints[INDEX["right_wrist"]].colour
    assert joints[INDEX["nose"]].shape == "diamond"


def test_uncertain_joints_are_hollow_and_their_limbs_dashed() -> None:
    scores = np.ones(17, np.float32)
    scores[INDEX["left_knee"]] = 0.1
    drawn = list(shapes([replace(POSE, scores=scores)], (90, 120), threshold=0.3))
    assert sum(s.hollow for s in drawn if isinstance(s, Joint)) == 1
    assert sum(s.dashed for s in drawn if isinstance(s, Limb)) == 2


def test_unlabelled_joints_are_not_drawn() -> None:
    visibility = np.full(17, 2)
    visibility[INDEX["nose"]] = 0
    drawn = list(shapes([replace(POSE, visibility=visibility)], (90, 120)))
    assert sum(isinstance(s, Joint) for s in drawn) == 16
    assert sum(isinstance(s, Limb) for s in drawn) == 17


def test_svg_is_well_formed_and_shows_a_hostile_name_as_text(noise: Pixels) -> None:
    name = '"><script>alert(1)</script>&.png'
    root = ElementTree.fromstring(to_svg(Picture(noise, name), [POSE], max_side=64))
    assert name in root.attrib["aria-label"] and not root.findall(".//{*}script")
    assert len(root.findall(".//{*}title")) == 17
    image = root.find(".//{*}image")
    assert image is not None and image.attrib["href"].startswith("data:image/webp;base64,")
    assert (image.attrib["width"], image.attrib["height"]) == ("90", "120")


def test_pixels_carry_the_colours_at_the_joints_on_dark_and_light_paper() -> None:
    for paper in (0, 255):
        picture = Picture(np.full((120, 90, 3), paper, np.uint8))
        wide = replace(POSE, keypoints=POSE.keypoints, box=np.array([0, 0, 90, 600], np.float32))
        drawn = to_pixels(picture, [wide])
        assert (picture.pixels == paper).all(), "the picture itself is untouched"
        for name in ("left_ankle", "right_wrist"):
            x, y = POSE.keypoints[INDEX[name]]
            expected = [int(COLOURS[name.split("_")[0]][i : i + 2], 16) for i in (1, 3, 5)]
            assert drawn[int(y), int(x)].tolist() == expected


def test_limbs_that_differ_are_dashed_and_differ_in_colour() -> None:
    agreement = np.array([0.1, 0.5, 0.9, np.nan, *[0.9] * 15])
    limbs = list(compared_limbs(POINTS, np.ones(17, bool), agreement, 3))
    assert [limb.dashed for limb in limbs[:4]] == [True, False, False, False]
    assert len({limb.colour for limb in limbs[:4]}) == 4 and len(limbs) == len(EDGES)
