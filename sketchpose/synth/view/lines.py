"""Buffers to drawn lines: contours and creases are found, thinned, traced and smoothed into polylines."""

from dataclasses import dataclass

import numpy as np

from sketchpose.synth.arrays import Array, compiled

CONTOUR, CREASE = 1, 2


@dataclass(frozen=True)
class Line:
    """A traced line: points (N, 2) in canvas pixels and whether it is a crease inside the form."""

    points: Array
    crease: bool


@compiled
def _edges(depth: Array, face: Array, normals: Array, step: float, crease: float) -> Array:
    """1 on the near side of a depth step or the outline, 2 where neighbouring normals differ; 0 elsewhere."""
    height, width = depth.shape
    out = np.zeros((height, width), np.uint8)
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            if face[y, x] < 0:
                continue
            z = depth[y, x]
            for d in range(2):
                dy, dx = (0, 1) if d == 0 else (1, 0)
                za, zc = depth[y - dy, x - dx], depth[y + dy, x + dx]
                if za == np.inf or zc == np.inf:
                    out[y, x] = 1
                    continue
                if (za - z > step and za - z > 3 * abs(z - zc) + step) or (
                    zc - z > step and zc - z > 3 * abs(z - za) + step
                ):
                    out[y, x] = 1
                elif out[y, x] == 0 and face[y - dy, x - dx] >= 0 and face[y + dy, x + dx] >= 0:
                    dot = 0.0
                    for k in range(3):
                        dot += normals[y - dy, x - dx, k] * normals[y + dy, x + dx, k]
                    if dot < crease:
                        out[y, x] = 2
    return out


@compiled
def _thin(source: Array) -> Array:
    """Zhang and Suen, 1984: a 0/1 image thinned to lines of one pixel."""
    height, width = source.shape
    image = source.copy()
    gone = np.empty(height * width, np.int64)
    changed = True
    while changed:
        changed = False
        for phase in range(2):
            n = 0
            for y in range(1, height - 1):
                for x in range(1, width - 1):
                    if image[y, x] == 0:
                        continue
                    p2 = image[y - 1, x]
                    p3 = image[y - 1, x + 1]
                    p4 = image[y, x + 1]
                    p5 = image[y + 1, x + 1]
                    p6 = image[y + 1, x]
                    p7 = image[y + 1, x - 1]
                    p8 = image[y, x - 1]
                    p9 = image[y - 1, x - 1]
                    around = p2 + p3 + p4 + p5 + p6 + p7 + p8 + p9
                    if around < 2 or around > 6:
                        continue
                    rises = 0
                    rises += p2 == 0 and p3 == 1
                    rises += p3 == 0 and p4 == 1
                    rises += p4 == 0 and p5 == 1
                    rises += p5 == 0 and p6 == 1
                    rises += p6 == 0 and p7 == 1
                    rises += p7 == 0 and p8 == 1
                    rises += p8 == 0 and p9 == 1
                    rises += p9 == 0 and p2 == 1
                    if rises != 1:
                        continue
                    if phase == 0 and (p2 * p4 * p6 != 0 or p4 * p6 * p8 != 0):
                        continue
                    if phase == 1 and (p2 * p4 * p8 != 0 or p2 * p6 * p8 != 0):
                        continue
                    gone[n] = y * width + x
                    n += 1
            for i in range(n):
                image[gone[i] // width, gone[i] % width] = 0
            changed = changed or n > 0
    return image


@compiled
def _trace(image: Array, kind: Array) -> tuple[Array, Array, Array]:
    """Follow thin lines, straight on at crossings. Points, start offsets and each line's share of crease pixels."""
    height, width = image.shape
    used = np.zeros((height, width), np.uint8)
    points = np.empty((height * width, 2), np.float64)
    offsets = [0]
    creases = [0.0]
    n = 0
    for phase in range(2):
        for y0 in range(1, height - 1):
            for x0 in range(1, width - 1):
                if image[y0, x0] == 0 or used[y0, x0]:
                    continue
                free = 0
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        if (dy or dx) and image[y0 + dy, x0 + dx] and not used[y0 + dy, x0 + dx]:
                            free += 1
                if phase == 0 and free != 1:
                    continue
                start = n
                y, x = y0, x0
                used[y, x] = 1
                points[n, 0] = x + 0.5
                points[n, 1] = y + 0.5
                n += 1
                count = 1.0 if kind[y, x] == 2 else 0.0
                vx = 0.0
                vy = 0.0
                while True:
                    best = -9.0
                    by = -1
                    bx = -1
                    for dy in range(-1, 2):
                        for dx in range(-1, 2):
                            yy = y + dy
                            xx = x + dx
                            if dy == 0 and dx == 0:
                                continue
                            if yy < 1 or xx < 1 or yy >= height - 1 or xx >= width - 1:
                                continue
                            if image[yy, xx] == 0 or used[yy, xx]:
                                continue
                            length = np.sqrt(dx * dx + dy * dy)
                            score = (dx * vx + dy * vy) / length - 0.1 * length
                            if score > best:
                                best = score
                                by = yy
                                bx = xx
                    if by < 0 or (best < -0.35 and n - start > 4):
                        break
                    ddx = bx - x
                    ddy = by - y
                    length = np.sqrt(ddx * ddx + ddy * ddy)
                    vx = 0.7 * vx + 0.3 * ddx / length
                    vy = 0.7 * vy + 0.3 * ddy / length
                    y = by
                    x = bx
                    used[y, x] = 1
                    points[n, 0] = x + 0.5
                    points[n, 1] = y + 0.5
                    n += 1
                    if kind[y, x] == 2:
                        count += 1.0
                offsets.append(n)
                creases.append(count / (n - start))
    return points[:n], np.array(offsets), np.array(creases[1:])


def smooth(points: Array, reach: int) -> Array:
    """Return a moving average that keeps the end points, sampled about every two pixels."""
    if len(points) < 4:
        return points
    k = min(reach, (len(points) - 1) // 2)
    if k > 0:
        p = np.concatenate([2 * points[0] - points[k:0:-1], points, 2 * points[-1] - points[-2 : -k - 2 : -1]])
        total = np.cumsum(np.concatenate([np.zeros((1, 2)), p]), 0)
        points = (total[2 * k + 1 :] - total[: -2 * k - 1]) / (2 * k + 1)
    keep = np.linspace(0, len(points) - 1, max(3, len(points) // 2)).round().astype(int)
    return np.asarray(points[keep])


def join(lines: list[Line], gap: float) -> list[Line]:
    """Return the lines with those merged whose ends nearly meet (within ``gap`` pixels) and run on in one direction."""
    rest = sorted(lines, key=lambda line: -len(line.points))
    out: list[Line] = []
    while rest:
        line = rest.pop(0)
        while True:
            continuation = _continuation(line.points, line.crease, rest, gap)
            if continuation is None:
                break
            index, points = continuation
            rest.pop(index)
            line = Line(points, line.crease)
        out.append(line)
    return out


def _continuation(points: Array, crease: bool, rest: list[Line], gap: float) -> tuple[int, Array] | None:
    """Return the first other line that carries this one on at either end, and the two in one."""
    for flip in (False, True):
        p = points[::-1] if flip else points
        end, back = p[-1], p[max(0, len(p) - 5)]
        for i, other in enumerate(rest):
            if other.crease != crease:
                continue
            for q in (other.points, other.points[::-1]):
                step = q[0] - end
                if abs(step[0]) > gap or abs(step[1]) > gap:
                    continue
                a, b = end - back, q[min(len(q) - 1, 4)] - q[0]
                size = float(np.hypot(*a) * np.hypot(*b)) + 1e-9
                if (a[0] * b[0] + a[1] * b[1]) / size > 0.8:
                    return i, np.concatenate([p, q])
    return None


def _window(mask: Array) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    y0, x0 = max(0, rows[0] - 2), max(0, columns[0] - 2)
    return slice(y0, rows[-1] + 3), slice(x0, columns[-1] + 3)


def contours(
    depth: Array, face: Array, normals: Array, step: float, crease: float, shortest: int, reach: int
) -> list[Line]:
    """Return outlines, inner contours and creases.

    Args:
        depth: (S, S) with inf outside; finite where ``face`` is -1 means that another figure covers this one there.
        face: (S, S) face index or -1.
        normals: (S, S, 3).
        step: Metres of depth that make a contour.
        crease: Cosine between neighbouring normals under which a crease is drawn.
        shortest: Pixels; shorter lines are dropped.
        reach: Smoothing radius in pixels.
    """
    window = _window(face >= 0)
    if window[0].stop <= window[0].start:
        return []
    cut = [np.ascontiguousarray(a[window]) for a in (depth, face, normals)]
    edges = _edges(cut[0], cut[1], cut[2], step, crease)
    points, offsets, creases = _trace(_thin((edges > 0).astype(np.uint8)), edges)
    points = points + (window[1].start, window[0].start)
    out = []
    for i, share in enumerate(creases):
        n = offsets[i + 1] - offsets[i]
        if n >= shortest or (n >= 0.6 * shortest and share < 0.5):
            out.append(Line(smooth(points[offsets[i] : offsets[i + 1]], reach), bool(share > 0.5)))
    return out


def borders(region: Array, shortest: int) -> list[Array]:
    """Return the lines (N, 2) between regions that touch (hems, collars, hairline); -1 is outside."""
    window = _window(region >= 0)
    if window[0].stop <= window[0].start:
        return []
    r = region[window]
    edges = np.zeros(r.shape, np.uint8)
    inside = r[1:, 1:] >= 0
    above = (r[1:, 1:] != r[:-1, 1:]) & inside & (r[:-1, 1:] >= 0)
    beside = (r[1:, 1:] != r[1:, :-1]) & inside & (r[1:, :-1] >= 0)
    edges[1:, 1:] = above | beside
    points, offsets, _ = _trace(_thin(edges), edges)
    points = points + (window[1].start, window[0].start)
    pieces = [points[a:b] for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    return [smooth(p, 3) for p in pieces if len(p) >= shortest]
