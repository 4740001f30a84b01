"""Loose meshes that hang from the posed figure: skirts, coat tails, capes, long hair, hats."""

from dataclasses import dataclass

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import Skeleton
from sketchpose.synth.people.garments import CAPE, HAIR, HAT, JACKET, SKIRT, Outfit
from sketchpose.synth.people.mesh import grid_faces
from sketchpose.synth.people.rotation import turn, unit


@dataclass(frozen=True)
class Mesh:
    """A loose piece: vertices (V, 3) in the world, faces (F, 3), and its region."""

    vertices: Array
    faces: Array
    region: int


@dataclass(frozen=True)
class Skull:
    """The skull without hair: centre (3,), radii (3,) across, back to front and up, and its frame (3, 3)."""

    centre: Array
    radii: Array
    frame: Array


def loose_pieces(
    outfit: Outfit, joints: dict[str, Array], skeleton: Skeleton, head: Skull, rng: np.random.Generator
) -> list[Mesh]:
    """Return the meshes that hang on the posed figure: skirt, cape, long hair, hat."""
    out = []
    if outfit.tails:
        out.append(_skirt(joints, skeleton, rng, JACKET))
    elif outfit.dressed and rng.random() < 0.2:
        out.append(_skirt(joints, skeleton, rng, SKIRT))
    if outfit.dressed and rng.random() < 0.08:
        out.append(_cape(joints, skeleton, rng))
    if outfit.hair in ("long", "bob"):
        out.append(_curtain(head, rng, outfit.hair == "bob"))
    elif outfit.hair == "spiky":
        out.append(_spikes(head, rng))
    elif outfit.hair == "bun":
        out.append(_ball(head, rng))
    elif outfit.hair == "ponytail":
        out.append(_tail(head, rng))
    if not outfit.hooded and rng.random() < 0.08:
        out.append(_hat(head, rng))
    return out


def _skirt(j: dict[str, Array], skeleton: Skeleton, rng: np.random.Generator, region: int) -> Mesh:
    """A skirt all around, or the tails of a coat, which are open in front."""
    rows, columns = 9, 32
    frames = skeleton.frames
    length = float(np.linalg.norm(j["l_kne"] - j["l_hip"]) * rng.choice((0.55, 0.8, 1.05, 1.4, 1.8)))
    flare, wave, folds, phase = rng.uniform(0.1, 0.6), rng.uniform(0, 0.1), rng.integers(4, 9), rng.uniform(0, 6)
    half = float(np.linalg.norm(j["l_hip"] - j["r_hip"])) * 0.5
    centre = (j["l_hip"] + j["r_hip"]) / 2
    t = np.repeat(np.linspace(0, 1, rows), columns)
    coat = region == JACKET
    slit = rng.uniform(0.15, 0.6) if coat else 0.0
    around = np.linspace(-np.pi / 2 + slit, 1.5 * np.pi - slit, columns, endpoint=coat)
    a = np.tile(around, rows)
    left = (0.5 + 0.5 * np.cos(a))[:, None]
    leg = left * -frames["l_thigh"][:, 2] + (1 - left) * -frames["r_thigh"][:, 2]
    leg /= np.linalg.norm(leg, axis=1, keepdims=True) + 1e-6
    follow = np.minimum(1, t * 2.2)[:, None]
    fall = (1 - follow) * -frames["pelvis"][:, 2] + follow * leg
    radius = half * (1.35 + 0.45 * np.minimum(1, t * 4)) + length * flare * t * 0.55
    radius *= 1 + 2 * wave * t * np.sin(folds * a + phase)
    ring = np.stack([radius * np.cos(a), radius * np.sin(a) * 0.85, np.full_like(a, 0.11)], 1)
    thigh = float(np.linalg.norm(j["l_kne"] - j["l_hip"])) + 0.11
    down = (length + 0.11) * t
    hang = unit(np.array([0.0, 0.0, -1.0]) - 0.4 * frames["pelvis"][:, 2])  # below the knee the cloth falls
    drop = fall * np.minimum(down, thigh)[:, None] + hang * np.maximum(0.0, down - thigh)[:, None]
    points = centre + ring @ frames["pelvis"].T + drop
    return Mesh(points, grid_faces(rows, columns, not coat), region)


def _cape(j: dict[str, Array], skeleton: Skeleton, rng: np.random.Generator) -> Mesh:
    rows, columns = 12, 14
    chest = skeleton.frames["chest"]
    length = float(np.linalg.norm(j["neck"] - j["l_kne"])) * rng.uniform(0.5, 1.1)
    wind = turn(np.array([0.0, 0, 1]), rng.uniform(-70, 70)) @ np.array([0, 1.0, 0]) * rng.uniform(0.1, 1.1)
    fall = unit(np.array([0, 0, -1.0]) + chest @ wind)
    t = np.repeat(np.linspace(0, 1, rows), columns)[:, None]
    s = np.tile(np.linspace(-1, 1, columns), rows)[:, None]
    shoulders = (j["l_sho"] + j["r_sho"]) / 2
    back = np.concatenate([0 * s, 0.075 - 0.09 * s * s, 0 * s + 0.02], 1)
    top = j["neck"] * 0.35 + 0.65 * shoulders + (j["l_sho"] - j["r_sho"]) * 0.55 * s + back @ chest.T
    billow = np.concatenate([0.35 * s * t, 0.08 * t + 0.06 * t * np.sin(5 * s + 3 * t), 0 * s], 1)
    return Mesh(top + fall * length * t + billow @ chest.T, grid_faces(rows, columns, False), CAPE)


def _curtain(head: Skull, rng: np.random.Generator, short: bool) -> Mesh:
    rows, columns = 10, 18
    r = head.radii
    length = r[2] * (rng.uniform(1.1, 1.9) if short else rng.uniform(2.0, 5))
    lean = head.frame @ np.array([rng.normal(0, 0.25), 0.25, -0.6])
    fall = unit(np.array([0, 0, -1.0]) + lean + rng.normal(0, 0.15, 3))
    half = np.deg2rad(rng.uniform(80, 140))
    wave = rng.uniform(0, 0.25)
    t = np.repeat(np.linspace(0, 1, rows), columns)[:, None]
    a = np.tile(np.linspace(-half, half, columns), rows)[:, None]
    ring = np.concatenate([np.sin(a) * r[0] * 1.12, np.cos(a) * r[1] * 1.12 + 0.01, 0 * a + 0.2 * r[2]], 1)
    spread = 1 + 0.3 * np.sin(np.minimum(1, t * 1.5) * 3) - 0.35 * t
    curl = np.concatenate([wave * r[0] * np.sin(6 * t + 2 * a), 0 * a, 0 * a], 1) * t
    points = head.centre + (ring * spread + curl) @ head.frame.T + fall * length * t * (1 - 0.12 * abs(a))
    return Mesh(points, grid_faces(rows, columns, False), HAIR)


def _spikes(head: Skull, rng: np.random.Generator) -> Mesh:
    points, faces, r = [], [], head.radii
    for i in range(int(rng.integers(9, 20))):
        away = rng.normal(size=3)
        away[2] = abs(away[2]) * 1.1 + 0.1
        away[1] += 0.5
        away = unit(away)
        side = unit(np.cross(away, [0, 0, 1.0]))
        up = np.cross(away, side)
        a = np.linspace(0, 2 * np.pi, 7)[:-1, None]
        ring = away * r * 0.9 + 0.55 * r[0] * (side * np.cos(a) + up * np.sin(a))
        tip = away * r * rng.uniform(1.35, 1.9) + rng.normal(0, 0.02, 3)
        points.append(np.concatenate([ring, tip[None]]))
        faces += [(7 * i + k, 7 * i + (k + 1) % 6, 7 * i + 6) for k in range(6)]
    return Mesh(head.centre + np.concatenate(points) @ head.frame.T, np.array(faces, np.int32), HAIR)


def _sphere(centre: Array, radii: Array, frame: Array, region: int) -> Mesh:
    rows, columns = 9, 14
    p = np.repeat(np.linspace(0.02, np.pi - 0.02, rows), columns)
    a = np.tile(np.linspace(0, 2 * np.pi, columns, endpoint=False), rows)
    ring = np.stack([np.sin(p) * np.cos(a), np.sin(p) * np.sin(a), np.cos(p)], 1) * radii
    return Mesh(centre + ring @ frame.T, grid_faces(rows, columns, True), region)


def _ball(head: Skull, rng: np.random.Generator) -> Mesh:
    size = head.radii[0] * rng.uniform(0.35, 0.65)
    where = unit(np.array([0.0, rng.uniform(0.1, 1.0), rng.uniform(0.3, 1.0)])) * head.radii * 1.15
    return _sphere(head.centre + head.frame @ where, np.full(3, size), head.frame, HAIR)


def _tail(head: Skull, rng: np.random.Generator) -> Mesh:
    rows, columns = 12, 10
    r = head.radii
    start = head.centre + head.frame @ (np.array([0.0, 0.95, 0.45]) * r)
    out = unit(head.frame @ np.array([rng.normal(0, 0.3), 1.0, 0.2]))
    length = r[2] * rng.uniform(1.5, 4.5)
    t = np.linspace(0, 1, rows)[:, None]
    spine = start + out * length * (t - 0.55 * t * t) * 0.6 + np.array([0, 0, -1.0]) * length * t * t
    wide = r[0] * (0.18 + 0.4 * np.sin(np.pi * np.minimum(1, t * 1.15)) * rng.uniform(0.6, 1.2))
    side = unit(np.cross(out, [0, 0, 1.0]))
    up = np.cross(side, out)
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None, :, None]
    ring = (np.cos(a) * side + np.sin(a) * up) * wide[:, None]
    return Mesh((spine[:, None] + ring).reshape(-1, 3), grid_faces(rows, columns, True), HAIR)


def _hat(head: Skull, rng: np.random.Generator) -> Mesh:
    r = head.radii
    brim, tall, top = rng.uniform(1.0, 1.9), rng.uniform(0.5, 1.6), rng.choice((0.05, 0.75, 0.95, 1.1))
    profile = ((brim * 1.1, 0.32), (1.1, 0.38), (1.08, 0.6), (top, 0.5 + tall), (0.01, 0.52 + tall))
    a = np.linspace(0, 2 * np.pi, 22, endpoint=False)
    ring = [np.stack([w * r[0] * np.cos(a), w * r[1] * np.sin(a), np.full_like(a, h * r[2])], 1) for w, h in profile]
    return Mesh(head.centre + np.concatenate(ring) @ head.frame.T, grid_faces(len(profile), 22, True), HAT)
