"""The network: its architecture in torch, its weights in folders, its graph for ONNX Runtime."""

from sketchpose.model.folder import Card, ModelFolder, list_models
from sketchpose.model.runtime import Network

__all__ = ["Card", "ModelFolder", "Network", "list_models"]
