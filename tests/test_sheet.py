import numpy as np
import pytest

from sketchpose.sheet import CAPTION, contact_sheet

TILE = np.full((40, 40, 3), 90, np.uint8)


def test_pictures_lie_side_by_side_each_over_its_caption() -> None:
    sheet = contact_sheet([TILE] * 3, ["a", "b", "a name that is much too long for its place"], columns=2)
    assert sheet.shape == (2 * (40 + CAPTION), 2 * 40, 3)
    assert (sheet[1:39, 1:39] == 90).all() and (sheet[41:65, 1:39] < 128).any()
    assert (sheet[40 + CAPTION :, 40:] == 255).all(), "nothing lies where no picture is"


def test_without_captions_no_room_is_left_for_them() -> None:
    assert contact_sheet([TILE] * 3).shape == (40, 120, 3)


def test_a_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([])
