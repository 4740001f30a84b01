"""Detectron2's YAML configs, from its model zoo or a file, read without running code."""

import difflib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from sketchpose.estimate.optional import require
from sketchpose.skeleton import NUM_KEYPOINTS, SIGMAS

DEFAULT: Final = "COCO-Keypoints/keypoint_rcnn_R_50_FPN_3x.yaml"


def zoo() -> dict[str, Path]:
    """Return the keypoint configs of the installed model zoo by name."""
    require("detectron2")
    spec = importlib.util.find_spec("detectron2")
    (folder,) = spec.submodule_search_locations if spec and spec.submodule_search_locations else ("",)
    configs = Path(folder) / "model_zoo" / "configs"
    return {path.relative_to(configs).as_posix(): path for path in sorted(configs.glob("*/keypoint_rcnn_*.yaml"))}


def read_config(config: str, overrides: Mapping[str, Any]) -> Any:
    """Read a config by its name in the zoo, its path or its text, and set device and OKS sigmas in it.

    Raises:
        ValueError: There is no such config, near names are given; it cannot be read; or it is not for our 17 joints.
    """
    from detectron2.config import CfgNode, get_cfg

    known = zoo()
    if "\n" in config:
        values, where = _yaml(config, "the stored config"), "the stored config"
    else:
        path = known.get(config, Path(config))
        if path.suffix == ".py":
            raise ValueError(f"{config} is a Python config, which runs code when it is read: give a .yaml one.")
        if not path.is_file():
            near = difflib.get_close_matches(config, known, 3, 0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(known)}."
            raise ValueError(f"Detectron2's zoo has no keypoint config {config!r} and there is no such file; {hint}")
        values, where = _with_base(path), config
    cfg = get_cfg()
    try:
        cfg.merge_from_other_cfg(CfgNode(values))
        cfg.merge_from_list([item for pair in overrides.items() for item in pair])
    except (KeyError, ValueError, AssertionError) as error:
        raise ValueError(f"{where}: Detectron2 does not take it ({error}); correct the key or its value.") from None
    if not cfg.MODEL.KEYPOINT_ON:
        raise ValueError(f"{where} is not for keypoints (MODEL.KEYPOINT_ON is off): choose from {', '.join(known)}.")
    joints = cfg.MODEL.ROI_KEYPOINT_HEAD.NUM_KEYPOINTS
    if joints != NUM_KEYPOINTS:
        raise ValueError(f"{where} is for {joints} joints, SketchPose needs {NUM_KEYPOINTS}: choose another config.")
    cfg.MODEL.DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
    cfg.TEST.KEYPOINT_OKS_SIGMAS = SIGMAS.tolist()
    return cfg


def _yaml(text: str, where: str) -> dict[str, Any]:
    """Read YAML without running code, with the tuples that older configs hold."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        pass

    Loader.add_constructor("tag:yaml.org,2002:python/tuple", lambda self, node: tuple(self.construct_sequence(node)))
    try:
        values = yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"{where} cannot be read as plain YAML: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{where} holds no settings: give a Detectron2 config.")
    return values


def _with_base(path: Path) -> dict[str, Any]:
    """Read a config over the one it names in ``_BASE_``, by whole sections as Detectron2 merges them."""
    values = _yaml(path.read_text("utf-8"), str(path))
    base = values.pop("_BASE_", None)
    return values if base is None else _merge(_with_base(path.parent / base), values)


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {key: _merge(base[key], over[key]) for key in base.keys() & over.keys() if isinstance(base[key], dict)}
    return {**base, **over, **both}
