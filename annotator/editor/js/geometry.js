// Pure plane geometry. A point is [x, y]; a box is [x0, y0, x1, y1]; image pixels, y down. Nothing here knows the page.

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

export const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

export const clampPoint = (point, width, height) => [clamp(point[0], 0, width), clamp(point[1], 0, height)];

// Distance from a point to the segment a-b (not to the endless line).
export function segmentDistance(point, a, b) {
  const dx = b[0] - a[0], dy = b[1] - a[1], square = dx * dx + dy * dy;
  const t = square ? clamp(((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / square, 0, 1) : 0;
  return distance(point, [a[0] + t * dx, a[1] + t * dy]);
}

// A similarity is {a, b, x, y}: (px, py) -> (a px - b py + x, b px + a py + y), that is turn, scale and shift.
export const translation = (dx, dy) => ({ a: 1, b: 0, x: dx, y: dy });

export function turnScale(pivot, angle, scale = 1) {
  const a = scale * Math.cos(angle), b = scale * Math.sin(angle);
  return { a, b, x: pivot[0] - a * pivot[0] + b * pivot[1], y: pivot[1] - b * pivot[0] - a * pivot[1] };
}

export const apply = (s, point) => [s.a * point[0] - s.b * point[1] + s.x, s.b * point[0] + s.a * point[1] + s.y];

// The turn (and, unless `rigid`, scaling) about `pivot` that carries `from` towards `to`.
// Identity where either point lies on the pivot: there is no direction to follow.
export function turnTowards(pivot, from, to, rigid = false) {
  const before = distance(pivot, from), after = distance(pivot, to);
  if (before < 1e-6 || after < 1e-6) return translation(0, 0);
  const angle = Math.atan2(to[1] - pivot[1], to[0] - pivot[0]) - Math.atan2(from[1] - pivot[1], from[0] - pivot[0]);
  return turnScale(pivot, angle, rigid ? 1 : after / before);
}

// Mirror image of a vector across the direction `axis`.
export function reflect(vector, axis) {
  const square = axis[0] * axis[0] + axis[1] * axis[1];
  if (square < 1e-12) return [-vector[0], vector[1]];
  const k = (2 * (vector[0] * axis[0] + vector[1] * axis[1])) / square;
  return [k * axis[0] - vector[0], k * axis[1] - vector[1]];
}

// Smallest box round the points, or null for none.
export function bounds(points) {
  if (!points.length) return null;
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export const boxCentre = (box) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];

// The box of two opposite corners in any order, kept inside the picture.
export function cornersBox(a, b, width, height) {
  const [p, q] = [clampPoint(a, width, height), clampPoint(b, width, height)];
  return [Math.min(p[0], q[0]), Math.min(p[1], q[1]), Math.max(p[0], q[0]), Math.max(p[1], q[1])];
}

// Widened on each side by `share` of the longer side and by one pixel at least: never empty, like pose.joints_box.
export function padBox(box, share, width, height) {
  const pad = Math.max(share * Math.max(box[2] - box[0], box[3] - box[1]), 1);
  return cornersBox([box[0] - pad, box[1] - pad], [box[2] + pad, box[3] + pad], width, height);
}

// --- The view: {scale, x, y} maps image to screen, screen = image * scale + (x, y). Screen pixels are CSS pixels.

export const toScreen = (view, point) => [point[0] * view.scale + view.x, point[1] * view.scale + view.y];

export const toImage = (view, point) => [(point[0] - view.x) / view.scale, (point[1] - view.y) / view.scale];

export function fitView(width, height, screenWidth, screenHeight, margin = 12) {
  const scale = Math.max(Math.min((screenWidth - 2 * margin) / width, (screenHeight - 2 * margin) / height), 1e-3);
  return { scale, x: (screenWidth - width * scale) / 2, y: (screenHeight - height * scale) / 2 };
}

export const fitBox = (box, screenWidth, screenHeight, margin = 40) => {
  const view = fitView(Math.max(box[2] - box[0], 1), Math.max(box[3] - box[1], 1), screenWidth, screenHeight, margin);
  return { scale: view.scale, x: view.x - box[0] * view.scale, y: view.y - box[1] * view.scale };
};

// Zoom by `factor` so that the image point under the screen point `at` stays under it.
export function zoomAt(view, at, factor, least = 0.02, most = 40) {
  const scale = clamp(view.scale * factor, least, most), k = scale / view.scale;
  return { scale, x: at[0] - (at[0] - view.x) * k, y: at[1] - (at[1] - view.y) * k };
}

export const panBy = (view, dx, dy) => ({ scale: view.scale, x: view.x + dx, y: view.y + dy });

// Keep some of the picture on screen: lost in empty space there is nothing to grab to come back.
export function keepInSight(view, width, height, screenWidth, screenHeight, least = 60) {
  const x = clamp(view.x, least - width * view.scale, screenWidth - least);
  return { scale: view.scale, x, y: clamp(view.y, least - height * view.scale, screenHeight - least) };
}

// The part of the picture that is on screen, as a box.
export const visibleBox = (view, width, height, screenWidth, screenHeight) =>
  cornersBox(toImage(view, [0, 0]), toImage(view, [screenWidth, screenHeight]), width, height);

// The shortest decimal number that reads back as the same float32: exactly what a pose can hold, in fewer characters.
export function shortFloat(value) {
  const wanted = Math.fround(value);
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(wanted.toPrecision(digits));
    if (Math.fround(short) === wanted) return short;
  }
  return Number(wanted.toPrecision(9));
}
