import assert from 'node:assert/strict';
import test from 'node:test';
import { askAssistance, leaveGhosts, propose, proposal, takeGhosts } from '../../annotator/editor/js/assist.js';
import { body, joint, person, picture } from './support.js';

function editor(doc = picture()) {
  const ed = { doc, body, edits: 3, drag: null, guide: null, ghosts: null, options: { assist: true }, asked: [], said: [], changes: [], activity: { gestures: 0 } };
  ed.host = { settings: { can_assist: true }, trigger: (name, data) => ed.asked.push([name, data]) };
  ed.person = () => ed.doc.persons[ed.doc.active];
  ed.announce = (text) => ed.said.push(text);
  ed.changed = (label, gestures) => ed.changes.push([label, gestures]);
  ed.render = () => {};
  return ed;
}

const score = (p, name, value) => ({ ...p, scores: p.scores.map((s, i) => (i === joint(name) ? value : s)) });
const moves = (...names) => names.map((name) => ({ joint: joint(name), x: 10, y: 20, score: 0.7 }));

test('Python is asked when a joint became fixed, with the box of the estimate', () => {
  const before = picture(), ed = editor(picture([score({ ...person(), base: [1, 2, 3, 4] }, 'nose', 1)]));
  askAssistance(ed, before);
  assert.deepEqual(ed.asked, [['assist', { person: 'p1', box: [1, 2, 3, 4] }]]);
});

test('nobody is asked without a model, in guided placement, when switched off, or when nothing is left to move', () => {
  const fixed = score(person(), 'nose', 1), all = { ...person(), scores: person().scores.map(() => 1) };
  for (const [doc, change] of [[picture([{ ...fixed, model: null }]), {}], [picture([fixed]), { guide: {} }], [picture([fixed]), { options: { assist: false } }], [picture([all]), {}], [picture(), {}]]) {
    const ed = Object.assign(editor(doc), change);
    askAssistance(ed, picture());
    assert.deepEqual(ed.asked, []);
  }
});

test('an answer is worth nothing after another edit, during a drag, or for somebody who is gone', () => {
  for (const [reply, change] of [[{ edit: 2 }, {}], [{ edit: 3 }, { drag: { kind: 'joint' } }], [{ edit: 3, person: 'p9' }, {}]]) {
    const ed = Object.assign(editor(), change);
    propose(ed, { person: 'p1', moves: moves('nose'), ...reply });
    assert.equal(ed.ghosts, null);
  }
});

test('fixed and unlabelled joints never follow', () => {
  const unseen = { ...person(), joints: person().joints.map((j, i) => (i === joint('left_ear') ? [j[0], j[1], 0] : j)) };
  const ed = editor(picture([score(unseen, 'nose', 1)]));
  propose(ed, { edit: 3, person: 'p1', moves: moves('nose', 'left_ear', 'left_knee') });
  assert.deepEqual(ed.ghosts.moves.map((move) => move.joint), [joint('left_knee')]);
  assert.ok(takeGhosts(ed));
  const [after] = ed.doc.persons;
  assert.deepEqual(after.joints[joint('left_knee')], [10, 20, 2]);
  assert.equal(after.scores[joint('left_knee')], 0.7);
  assert.deepEqual(after.joints[joint('nose')], unseen.joints[joint('nose')]);
  assert.deepEqual(ed.changes, [['A joint followed', 0]]);
});

test('what is kept stays, and ghosts are taken or left once', () => {
  const ed = editor();
  propose(ed, { edit: 3, person: 'p1', moves: moves('left_knee', 'right_knee') });
  takeGhosts(ed, [joint('left_knee')]);
  assert.deepEqual(ed.doc.persons[0].joints[joint('left_knee')], person().joints[joint('left_knee')]);
  assert.deepEqual(ed.doc.persons[0].joints[joint('right_knee')], [10, 20, 2]);
  assert.equal(takeGhosts(ed), false);
  assert.equal(leaveGhosts(ed), false);
  assert.equal(ed.activity.gestures, 0);
});

test('taking and leaving by a key or button is a gesture, going on is none', () => {
  const ed = editor(), reply = { edit: 3, person: 'p1', moves: moves('left_knee') };
  propose(ed, reply);
  takeGhosts(ed);
  propose(ed, reply);
  takeGhosts(ed, [], 1);
  assert.deepEqual(ed.changes.map(([, gestures]) => gestures), [0, 1]);
  propose(ed, reply);
  leaveGhosts(ed);
  assert.equal(ed.activity.gestures, 1);
});

test('legs that change sides are called so', () => {
  const ed = editor(), { joints } = person();
  const swapped = ['knee', 'ankle'].flatMap((part) => [['left', 'right'], ['right', 'left']].map(([a, b]) => {
    const [x, y] = joints[joint(`${b}_${part}`)];
    return { joint: joint(`${a}_${part}`), x, y, score: 0.6 };
  }));
  propose(ed, { edit: 3, person: 'p1', moves: swapped });
  assert.equal(proposal(ed), 'Legs swapped?');
});
