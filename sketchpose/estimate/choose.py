"""A model of any estimator by one word, as ``--model`` and the app's menu give it."""

from pathlib import Path
from typing import Any, Final

from sketchpose.estimate import load_estimator
from sketchpose.estimate.base import Estimator
from sketchpose.estimate.optional import installed
from sketchpose.model.current import models_folder

SUFFIX: Final = ".safetensors"
LIBRARIES: Final = {"detectron2": "config", "torchvision": "backbone"}
"""Optional estimators, and the option that follows their name after a colon."""
_OURS: Final = ("detector", "views")
"""Options that only our own models have."""
HELP: Final = (
    "name or folder of a keypoint model; or detectron2[:CONFIG], torchvision[:BACKBONE], or weights of either from "
    "`sketchpose train`"
)
VIEWS_HELP: Final = (
    "looks at each person that are averaged: more read more right and take longer; from 2 on the head is looked at two "
    "more times from nearby (default: 5 of one or two people, 2 of more)"
)


def open_model(model: str | None = None, **options: Any) -> Estimator:
    """Load an estimator by one word.

    Args:
        model: Name or folder of one of our keypoint models; ``detectron2`` or ``torchvision``, with a config or
            backbone after a colon if need be; or a ``.safetensors`` file that ``sketchpose train`` wrote for one of
            these. None for the default.
        options: Further keyword arguments of the estimator, such as ``threads``.

    Raises:
        ValueError: There is no such model, it cannot be used, its library is not installed, or it has no such option.
    """
    if model is None:
        return load_estimator(**options)
    library, _, rest = model.partition(":")
    if library in LIBRARIES or model.endswith(SUFFIX):
        for option in set(options).intersection(_OURS):
            raise ValueError(f"--{option} is for our own models; {model} does without: leave it out.")
    if library in LIBRARIES:
        if rest:
            options[LIBRARIES[library]] = rest
        return load_estimator(library, **options)
    if model.endswith(SUFFIX):
        return load_estimator(backend_of(Path(model)), weights=model, **options)
    return load_estimator(model=model, **options)


def backend_of(path: Path) -> str:
    """Return which library a weight file belongs to, by its metadata alone.

    Raises:
        ValueError: There is no such file, or ``sketchpose train`` did not write it.
    """
    from sketchpose.estimate.record import read_record

    record = read_record(path)
    if not record:
        raise ValueError(
            f"{path} does not say what it belongs to: load it as load_estimator('detectron2' or 'torchvision', "
            f"weights='{path}')."
        )
    return str(record["backend"])


def menu() -> dict[str, str]:
    """Return the models that can be chosen here, label to word for ``open_model``; the default is the empty word.

    Those are the default, the libraries that are installed, and the weights for them in the folder of models.
    """
    names = {"detectron2": "Detectron2 keypoint R-CNN", "torchvision": "torchvision keypoint R-CNN"}
    libraries = {names[library]: library for library in LIBRARIES if installed(library)}
    trained: dict[str, str] = {}
    for path in sorted(models_folder().glob(f"*{SUFFIX}")) if libraries else []:
        try:
            library = backend_of(path)
        except ValueError:
            continue  # a file that belongs to something else must not keep the app from starting
        if installed(library):
            trained[f"{path.stem} ({library})"] = str(path)
    return {"SketchPose": "", **libraries, **trained}
