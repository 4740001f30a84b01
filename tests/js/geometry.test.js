import assert from 'node:assert/strict';
import test from 'node:test';
import * as g from '../../annotator/editor/js/geometry.js';
import { near, random, samePoint } from './support.js';

test('screen and image coordinates are inverse at any zoom', () => {
  const next = random(1);
  for (let i = 0; i < 200; i += 1) {
    const view = { scale: 0.02 + next() * 40, x: next() * 900 - 450, y: next() * 900 - 450 }, point = [next() * 3000, next() * 3000];
    assert.ok(samePoint(g.toImage(view, g.toScreen(view, point)), point, 1e-8));
  }
});

test('zooming keeps the point under the pointer', () => {
  const view = { scale: 0.7, x: 30, y: -20 }, at = [321, 123], before = g.toImage(view, at);
  for (const factor of [0.01, 0.5, 1.1, 3, 1000]) {
    const zoomed = g.zoomAt(view, at, factor);
    assert.ok(samePoint(g.toImage(zoomed, at), before, 1e-9), `factor ${factor}`);
    assert.ok(zoomed.scale >= 0.02 && zoomed.scale <= 40);
  }
});

test('fit shows the whole picture in the middle', () => {
  const view = g.fitView(3000, 1000, 600, 400, 10), [x0, y0] = g.toScreen(view, [0, 0]), [x1, y1] = g.toScreen(view, [3000, 1000]);
  assert.ok(near(x0, 10) && near(x1, 590) && near(y0 + y1, 400) && y0 > 10);
});

test('the picture cannot be lost out of sight', () => {
  const view = g.keepInSight({ scale: 1, x: 99999, y: -99999 }, 500, 500, 300, 300);
  assert.deepEqual(view, { scale: 1, x: 240, y: -440 });
});

test('turning towards a point puts the joint there and keeps the pivot', () => {
  const pivot = [10, 20], from = [40, 20], to = [10, 80];
  assert.ok(samePoint(g.apply(g.turnTowards(pivot, from, to), from), to));
  assert.ok(samePoint(g.apply(g.turnTowards(pivot, from, to), pivot), pivot));
  const rigid = g.apply(g.turnTowards(pivot, from, to, true), from);
  assert.ok(samePoint(rigid, [10, 50]), 'rigid: same distance from the pivot, in the direction of the target');
});

test('turning about a point from that point does nothing', () => {
  assert.deepEqual(g.apply(g.turnTowards([5, 5], [5, 5], [9, 9]), [1, 2]), [1, 2]);
});

test('reflecting across an axis keeps what lies along it and turns what lies across', () => {
  assert.ok(samePoint(g.reflect([3, 4], [0, -1]), [-3, 4]));
  assert.ok(samePoint(g.reflect([3, 4], [2, 0]), [3, -4]));
  assert.ok(samePoint(g.reflect(g.reflect([3, 4], [1, 2]), [1, 2]), [3, 4]));
  assert.deepEqual(g.reflect([3, 4], [0, 0]), [-3, 4]);
});

test('distance to a segment ends at its ends', () => {
  assert.equal(g.segmentDistance([5, 3], [0, 0], [10, 0]), 3);
  assert.equal(g.segmentDistance([13, 4], [0, 0], [10, 0]), 5);
  assert.equal(g.segmentDistance([3, 4], [0, 0], [0, 0]), 5);
});

test('boxes: corners in any order, kept inside, never empty after padding', () => {
  assert.deepEqual(g.cornersBox([90, 10], [-5, 120], 100, 100), [0, 10, 90, 100]);
  assert.deepEqual(g.padBox([50, 50, 50, 50], 0.1, 100, 100), [49, 49, 51, 51]);
  assert.deepEqual(g.padBox([0, 0, 0, 0], 0.1, 100, 100), [0, 0, 1, 1]);
  assert.equal(g.bounds([]), null);
});

test('the short decimal reads back as the same float32', () => {
  const next = random(7);
  for (let i = 0; i < 2000; i += 1) {
    const value = (next() - 0.2) * 10 ** Math.floor(next() * 6), short = g.shortFloat(value);
    assert.equal(Math.fround(short), Math.fround(value));
    assert.ok(JSON.stringify(short).replace(/[-.]|e.*/g, '').replace(/^0+/, '').length <= 9, `${value} -> ${short}`);
  }
  assert.equal(g.shortFloat(0), 0);
});
