"""A person in the world before anyone draws it: body, pose with closed contacts, clothes, 3D keypoints."""

from dataclasses import dataclass, field

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import Body, BodyPose, Proportions, Shape, Skeleton
from sketchpose.synth.people.contact import balance, close_contacts, plant
from sketchpose.synth.people.garments import Outfit, dress
from sketchpose.synth.people.loose_garments import Mesh, Skull, loose_pieces
from sketchpose.synth.people.posing import from_recipe, mirror, sample_pose
from sketchpose.synth.people.proportions import sample_proportions, sample_shape
from sketchpose.synth.people.recipes import Recipe
from sketchpose.synth.people.studies import STUDIES


@dataclass(frozen=True)
class Cast:
    """Who is to be posed: the body asset, a shape, whether it is an adult's, and how it is stylised."""

    body: Body
    shape: Shape
    grown: bool
    kind: str
    proportions: Proportions


@dataclass(frozen=True)
class Actor:
    """A posed, dressed figure in world metres.

    Attributes:
        cast: Who it is.
        pose: The final pose.
        skeleton: Bones and part frames.
        joints: Named joints, each (3,).
        keypoints: (17, 3) COCO keypoints.
        head: The skull.
        outfit: Regions and hair.
        vertices: (V, 3) of body and loose meshes.
        faces: (F, 3).
        closed: The first so many faces are the body's closed surface.
        face_region: (F,) int8, see ``garments``.
        face_part: (F,) int8 index into ``body.PARTS``, -1 for loose meshes.
    """

    cast: Cast
    pose: BodyPose
    skeleton: Skeleton
    joints: dict[str, Array]
    keypoints: Array
    head: Skull
    outfit: Outfit
    vertices: Array = field(repr=False)
    faces: Array = field(repr=False)
    closed: int
    face_region: Array = field(repr=False)
    face_part: Array = field(repr=False)

    def thickness(self, part: str) -> float:
        """Return how many times its natural thickness a part has."""
        return self.cast.proportions[part][1]

    @property
    def size(self) -> float:
        """Diagonal of the body in metres."""
        return float(np.linalg.norm(np.ptp(self.vertices, axis=0)))


def sample_cast(
    body: Body, rng: np.random.Generator, muscular: bool = False, kind: str | None = None, adult: bool = False
) -> Cast:
    """Return a random person; ``adult`` allows no children."""
    shape, grown = sample_shape(body, rng, muscular, adult)
    kind, proportions = sample_proportions(rng, kind)
    return Cast(body, shape, grown, kind, proportions)


def take_pose(cast: Cast, rng: np.random.Generator, families: tuple[str, ...] = ()) -> tuple[BodyPose, Recipe | None]:
    """Return a random pose fitted to a cast: hands on their targets, both feet down and in balance if it stands."""
    body = cast.body
    pose, recipe, flipped = sample_pose(rng, families)
    if recipe is not None and recipe.grounded:
        pose = _planted(cast, pose)
        if rng.random() < 0.8:
            pose = balance(body, pose, body.articulate(cast.shape, pose, cast.proportions))
    swap = {"l": "r", "r": "l"}
    contacts = [(swap[s] if flipped else s, t) for s, t in (recipe.contacts if recipe else ())]
    if not contacts and rng.random() < 0.08:
        names = ("hip", "belly", "chin", "nape", "ear", "other elbow", "knee", "brow", "mouth", "prayer")
        contacts = [(str(rng.choice(["l", "r"])), str(rng.choice(names)))]
    contacts = [c for c in contacts if rng.random() < 0.92]
    if contacts:
        pose, _ = close_contacts(body, cast.shape, pose, cast.proportions, contacts)
    return pose, recipe


def take_study(cast: Cast, rng: np.random.Generator, name: str) -> BodyPose:
    """Return a variation of one of ``studies.STUDIES`` fitted to a cast: hands on their targets, balanced if it stands.

    Raises:
        ValueError: There is no such study.
    """
    if name not in STUDIES:
        raise ValueError(f"there is no study {name!r}; choose one of {', '.join(STUDIES)}")
    body, recipe, pose = cast.body, STUDIES[name], from_recipe(name, rng)
    if recipe.grounded:
        pose = _planted(cast, pose)
        pose = balance(body, pose, body.articulate(cast.shape, pose, cast.proportions))
    pose, _ = close_contacts(body, cast.shape, pose, cast.proportions, list(recipe.contacts))
    return mirror(pose) if rng.random() < 0.5 else pose


def _planted(cast: Cast, pose: BodyPose) -> BodyPose:
    """Return the pose with both feet on the ground, unless one is clearly lifted."""
    body, skeleton = cast.body, cast.body.articulate(cast.shape, pose, cast.proportions)
    if abs(skeleton.heads[body.joint["l_ank"]][2] - skeleton.heads[body.joint["r_ank"]][2]) < 0.2:
        return plant(body, cast.shape, pose, cast.proportions, skeleton)
    return pose


def stage(
    cast: Cast, pose: BodyPose, rng: np.random.Generator, dressed: bool, place: Array | None = None,
    hair: str | None = None, meshes: bool = True, top: float = 0.86,
) -> Actor:  # fmt: skip
    """Return the actor of a cast in a pose.

    Args:
        cast: Who.
        pose: How.
        rng: Chooses clothes and hair.
        dressed: Whether there are clothes; children always wear some.
        place: (3,) metres to move the whole figure by.
        hair: A hair style, random by default.
        meshes: Whether loose meshes may be added.
        top: Chance that clothes include a shirt.
    """
    body = cast.body
    skeleton = body.articulate(cast.shape, pose, cast.proportions)
    if place is not None:
        skeleton = Skeleton(skeleton.heads + place, skeleton.frames, skeleton.maps, skeleton.shifts + place)
    outfit = dress(body, cast.shape, rng, dressed or not cast.grown, hair, top if cast.grown else 1.0, cast.grown)
    skin = body.skin(outfit.rest, skeleton)
    joints = body.joints(skeleton)
    keypoints = body.keypoints(skin)
    head = _skull(joints, keypoints, skeleton)
    loose: list[Mesh] = loose_pieces(outfit, joints, skeleton, head, rng) if meshes else []
    corner = outfit.region[body.faces]
    vertices, faces = [skin], [body.faces]
    regions, parts, count = [corner.max(1)], [body.face_part], len(skin)
    for mesh in loose:
        vertices.append(mesh.vertices)
        faces.append(mesh.faces + count)
        regions.append(np.full(len(mesh.faces), mesh.region, np.int8))
        parts.append(np.full(len(mesh.faces), -1, np.int8))
        count += len(mesh.vertices)
    return Actor(
        cast, pose, skeleton, joints, keypoints, head, outfit, np.concatenate(vertices),
        np.concatenate(faces).astype(np.int32), len(body.faces), np.concatenate(regions).astype(np.int8),
        np.concatenate(parts).astype(np.int8),
    )  # fmt: skip


def _skull(joints: dict[str, Array], keypoints: Array, skeleton: Skeleton) -> Skull:
    """The skull from the keypoints, which ignore the hair's volume: half its breadth is that between the ears."""
    frame = skeleton.frames["head"]
    half = float((keypoints[3] - keypoints[4]) @ frame[:, 0]) / 2
    eyes = (keypoints[1] + keypoints[2]) / 2 - joints["skull"]
    offset = np.array([0.0, eyes @ frame[:, 1] + half * 1.12, eyes @ frame[:, 2] + half * 0.12])
    return Skull(joints["skull"] + frame @ offset, half * np.array([1.0, 1.28, 1.5]), frame)
