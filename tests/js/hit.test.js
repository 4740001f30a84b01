import assert from 'node:assert/strict';
import test from 'node:test';
import { dragBox, dragHandle, dragJoint, dragLimb } from '../../annotator/editor/js/drag.js';
import { REACH, nearestHandle, nearestJoint, nearestLimb, reachOf } from '../../annotator/editor/js/hit.js';
import { toScreen } from '../../annotator/editor/js/geometry.js';
import { body, joint, near, person, picture, samePoint, size } from './support.js';

const view = { scale: 0.5, x: 10, y: 20 };
const spot = (p, name) => toScreen(view, p.joints[joint(name)]);

test('reach is at least 14 px, more for touch, and does not depend on zoom', () => {
  assert.ok(REACH.mouse >= 14 && REACH.touch > REACH.mouse);
  assert.equal(reachOf('unheard-of'), REACH.mouse);
  const d = picture(), [x, y] = spot(d.persons[0], 'left_wrist');
  assert.deepEqual(nearestJoint(d, view, [x + 13.9, y], 14), { person: 0, joint: joint('left_wrist') });
  assert.equal(nearestJoint(d, view, [x + 14.1, y], 14), null);
});

test('the nearest joint wins, whoever it belongs to', () => {
  const other = { ...person(), id: 'b', joints: person().joints.map(([x, y, v]) => [x + 20, y, v]) };
  const d = picture([person(), other]), [x, y] = spot(d.persons[0], 'left_wrist');
  assert.equal(nearestJoint(d, view, [x + 3, y], 14).person, 0);
  assert.equal(nearestJoint(d, view, [x + 8, y], 14).person, 1);
});

test('on the very same spot the selected person wins', () => {
  const d = picture([person(), { ...person(), id: 'b' }]), at = spot(d.persons[0], 'left_wrist');
  assert.equal(nearestJoint({ ...d, active: 1 }, view, at, 14).person, 1);
  assert.equal(nearestJoint({ ...d, active: 0 }, view, at, 14).person, 0);
});

test('of joints on one spot the selected one wins', () => {
  const p = person(), joints = p.joints.map((j, i) => (i === joint('left_knee') ? p.joints[joint('right_knee')] : j));
  const d = picture([{ ...p, joints }]), at = toScreen(view, joints[joint('left_knee')]);
  for (const name of ['left_knee', 'right_knee']) assert.equal(nearestJoint(d, view, [at[0] + 2, at[1]], 14, joint(name)).joint, joint(name));
});

test('a grey joint never stands in the way of a labelled one', () => {
  const p = person(), joints = p.joints.map((j, i) => (i === 0 ? [p.joints[9][0], p.joints[9][1] + 4, 0] : j));
  const d = picture([{ ...p, joints }]), at = toScreen(view, joints[0]);
  assert.equal(nearestJoint(d, view, at, 14).joint, 9);
  assert.equal(nearestJoint(d, view, [at[0], at[1] + 13], 14).joint, 0);
});

test('a grey joint that is selected is dragged out from under a labelled one', () => {
  const p = person(), joints = p.joints.map((j, i) => (i === 0 ? [p.joints[9][0], p.joints[9][1] + 4, 0] : j));
  const d = picture([{ ...p, joints }]);
  assert.equal(nearestJoint(d, view, toScreen(view, joints[0]), 14, 0).joint, 0);
  assert.equal(nearestJoint({ ...d, active: null }, view, toScreen(view, joints[0]), 14, 0).joint, 9);
});

test('limbs are found between their joints, not where an end is unlabelled', () => {
  const d = picture(), a = spot(d.persons[0], 'left_knee'), b = spot(d.persons[0], 'left_ankle'), at = [(a[0] + b[0]) / 2 + 4, (a[1] + b[1]) / 2];
  const found = nearestLimb(d, view, body, at, 'mouse');
  assert.deepEqual(body.edges[found.edge].slice(0, 2).sort((x, y) => x - y), [joint('left_knee'), joint('left_ankle')]);
  const cut = { ...person(), joints: person().joints.map((j, i) => (i === joint('left_ankle') ? [j[0], j[1], 0] : j)) };
  assert.equal(nearestLimb(picture([cut]), view, body, at, 'mouse'), null);
});

test('handles are found by reach', () => {
  const handles = [{ point: [0, 0] }, { point: [100, 0] }];
  assert.equal(nearestHandle(handles, view, toScreen(view, [98, 0]), 14), handles[1]);
  assert.equal(nearestHandle(handles, view, [500, 500], 14), null);
});

test('a drag depends on where it began and is, not on the way', () => {
  const free = { rigid: false, symmetric: false }, start = person(), from = [400.25, 300.5];
  const direct = dragJoint(start, 9, from, [433.75, 280.125], free, body, size);
  dragJoint(start, 9, from, [9999, 9999], free, body, size);
  assert.ok(samePoint(direct.joints[9], [start.joints[9][0] + 33.5, start.joints[9][1] - 20.375], 1e-9));
  assert.deepEqual(dragJoint(start, 9, from, from, free, body, size).joints[9], start.joints[9]);
});

test('an off-canvas joint comes in from the edge at once', () => {
  const away = { ...person(), joints: person().joints.map((j, i) => (i === 9 ? [-300, 400, 2] : j)) };
  assert.deepEqual(dragJoint(away, 9, [0, 0], [10, 5], { rigid: false, symmetric: false }, body, size).joints[9], [10, 405, 2]);
});

test('a dragged forearm takes the wrist and the elbow', () => {
  const edge = body.edges.findIndex(([a, b]) => a === joint('left_elbow') && b === joint('left_wrist')), start = person();
  const moved = dragLimb(start, edge, [0, 0], [-7, 9], body, size);
  for (const name of ['left_elbow', 'left_wrist']) assert.ok(samePoint(moved.joints[joint(name)], [start.joints[joint(name)][0] - 7, start.joints[joint(name)][1] + 9]));
  assert.equal(moved.joints[joint('left_shoulder')], start.joints[joint('left_shoulder')]);
});

test('box handles move their own sides only and make the box fixed', () => {
  const start = person(), moved = dragBox(start, 'corner', 0, [0, 0], [-20, 30], size);
  assert.deepEqual([moved.box, moved.boxFixed], [[180, 130, 800, 720], true]);
  assert.deepEqual(dragBox(start, 'edge', 1, [0, 0], [50, 50], size).box, [200, 100, 850, 720]);
  assert.deepEqual(dragBox(start, 'edge', 2, [0, 0], [50, 50], size).box, [200, 100, 800, 770]);
});

test('the scale handle keeps the opposite corner, the turn handle the middle', () => {
  const start = person(), to = [500, 410];
  const half = dragHandle(start, { kind: 'scale', index: 0 }, [200, 100], to, size);
  start.joints.forEach((j, i) => assert.ok(samePoint(half.joints[i], [(j[0] + 800) / 2, (j[1] + 720) / 2], 1e-9)));
  const small = { ...person('Standing', 300, 500, 250), box: [400, 250, 600, 550] };
  const turned = dragHandle(small, { kind: 'turn', index: 0 }, [500, 200], [700, 400], size);
  small.joints.forEach((j, i) => assert.ok(near(turned.joints[i][0], 500 - (j[1] - 400), 1e-6) && near(turned.joints[i][1], 400 + (j[0] - 500), 1e-6)));
});
