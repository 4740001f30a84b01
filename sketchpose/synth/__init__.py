"""Synthetic rough sketches with exact keypoints: people drawn as people draw people, from nothing but a seed."""

from sketchpose.synth.scene import DrawnPerson, Projection, Scene

__all__ = ["DrawnPerson", "Projection", "Scene", "generate"]


def generate(seed: int, size: int = 256, style: str | None = None, *, drawn_poses: float = 0.0) -> Scene:
    """Return the synthetic drawing of a seed.

    Args:
        seed: At least 0. The same seed gives the same bytes on one machine, whatever the process.
        size: Side of the square picture, 64 to 2048 pixels.
        style: A name of ``styles.STYLES``; by default one is drawn by weight.
        drawn_poses: Share of the figures, pairs apart, whose pose was lifted from a drawing, 0 to 1; the others' come
            from recipes and random angles. A seed's picture depends on it.

    Raises:
        ValueError: An argument is out of range.
    """
    from sketchpose.synth.compose import compose  # numba and OpenCV load with the first drawing

    return compose(seed, size, style, drawn_poses=drawn_poses)
