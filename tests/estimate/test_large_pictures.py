"""Pictures and boxes that would take gigabytes if they were filled up to squares before they are reduced."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sketchpose
from sketchpose.crop import Crop
from sketchpose.estimate.base import check_boxes
from sketchpose.images import Pixels, read_image
from sketchpose.pose import oks

STANDING = Path(__file__).parents[2] / "examples" / "drawings" / "peeps_stand_PolkaDots.png"


@pytest.fixture(scope="module")
def estimator() -> sketchpose.Estimator:
    return sketchpose.load_estimator()


def enlarged(factor: int) -> Pixels:
    return read_image(STANDING).pixels.repeat(factor, 0).repeat(factor, 1)


def test_a_large_picture_has_the_poses_of_a_small_one_in_its_own_pixels(
    estimator: sketchpose.Estimator, tmp_path: Path
) -> None:
    small, large = read_image(STANDING).pixels, enlarged(6)
    assert max(large.shape) > 4096
    (pose,) = estimator.estimate(small)
    Image.fromarray(large).save(tmp_path / "large.jpg", quality=90)
    for source in (large, tmp_path / "large.jpg"):
        (found,) = estimator.estimate(source)
        assert oks(pose, found.moved(1 / 6, 0)) > 0.9
        np.testing.assert_allclose(found.box / 6, pose.box, atol=max(small.shape) / 100)


def test_a_given_box_on_a_large_picture_is_in_its_pixels(estimator: sketchpose.Estimator) -> None:
    large = enlarged(6)
    box = [0, 0, large.shape[1], large.shape[0]]
    (pose,) = estimator.estimate(large, [box])
    np.testing.assert_allclose(pose.box, box, rtol=1e-5)
    assert pose.keypoints[:, 1].max() > 0.7 * large.shape[0]


def test_a_jpeg_reduced_while_it_is_decoded_keeps_its_size_and_turn(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(enlarged(6)).save(tmp_path / "large.jpg", exif=exif)
    whole, reduced = read_image(tmp_path / "large.jpg"), read_image(tmp_path / "large.jpg", work_side=2048)
    assert (reduced.width, reduced.height) == (whole.width, whole.height) == whole.pixels.shape[1::-1]
    assert 2048 <= max(reduced.pixels.shape) < 4096
    again = Image.fromarray(whole.pixels).resize(reduced.pixels.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(np.asarray(again, int) - reduced.pixels).mean() < 2


def test_ordinary_pictures_are_never_reduced() -> None:
    pixels = np.zeros((4095, 90, 3), np.uint8)
    assert read_image(pixels, work_side=2048).full is None


def test_boxes_are_cut_off_half_a_picture_beyond_the_edge() -> None:
    clipped = check_boxes([[-12000, -12000, 12000, 12000]], 100, 200)
    np.testing.assert_array_equal(clipped, [[-100, -100, 200, 300]])


@pytest.mark.parametrize("place", [(0, 0, 7000), (-500, -900, 7000), (2000, 100, 6500)])
def test_a_large_square_is_reduced_before_it_is_filled_up(place: tuple[int, int, int]) -> None:
    """Within a quarter of a crop pixel of what padding first would give."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (50, 60, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((6000, 5000), Image.Resampling.BICUBIC))
    x, y, side = place
    quick = Crop(x, y, side, 256).cut(picture).astype(int)
    small = np.asarray(Image.fromarray(picture).resize((600, 500), Image.Resampling.BOX))
    padded = Crop(x // 10, y // 10, side // 10, 256).cut(small).astype(int)
    assert np.abs(quick - padded).mean() < 3


_PEAK = """
import resource, sys
import numpy as np
from sketchpose.estimate import load_estimator
estimator = load_estimator()
estimator.estimate(np.pad(np.zeros((300, 80, 3), np.uint8), ((40, 40), (40, 40), (0, 0)), constant_values=255))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{work}
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def peak(work: str) -> int:
    """MB that some work adds to the most a process of its own has held."""
    done = subprocess.run([sys.executable, "-c", _PEAK.format(work=work)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_forged_box_takes_no_gigabytes() -> None:
    made = "page = np.full((300, 200, 3), 255, np.uint8); page[50:250, 90:110] = 0"
    assert peak(f"{made}\nestimator.estimate(page, [[-12000, -12000, 12000, 12000]])") < 200


def test_the_narrowest_pictures_take_no_gigabytes() -> None:
    made = "page = np.full((44000, 880, 3), 255, np.uint8); page[9000:30000, 300:500] = 0"
    assert peak(f"{made}\nestimator.estimate(page)") < 500
