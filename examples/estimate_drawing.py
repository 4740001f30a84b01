"""Estimate one drawing and write its skeleton beside it.

python examples/estimate_drawing.py [DRAWING] [OUT.svg]
"""

import sys
from pathlib import Path

import sketchpose
from sketchpose.images import read_image
from sketchpose.overlay import to_svg
from sketchpose.skeleton import KEYPOINTS

HERE = Path(__file__).parent

drawing = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "drawings" / "peeps_stand_PointingFingerWB.png"
out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("pose.svg")

picture = read_image(drawing)
poses = sketchpose.load_estimator().estimate(picture)
for number, pose in enumerate(poses, 1):
    print(f"person {number}, confidence {pose.score:.2f}, box {pose.box.round(1).tolist()}")
    for name, (x, y), score in zip(KEYPOINTS, pose.keypoints.tolist(), pose.scores.tolist(), strict=True):
        print(f"  {name:<15} x {x:7.1f}  y {y:7.1f}  confidence {score:.2f}")
out.write_text(to_svg(picture, poses))
print(f"wrote {out}")
