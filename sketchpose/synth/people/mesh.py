"""Triangles: those of a grid, and the normals of vertices."""

import numpy as np

from sketchpose.synth.arrays import Array, compiled


@compiled
def vertex_normals(vertices: Array, faces: Array) -> Array:
    """Return unit normals (V, 3), faces weighted by their area."""
    out = np.zeros_like(vertices)
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux = vertices[b, 0] - vertices[a, 0]
        uy = vertices[b, 1] - vertices[a, 1]
        uz = vertices[b, 2] - vertices[a, 2]
        wx = vertices[c, 0] - vertices[a, 0]
        wy = vertices[c, 1] - vertices[a, 1]
        wz = vertices[c, 2] - vertices[a, 2]
        nx = uy * wz - uz * wy
        ny = uz * wx - ux * wz
        nz = ux * wy - uy * wx
        for i in (a, b, c):
            out[i, 0] += nx
            out[i, 1] += ny
            out[i, 2] += nz
    for i in range(out.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-12
        for k in range(3):
            out[i, k] /= length
    return out


def grid_faces(rows: int, columns: int, closed: bool) -> Array:
    """Return the triangles of a grid of vertices, row by row; ``closed`` joins the last column to the first."""
    out = []
    for i in range(rows - 1):
        for j in range(columns if closed else columns - 1):
            p, q = i * columns + j, i * columns + (j + 1) % columns
            out += [(p, q, p + columns), (q, q + columns, p + columns)]
    return np.array(out, np.int32)
