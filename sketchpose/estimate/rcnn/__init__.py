"""Keypoint R-CNN by Detectron2 or torchvision as optional estimators; only this folder imports either library."""
