// What a drag does, as pure functions of (where it began, where it is): nothing accumulates, so no error creeps in.
// Each returns the new person; `from` and `to` are image points, `start` the person when the drag began.
import { boxCentre, clampPoint, cornersBox, distance, turnScale, turnTowards } from './geometry.js';
import { everyJoint, limbJoints, moveJoint, shift, transform, turnLimb } from './pose.js';

export function dragJoint(start, joint, from, to, constraints, body, size) {
  const old = start.joints[joint];
  // A joint outside the picture starts from the picture's edge, however far out it lay.
  const base = clampPoint(old, size.width, size.height);
  return moveJoint(start, joint, [base[0] + to[0] - from[0], base[1] + to[1] - from[1]], constraints, body, size);
}

export function dragTurn(start, joint, from, to, rigid, body, size) {
  const old = start.joints[joint];
  return turnLimb(start, joint, [old[0] + to[0] - from[0], old[1] + to[1] - from[1]], rigid, body, size);
}

export const dragLimb = (start, edge, from, to, body, size) =>
  shift(start, limbJoints(body, edge), to[0] - from[0], to[1] - from[1], size);

export const dragPerson = (start, from, to, size) => shift(start, everyJoint(start), to[0] - from[0], to[1] - from[1], size);

export function dragBox(start, kind, index, from, to, size) {
  const dx = to[0] - from[0], dy = to[1] - from[1], box = [...start.box];
  const horizontal = kind === 'corner' ? (index === 0 || index === 3 ? 0 : 2) : { 1: 2, 3: 0 }[index];
  const vertical = kind === 'corner' ? (index < 2 ? 1 : 3) : { 0: 1, 2: 3 }[index];
  if (horizontal !== undefined) box[horizontal] += dx;
  if (vertical !== undefined) box[vertical] += dy;
  return { ...start, box: cornersBox(box.slice(0, 2), box.slice(2), size.width, size.height), boxFixed: true };
}

// Scale about the opposite corner, turn about the middle. A box set by hand stays: only the figure changes.
export function dragHandle(start, handle, from, to, size) {
  if (handle.kind === 'corner' || handle.kind === 'edge') return dragBox(start, handle.kind, handle.index, from, to, size);
  const all = everyJoint(start), [x0, y0, x1, y1] = start.box;
  if (handle.kind === 'turn') return transform(start, all, turnTowards(boxCentre(start.box), from, to, true), size);
  const corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]], pivot = corners[(handle.index + 2) % 4];
  const scale = distance(pivot, to) / Math.max(distance(pivot, from), 1e-6);
  return transform(start, all, turnScale(pivot, 0, Math.max(scale, 0.05)), size);
}
