"""How one network reads a person: squares of the picture round it, seen in several ways, a closer one of the head."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.crop import PADDING, Crop, border_colour, head_box
from sketchpose.estimate.joints import VIEWS, Evidence, Maps, View, decode, evidence
from sketchpose.estimate.people import MIN_SURE, SURE
from sketchpose.images import Picture, Pixels
from sketchpose.model import Network
from sketchpose.pose import joints_box
from sketchpose.skeleton import FACE, SHOULDERS

_SECOND_PADDING: Final = 1.4
"""Joints lie inside the outline, so a square around joints is padded more than one around a person."""
_FEW: Final = 2
"""So many people are looked at five times, those of larger groups twice."""
_SHIFT: Final = 0.12
_GROWTH: Final = 1.3
"""A second look is taken when its square is moved by this share of its side or resized by more than this factor."""
_NEIGHBOUR: Final = 0.02
"""Share of the square that a neighbour's box must fill to be covered."""
_MARGIN: Final = 0.06
"""What is left of the surroundings of a person with neighbours, as a share of the longer side of its box."""
_HEAD_LOOKS: Final = ((3.4, False), (4.0, True))
"""The looks at a head: side of the square over the size of the head, and whether it is seen in the mirror."""

Read = tuple[NDArray[np.float32], NDArray[np.float32]]
"""(n, 17, 2) joints in picture pixels and (n, 17) scores."""


@dataclass(frozen=True)
class Reader:
    """A network, and how often it looks.

    Attributes:
        network: It reads the joints of one person in a square.
        refine: Whether it reads again where the joints lie elsewhere than the box says.
        views: How many views of each person are averaged, a key of ``VIEWS``; None takes 5 of one or two people, 2 of
            more.
    """

    network: Network
    refine: bool = True
    views: int | None = None

    def read(self, picture: Picture, people: NDArray[np.float32], indices: NDArray[np.intp] | None = None) -> Read:
        """Read some of the people.

        Args:
            picture: The picture.
            people: (m, 4) boxes of everybody in the picture.
            indices: (n,) indices of the people to read; None for all.
        """
        indices = np.arange(len(people)) if indices is None else indices
        views = VIEWS[self.views or (5 if len(people) <= _FEW else 2)]
        points, scores = self._joints(picture, people[indices], people, indices, PADDING, views)
        tight = {
            i: joints_box(points[i][sure], margin=0) for i, sure in enumerate(scores >= SURE) if sure.sum() >= MIN_SURE
        }
        again = [i for i, box in tight.items() if self.refine and _elsewhere(box, people[indices[i]])]
        if again:
            places = np.array([tight[i] for i in again])
            second, second_scores = self._joints(picture, places, people, indices[again], _SECOND_PADDING, views)
            for i, new_points, new_scores in zip(again, second, second_scores, strict=True):
                if new_scores.mean() > scores[i].mean():
                    points[i], scores[i] = new_points, new_scores
        return points, scores

    def faces(
        self,
        picture: Picture,
        people: NDArray[np.float32],
        points: NDArray[np.float32],
        scores: NDArray[np.float32],
        indices: NDArray[np.intp],
    ) -> Read:
        """Return joints and scores, those of the face from two closer looks as well: the median of each coordinate.

        In a square round a person a head is a few cells of the map, in which a face is hardly placed; from nearby a
        network is more exact but more often takes it to face another way, which the median leaves out.

        Args:
            picture: The picture.
            people: (m, 4) boxes of everybody in the picture.
            points: (n, 17, 2) joints of some of them.
            scores: (n, 17) of these joints.
            indices: (n,) whose they are.
        """
        if not self.network.card.reads_heads or self.views == 1 or not len(points):
            return points, scores
        heads = np.stack([head_box(joints[list(FACE)], joints[list(SHOULDERS)]) for joints in points])
        height, width = picture.pixels.shape[:2]
        there = np.flatnonzero((heads[:, :2] < (width, height)).all(1) & (heads[:, 2:] > 0).all(1))
        if not len(there):
            return points, scores
        read = [(points[there], scores[there])]
        for side, mirrored in _HEAD_LOOKS:
            views = (View(mirrored=mirrored),)
            read.append(self._joints(picture, heads[there], people, indices[there], side, views))
        points, scores, rows, face = points.copy(), scores.copy(), there[:, None], np.array(FACE)
        points[rows, face] = np.median([places[:, face] for places, _ in read], 0)
        scores[rows, face] = np.mean([sure[:, face] for _, sure in read], 0)
        return points, scores

    def evidence(self, picture: Picture, box: NDArray[np.float32]) -> Evidence:
        """Return what the choice of the joints of one person with a box (4,) rests on."""
        people, size = box[None], self.network.card.input_size
        one = np.arange(1)
        (looks,) = self._looks(picture, people, people, one, PADDING, VIEWS[self.views or 5])
        seen, crop = evidence(looks), Crop.around(box, size, PADDING)
        points = np.asarray(crop.to_picture(seen.joints * size), np.float32)[None]
        (points,), (scores,) = self.faces(picture, people, points, np.clip(seen.scores, 0, 1)[None], one)
        return replace(seen, joints=np.asarray(crop.to_crop(points) / size, np.float32), scores=scores)

    def _joints(
        self,
        picture: Picture,
        places: NDArray[np.float32],
        people: NDArray[np.float32],
        indices: NDArray[np.intp],
        padding: float,
        views: tuple[View, ...],
    ) -> Read:
        """Read the person ``indices[i]`` of ``people`` (m, 4) in a square around ``places[i]`` (n, 4)."""
        size, looks = self.network.card.input_size, self._looks(picture, places, people, indices, padding, views)
        joints = np.stack([decode(one, size) for one in looks])
        points = [
            Crop.around(place, size, padding).to_picture(one[:, :2]) for place, one in zip(places, joints, strict=True)
        ]
        return np.stack(points).astype(np.float32), np.clip(joints[..., 2], 0, 1)

    def _looks(
        self,
        picture: Picture,
        places: NDArray[np.float32],
        people: NDArray[np.float32],
        indices: NDArray[np.intp],
        padding: float,
        views: tuple[View, ...],
    ) -> list[list[tuple[View, Maps]]]:
        """Return every view of each person and its maps."""
        size, cuts = self.network.card.input_size, []
        for view in views:
            for place, i in zip(places, indices.tolist(), strict=True):
                cut = _alone(Crop.around(place, size, padding * view.zoom), picture.pixels, people, i)
                cuts.append(cut[:, ::-1] if view.mirrored else cut)
        maps = self.network.maps(np.stack(cuts))
        return [
            [
                (view, {name: values[k * len(places) + i] for name, values in maps.items()})
                for k, view in enumerate(views)
            ]
            for i in range(len(places))
        ]


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
