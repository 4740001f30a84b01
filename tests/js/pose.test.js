import assert from 'node:assert/strict';
import test from 'node:test';
import { distance } from '../../annotator/editor/js/geometry.js';
import * as pose from '../../annotator/editor/js/pose.js';
import { body, joint, near, person, preset, samePoint, size } from './support.js';

const free = { rigid: false, symmetric: false };
const at = (p, name) => p.joints[joint(name)];
const length = (p, a, b) => distance(at(p, a), at(p, b));
const place = (p, name, x, y, v = 2) => ({ ...p, joints: p.joints.map((j, i) => (i === joint(name) ? [x, y, v] : j)) });

test('moving a joint moves only that joint, exactly', () => {
  const start = person(), moved = pose.moveJoint(start, joint('left_wrist'), [123.456789, 234.567891], free, body, size);
  assert.ok(samePoint(at(moved, 'left_wrist'), [123.456789, 234.567891]));
  moved.joints.forEach((j, i) => i !== joint('left_wrist') && assert.equal(j, start.joints[i]));
  assert.notEqual(moved, start);
  assert.equal(moved.scores[joint('left_wrist')], 1);
  assert.equal(moved.scores[joint('nose')], 0.5);
});

test('a joint stops at the edge of the picture', () => {
  const moved = pose.moveJoint(person(), 0, [-50, 9999], free, body, size);
  assert.deepEqual(moved.joints[0], [0, 800, 2]);
});

test('an unlabelled joint becomes visible when it is moved', () => {
  const grey = place(person(), 'nose', 10, 10, 0);
  assert.deepEqual(at(pose.moveJoint(grey, 0, [50, 60], free, body, size), 'nose'), [50, 60, 2]);
});

test('keeping bone lengths turns the limb and takes what hangs below along', () => {
  const start = person(), moved = pose.moveJoint(start, joint('left_elbow'), [500, 700], { rigid: true, symmetric: false }, body, size);
  for (const [a, b] of [['left_shoulder', 'left_elbow'], ['left_elbow', 'left_wrist']]) assert.ok(near(length(moved, a, b), length(start, a, b), 1e-9));
  const shoulder = at(start, 'left_shoulder'), elbow = at(moved, 'left_elbow');
  assert.ok(near(Math.atan2(elbow[1] - shoulder[1], elbow[0] - shoulder[0]), Math.atan2(700 - shoulder[1], 500 - shoulder[0]), 1e-9));
});

test('symmetric editing makes the mirror image of the move on the other side', () => {
  const start = person(), moved = pose.moveJoint(start, joint('left_wrist'), [at(start, 'left_wrist')[0] - 30, at(start, 'left_wrist')[1] + 40], { rigid: false, symmetric: true }, body, size);
  assert.ok(samePoint(at(moved, 'right_wrist'), [at(start, 'right_wrist')[0] + 30, at(start, 'right_wrist')[1] + 40], 1e-6));
});

test('turning a limb about its parent puts the joint at the pointer and scales what hangs below', () => {
  const start = person(), target = [620, 420], moved = pose.turnLimb(start, joint('left_elbow'), target, false, body, size);
  assert.ok(samePoint(at(moved, 'left_elbow'), target, 1e-9));
  const grown = length(moved, 'left_shoulder', 'left_elbow') / length(start, 'left_shoulder', 'left_elbow');
  assert.ok(near(length(moved, 'left_elbow', 'left_wrist') / length(start, 'left_elbow', 'left_wrist'), grown, 1e-9));
  assert.equal(pose.turnLimb(start, joint('left_hip'), target, false, body, size), start, 'the hips turn about nothing');
});

test('a dragged limb takes its ends and what hangs below; the trunk takes everyone', () => {
  const edge = (a, b) => body.edges.findIndex(([x, y]) => [x, y].sort().join() === [joint(a), joint(b)].sort().join());
  const arm = pose.limbJoints(body, edge('left_shoulder', 'left_elbow')).sort((a, b) => a - b);
  assert.deepEqual(arm, ['left_shoulder', 'left_elbow', 'left_wrist'].map(joint));
  assert.equal(pose.limbJoints(body, edge('left_shoulder', 'left_hip')).length, 17);
});

test('a person pushed against the edge keeps its shape', () => {
  const start = person(), moved = pose.shift(start, pose.everyJoint(start), -9999, 50, size);
  moved.joints.forEach((j, i) => assert.ok(near(j[0] - moved.joints[0][0], start.joints[i][0] - start.joints[0][0], 1e-9)));
  assert.ok(near(Math.min(...moved.joints.map((j) => j[0])), 0, 1e-9));
});

test('swapping and mirroring twice change nothing', () => {
  const start = place(person('Walking'), 'left_wrist', 640, 300, 1), all = pose.everyJoint(start);
  const swapped = pose.swapSides(start, all, body, size);
  assert.deepEqual(at(swapped, 'right_wrist'), [640, 300, 1]);
  assert.deepEqual(pose.swapSides(swapped, all, body, size).joints, start.joints);
  const twice = pose.mirrorPose(pose.mirrorPose(start, body, size), body, size);
  twice.joints.forEach((j, i) => assert.ok(samePoint(j, start.joints[i], 1e-9) && j[2] === start.joints[i][2]));
});

test('mirroring turns the figure round: the left hand is where the right one was reflected', () => {
  const start = person('Running'), xs = start.joints.map((j) => j[0]), sum = Math.min(...xs) + Math.max(...xs);
  const mirrored = pose.mirrorPose(start, body, size);
  assert.ok(samePoint(at(mirrored, 'left_wrist'), [sum - at(start, 'right_wrist')[0], at(start, 'right_wrist')[1]], 1e-9));
});

test('swapping the arms leaves the legs', () => {
  const start = person('Walking'), swapped = pose.swapSides(start, body.groups.arms, body, size);
  assert.deepEqual(at(swapped, 'left_elbow'), at(start, 'right_elbow'));
  assert.deepEqual(at(swapped, 'left_knee'), at(start, 'left_knee'));
});

test('resetting goes back to the model, joint by joint or whole', () => {
  const start = person(), moved = pose.moveJoint(pose.moveJoint(start, 0, [1, 1], free, body, size), 9, [2, 2], free, body, size);
  const one = pose.resetJoint(moved, 0, size);
  assert.deepEqual(one.joints[0], start.joints[0]);
  assert.equal(one.scores[0], 0.5);
  assert.deepEqual(one.joints[9], [2, 2, 2]);
  assert.deepEqual(pose.resetPose(moved, size).joints, start.joints);
  const handmade = { ...start, model: null };
  assert.equal(pose.resetPose(handmade, size), handmade);
});

test('joints outside the picture are found and brought back to its edge', () => {
  const away = place(place(person(), 'left_wrist', -40, 300), 'right_ankle', 500, 950);
  assert.deepEqual(pose.outside(away, size).sort((a, b) => a - b), [joint('left_wrist'), joint('right_ankle')]);
  const back = pose.bringBack(away, size);
  assert.deepEqual(at(back, 'left_wrist').slice(0, 2), [0, 300]);
  assert.deepEqual(at(back, 'right_ankle').slice(0, 2), [500, 800]);
  assert.deepEqual(pose.outside(back, size), []);
});

test('the box follows the joints until it is set by hand', () => {
  const start = person(), moved = pose.moveJoint(start, joint('left_wrist'), [990, 790], free, body, size);
  assert.ok(moved.box[2] > 990 && moved.box[3] > 790);
  const fixed = pose.moveJoint({ ...start, boxFixed: true }, joint('left_wrist'), [990, 790], free, body, size);
  assert.deepEqual(fixed.box, start.box);
});

test("an estimate's box stays, grows where joints leave it, shrinks back, and goes along with the person", () => {
  const start = { ...person(), base: [200, 60, 800, 740], box: [200, 60, 800, 740] };
  const inside = pose.moveJoint(start, joint('left_wrist'), [600, 300], free, body, size);
  assert.deepEqual(inside.box, start.base, 'hair and shoes stay inside');
  const out = pose.moveJoint(inside, joint('left_wrist'), [950, 300], free, body, size);
  assert.ok(out.box[2] > 950 && out.box[0] === 200);
  assert.deepEqual(pose.moveJoint(out, joint('left_wrist'), [600, 300], free, body, size).box, start.base);
  assert.deepEqual(pose.shift(inside, pose.everyJoint(inside), 30, -20, size).box, [230, 40, 830, 720]);
});

test('a pose laid over a person keeps the person where and as tall as it was', () => {
  const start = person('Standing'), posed = pose.takePose(start, preset('Arms up'), preset('Arms up').map(() => 2), size);
  const tall = (p) => Math.max(...p.joints.map((j) => j[1])) - Math.min(...p.joints.map((j) => j[1]));
  assert.ok(near(tall(posed), tall(start), 1e-6));
  assert.ok(at(posed, 'left_wrist')[1] < at(posed, 'nose')[1]);
});

test('every preset lies the right way round and fits any box unstretched', () => {
  for (const { name, points } of body.presets) {
    assert.ok(points[joint('left_shoulder')][0] > points[joint('right_shoulder')][0], `${name} faces the viewer`);
    assert.deepEqual(pose.improbableLimbs(points.map((p) => [p[0] * 500, p[1] * 500, 2]), body), [], `${name} has probable limbs`);
    const laid = pose.layInto(points, [10, 20, 110, 420]);
    laid.forEach(([x, y]) => assert.ok(x >= 10 - 1e-9 && x <= 110 + 1e-9 && y >= 20 - 1e-9 && y <= 420 + 1e-9));
  }
});

test('unlabelled joints get a place on the figure, labelled ones keep theirs', () => {
  const start = person('Standing'), gone = start.joints.map((j, i) => (i === joint('left_ankle') ? [0, 0, 0] : j));
  const placed = pose.placeUnseen(gone, start.box, body, size);
  assert.ok(distance(placed[joint('left_ankle')], at(start, 'left_ankle')) < 120);
  assert.equal(placed[joint('left_ankle')][2], 0);
  assert.equal(placed[0], gone[0]);
  pose.placeUnseen(start.joints.map(() => [0, 0, 0]), start.box, body, size).forEach((j) => assert.ok(j.every(Number.isFinite)));
  const low = { width: size.width, height: start.box[3] - 100 };
  pose.placeUnseen(gone, start.box, body, low).slice(-2).forEach(([, y, v]) => assert.ok(v || y <= low.height, 'within the picture, where it can be taken'));
});

test('a limb twice too long is marked, a foreshortened one is not, one of no length is', () => {
  const limb = (p) => pose.improbableLimbs(p.joints, body).map((e) => body.edges[e].slice(0, 2).sort((a, b) => a - b).join());
  const start = person('Standing');
  assert.deepEqual(limb(start), []);
  const [x, y] = at(start, 'left_elbow');
  assert.deepEqual(limb(place(start, 'left_wrist', x + 350, y)), [[joint('left_elbow'), joint('left_wrist')].join()]);
  assert.deepEqual(limb(place(start, 'left_wrist', x + 20, y)), []);
  assert.deepEqual(limb(place(start, 'left_ear', x + 350, y)), [], 'faces are not judged');
  assert.deepEqual(limb(place(start, 'left_wrist', x, y)), [[joint('left_elbow'), joint('left_wrist')].join()]);
});

test('the least sure joints come first, and confirmed ones are sure', () => {
  const scores = person().scores.map((_, i) => (i === joint('nose') ? 0.1 : i === joint('left_wrist') ? 0.05 : i === joint('left_hip') ? 0.2 : 0.9));
  const start = { ...place(person(), 'left_hip', 9, 9, 0), scores, model: { joints: person().joints, scores } };
  assert.deepEqual(pose.unsureJoints(start, 0.3), [joint('left_wrist'), joint('nose')], 'what is not labelled is neither');
  const done = pose.confirm(start, [joint('left_wrist'), joint('left_hip')]);
  assert.deepEqual(pose.unsureJoints(done, 0.3), [joint('nose')]);
  assert.equal(done.scores[joint('left_hip')], 0.2);
  assert.equal(done.joints, start.joints);
  assert.equal(pose.confirm(done, [joint('left_wrist')]), done, 'nothing changes twice');
  assert.deepEqual(pose.unsureJoints({ ...start, model: null }, 0.3), []);
});
