"""The pictures of a gallery in full size: read from their files, or rendered from their pose when asked for."""

from functools import cache, lru_cache
from typing import Any, Final

from sketchpose.images import ImageError, Picture, read_image
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import Gallery

RENDER_SIDE: Final = 768
"""Side in pixels of the square pictures that are rendered; their keypoints are in these pixels."""


def original(gallery: Gallery, entry: GalleryEntry) -> Picture:
    """Return a picture of a gallery in full size.

    Raises:
        ImageError: The file is gone or cannot be read any more.
    """
    if entry.render:
        return _rendered(tuple(sorted(entry.render.items())), entry.name)
    path = gallery.folder / entry.path  # an absolute path stays what it is
    if not path.is_file():
        raise ImageError(
            f"{entry.name}: the file is not where it was indexed; run `sketchpose index` again on the folder it is in."
        )
    return read_image(path)


def render(recipe: dict[str, Any], side: int = RENDER_SIDE) -> Any:
    """Render a mannequin, or a pair of them, from what an entry's ``render`` says.

    Args:
        recipe: ``seed``, ``pair`` (a name of ``synth.pairs.DUOS``) for two, ``drawn`` (a name of
            ``drawn_poses.load_drawn_poses``) for a pose from a drawing, ``study`` (a name of ``studies.STUDIES``), and
            the fields of ``render.Viewpoint``.
        side: Side of the picture in pixels.

    Returns:
        A list of ``render.Reference``, one per person; they share the picture.
    """
    from sketchpose.synth.people.drawn_poses import load_drawn_poses
    from sketchpose.synth.render import Viewpoint, render_pair, render_reference

    view = Viewpoint(**{k: v for k, v in recipe.items() if k not in ("seed", "pair", "drawn", "study")})
    if "drawn" in recipe:
        return [render_reference(load_drawn_poses()[recipe["drawn"]].pose, view, side, build=recipe["seed"])]
    if "pair" in recipe:
        return render_pair(recipe["pair"], recipe["seed"], view, side)
    return [render_reference(recipe.get("study", recipe["seed"]), view, side, build=recipe["seed"])]


@cache
def warm() -> None:
    """Load the renderer, so that the first picture asked for does not wait for it."""
    render({"seed": 0}, 64)


@lru_cache(maxsize=32)
def _rendered(recipe: tuple[tuple[str, Any], ...], name: str) -> Picture:
    return Picture(render(dict(recipe))[0].image, name)
