import assert from 'node:assert/strict';
import test from 'node:test';
import * as doc from '../../annotator/editor/js/document.js';
import { setVisibility } from '../../annotator/editor/js/pose.js';
import { body, person, picture, random } from './support.js';

const wire = (changes = {}) => ({
  width: 1000, height: 800, active: 0,
  persons: [{ id: 'a', keypoints: person().joints, scores: person().scores, box: [1, 2, 3, 4], box_fixed: true,
    model: { keypoints: person().joints, scores: person().scores } }],
  ...changes,
});

test('reading and writing back is lossless for float32', () => {
  const next = random(3), keypoints = person().joints.map(() => [Math.fround(next() * 1000), Math.fround(next() * 800), 1 + Math.round(next())]);
  const value = wire();
  value.persons[0].keypoints = keypoints;
  const [written] = doc.writePersons(doc.readDocument(value, body));
  written.keypoints.forEach((row, i) => row.forEach((number, k) => assert.equal(Math.fround(number), keypoints[i][k])));
  assert.deepEqual([written.id, written.box, written.box_fixed], ['a', [1, 2, 3, 4], true]);
});

test('unlabelled joints leave as zeros but keep a place while they are edited', () => {
  const value = wire();
  value.persons[0].keypoints = value.persons[0].keypoints.map((row, i) => (i === 4 ? [0, 0, 0] : row));
  const read = doc.readDocument(value, body);
  assert.ok(read.persons[0].joints[4][0] > 0 && read.persons[0].joints[4][2] === 0);
  assert.deepEqual(doc.writePersons(read)[0].keypoints[4], [0, 0, 0]);
});

test('a joint made unlabelled and visible again comes back where it was', () => {
  const start = person(), hidden = setVisibility(start, 3, 0, picture()), back = setVisibility(hidden, 3, 2, picture());
  assert.deepEqual(back.joints, start.joints);
});

test("the model's pose is sent once and remembered by person", () => {
  const remembered = {}, first = doc.readDocument(wire(), body, remembered);
  assert.ok(first.persons[0].model);
  const echoed = wire();
  echoed.persons[0].model = null;
  assert.ok(doc.readDocument(echoed, body, remembered).persons[0].model);
  assert.equal(doc.readDocument(echoed, body, {}).persons[0].model, null);
  assert.equal('model' in doc.writePersons(first)[0], false);
});

test('people: add, select, reorder, remove; ids stay apart', () => {
  let d = picture([]);
  for (let i = 0; i < 3; i += 1) d = doc.addPerson(d, { ...person(), id: doc.freshId(d) });
  const ids = d.persons.map((p) => p.id);
  assert.equal(new Set(ids).size, 3);
  assert.equal(d.active, 2);
  d = doc.reorder(d, -1);
  assert.deepEqual([d.persons.map((p) => p.id), d.active], [[ids[0], ids[2], ids[1]], 1]);
  assert.equal(doc.reorder(doc.select(d, 0), -1).persons, d.persons);
  d = doc.removePerson(d, 1);
  assert.deepEqual([d.persons.map((p) => p.id), d.active], [[ids[0], ids[1]], 1]);
  d = doc.removePerson(doc.removePerson(d, 1), 0);
  assert.deepEqual([d.persons, d.active, doc.activePerson(d)], [[], 0, null]);
  const again = doc.addPerson({ ...d, persons: [{ ...person(), id: 'p2' }] }, { ...person(), id: doc.freshId({ ...d, persons: [{ id: 'p2' }] }) });
  assert.equal(new Set(again.persons.map((p) => p.id)).size, 2);
});

test('undo and redo walk 300 steps back and forth to the same states', () => {
  let history = doc.newHistory(), now = picture();
  const states = [now];
  for (let i = 0; i < 300; i += 1) {
    const next = { ...now, step: i };
    history = doc.remember(history, now, `step ${i}`);
    now = next;
    states.push(now);
  }
  for (let i = 299; i >= 0; i -= 1) {
    const back = doc.undo(history, now);
    assert.equal(back.state, states[i]);
    assert.equal(back.label, `step ${i}`);
    ({ history, state: now } = back);
  }
  assert.equal(doc.undo(history, now), null);
  for (let i = 1; i <= 300; i += 1) {
    const forward = doc.redo(history, now);
    assert.equal(forward.state, states[i]);
    ({ history, state: now } = forward);
  }
  assert.equal(doc.redo(history, now), null);
});

test('a new edit after undo forgets what was undone', () => {
  let history = doc.remember(doc.newHistory(), 'a', 'first');
  ({ history } = doc.undo(history, 'b'));
  history = doc.remember(history, 'a', 'second');
  assert.equal(doc.redo(history, 'c'), null);
});

test('history stays bounded', () => {
  let history = doc.newHistory();
  for (let i = 0; i < 2000; i += 1) history = doc.remember(history, i, '');
  assert.ok(history.past.length >= 200 && history.past.length <= 500);
});
