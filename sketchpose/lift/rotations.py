"""Rotations of many bodies at once: ``synth.people.rotation`` for stacks of matrices (..., 3, 3), angles in radians."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
_SKEW: Final = np.array([[0.0, 0, 0, 0, 0, -1, 0, 1, 0], [0, 0, 1, 0, 0, 0, -1, 0, 0], [0, -1, 0, 1, 0, 0, 0, 0, 0]])
"""From a vector to the nine entries of the matrix that crosses with it."""


def exponential(vectors: Floats) -> Floats:
    """Return the rotations (..., 3, 3) about the vectors (..., 3) by their lengths (Rodrigues' formula)."""
    angle = np.sqrt((vectors * vectors).sum(-1))[..., None, None]
    v = vectors[..., None, :] / np.maximum(angle, 1e-12)
    skew = (v @ _SKEW).reshape(*vectors.shape[:-1], 3, 3)
    cosine = np.cos(angle)
    return np.asarray(cosine * np.eye(3) + np.sin(angle) * skew + (1 - cosine) * (np.swapaxes(v, -1, -2) * v))


def logarithm(matrices: Floats) -> Floats:
    """Return the vectors (..., 3) of which the rotations are the exponential, of lengths 0 to pi."""
    w, xyz = quaternions(matrices)
    length = np.linalg.norm(xyz, axis=-1)
    factor = np.where(length < 1e-9, 2.0, 2 * np.arctan2(length, w) / np.maximum(length, 1e-12))
    return np.asarray(xyz * factor[..., None])


def quaternions(matrices: Floats) -> tuple[Floats, Floats]:
    """Return the unit quaternions as w (...), at least 0, and x, y, z (..., 3).

    The column of the matrix of all products of two components that has the greatest diagonal (Shepperd's choice).
    """
    m = matrices
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    products = np.empty((*m.shape[:-2], 4, 4))
    products[..., 1:, 1:] = m + np.swapaxes(m, -1, -2)
    products[..., 0, 0] = 1 + trace
    for i in (0, 1, 2):
        j, k = (i + 1) % 3, (i + 2) % 3
        products[..., i + 1, i + 1] += 1 - trace
        products[..., 0, i + 1] = products[..., i + 1, 0] = m[..., k, j] - m[..., j, k]
    best = np.argmax(np.diagonal(products, axis1=-2, axis2=-1), -1)
    q = np.take_along_axis(products, best[..., None, None], -2)[..., 0, :]
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    q = np.where(q[..., :1] < 0, -q, q)
    return q[..., 0], q[..., 1:]


def about(axis: int, angles: Floats) -> Floats:
    """Return the rotations (..., 3, 3) about the axis x, y or z (0, 1 or 2) of the coordinates by angles (...)."""
    out = np.zeros((*np.shape(angles), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out[..., axis, axis] = 1
    out[..., i, i] = out[..., j, j] = np.cos(angles)
    out[..., j, i] = np.sin(angles)
    out[..., i, j] = -out[..., j, i]
    return out


def twist_down(matrices: Floats) -> Floats:
    """Return by how much (...) the rotations turn about straight down (see ``rotation.twist``)."""
    w, xyz = quaternions(matrices)
    return np.asarray(2 * np.arctan2(-xyz[..., 2], np.maximum(w, 1e-6)))


def unit(vectors: Floats) -> Floats:
    """Return the vectors (..., 3) at length one; vanishing ones stay near zero."""
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9))


def frames(up: Floats, across: Floats) -> Floats:
    """Return the rotations whose third column is ``up`` and whose first lies nearest to ``across`` (..., 3)."""
    z = unit(up)
    x = unit(across - (across * z).sum(-1, keepdims=True) * z)
    return np.stack([x, np.cross(z, x), z], -1)
