// Pure operations on a person: every one returns a new person and leaves the old untouched, so undo can keep the old.
// Person: {id, joints: [[x, y, visibility] x 17], scores, box, boxFixed, base, model: {joints, scores} or null}. `base` is
// the box the person came with (null when started by hand): an estimate's includes hair and shoes, which no joint marks.
// `body` is the table of presets.py: names, edges, swap, sides, parents, groups, presets. `size` is {width, height}.
import { apply, bounds, boxCentre, clamp, clampPoint, cornersBox, distance, middle, padBox, reflect, translation, turnTowards } from './geometry.js';

const BOX_MARGIN = 0.1;
const BASE_MARGIN = 0.02;
const UNSEEN = 0;

export const labelled = (joints) => joints.filter((joint) => joint[2] > UNSEEN);

// Joints that hang below `joint`: they move with it. A joint with two parents (the nose) hangs below neither.
export function subtree(body, joint) {
  const found = [joint];
  for (let i = 0; i < found.length; i += 1) {
    body.parents.forEach((parents, child) => {
      if (parents.length === 1 && parents[0] === found[i]) found.push(child);
    });
  }
  return found;
}

// The point a joint turns about: its parent, or half way between its two parents; null where that is not labelled.
export function pivotOf(body, joints, joint) {
  const parents = body.parents[joint].map((i) => joints[i]);
  if (!parents.length || parents.some((p) => p[2] === UNSEEN)) return null;
  return parents.length === 1 ? parents[0].slice(0, 2) : middle(parents[0], parents[1]);
}

// The direction up the body, from between the hips to between the shoulders; straight up where they are not labelled.
export function bodyAxis(body, joints) {
  const [a, b, c, d] = [...body.groups.shoulders, ...body.groups.hips].map((i) => joints[i]);
  if ([a, b, c, d].some((p) => p[2] === UNSEEN)) return [0, -1];
  const top = middle(a, b), low = middle(c, d);
  return distance(top, low) < 1e-6 ? [0, -1] : [top[0] - low[0], top[1] - low[1]];
}

export const autoBox = (joints, size) => {
  const box = bounds(labelled(joints));
  return box ? padBox(box, BOX_MARGIN, size.width, size.height) : null;
};

// The box that follows the joints: the one the person came with, grown where joints leave it, or one round the joints.
const followingBox = (base, joints, size) => {
  const own = bounds(labelled(joints));
  if (!base || !own) return autoBox(joints, size);
  const [x0, y0, x1, y1] = padBox(own, BASE_MARGIN, size.width, size.height);
  return cornersBox([Math.min(base[0], x0), Math.min(base[1], y0)], [Math.max(base[2], x1), Math.max(base[3], y1)], size.width, size.height);
};

// A changed joint is the annotator's decision, so its score becomes 1; the box follows unless it was set by hand.
export function withJoints(person, joints, size) {
  const scores = person.scores.map((score, i) => {
    const old = person.joints[i], now = joints[i];
    return old[0] === now[0] && old[1] === now[1] && old[2] === now[2] ? score : 1;
  });
  const box = person.boxFixed ? person.box : followingBox(person.base, joints, size) || person.box;
  return { ...person, joints, scores, box };
}

// Apply a similarity to the chosen joints, each kept inside the picture.
export function transform(person, chosen, similarity, size) {
  const touched = new Set(chosen), whole = chosen.length === person.joints.length;
  const joints = person.joints.map((joint, i) => {
    if (!touched.has(i)) return joint;
    const point = clampPoint(apply(similarity, joint), size.width, size.height);
    return [point[0], point[1], joint[2]];
  });
  return withJoints(whole && person.base ? { ...person, base: moveBox(person.base, similarity) } : person, joints, size);
}

// The upright box round a box that was moved, scaled or turned.
const moveBox = ([x0, y0, x1, y1], similarity) =>
  bounds([[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map((corner) => apply(similarity, corner)));

export const everyJoint = (person) => person.joints.map((_, i) => i);

// Shift joints together: at the edge of the picture they stop as one, instead of being squeezed flat against it.
export function shift(person, chosen, dx, dy, size) {
  const box = bounds(chosen.map((i) => person.joints[i]).filter((joint) => joint[2] > UNSEEN));
  const inside = (low, high, limit) => low >= 0 && high <= limit;
  const x = box && inside(box[0], box[2], size.width) ? clamp(dx, -box[0], size.width - box[2]) : dx;
  const y = box && inside(box[1], box[3], size.height) ? clamp(dy, -box[1], size.height - box[3]) : dy;
  const moved = transform(person, chosen, translation(x, y), size);
  if (!person.boxFixed || chosen.length < person.joints.length) return moved;
  const shifted = [person.box[0] + x, person.box[1] + y, person.box[2] + x, person.box[3] + y];
  return { ...moved, box: cornersBox(shifted.slice(0, 2), shifted.slice(2), size.width, size.height) };
}

// Move one joint to a point. With `rigid` its bone keeps its length and what hangs below comes along.
// With `symmetric` the joint of the other side makes the mirror image of the move. A grey joint becomes visible.
export function moveJoint(person, joint, point, { rigid, symmetric }, body, size) {
  const from = person.joints[joint];
  const place = (target, index, to) => {
    const pivot = rigid && target.joints[index][2] > UNSEEN ? pivotOf(body, target.joints, index) : null;
    if (pivot) return transform(target, subtree(body, index), turnTowards(pivot, target.joints[index], to, true), size);
    const chosen = rigid ? subtree(body, index) : [index];
    const old = target.joints[index], inside = clampPoint(to, size.width, size.height);
    return transform(target, chosen, translation(inside[0] - old[0], inside[1] - old[1]), size);
  };
  let moved = place(person, joint, point);
  const other = body.swap[joint];
  if (symmetric && other !== joint && person.joints[other][2] > UNSEEN) {
    const delta = reflect([point[0] - from[0], point[1] - from[1]], bodyAxis(body, person.joints));
    // reflect() mirrors across the axis: along it the two sides move alike, across it they move apart.
    moved = place(moved, other, [person.joints[other][0] + delta[0], person.joints[other][1] + delta[1]]);
  }
  return from[2] === UNSEEN ? setVisibility(moved, joint, 2, size) : moved;
}

// Turn and scale (or only turn) what hangs below `joint` about its parent until the joint lies at `to`.
export function turnLimb(person, joint, to, rigid, body, size) {
  const pivot = pivotOf(body, person.joints, joint);
  if (!pivot) return person;
  return transform(person, subtree(body, joint), turnTowards(pivot, person.joints[joint], to, rigid), size);
}

// The joints that move when a limb is dragged: both ends and what hangs below; all of them for the trunk.
export function limbJoints(body, edge) {
  const [a, b] = body.edges[edge], trunk = [...body.groups.shoulders, ...body.groups.hips];
  if (trunk.includes(a) && trunk.includes(b)) return body.names.map((_, i) => i);
  return [...new Set([...subtree(body, a), ...subtree(body, b)])];
}

export function setVisibility(person, joint, visibility, size) {
  return withJoints(person, person.joints.map((p, i) => (i === joint ? [p[0], p[1], visibility] : p)), size);
}

// The joints that the model was unsure of and nobody has looked at since, the least sure first.
export function unsureJoints(person, threshold) {
  if (!person.model) return [];
  const chosen = everyJoint(person).filter((i) => person.joints[i][2] && person.scores[i] < threshold);
  return chosen.sort((a, b) => person.scores[a] - person.scores[b]);
}

// Joints that somebody has looked at are sure where they are.
export function confirm(person, chosen) {
  const touched = new Set(chosen.filter((i) => person.joints[i][2] && person.scores[i] < 1));
  return touched.size ? { ...person, scores: person.scores.map((score, i) => (touched.has(i) ? 1 : score)) } : person;
}

// Joints that follow one that was fixed: nobody has set them, so they keep a score below 1.
export function follow(person, moves, size) {
  const to = new Map(moves.map((move) => [move.joint, move]));
  const joints = person.joints.map((p, i) => (to.has(i) ? [...clampPoint([to.get(i).x, to.get(i).y], size.width, size.height), p[2]] : p));
  const moved = withJoints(person, joints, size);
  return { ...moved, scores: person.scores.map((score, i) => (to.has(i) ? Math.min(to.get(i).score, 0.99) : score)) };
}

// Exchange left and right labels among the chosen joints (all of them, the arms, the legs).
export function swapSides(person, chosen, body, size) {
  const touched = new Set(chosen);
  return withJoints(person, person.joints.map((p, i) => (touched.has(i) ? person.joints[body.swap[i]] : p)), size);
}

// Mirror the figure where it stands: positions are reflected, and left becomes right.
export function mirrorPose(person, body, size) {
  const box = bounds(labelled(person.joints));
  if (!box) return person;
  const sum = box[0] + box[2];
  const mirrored = person.joints.map((p) => [clamp(sum - p[0], 0, size.width), p[1], p[2]]);
  return withJoints(person, body.swap.map((i) => mirrored[i]), size);
}

export const resetJoint = (person, joint, size) => person.model
  ? { ...withJoints(person, person.joints.map((p, i) => (i === joint ? person.model.joints[i] : p)), size),
    scores: person.scores.map((s, i) => (i === joint ? person.model.scores[i] : s)) }
  : person;

export const resetPose = (person, size) => person.model
  ? { ...withJoints(person, person.model.joints, size), scores: person.model.scores }
  : person;

export const outside = (person, size) => person.joints.flatMap((p, i) =>
  p[2] > UNSEEN && (p[0] < 0 || p[1] < 0 || p[0] > size.width || p[1] > size.height) ? [i] : []);

export const bringBack = (person, size) => transform(person, outside(person, size), translation(0, 0), size);

// Points of a preset (any unit) laid into a box: same middle, as large as fits, not stretched.
export function layInto(points, box) {
  const own = bounds(points), from = boxCentre(own), to = boxCentre(box);
  const scale = Math.min((box[2] - box[0]) / Math.max(own[2] - own[0], 1e-6), (box[3] - box[1]) / Math.max(own[3] - own[1], 1e-6));
  return points.map((p) => [(p[0] - from[0]) * scale + to[0], (p[1] - from[1]) * scale + to[1]]);
}

// Lay a pose (a preset, or a copied one) over the person, whose size and place stay and whose joints become visible.
export function takePose(person, points, visibility, size) {
  const old = bounds(labelled(person.joints)) || person.box, own = bounds(points);
  const tall = Math.max(old[3] - old[1], old[2] - old[0], 1), [cx, cy] = boxCentre(old);
  const scale = tall / Math.max(own[3] - own[1], own[2] - own[0], 1e-6), [ox, oy] = boxCentre(own);
  const joints = points.map((p, i) => {
    const point = clampPoint([(p[0] - ox) * scale + cx, (p[1] - oy) * scale + cy], size.width, size.height);
    return [point[0], point[1], visibility[i]];
  });
  return withJoints(person, joints, size);
}

// Unlabelled joints come as (0, 0). Give each a place on a plain standing figure, so that it can be seen and dragged.
export function placeUnseen(joints, box, body, size) {
  const standing = body.presets[0].points, seen = joints.flatMap((p, i) => (p[2] > UNSEEN ? [i] : []));
  const own = seen.length > 1 ? bounds(seen.map((i) => standing[i])) : null;
  const target = own ? bounds(seen.map((i) => joints[i])) : box;
  const base = own || bounds(standing);
  const wide = [base[2] - base[0], target[2] - target[0]], tall = [base[3] - base[1], target[3] - target[1]];
  const scale = Math.max(wide[1], tall[1]) / Math.max(wide[0], tall[0], 1e-6);
  const [bx, by] = boxCentre(base), [tx, ty] = boxCentre(target);
  return joints.map((p, i) => (p[2] > UNSEEN || p[0] || p[1] ? p
    : [...clampPoint([(standing[i][0] - bx) * scale + tx, (standing[i][1] - by) * scale + ty], size.width, size.height), UNSEEN]));
}

// Limbs (edge numbers) that no body has. A foreshortened limb may be short, never long: a limb counts as improbable when it
// exceeds `most` times what the person's other limbs suggest, or when both ends lie on one spot. Faces are not judged:
// heads are drawn in any size, and in profile the distance from eye to ear always looks wrong.
export function improbableLimbs(joints, body, most = 2.2, least = 0.04) {
  const standing = body.presets[0].points, face = new Set(body.groups.face);
  const ratios = body.edges.map(([a, b]) => (joints[a][2] > UNSEEN && joints[b][2] > UNSEEN && !face.has(a) && !face.has(b)
    ? distance(joints[a], joints[b]) / distance(standing[a], standing[b]) : null));
  const known = ratios.filter((r) => r !== null).sort((a, b) => a - b);
  if (known.length < 4) return [];
  const usual = known[Math.floor(known.length / 2)];
  return ratios.flatMap((r, i) => (r !== null && (r > most * usual || r < least * usual) ? [i] : []));
}
