import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreementClass, limbsAgree, mustEdges, openPose } from '../../annotator/references/js/draw.js';

test('a limb is painted by how well it agrees; one that was not compared is grey', () => {
  assert.deepEqual([0, 0.34, 0.35, 0.69, 0.7, 1, null].map(agreementClass), ['rf-bad', 'rf-bad', 'rf-part', 'rf-part', 'rf-good', 'rf-good', 'rf-none']);
});

test('OpenPose has a neck between the shoulders, and zeros where a joint is missing', () => {
  const item = { width: 100, height: 50, points: [[1, 2, 0.9], [10, 20, 0.5], [30, 40, 0.7], [0, 0, 0]] };
  const made = JSON.parse(openPose(item, [[0], [1, 2], [3], [0, 3]]));
  assert.deepEqual(made.people[0].pose_keypoints_2d, [1, 2, 0.9, 20, 30, 0.5, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([made.canvas_width, made.canvas_height], [100, 50]);
});

test('limbs that agree are counted among those that were compared', () => {
  assert.equal(limbsAgree({ agreement: [1, 0.8, 0.5, null, 0.9] }, { a: 0, b: 2, c: 3, d: 4 }), '2 of 3 limbs agree');
});

test('in a mirror image the limbs that must match are those of the other side', () => {
  const limbs = { 'left shin': 0, 'right shin': 2, hips: 4 };
  assert.deepEqual(mustEdges(['left shin', 'hips'], limbs, false), [0, 4]);
  assert.deepEqual(mustEdges(['left shin', 'hips'], limbs, true), [2, 4]);
});
