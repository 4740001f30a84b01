"""Training shards: whole scenes, pictures encoded, labels as arrays, one plain ``.npz`` per range of seeds.

No pickle. ``synth-<size>[-<style>]-<first seed>-<last seed>.npz`` holds, for N scenes and P persons:

    images  (bytes,) uint8     all JPEG files, one after another
    offsets (N + 1,) int64     where each begins
    scenes  (N,) str           JSON per scene: style, meta
    owner   (P,) int32         index of each person's scene
    keypoints (P, 17, 2) float32, visibility (P, 17) uint8, boxes (P, 4) float32 xyxy, joints3d (P, 17, 3) float32
    cameras (P, 16) float64    rotation row by row, centre, distance, focal, offset: see ``scene.Projection``
    poses   (P,) str
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from sketchpose.files import write_atomic
from sketchpose.synth.arrays import Array
from sketchpose.synth.scene import DrawnPerson, Projection, Scene

_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 94, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)


def encode_image(image: Array) -> bytes:
    """Return a picture (H, W, 3) uint8 RGB as a JPEG file of quality 94 without chroma subsampling."""
    return cv2.imencode(".jpg", image[..., ::-1], _JPEG)[1].tobytes()


def decode_image(data: Array) -> Array:
    """Return the RGB picture (H, W, 3) uint8 of an encoded one, given as a uint8 array."""
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])


def shard_name(first: int, count: int, size: int, style: str | None = None, drawn_poses: float = 0.0) -> str:
    """Return the file name of a range of seeds."""
    return f"synth-{size}{variant(style, drawn_poses)}-{first:09d}-{first + count - 1:09d}.npz"


def variant(style: str | None, drawn_poses: float) -> str:
    """Return what tells files of the same seeds apart in a name."""
    return ("-" + style if style else "") + (f"-drawn{100 * drawn_poses:g}" if drawn_poses else "")


def pack(scenes: list[Scene]) -> bytes:
    """Return the bytes of a shard."""
    files = [encode_image(s.image) for s in scenes]
    people = [(i, p) for i, s in enumerate(scenes) for p in s.persons]
    persons = [p for _, p in people]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        images=np.frombuffer(b"".join(files), np.uint8),
        offsets=np.cumsum([0] + [len(f) for f in files]),
        scenes=np.array([json.dumps({"style": s.style, "meta": s.meta}, sort_keys=True) for s in scenes]),
        owner=np.array([i for i, _ in people], np.int32),
        keypoints=np.array([p.keypoints for p in persons], np.float32).reshape(-1, 17, 2),
        visibility=np.array([p.visibility for p in persons], np.uint8).reshape(-1, 17),
        boxes=np.array([p.box for p in persons], np.float32).reshape(-1, 4),
        joints3d=np.array([p.joints3d for p in persons], np.float32).reshape(-1, 17, 3),
        cameras=np.array([_flat(p.camera) for p in persons], np.float64).reshape(-1, 16),
        poses=np.array([p.pose for p in persons], dtype=np.str_),
    )
    return buffer.getvalue()


def write_shard(path: Path, scenes: list[Scene]) -> None:
    """Write scenes to a shard in one step, so that a file that exists is whole."""
    write_atomic(path, pack(scenes))


def _flat(view: Projection) -> Array:
    return np.concatenate([view.rotation.ravel(), view.centre, [view.distance, view.focal], view.offset])


def _view(flat: Array) -> Projection:
    return Projection(flat[:9].reshape(3, 3), flat[9:12], float(flat[12]), float(flat[13]), flat[14:16])


class Shard:
    """A shard held in memory; pictures stay encoded until asked for.

    Attributes:
        owner: (P,) index of each person's scene.
        keypoints: (P, 17, 2) float32.
        visibility: (P, 17) uint8.
        boxes: (P, 4) float32 xyxy.
        joints3d: (P, 17, 3) float32.
        cameras: (P, 16) float64.
        poses: (P,) str.
    """

    def __init__(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as data:
                self._images, self._offsets, self._scenes = data["images"], data["offsets"], data["scenes"]
                self.owner, self.keypoints, self.visibility = data["owner"], data["keypoints"], data["visibility"]
                self.boxes, self.joints3d, self.cameras = data["boxes"], data["joints3d"], data["cameras"]
                self.poses = data["poses"]
        except (KeyError, ValueError, EOFError) as error:
            raise ValueError(f"{path} is not a shard ({error}); delete it and run `sketchpose synth` again") from error

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def image(self, index: int) -> Array:
        """Return the picture (S, S, 3) uint8 RGB of a scene."""
        return decode_image(self._images[self._offsets[index] : self._offsets[index + 1]])

    def style(self, index: int) -> str:
        """Return the style of a scene."""
        return str(json.loads(str(self._scenes[index]))["style"])

    def scene(self, index: int) -> Scene:
        """Return a whole scene."""
        record = json.loads(str(self._scenes[index]))
        persons = tuple(
            DrawnPerson(
                self.keypoints[i], self.visibility[i], self.boxes[i], self.joints3d[i], _view(self.cameras[i]),
                str(self.poses[i]),
            )
            for i in np.flatnonzero(self.owner == index)
        )  # fmt: skip
        return Scene(self.image(index), persons, record["style"], record["meta"])

    def __iter__(self) -> Iterator[Scene]:
        return (self.scene(i) for i in range(len(self)))


def read_shard(path: Path) -> Shard:
    """Return the shard in a file.

    Raises:
        ValueError: The file is not a shard.
        OSError: It cannot be read.
    """
    return Shard(path)
