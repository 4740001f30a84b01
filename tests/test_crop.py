import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sketchpose.crop import Crop, border_colour, head_box
from sketchpose.images import Pixels

corner = st.floats(0, 1000, width=32)
boxes = st.tuples(corner, corner, st.floats(1, 900), st.floats(1, 900)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(boxes, hnp.arrays(np.float32, (17, 2), elements=st.floats(-500, 2500, width=32)))
def test_crop_and_uncrop(box: tuple[float, ...], points: np.ndarray) -> None:
    crop = Crop.around(box, 256)
    np.testing.assert_allclose(crop.to_picture(crop.to_crop(points)), points, atol=0.01)


@given(boxes)
def test_the_box_lies_inside_its_crop(box: tuple[float, ...]) -> None:
    crop = Crop.around(box, 256)
    corners = crop.to_crop(np.array(box, np.float64).reshape(2, 2))
    assert corners.min() >= -0.5 * crop.scale and corners.max() <= 256 + 0.5 * crop.scale


def test_a_head_is_as_large_as_the_face_or_the_neck_says() -> None:
    """A face from the front 70 wide between the ears; a profile whose joints lie close together."""
    front = np.array([[0, 20], [17, 0], [-17, 0], [35, 5], [-35, 5]], np.float32) + 100
    box = head_box(front, np.empty((0, 2), np.float32))
    np.testing.assert_allclose((box[:2] + box[2:]) / 2, front.mean(0), atol=1e-4)
    assert 70 < box[2] - box[0] < 100
    shoulders = np.array([[60, 190], [140, 190]], np.float32)
    profile = np.array([[100, 100], [95, 95]], np.float32)
    np.testing.assert_allclose(np.diff(head_box(profile, shoulders)[[0, 2]]), np.hypot(2.5, 92.5), atol=1e-3)


@pytest.mark.parametrize(("side", "size"), [(1024, 256), (256, 256), (100, 256)])
def test_a_dot_lands_where_its_label_says(side: int, size: int) -> None:
    """The centre of a drawn dot in the crop is its label mapped to the crop, whatever the scale and the overhang."""
    picture = np.full((1200, 1300, 3), 255, np.uint8)
    picture[600:620, 700:720] = 0
    crop = Crop(700 - side // 3, 600 - side // 2, side, size)
    dark = 255.0 - crop.cut(picture)[..., 0]
    rows, columns = np.mgrid[0:size, 0:size] + 0.5
    centre = np.array([(columns * dark).sum(), (rows * dark).sum()]) / dark.sum()
    np.testing.assert_allclose(centre, crop.to_crop(np.array([710.0, 610.0])), atol=0.05)


def test_beyond_the_edge_lies_paper() -> None:
    picture = np.full((50, 50, 3), (250, 240, 200), np.uint8)
    picture[20:30, 0:30] = 0
    cut = Crop(-30, -10, 100, 100).cut(picture)
    assert border_colour(picture) == (250, 240, 200)
    assert (cut[0, 0] == (250, 240, 200)).all() and (cut[35, 10] == (250, 240, 200)).all()


def test_a_thin_line_survives_a_large_reduction() -> None:
    picture = np.full((2560, 2560, 3), 255, np.uint8)
    picture[:, 1281:1284] = 0
    assert Crop(0, 0, 2560, 256).cut(picture)[:, 128].max() < 200


def test_a_crop_off_the_picture_is_refused(noise: Pixels) -> None:
    with pytest.raises(ValueError, match="outside the 90 x 120 picture"):
        Crop(500, 500, 20, 64).cut(noise)
