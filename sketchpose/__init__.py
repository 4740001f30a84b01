"""SketchPose: the 17 COCO keypoints of people in sketches and illustrations."""

__version__ = "0.1.0"
