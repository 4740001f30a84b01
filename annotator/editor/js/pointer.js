// Mouse, pen and touch on the stage. Gestures start here, drag.js says what they do, controller.js makes them one step.
import { cornersBox, distance, middle, panBy, toImage, zoomAt } from './geometry.js';
import { nearestHandle, nearestJoint, nearestLimb, reachOf } from './hit.js';
import { dragHandle, dragJoint, dragLimb, dragPerson, dragTurn } from './drag.js';
import { ghostly, handlesOf, spoken } from './draw.js';
import { replacePerson } from './document.js';
import { placeAt, seeThrough } from './guide.js';
import { setVisibility } from './pose.js';
import { takeGhosts } from './assist.js';

const SLACK = { mouse: 2, pen: 3, touch: 6 };

// Screen position of an event relative to the stage, in CSS pixels.
function spot(ed, event) {
  const rect = ed.stage.getBoundingClientRect();
  const shrunk = ed.stage.offsetWidth ? rect.width / ed.stage.offsetWidth : 1;
  return [(event.clientX - rect.left) / shrunk - ed.stage.clientLeft, (event.clientY - rect.top) / shrunk - ed.stage.clientTop];
}

function whatIsHere(ed, event, at) {
  const reach = reachOf(event.pointerType), { doc, view, body } = ed;
  if (ed.tool === 'add') return { kind: 'add' };
  if (ed.guide) return { kind: 'place' };
  const handle = nearestHandle(handlesOf(ed), view, at, reach);
  if (handle) return { kind: 'handle', handle, person: doc.active };
  const joint = nearestJoint(doc, view, at, reach, ed.joint);
  if (joint) return { kind: event.altKey ? 'person' : event.shiftKey ? 'turn' : 'joint', ...joint };
  const limb = nearestLimb(doc, view, body, at, event.pointerType);
  if (limb) return { kind: event.altKey ? 'person' : 'limb', ...limb };
  const [x, y] = toImage(view, at), person = ed.person();
  const within = person && x >= person.box[0] && x <= person.box[2] && y >= person.box[1] && y <= person.box[3];
  if (within && (event.altKey || ed.tool === 'frame')) return { kind: 'person', person: doc.active };
  return { kind: 'pan' };
}

function begin(ed, event, at) {
  ed.panned = true;
  const found = event.button === 1 || ed.panning ? { kind: 'pan' } : whatIsHere(ed, event, at);
  // The joint that is taken hold of stays under the pointer; the others follow the one that was fixed before.
  if (found.person !== undefined) takeGhosts(ed, found.person === ghostly(ed) && found.joint !== undefined ? [found.joint] : []);
  if (found.person !== undefined) ed.pick(found.person, found.joint ?? ed.joint, found.joint !== undefined);
  if (found.joint === undefined) ed.stage.focus({ preventScroll: true });
  const slack = SLACK[event.pointerType] || SLACK.mouse;
  ed.drag = { ...found, pointer: event.pointerId, at, slack, moved: false, before: ed.doc, view: ed.view, from: toImage(ed.view, at) };
  if (found.kind === 'place') ed.lens.show(ed, toImage(ed.view, at), at);
}

const MOVES = {
  joint: (ed, drag, start, to) => dragJoint(start, drag.joint, drag.from, to, ed.constraints(), ed.body, ed.doc),
  turn: (ed, drag, start, to) => dragTurn(start, drag.joint, drag.from, to, ed.options.rigid, ed.body, ed.doc),
  limb: (ed, drag, start, to) => dragLimb(start, drag.edge, drag.from, to, ed.body, ed.doc),
  person: (ed, drag, start, to) => dragPerson(start, drag.from, to, ed.doc),
  handle: (ed, drag, start, to) => dragHandle(start, drag.handle, drag.from, to, ed.doc),
};

function label(ed, drag) {
  if (drag.kind === 'joint') return `Moved ${spoken(ed.body.names[drag.joint])}`;
  if (drag.kind === 'turn') return `Turned the limb at ${spoken(ed.body.names[drag.joint])}`;
  if (drag.kind === 'limb') return 'Moved a limb';
  if (drag.kind === 'person') return 'Moved the person';
  return { turn: 'Turned the person', scale: 'Scaled the person' }[drag.handle.kind] || 'Changed the box';
}

function move(ed, at) {
  const { drag } = ed, to = toImage(ed.view, at);
  if (!drag.moved && distance(at, drag.at) <= drag.slack) return;
  drag.moved = true;
  if (drag.kind === 'pan') {
    ed.setView(panBy(drag.view, at[0] - drag.at[0], at[1] - drag.at[1]));
  } else if (drag.kind === 'add') {
    ed.rubber = cornersBox(drag.from, to, ed.doc.width, ed.doc.height);
  } else if (drag.kind === 'place') {
    ed.lens.show(ed, to, at);
  } else {
    const number = drag.before.active;
    ed.doc = replacePerson(ed.doc, number, MOVES[drag.kind](ed, drag, drag.before.persons[number], to));
    if (drag.kind === 'joint' || drag.kind === 'turn') ed.lens.show(ed, ed.doc.persons[number].joints[drag.joint], at);
  }
  ed.render();
}

function finish(ed, at, event) {
  const { drag } = ed;
  ed.drag = null;
  ed.lens.hide();
  if (drag.kind === 'place') placeAt(ed, toImage(ed.view, at), event.shiftKey ? 1 : ed.guide.visibility);
  else if (drag.kind === 'add' && ed.rubber) ed.boxDrawn(ed.rubber);
  else if (drag.moved && MOVES[drag.kind] && ed.doc !== drag.before) ed.commit(label(ed, drag), drag.before);
  ed.render();
}

// Cancel the drag and leave everything as it was: a second finger touched, or the browser took the pointer away.
export function cancelDrag(ed) {
  if (!ed.drag) return;
  if (MOVES[ed.drag.kind]) ed.doc = ed.drag.before;
  ed.drag = null;
  ed.rubber = null;
  ed.lens.hide();
  ed.render();
}

function pinched(ed, points) {
  const [a, b] = [...points.values()];
  return { centre: middle(a, b), apart: Math.max(distance(a, b), 1) };
}

export function cycleVisibility(ed) {
  ed.editPerson('Visibility', (person, size) => setVisibility(person, ed.joint, (person.joints[ed.joint][2] + 2) % 3, size));
}

function hover(ed, event, at) {
  if (ed.guide) seeThrough(ed, at[1], Boolean(event.target.closest('button')));
  const found = ed.drag ? null : nearestJoint(ed.doc, ed.view, at, reachOf(event.pointerType), ed.joint);
  const changed = JSON.stringify(found) !== JSON.stringify(ed.hover);
  ed.hover = found;
  ed.tip(found, at);
  if (ed.options.loupe && !ed.drag) ed.lens.show(ed, toImage(ed.view, at), at);
  if (changed) ed.render();
}

export function listenToPointers(ed) {
  const points = new Map(), { stage } = ed;
  let pinch = null;
  stage.addEventListener('pointerdown', (event) => {
    if (!ed.doc || event.button === 2 || event.target.closest('button, input, select')) return;
    event.preventDefault();
    ed.touch();
    const at = spot(ed, event);
    points.set(event.pointerId, at);
    stage.setPointerCapture(event.pointerId);
    if (points.size === 2) {
      cancelDrag(ed);
      pinch = pinched(ed, points);
    } else if (points.size === 1) begin(ed, event, at);
  });
  stage.addEventListener('pointermove', (event) => {
    if (!ed.doc) return;
    const at = spot(ed, event);
    if (points.has(event.pointerId)) points.set(event.pointerId, at);
    if (pinch && points.size === 2) {
      const now = pinched(ed, points), [x, y] = pinch.centre;
      ed.setView(zoomAt(panBy(ed.view, now.centre[0] - x, now.centre[1] - y), now.centre, now.apart / pinch.apart));
      pinch = now;
    } else if (ed.drag && ed.drag.pointer === event.pointerId) move(ed, at);
    hover(ed, event, at);
  });
  const release = (event) => {
    const at = points.get(event.pointerId);
    points.delete(event.pointerId);
    if (points.size < 2) pinch = null;
    return at;
  };
  stage.addEventListener('pointerup', (event) => {
    const at = release(event);
    if (ed.drag && at && ed.drag.pointer === event.pointerId) finish(ed, at, event);
  });
  stage.addEventListener('pointercancel', (event) => {
    release(event);
    cancelDrag(ed);
  });
  stage.addEventListener('pointerleave', () => {
    ed.hover = null;
    ed.tip(null);
    if (!ed.drag) ed.lens.hide();
    if (ed.doc) ed.render();
  });
  stage.addEventListener('contextmenu', (event) => {
    if (!ed.doc || ed.guide) return;
    event.preventDefault();
    const found = nearestJoint(ed.doc, ed.view, spot(ed, event), reachOf('mouse'), ed.joint);
    if (!found || ed.drag) return;
    ed.pick(found.person, found.joint);
    cycleVisibility(ed);
  });
  stage.addEventListener('wheel', (event) => {
    if (!ed.doc) return;
    // Scrolling the page past the editor must not zoom the picture: zoom once the editor has been clicked, or with Ctrl.
    if (!event.ctrlKey && !ed.root.contains(document.activeElement)) {
      ed.announce('Click the drawing first, or hold Ctrl, to zoom with the wheel.');
      return;
    }
    event.preventDefault();
    ed.setView(zoomAt(ed.view, spot(ed, event), Math.exp(-event.deltaY * (event.deltaMode ? 0.04 : 0.0015))));
  }, { passive: false });
}
