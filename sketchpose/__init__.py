"""SketchPose: the 17 COCO keypoints of people in sketches and illustrations.

>>> import sketchpose
>>> estimator = sketchpose.load_estimator()
>>> poses = estimator.estimate("drawing.png")
"""

from sketchpose.estimate import Estimator, load_estimator
from sketchpose.images import ImageError
from sketchpose.pose import Pose

__all__ = ["Estimator", "ImageError", "Pose", "__version__", "load_estimator"]
__version__ = "0.1.0"
