"""The training of the optional keypoint R-CNN estimators."""
