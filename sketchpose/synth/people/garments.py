"""Clothes and hair that are part of the body's surface: regions of the mesh that swell."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import Body, Shape
from sketchpose.synth.people.mesh import vertex_normals

SKIN, TOP, BOTTOM, SHOES, HAIR, SKIRT, CAPE, HAT, JACKET = range(9)
"""Regions of a figure's surface; each has one colour in flat styles."""
CLOTH: Final = (TOP, BOTTOM, SKIRT, CAPE, JACKET)
"""Regions that fold."""
REGIONS: Final = 9

HAIR_WEIGHTS: Final = {
    "bald": 0.2, "short": 0.2, "big": 0.1, "bob": 0.12, "long": 0.14, "spiky": 0.08, "bun": 0.08, "ponytail": 0.08,
}  # fmt: skip
_SLEEVES: Final = (0.1, 0.4, 0.75, 1.5, 1.93)
"""Where sleeves end: upper arm up to 1, then the forearm."""
_LEGS: Final = ((0.2, 0.5, 0.95, 1.6, 1.92), (0.1, 0.2, 0.1, 0.2, 0.4))
"""Where trousers end, thigh up to 1, then the shin; and how often."""


@dataclass(frozen=True)
class Outfit:
    """What a figure wears.

    Attributes:
        rest: (V, 3) rest vertices with the clothes' thickness.
        region: (V,) int8 region per vertex.
        hair: A key of ``HAIR_WEIGHTS``.
        dressed: Whether there are clothes.
        tails: Whether a coat goes on below the waist.
        hooded: Whether a hood or scarf covers the hair.
    """

    rest: Array
    region: Array
    hair: str
    dressed: bool
    tails: bool = False
    hooded: bool = False


class _Tailor:
    """Masks of a shape's parts, and the swelling that clothes add to it."""

    def __init__(self, body: Body, shape: Shape) -> None:
        self.body, self.shape = body, shape
        self.region = np.zeros(body.vertices, np.int8)
        self.swell = np.zeros(body.vertices)
        self.height = shape.rest[:, 2]
        self.limbs = {s + p: body.along(shape, s + p) for s in ("l_", "r_") for p in ("uarm", "farm", "thigh", "shin")}

    def on(self, *names: str) -> Array:
        """Return the mask of parts."""
        return np.asarray(np.logical_or.reduce([self.body.on[n] for n in names]))

    def at(self, bone: str) -> float:
        """Return the height of a bone at rest."""
        return float(self.shape.heads[self.body.bone[bone]][2])

    def limb(self, near: str, far: str, end: float) -> Array:
        """Return the mask of both sides' limb down to ``end``: the near part up to 1, then the far one."""
        mask = np.zeros(self.body.vertices, bool)
        for s in ("l_", "r_"):
            mask |= self.on(s + near) & (self.limbs[s + near] < end)
            if end > 1:
                mask |= self.on(s + far) & (self.limbs[s + far] < end - 1)
        return mask

    def put(self, mask: Array, region: int, thickness: float | Array) -> None:
        """Cover a mask."""
        self.region[mask] = region
        self.swell[mask] = thickness[mask] if isinstance(thickness, np.ndarray) else thickness


def dress(
    body: Body,
    shape: Shape,
    rng: np.random.Generator,
    dressed: bool,
    hair: str | None = None,
    top: float = 0.86,
    bare: bool = True,
) -> Outfit:
    """Return a random outfit for a shape.

    Args:
        body: The asset.
        shape: Who is dressed.
        rng: Chooses.
        dressed: Whether there are clothes at all.
        hair: A key of ``HAIR_WEIGHTS``, random by default.
        top: Chance of a shirt.
        bare: Whether trousers may be missing and a beard may grow; not so for children.
    """
    tailor = _Tailor(body, shape)
    tails = hooded = False
    if dressed:
        tails, hooded = _clothes(tailor, rng, top, bare)
    names = list(HAIR_WEIGHTS)
    hair = hair or str(rng.choice(names, p=np.array(list(HAIR_WEIGHTS.values())) / sum(HAIR_WEIGHTS.values())))
    hair = "bald" if hooded else hair
    rest = shape.rest
    if dressed:
        ripple = 1 + 0.35 * np.sin(rest @ rng.normal(0, 28, 3) + rng.uniform(0, 6))
        rest = rest + vertex_normals(rest, body.faces) * (tailor.swell * ripple)[:, None]
    if hair != "bald":
        rest = _scalp(tailor, rest, hair, rng)
        if bare and rng.random() < 0.12:
            _beard(tailor)
    return Outfit(rest, tailor.region, hair, dressed, tails, hooded)


def _clothes(tailor: _Tailor, rng: np.random.Generator, top: float, bare: bool) -> tuple[bool, bool]:
    """Put clothes on; return whether they include coat tails and a hood."""
    loose = float(rng.choice((rng.uniform(0.003, 0.012), rng.uniform(0.012, 0.034))))
    shirt = bool(rng.random() < top)
    if shirt:
        _shirt(tailor, rng, TOP, loose * rng.uniform(0.6, 1.1), float(rng.choice(_SLEEVES)))
    if rng.random() < 0.9 or not bare:
        _trousers(tailor, rng, loose)
    tails = False
    if shirt and rng.random() < 0.24:
        _jacket(tailor, rng, loose + rng.uniform(0.008, 0.025))
        tails = bool(rng.random() < 0.35)
    if rng.random() < 0.82:
        _shoes(tailor, rng)
    hooded = bool(shirt and rng.random() < 0.08)
    if hooded:
        _hood(tailor, rng)
    return tails, hooded


def _shirt(tailor: _Tailor, rng: np.random.Generator, region: int, thickness: float, sleeve: float) -> None:
    hips = tailor.at("upperleg01.L")
    hem = float(rng.choice((hips - 0.06, hips + 0.03, tailor.at("spine04"))))
    mask = tailor.on("chest") & (tailor.height < tailor.at("neck01") - 0.02)
    mask |= tailor.on("pelvis") & (tailor.height > hem)
    if hem < hips:
        for s in ("l_", "r_"):
            mask |= tailor.on(s + "thigh") & (tailor.height > hem) & (tailor.limbs[s + "thigh"] < 0.25)
    mask |= tailor.limb("uarm", "farm", sleeve)
    thick = np.full(len(mask), thickness)
    thick[tailor.on("pelvis")] *= 1.25
    if sleeve > 1 and rng.random() < 0.3:
        for s in ("l_", "r_"):
            fore = tailor.on(s + "farm")
            thick[fore] += rng.uniform(0.004, 0.02) * np.clip(tailor.limbs[s + "farm"][fore], 0, 1)
    tailor.put(mask, region, thick)


def _jacket(tailor: _Tailor, rng: np.random.Generator, thickness: float) -> None:
    """A second layer over the shirt, open in front where the shirt shows."""
    before_region, before_swell = tailor.region.copy(), tailor.swell.copy()
    _shirt(tailor, rng, JACKET, thickness, float(rng.choice((0.08, 1.93), p=(0.25, 0.75))))
    x, y = tailor.shape.rest[:, 0], tailor.shape.rest[:, 1]
    middle = float(tailor.shape.heads[tailor.body.bone["spine02"]][1])
    gap = rng.uniform(0.0, 0.07) * (1 + 0.8 * np.clip((tailor.height - tailor.at("spine03")) / 0.2, -1, 1))
    front = (np.abs(x) < np.maximum(gap, 0.004)) & (y < middle) & tailor.on("chest", "pelvis")
    tailor.region[front] = before_region[front]
    tailor.swell[front] = before_swell[front]


def _trousers(tailor: _Tailor, rng: np.random.Generator, loose: float) -> None:
    length = float(rng.choice(_LEGS[0], p=_LEGS[1]))
    mask = tailor.on("pelvis") & (tailor.height < tailor.at("spine04") + 0.01)
    mask |= tailor.limb("thigh", "shin", length)
    mask &= tailor.region != TOP
    thick = np.full(len(mask), loose * rng.uniform(0.3, 1.7) * 0.8)
    if length > 1 and rng.random() < 0.4:
        for s in ("l_", "r_"):
            shin = tailor.on(s + "shin")
            thick[shin] += rng.uniform(0.008, 0.035) * np.clip(tailor.limbs[s + "shin"][shin], 0, 1)
    tailor.put(mask, BOTTOM, thick)


def _shoes(tailor: _Tailor, rng: np.random.Generator) -> None:
    mask = tailor.on("l_foot", "r_foot")
    if rng.random() < 0.3:
        top = rng.uniform(0.35, 0.85)
        for s in ("l_", "r_"):
            mask |= tailor.on(s + "shin") & (tailor.limbs[s + "shin"] > top) & (tailor.region == SKIN)
    tailor.put(mask, SHOES, float(rng.uniform(0.004, 0.02)))


def _hood(tailor: _Tailor, rng: np.random.Generator) -> None:
    """A hood or head scarf: the head and neck but for the face."""
    heads, bone, rest = tailor.shape.heads, tailor.body.bone, tailor.shape.rest
    eye = heads[bone["eye.L"]]
    face = (rest[:, 1] < eye[1] + 0.045) & (np.abs(rest[:, 0]) < 0.062) & (rest[:, 2] < eye[2] + 0.05)
    face &= rest[:, 2] > eye[2] - 0.105
    mask = tailor.on("head") & ~face
    mask |= tailor.on("chest") & (tailor.height > tailor.at("neck01") - rng.uniform(0.03, 0.1))
    tailor.put(mask, HAT, float(rng.uniform(0.012, 0.03)))


def _scalp(tailor: _Tailor, rest: Array, hair: str, rng: np.random.Generator) -> Array:
    heads, bone = tailor.shape.heads, tailor.body.bone
    eye = heads[bone["eye.L"]]
    centre = np.array([0.0, heads[bone["head"]][1] - 0.02, eye[2] + 0.02])
    back = np.clip((rest[:, 1] - (eye[1] + 0.04)) / 0.10, 0, 1)
    line = eye[2] + rng.uniform(0.035, 0.065) - back * rng.uniform(0.06, 0.13)
    mask = tailor.on("head") & (rest[:, 2] > line) & (rest[:, 2] > heads[bone["neck03"]][2])
    tailor.region[mask] = HAIR
    roots = rest[mask]
    away = roots - centre
    away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-9
    thick = {"short": (0.006, 0.02), "big": (0.03, 0.075), "spiky": (0.01, 0.02)}.get(hair, (0.01, 0.028))
    rough = 0.5 if hair == "big" else 0.25
    ripple = 1 + rough * np.sin(roots @ rng.normal(0, 45, 3))
    out = rest.copy()
    out[mask] = roots + away * (rng.uniform(*thick) * ripple)[:, None]
    return out


def _beard(tailor: _Tailor) -> None:
    heads, bone, rest = tailor.shape.heads, tailor.body.bone, tailor.shape.rest
    eye = heads[bone["eye.L"]]
    mask = tailor.on("head") & (rest[:, 2] < eye[2] - 0.05) & (rest[:, 2] > eye[2] - 0.15)
    mask &= (rest[:, 1] < eye[1] + 0.09) & ~(
        (np.abs(rest[:, 2] - eye[2] + 0.068) < 0.008) & (np.abs(rest[:, 0]) < 0.025)
    )
    tailor.region[mask] = HAIR
