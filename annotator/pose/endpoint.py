"""The endpoint ``/estimate`` of the API."""

from typing import Any

from gradio.data_classes import FileData

from annotator.estimators import shared_estimator
from annotator.messages import refusal
from annotator.uploads import uploaded_file
from sketchpose.formats import PosedImage, to_coco
from sketchpose.images import WORK_SIDE, read_image


def estimate_api(image: FileData) -> dict[str, Any]:
    """Estimate the poses in a picture.

    Args:
        image: The picture: PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF.

    Returns:
        A COCO keypoint document with one image.
    """
    path = uploaded_file(image)
    try:
        picture = read_image(path, work_side=WORK_SIDE)
        poses = tuple(shared_estimator().estimate(picture))
    except ValueError as error:
        raise refusal(error) from error
    return to_coco([PosedImage(picture.name, picture.width, picture.height, poses)])
