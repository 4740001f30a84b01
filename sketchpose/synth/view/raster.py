"""Triangles to pixels: depth, face and normal buffers. Canvas coordinates, pixel centres at .5, depth in metres."""

import numpy as np

from sketchpose.synth.arrays import Array, compiled


@compiled
def rasterize(points: Array, faces: Array, culled: int, normals: Array, size: int) -> tuple[Array, Array, Array]:
    """Draw a mesh into a z-buffer.

    Args:
        points: (V, 3) pixel x, y and depth.
        faces: (F, 3) vertex indices.
        culled: The first so many faces belong to a closed surface; those that face away are
            skipped, the others are seen from both sides.
        normals: (V, 3) vertex normals in world axes.
        size: Side of the square canvas.

    Returns:
        Depth (size, size) float32 with inf outside, face index int32 with -1 outside, normals float32.
    """
    depth = np.full((size, size), np.inf, np.float32)
    face = np.full((size, size), -1, np.int32)
    shade = np.zeros((size, size, 3), np.float32)
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        x0, y0, x1, y1, x2, y2 = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0 or (area > 0 and f < culled):
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 0.5)))
        right = min(size - 1, int(np.floor(max(x0, x1, x2) - 0.5)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 0.5)))
        bottom = min(size - 1, int(np.floor(max(y0, y1, y2) - 0.5)))
        inverse = 1.0 / area
        sign = -1.0 if area > 0 else 1.0
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                px = x + 0.5
                py = y + 0.5
                w1 = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) * inverse
                w2 = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) * inverse
                w0 = 1 - w1 - w2
                if w0 >= 0 and w1 >= 0 and w2 >= 0:
                    z = w0 * points[a, 2] + w1 * points[b, 2] + w2 * points[c, 2]
                    if z < depth[y, x]:
                        depth[y, x] = z
                        face[y, x] = f
                        for k in range(3):
                            shade[y, x, k] = sign * (w0 * normals[a, k] + w1 * normals[b, k] + w2 * normals[c, k])
    return depth, face, shade


@compiled
def look_up(face: Array, values: Array) -> Array:
    """Return per pixel the value (F,) int8 of its face, -1 outside."""
    rows, columns = face.shape
    out = np.full((rows, columns), -1, np.int8)
    for y in range(rows):
        for x in range(columns):
            if face[y, x] >= 0:
                out[y, x] = values[face[y, x]]
    return out


@compiled
def spread(face: Array, points: Array, faces: Array, values: Array) -> Array:
    """Return per pixel (size, size) float32 what the corners of its face say, in proportion to how near they are.

    Args:
        face: (size, size) as ``rasterize`` gives it; outside, and for faces with other corners, the answer is 0.
        points: (V, 3) pixel x, y and depth.
        faces: (F, 3) vertex indices.
        values: (W,) of the first vertices.
    """
    rows, columns = face.shape
    out = np.zeros((rows, columns), np.float32)
    for y in range(rows):
        for x in range(columns):
            f = face[y, x]
            if f < 0:
                continue
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            if max(a, b, c) >= values.shape[0]:
                continue
            x0, y0, x1, y1, x2, y2 = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
            inverse = 1.0 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
            w1 = ((x + 0.5 - x0) * (y2 - y0) - (x2 - x0) * (y + 0.5 - y0)) * inverse
            w2 = ((x1 - x0) * (y + 0.5 - y0) - (x + 0.5 - x0) * (y1 - y0)) * inverse
            out[y, x] = (1 - w1 - w2) * values[a] + w1 * values[b] + w2 * values[c]
    return out
