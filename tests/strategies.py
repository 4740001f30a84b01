"""Hypothesis strategies shared by the tests."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sketchpose.pose import Pose

coordinates = st.floats(-500, 4000, width=32)
shares = st.floats(0, 1, width=32)


@st.composite
def poses(draw: st.DrawFn) -> Pose:
    """Any valid pose, with at least one labelled joint."""
    x, y = draw(coordinates), draw(coordinates)
    visibility = draw(hnp.arrays(np.uint8, 17, elements=st.integers(0, 2)).filter(lambda v: v.any()))
    return Pose(
        keypoints=draw(hnp.arrays(np.float32, (17, 2), elements=coordinates)),
        scores=draw(hnp.arrays(np.float32, 17, elements=shares)),
        visibility=visibility,
        box=np.array([x, y, x + draw(st.floats(1, 2000)), y + draw(st.floats(1, 2000))], np.float32),
        score=draw(st.floats(0, 1)),
        origin=draw(st.sampled_from(["detector", "given", "picture", "annotation"])),
    )
