"""The default estimator: find the people, cut a square around each, estimate, and look again where the joints lie."""

from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.crop import PADDING, Crop, border_colour
from sketchpose.estimate.base import Workpiece
from sketchpose.estimate.detect import INK, PersonDetector, bounds, ink_boxes
from sketchpose.estimate.joints import VIEWS, Evidence, Maps, View, decode, evidence
from sketchpose.estimate.people import MIN_SURE, SURE, distinct
from sketchpose.images import ImageError, ImageSource, Picture, Pixels
from sketchpose.model import Network
from sketchpose.model.current import open_default
from sketchpose.model.folder import ModelFolder
from sketchpose.pose import VISIBLE, Origin, Pose, iou, joints_box
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.skeleton_picture import read_skeletons

TONED_MODEL: Final = "movenet-thunder"
_TONED: Final = 0.6
_TRUST: Final = 0.25
"""Where more than this share of a person's box is not bare paper, the network that learnt from photographs is asked as
well, and believed unless its mean joint score is this much lower. Chosen on the drawings of ``val`` and 100 people in
photographs: 0.4 and 0.2 instead read 1.2 points fewer of the drawings right, many of which are engravings in tones
(OKS .50:.95 of 0.636, not 0.648), and 0.4 points more of the photographs (0.598, not 0.594)."""
_SECOND_PADDING: Final = 1.4
"""Joints lie inside the outline, so a square around joints is padded more than one around a person."""
_MIN_POSE: Final = 0.35
"""Mean joint score of a person. On 120 synthetic pages 0.25 instead finds 0.946 of the people, not 0.939, and lowers
precision from 0.95 to 0.88; where nobody reaches it, the best of all guesses is taken."""
_MIN_DRAWN: Final = 0.5
"""The same of a drawn thing in which the detector saw nobody. On 418 training drawings with 682 people 0.35 instead
makes 81 false positives, not 59, and misses the same 51."""
_MIN_EXTENT: Final = 0.15
"""Longer side, as a share of the picture's, of the smallest thing that is looked at."""
_CLEAR: Final = 0.1
"""A drawn thing that shares less than this with everybody who was found may be somebody else."""
_SAME: Final = 0.6
"""A person that shares this much (intersection over union) with one drawn thing is that thing, whose box is exact."""
_FEW: Final = 2
"""So many people are looked at five times, those of larger groups twice: 0.26 and 0.09 s of CPU a person on a Xeon."""
_SHIFT: Final = 0.12
_GROWTH: Final = 1.3
"""A second look is taken when its square is moved by this share of its side or resized by more than this factor."""
_NEIGHBOUR: Final = 0.02
"""Share of the square that a neighbour's box must fill to be covered."""
_MARGIN: Final = 0.06
"""What is left of the surroundings of a person with neighbours, as a share of the longer side of its box."""


class SketchEstimator:
    """Top-down pose estimation of drawn people on a CPU, through ONNX Runtime.

    An instance may be shared by threads.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        detector: str = "sketch-multipose",
        *,
        toned: str | None = TONED_MODEL,
        threads: int = 1,
        refine: bool = True,
        views: int | None = None,
    ) -> None:
        """Load the keypoint network and the person detector.

        Args:
            model: Name or path of a model folder for one person; None takes the promoted model, or the packaged one.
            detector: Name or path of a model folder for several people.
            toned: Name or path of the model that is asked as well where a person is photographed or painted rather
                than drawn in lines; None asks nobody.
            threads: CPU threads per call.
            refine: Estimate a second time in a square around the joints of the first.
            views: How many views of each person are averaged: 1, 2 (the mirror image as well, more joints right for
                twice the time) or 5 (nearer and farther too); None takes 5 of one or two people, 2 of more.

        Raises:
            ValueError: A model cannot be used, or there is no such number of views.
        """
        if views is not None and views not in VIEWS:
            raise ValueError(f"views is {views}: choose one of {', '.join(map(str, VIEWS))}.")
        self._network = Network(open_default() if model is None else model, threads)
        other = None if toned is None or toned == self.name else ModelFolder.open(toned)
        # Loaded at the first picture in tones: many programs see none.
        self._toned = None if other is None else cache(partial(Network, other, threads))
        self._detector = PersonDetector(detector, threads)
        self._refine, self._views = refine, views

    @property
    def name(self) -> str:
        """Name of the keypoint model."""
        return self._network.card.name

    def estimate(self, image: ImageSource | Picture, boxes: ArrayLike | None = None) -> list[Pose]:
        """Return the poses of the people in a picture; see ``Estimator.estimate``."""
        work = Workpiece.of(image)
        if boxes is not None:
            return work.poses(self._poses(work.picture, work.boxes(boxes), "given"))
        return work.poses(read_skeletons(work.picture.pixels) or self._people(work.picture))

    def evidence(self, image: ImageSource | Picture, box: ArrayLike) -> tuple[Evidence, Crop]:
        """Return what the choice of one person's joints rests on, for ``sketchpose.assist``.

        Args:
            image: As for ``estimate``.
            box: (4,) x0, y0, x1, y1 of the person in pixels of the whole picture.

        Returns:
            The evidence, and the square of the whole picture that it is about.

        Raises:
            ValueError: The picture or the box cannot be used; see ``Estimator.estimate``.
        """
        work = Workpiece.of(image)
        places = work.boxes(np.asarray(box)[None])
        (looks,) = self._looks(self._network, work.picture, places, places, np.arange(1), PADDING)
        size = self._network.card.input_size
        whole = np.asarray(places[0] * np.tile(work.ratio, 2), np.float32)
        return evidence(looks), Crop.around(whole, size, PADDING)

    def _people(self, picture: Picture) -> list[Pose]:
        """Return the poses of the people found, surest first."""
        things = ink_boxes(picture.pixels)
        boxes = _fitted(self._detector.detect(picture)[:, :4], things)
        poses = self._poses(picture, boxes, "detector")
        drawn = self._poses(picture, _uncovered(things, boxes, picture), "detector") if len(things) > 1 else []
        sure = [pose for pose in poses if pose.score >= _MIN_POSE]
        sure += [pose for pose in drawn if pose.score >= _MIN_DRAWN]
        if sure:
            return distinct(sure)
        poses += drawn
        if len(things):
            poses += self._poses(picture, bounds(things)[None], "picture")
        if not poses:
            raise ImageError(f"{picture.name}: nothing is drawn on it; choose a picture with a person.")
        return [max(poses, key=lambda pose: pose.score)]

    def _poses(self, picture: Picture, boxes: NDArray[np.float32], origin: Origin) -> list[Pose]:
        if len(boxes) == 0:
            return []
        points, scores = self._look(self._network, picture, boxes)
        person = scores.mean(1)
        asked = [i for i, box in enumerate(boxes) if _tone(picture, box) > _TONED] if self._toned else []
        if self._toned and asked:
            others, other_scores = self._look(self._toned(), picture, boxes, np.array(asked))
            for i, other, other_score in zip(asked, others, other_scores, strict=True):
                if other_score.mean() > person[i] - _TRUST:
                    points[i], scores[i] = other, other_score
                    person[i] = max(person[i], other_score.mean())
        visible = np.full(NUM_KEYPOINTS, VISIBLE, np.uint8)
        return [Pose(points[i], scores[i], visible, box, float(person[i]), origin) for i, box in enumerate(boxes)]

    def _look(
        self,
        network: Network,
        picture: Picture,
        people: NDArray[np.float32],
        indices: NDArray[np.intp] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Estimate some of the people, twice where the joints of the first look lie elsewhere than the box says.

        Args:
            network: What to estimate with.
            picture: The picture.
            people: (m, 4) boxes of everybody in the picture.
            indices: (n,) indices of the people to estimate; None for all.

        Returns:
            (n, 17, 2) picture pixels and (n, 17) scores.
        """
        indices = np.arange(len(people)) if indices is None else indices
        points, scores = self._joints(network, picture, people[indices], people, indices, PADDING)
        if not self._refine:
            return points, scores
        tight = {
            i: joints_box(points[i][sure], margin=0) for i, sure in enumerate(scores >= SURE) if sure.sum() >= MIN_SURE
        }
        again = [i for i, box in tight.items() if _elsewhere(box, people[indices[i]])]
        if again:
            places = np.array([tight[i] for i in again])
            second, second_scores = self._joints(network, picture, places, people, indices[again], _SECOND_PADDING)
            for i, new_points, new_scores in zip(again, second, second_scores, strict=True):
                if new_scores.mean() > scores[i].mean():
                    points[i], scores[i] = new_points, new_scores
        return points, scores

    def _joints(
        self,
        network: Network,
        picture: Picture,
        places: NDArray[np.float32],
        people: NDArray[np.float32],
        indices: NDArray[np.intp],
        padding: float,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Estimate the person ``indices[i]`` of ``people`` (m, 4) in a square around ``places[i]`` (n, 4).

        Returns:
            (n, 17, 2) picture pixels and (n, 17) scores.
        """
        size = network.card.input_size
        looks = self._looks(network, picture, places, people, indices, padding)
        joints = np.stack([decode(one, size) for one in looks])
        points = np.stack(
            [Crop.around(place, size, padding).to_picture(joints[i, :, :2]) for i, place in enumerate(places)]
        )
        return points.astype(np.float32), np.clip(joints[..., 2], 0, 1)

    def _looks(
        self,
        network: Network,
        picture: Picture,
        places: NDArray[np.float32],
        people: NDArray[np.float32],
        indices: NDArray[np.intp],
        padding: float,
    ) -> list[list[tuple[View, Maps]]]:
        """Return every view of each person and its maps; the arguments are those of ``_joints``."""
        size, cuts = network.card.input_size, []
        views = VIEWS[self._views or (5 if len(people) <= _FEW else 2)]
        for view in views:
            for place, i in zip(places, indices.tolist(), strict=True):
                cut = _alone(Crop.around(place, size, padding * view.zoom), picture.pixels, people, i)
                cuts.append(cut[:, ::-1] if view.mirrored else cut)
        maps = network.maps(np.stack(cuts))
        return [
            [
                (view, {name: values[k * len(places) + i] for name, values in maps.items()})
                for k, view in enumerate(views)
            ]
            for i in range(len(places))
        ]


def _tone(picture: Picture, box: NDArray[np.float32]) -> float:
    """Share of a person's box (4,) that is not bare paper: about 0.2 in line drawings, 0.9 in photographs."""
    small = Crop.around(box, 64, padding=1.0).cut(picture.pixels).astype(np.int16)
    paper = np.array(border_colour(picture.pixels))
    return float((np.abs(small - paper).sum(2) > INK).mean())


def _alone(crop: Crop, pixels: Pixels, people: NDArray[np.float32], person_index: int) -> Pixels:
    """Cut a square in which a person stands alone: where it reaches over a neighbour, paper covers what is not theirs.

    A square around a tall figure holds the figures beside it, and the network may well choose one of those.
    """
    cut = crop.cut(pixels)
    corners = crop.to_crop(people.reshape(-1, 2, 2))
    low, high = np.clip(corners, 0, crop.size)[:, 0], np.clip(corners, 0, crop.size)[:, 1]
    seen = (high - low).prod(1) > _NEIGHBOUR * crop.size**2
    seen[person_index] = False
    if not seen.any():
        return cut
    margin = _MARGIN * (corners[person_index, 1] - corners[person_index, 0]).max()
    x0, y0 = np.clip(corners[person_index, 0] - margin, 0, crop.size).astype(int).tolist()
    x1, y1 = np.clip(corners[person_index, 1] + margin, 0, crop.size).astype(int).tolist()
    alone = np.empty_like(cut)
    alone[:] = np.round(border_colour(pixels))
    alone[y0:y1, x0:x1] = cut[y0:y1, x0:x1]
    return alone


def _elsewhere(joints: NDArray[np.float32], box: NDArray[np.float32]) -> bool:
    """Whether a square around the joints would differ enough from the one around the box to be worth a second look."""
    first, second = Crop.around(box, 1, PADDING), Crop.around(joints, 1, _SECOND_PADDING)
    moved = max(
        abs(second.x + second.side / 2 - first.x - first.side / 2),
        abs(second.y + second.side / 2 - first.y - first.side / 2),
    )
    return moved > _SHIFT * first.side or not 1 / _GROWTH < second.side / first.side < _GROWTH


def _fitted(boxes: NDArray[np.float32], things: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the boxes (m, 4), those that are about one drawn thing (n, 4) replaced by its own."""
    if not len(boxes) or not len(things):
        return boxes
    shared = iou(boxes, things)
    return np.where(shared.max(1, keepdims=True) > _SAME, things[shared.argmax(1)], boxes)


def _uncovered(things: NDArray[np.float32], people: NDArray[np.float32], picture: Picture) -> NDArray[np.float32]:
    """Those of the drawn things (n, 4) that are large enough for a figure and lie clear of the people found (m, 4)."""
    extent = (things[:, 2:] - things[:, :2]).max(1)
    large = things[extent >= _MIN_EXTENT * max(picture.width, picture.height)]
    middle = (people[:, :2] + people[:, 2:]) / 2
    holds = (large[:, None, :2] <= middle) & (middle <= large[:, None, 2:])
    covered = holds.all(2) | (iou(large, people) > _CLEAR)
    return np.asarray(large[~covered.any(1)])
