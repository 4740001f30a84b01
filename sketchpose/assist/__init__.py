"""Assisted correction: once a person has fixed some joints of a figure, where do the others belong?

``Assistant`` answers from what the keypoint network saw (``estimate.joints.Evidence``); it runs in NumPy, in
milliseconds. Its small network is made by ``python -m sketchpose.assist.making.learn``.
"""

from sketchpose.assist.assistant import Assistant, Move

__all__ = ["Assistant", "Move"]
