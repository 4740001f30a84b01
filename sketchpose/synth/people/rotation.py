"""Rotation matrices. Angles in degrees, axes of any length, matrices act on column vectors."""

import numpy as np

from sketchpose.synth.arrays import Array, compiled

X, Y, Z = np.eye(3)
DOWN = np.array([0.0, 0.0, -1.0])


@compiled
def turn(axis: Array, degrees: float) -> Array:
    """Return the (3, 3) rotation about ``axis`` by ``degrees``, counter-clockwise seen from its tip."""
    length = np.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2)
    x, y, z = axis[0] / length, axis[1] / length, axis[2] / length
    angle = degrees * np.pi / 180
    c, s = np.cos(angle), np.sin(angle)
    d = 1 - c
    out = np.empty((3, 3))
    out[0, 0] = c + x * x * d
    out[0, 1] = x * y * d - z * s
    out[0, 2] = x * z * d + y * s
    out[1, 0] = y * x * d + z * s
    out[1, 1] = c + y * y * d
    out[1, 2] = y * z * d - x * s
    out[2, 0] = z * x * d - y * s
    out[2, 1] = z * y * d + x * s
    out[2, 2] = c + z * z * d
    return out


@compiled
def quaternion(matrix: Array) -> Array:
    """Return the unit quaternion (w, x, y, z), w >= 0, of a rotation matrix (Shepperd's method)."""
    m = matrix
    out = np.empty(4)
    trace = m[0, 0] + m[1, 1] + m[2, 2]
    if trace > 0:
        s = 2 * np.sqrt(trace + 1)
        out[0], out[1] = s / 4, (m[2, 1] - m[1, 2]) / s
        out[2], out[3] = (m[0, 2] - m[2, 0]) / s, (m[1, 0] - m[0, 1]) / s
    else:
        i = 0
        if m[1, 1] > m[0, 0]:
            i = 1
        if m[2, 2] > m[i, i]:
            i = 2
        j, k = (i + 1) % 3, (i + 2) % 3
        s = 2 * np.sqrt(max(1e-12, 1 + m[i, i] - m[j, j] - m[k, k]))
        out[1 + i] = s / 4
        out[0] = (m[k, j] - m[j, k]) / s
        out[1 + j] = (m[j, i] + m[i, j]) / s
        out[1 + k] = (m[k, i] + m[i, k]) / s
    if out[0] < 0:
        out[:] = -out
    return out


def part_way(matrix: Array, share: float) -> Array:
    """Return the rotation that goes ``share`` of the way from none to ``matrix``."""
    q = quaternion(matrix)
    length = float(np.sqrt(q[1] ** 2 + q[2] ** 2 + q[3] ** 2))
    if length < 1e-9:
        return np.eye(3)
    return turn(q[1:], float(np.rad2deg(2 * np.arctan2(length, q[0]))) * share)


def twist(matrix: Array, axis: Array) -> float:
    """Return the degrees that ``matrix`` turns about the unit ``axis`` (its swing-twist decomposition)."""
    q = quaternion(matrix)
    return float(np.rad2deg(2 * np.arctan2(q[1:] @ axis, max(q[0], 1e-6))))


@compiled
def frame(along: Array, across: Array) -> Array:
    """Return the frame whose third column is ``along`` and whose first lies nearest to ``across``.

    Where the two are parallel, the first lies nearest to the axis of the coordinates that is most across.
    """
    out = np.empty((3, 3))
    length = np.sqrt(along[0] ** 2 + along[1] ** 2 + along[2] ** 2)
    dot = (along[0] * across[0] + along[1] * across[1] + along[2] * across[2]) / length
    total = 0.0
    for k in range(3):
        out[k, 2] = along[k] / length
        out[k, 0] = across[k] - dot * out[k, 2]
        total += out[k, 0] ** 2
    if total < 1e-12:
        most = 0
        for k in range(1, 3):
            if abs(out[k, 2]) < abs(out[most, 2]):
                most = k
        for k in range(3):
            out[k, 0] = (1.0 if k == most else 0.0) - out[most, 2] * out[k, 2]
        total = 1 - out[most, 2] ** 2
    for k in range(3):
        out[k, 0] /= np.sqrt(total)
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        out[k, 1] = out[i, 2] * out[j, 0] - out[j, 2] * out[i, 0]
    return out


def cross(a: Array, b: Array) -> Array:
    """Return the cross product of two vectors (3,), without numpy's overhead."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def unit(vector: Array) -> Array:
    """Return the vector at length one; a vanishing one stays near zero."""
    return np.asarray(vector / (np.linalg.norm(vector) + 1e-9))
