// The picture and its people as one immutable value, its undo history, and its conversion to and from what Python sees. Pure.
// Document: {width, height, persons, active}. `active` is the number of the selected person.
import { bounds, shortFloat } from './geometry.js';
import { autoBox, labelled, placeUnseen } from './pose.js';

const STEPS = 500;

const numbers = (joint) => joint.map(Number);

// What Python sent, ready to edit. `remembered` holds the model's poses by person id: Python sends them once.
export function readDocument(value, body, remembered = {}) {
  const size = { width: value.width, height: value.height };
  const persons = (value.persons || []).map((p, i) => readPerson(p, i, size, body, remembered));
  return { ...size, persons, active: Math.max(0, Math.min(value.active || 0, persons.length - 1)) };
}

export function readPerson(raw, number, size, body, remembered = {}) {
  const id = raw.id || `p${number + 1}`, given = raw.keypoints.map(numbers);
  const box = raw.box && raw.box.length === 4 ? raw.box.map(Number) : autoBox(given, size) || [0, 0, size.width, size.height];
  const model = raw.model || remembered[id] || null;
  if (model) remembered[id] = model;
  const joints = placeUnseen(given, box, body, size);
  const scores = raw.scores && raw.scores.length === joints.length ? raw.scores.map(Number) : joints.map(() => 1);
  const known = model && { joints: placeUnseen(model.keypoints.map(numbers), box, body, size), scores: model.scores };
  const base = raw.box && raw.box.length === 4 ? box : null;
  return { id, joints, scores, box, boxFixed: Boolean(raw.box_fixed), base, model: known };
}

// The persons as Python reads them. An unlabelled joint is sent as (0, 0, 0), as in COCO.
export function writePersons(document) {
  return document.persons.map((p) => ({
    id: p.id,
    keypoints: p.joints.map((j) => (j[2] ? [shortFloat(j[0]), shortFloat(j[1]), j[2]] : [0, 0, 0])),
    scores: p.joints.map((j, i) => (j[2] ? shortFloat(p.scores[i]) : 0)),
    box: p.box.map(shortFloat),
    box_fixed: p.boxFixed,
  }));
}

export const activePerson = (document) => document.persons[document.active] || null;

export function replacePerson(document, number, person) {
  return { ...document, persons: document.persons.map((p, i) => (i === number ? person : p)) };
}

export function addPerson(document, person) {
  const persons = [...document.persons, person];
  return { ...document, persons, active: persons.length - 1 };
}

export function removePerson(document, number) {
  const persons = document.persons.filter((_, i) => i !== number);
  return { ...document, persons, active: Math.max(0, Math.min(document.active, persons.length - 1)) };
}

// Move the selected person `step` places down the list.
export function reorder(document, step) {
  const to = document.active + step;
  if (to < 0 || to >= document.persons.length) return document;
  const persons = [...document.persons];
  [persons[document.active], persons[to]] = [persons[to], persons[document.active]];
  return { ...document, persons, active: to };
}

export const select = (document, number) => ({ ...document, active: number });

// An id that no person of the document has, so that each keeps its own model pose.
export function freshId(document) {
  let number = document.persons.length + 1;
  while (document.persons.some((p) => p.id === `p${number}`)) number += 1;
  return `p${number}`;
}

export function newPerson(document, points, visibility, box = null) {
  const joints = points.map((p, i) => [p[0], p[1], visibility[i]]);
  const around = box || autoBox(joints, document) || [0, 0, document.width, document.height];
  return { id: freshId(document), joints, scores: joints.map(() => 1), box: around, boxFixed: Boolean(box), base: null, model: null };
}

// The smallest box that shows the person: its own box and any joint outside it.
export const personBounds = (person) => bounds([...labelled(person.joints), person.box.slice(0, 2), person.box.slice(2)]);

export const newHistory = () => ({ past: [], future: [] });

// Remember `before` as the state to which undoing `label` returns.
export function remember(history, before, label) {
  return { past: [...history.past.slice(-(STEPS - 1)), { state: before, label }], future: [] };
}

// Step back: returns {history, state, label}, or null with nothing to undo.
export function undo(history, now) {
  const last = history.past[history.past.length - 1];
  if (!last) return null;
  const future = [...history.future, { state: now, label: last.label }];
  return { history: { past: history.past.slice(0, -1), future }, state: last.state, label: last.label };
}

export function redo(history, now) {
  const next = history.future[history.future.length - 1];
  if (!next) return null;
  const past = [...history.past, { state: now, label: next.label }];
  return { history: { past, future: history.future.slice(0, -1) }, state: next.state, label: next.label };
}
