"""The endpoint ``/search`` of the API."""

from typing import Any, Final

from gradio.data_classes import FileData

from annotator.estimators import shared_estimator
from annotator.messages import refusal
from annotator.references.search import ReferenceQuery, SearchChoices, describe, search_gallery
from annotator.uploads import uploaded_file
from sketchpose.images import WORK_SIDE, read_image
from sketchpose.retrieve.gallery.gallery import SHIPPED

_MAX_RESULTS: Final = 100


def search_api(
    image: FileData,
    gallery: str = SHIPPED,
    k: int = 12,
    any_camera: bool = False,
    mirror: bool = True,
    parts: list[str] | None = None,
    tags: list[str] | None = None,
) -> list[dict[str, Any]]:
    """Find the pictures of a gallery that show the pose of the first person in a picture.

    Args:
        image: The picture: PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF.
        gallery: Name of the gallery.
        k: How many results, 1 to 100.
        any_camera: Whether the pose counts from whichever side.
        mirror: Whether mirror images count.
        parts: Parts of the body that count; all of it by default.
        tags: All of these must be on the picture.

    Returns:
        Best first: image, score (0 to 100), box, keypoints (17 times x, y, score), mirrored, tags; thumbnail, a data
        URL that any client can show; credit, who made the picture, and its licence.
    """
    path = uploaded_file(image)
    try:
        if not 1 <= k <= _MAX_RESULTS:
            raise ValueError(f"k is {k}; ask for 1 to {_MAX_RESULTS} results.")
        picture = read_image(path, work_side=WORK_SIDE)
        query = ReferenceQuery.of_picture(picture, shared_estimator().estimate(picture))
        choices = SearchChoices(gallery, any_camera, mirror, tuple(parts or ()), tags=tuple(tags or ()))
        shelf, matches = search_gallery(query, choices, k)
    except ValueError as error:
        raise refusal(error) from error
    described = [describe(shelf, found.match.image, int(shelf.gallery.number[found.match.row])) for found in matches]
    return [
        found.to_json() | {"thumbnail": one["thumb"], "credit": one["credit"]}
        for found, one in zip(matches, described, strict=True)
    ]
