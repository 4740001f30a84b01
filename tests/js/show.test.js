import test from 'node:test';
import assert from 'node:assert/strict';
import { showAt } from '../../annotator/editor/js/show.js';
import { body, joint, preset, samePoint } from './support.js';

const DRAWN = preset('Jumping');
const wrong = (t) => showAt(t, body).points.flatMap((point, i) => (samePoint(point, DRAWN[i]) ? [] : [body.names[i]]));

test('one joint is dragged to where it belongs, then two others follow, and it ends', () => {
  assert.deepEqual(wrong(0), ['left_elbow', 'left_wrist', 'right_wrist']);
  assert.deepEqual(wrong(2), ['left_elbow', 'right_wrist']);
  assert.deepEqual(wrong(4), []);
});

test('what is about to follow is shown before it moves', () => {
  assert.deepEqual(showAt(1, body).ghosts, []);
  assert.deepEqual(showAt(2.1, body).ghosts.sort((a, b) => a - b), [joint('left_elbow'), joint('right_wrist')]);
  assert.deepEqual(showAt(4, body).ghosts, []);
});

test('the pointer holds the joint as long as it moves', () => {
  for (const t of [0.7, 1.2, 1.9]) {
    const { points, pointer, dragged, held } = showAt(t, body);
    assert.ok(held && samePoint(pointer, points[dragged]));
  }
});
