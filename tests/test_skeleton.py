import numpy as np

from sketchpose import skeleton


def test_swap_exchanges_names() -> None:
    for i, j in enumerate(skeleton.SWAP):
        mirrored = skeleton.KEYPOINTS[i].replace("left", "LEFT").replace("right", "left").replace("LEFT", "right")
        assert skeleton.KEYPOINTS[j] == mirrored


def test_sigmas_and_edges_are_those_of_pycocotools() -> None:
    cocoeval = __import__("pycocotools.cocoeval", fromlist=["Params"])
    np.testing.assert_allclose(skeleton.SIGMAS, cocoeval.Params(iouType="keypoints").kpt_oks_sigmas)
    swapped = {tuple(sorted((skeleton.SWAP[a], skeleton.SWAP[b]))) for a, b in skeleton.EDGES}
    assert swapped == {tuple(sorted(e)) for e in skeleton.EDGES}, "the skeleton is the same in the mirror"


def test_sides() -> None:
    assert [skeleton.side(i) for i in (0, 5, 6)] == ["middle", "left", "right"]
    assert skeleton.edge_side(5, 7) == skeleton.edge_side(0, 1) == "left"
    assert skeleton.edge_side(6, 12) == "right"
    assert skeleton.edge_side(5, 6) == "middle"
