import assert from 'node:assert/strict';
import test from 'node:test';
import { arranged, orderQueue, takeWorth } from '../../annotator/editor/js/queue.js';

const rank = (path) => 'dcba'.indexOf(path[0]);

test('only what comes after the open drawing is put in order, what is saved last', () => {
  assert.deepEqual(arranged({ paths: ['a', 'b', 'c', 'd'], at: 0, done: [] }, rank), { paths: ['a', 'd', 'c', 'b'], at: 0, done: [] });
  assert.deepEqual(arranged({ paths: ['a', 'b', 'c', 'd'], at: 1, done: [0, 3] }, rank), { paths: ['a', 'b', 'c', 'd'], at: 1, done: [0, 3] });
  assert.deepEqual(arranged({ paths: ['a', 'b', 'c', 'd'], at: 0, done: [1, 3] }, rank), { paths: ['a', 'c', 'd', 'b'], at: 0, done: [2, 3] });
});

function editor(paths, settings = {}) {
  const ed = { queue: { paths, at: 0, done: [] }, ranks: new Map(), order: 'worth', weighed: '', choosing: false, sent: null, asked: [], ...settings };
  ed.host = { trigger: (name, data) => ed.asked.push([name, data.path, data.before]) };
  ed.render = () => {};
  return ed;
}

test('one drawing after the other is weighed, and the worthiest comes next', () => {
  const ed = editor(['a', 'b', 'c', 'd']);
  orderQueue(ed);
  assert.deepEqual(ed.asked, [['weigh', 'b', ['a']]]);
  takeWorth(ed, { path: 'b', worth: 1 });
  takeWorth(ed, { path: 'c', worth: null });
  assert.deepEqual(ed.asked.slice(1), [['weigh', 'c', ['a', 'b']], ['weigh', 'd', ['a', 'b', 'c']]]);
  takeWorth(ed, { path: 'd', worth: 3 });
  assert.deepEqual(ed.queue.paths, ['a', 'd', 'b', 'c']);
  assert.equal(ed.asked.length, 3, 'what is known is not asked again');
  orderQueue(Object.assign(ed, { order: 'opened' }));
  assert.deepEqual(ed.queue.paths, ['a', 'b', 'c', 'd']);
});

test('an answer about another queue is passed over', () => {
  const ed = editor(['a', 'b', 'c']);
  orderQueue(ed);
  ed.queue = { paths: ['x', 'y', 'z'], at: 0, done: [] };
  orderQueue(ed);
  takeWorth(ed, { path: 'b', worth: 5 });
  assert.deepEqual([ed.weighed, ed.queue.paths], ['y', ['x', 'y', 'z']]);
});

test('nothing moves while somebody chooses, or while Python answers with places', () => {
  for (const state of [{ choosing: true }, { sent: {} }]) {
    const ed = editor(['a', 'b', 'c'], state);
    orderQueue(ed);
    takeWorth(ed, { path: 'b', worth: 1 });
    takeWorth(ed, { path: 'c', worth: 2 });
    assert.deepEqual(ed.queue.paths, ['a', 'b', 'c']);
    orderQueue(Object.assign(ed, { choosing: false, sent: null }));
    assert.deepEqual(ed.queue.paths, ['a', 'c', 'b']);
  }
});

test('nothing is weighed for another order, or where there is no choice', () => {
  for (const [paths, order] of [[['a', 'b', 'c'], 'opened'], [['a', 'b', 'c'], 'random'], [['a', 'b'], 'worth'], [[], 'worth']]) {
    const ed = editor(paths, { order });
    orderQueue(ed);
    assert.deepEqual(ed.asked, []);
  }
});
