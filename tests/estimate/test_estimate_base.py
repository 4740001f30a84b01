import numpy as np
import pytest

from sketchpose import load_estimator
from sketchpose.estimate.base import check_boxes


def test_unknown_estimators_are_named_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="no estimator 'skech'; did you mean 'sketch'"):
        load_estimator("skech")
    with pytest.raises(ValueError, match="choose one of sketch"):
        load_estimator("zzz")


def test_good_boxes_pass_even_partly_outside() -> None:
    np.testing.assert_array_equal(check_boxes([[-5, 2, 30, 40]], 20, 30), [[-5, 2, 30, 40]])
    assert check_boxes([], 20, 30).shape == (0, 4)


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([1, 2, 3, 4], r"shape \(4,\)"),
        ([[1, 2, 3]], r"shape \(1, 3\)"),
        ([[0, 0, 5, 5], [0, 0, np.nan, 5]], "Box 1 .* NaN or infinite"),
        ([[0, 0, np.inf, 5]], "NaN or infinite"),
        ([[5, 5, 5, 9]], "Box 0 .* is empty"),
        ([[30, 0, 40, 9]], "lies outside the 20 x 30 picture"),
        ([[-9, 0, -1, 9]], "lies outside"),
    ],
)
def test_bad_boxes_are_refused(boxes: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_boxes(boxes, 20, 30)
