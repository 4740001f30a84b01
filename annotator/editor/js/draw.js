// The overlay: people, handles and boxes as SVG in screen pixels, so that marks keep their size at every zoom.
// Nodes are kept and only changed attributes are written: focus, pointer capture and frame rate survive a redraw.
import { boxCentre, clamp, toScreen } from './geometry.js';
import { improbableLimbs, unsureJoints } from './pose.js';

const SVG = 'http://www.w3.org/2000/svg';
const SHAPES = {
  left: 'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0Z',
  right: 'M-5.5 -5.5h11v11h-11Z',
  middle: 'M0 -7.5L7.5 0L0 7.5L-7.5 0Z',
};
const VISIBILITY = ['not labelled', 'hidden', 'visible'];

export function node(name, parent, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const key of Object.keys(attributes)) made.setAttribute(key, attributes[key]);
  if (parent) parent.appendChild(made);
  return made;
}

// Write an attribute only when it differs from what was written last.
export function put(target, key, value) {
  const text = String(value), written = target.written || (target.written = {});
  if (written[key] === text) return;
  written[key] = text;
  target.setAttribute(key, text);
}

export const spoken = (name) => name.replace('_', ' ');

export function describeJoint(ed, number, joint) {
  const person = ed.doc.persons[number], [x, y, seen] = person.joints[joint];
  const where = seen ? `, x ${x.toFixed(1)}, y ${y.toFixed(1)}` : '';
  const sure = person.model && seen && person.scores[joint] < 1 ? `, confidence ${Math.round(100 * person.scores[joint])} %` : '';
  return `${spoken(ed.body.names[joint])}, person ${number + 1}${where}, ${VISIBILITY[seen]}${sure}`;
}

// The handles of the frame tool (corners scale, the knob turns) or of the box tool, in image pixels.
export function handlesOf(ed) {
  const person = ed.doc && ed.doc.persons[ed.doc.active];
  if (!person || (ed.tool !== 'frame' && ed.tool !== 'box')) return [];
  const [x0, y0, x1, y1] = person.box, [cx, cy] = boxCentre(person.box);
  const corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  const names = ['top left', 'top right', 'bottom right', 'bottom left'];
  if (ed.tool === 'frame') {
    const marks = corners.map((point, i) => ({ kind: 'scale', index: i, point, label: `Scale the person, ${names[i]}` }));
    return [...marks, { kind: 'turn', index: 0, point: [cx, y0 - 28 / ed.view.scale], label: 'Turn the person' }];
  }
  const edges = [[cx, y0, 'top'], [x1, cy, 'right'], [cx, y1, 'bottom'], [x0, cy, 'left']];
  return [...corners.map((point, i) => ({ kind: 'corner', index: i, point, label: `Box corner, ${names[i]}` })),
    ...edges.map(([x, y, name], i) => ({ kind: 'edge', index: i, point: [x, y], label: `Box edge, ${name}` }))];
}

function makePerson(scene, body) {
  const group = node('g', scene.people, { class: 'kp-figure' });
  const box = node('rect', group, { class: 'kp-box' });
  const limbs = body.edges.map(([, , side]) => {
    const halo = node('line', group, { class: 'kp-limb-halo' });
    return { halo, line: node('line', group, { class: `kp-limb kp-${side}` }) };
  });
  const marks = body.edges.map(() => {
    const text = node('text', group, { class: 'kp-odd', 'text-anchor': 'middle' });
    text.textContent = '!';
    return text;
  });
  const joints = body.names.map((_, i) => {
    const shape = SHAPES[body.sides[i]];
    const spot = node('g', group, { class: 'kp-joint', tabindex: -1, role: 'button', 'data-joint': i });
    node('circle', spot, { class: 'kp-ring', r: 13 });
    node('path', spot, { class: 'kp-halo', d: shape });
    node('path', spot, { class: 'kp-dot', d: shape });
    return spot;
  });
  return { group, box, limbs, marks, joints };
}

export function createScene(svg) {
  return { svg, people: node('g', svg), ghosts: node('g', svg, { class: 'kp-ghosts', 'aria-hidden': 'true' }), handles: node('g', svg), rubber: node('rect', svg, { class: 'kp-rubber', visibility: 'hidden' }),
    cross: node('path', svg, { class: 'kp-cross', d: 'M-16 0H-5M5 0H16M0 -16V-5M0 5V16', visibility: 'hidden' }), figures: [] };
}

function placeRect(rect, view, box) {
  const [x, y] = toScreen(view, box);
  put(rect, 'x', x);
  put(rect, 'y', y);
  put(rect, 'width', Math.max(0, (box[2] - box[0]) * view.scale));
  put(rect, 'height', Math.max(0, (box[3] - box[1]) * view.scale));
}

function drawLimbs(figure, person, body, view) {
  const odd = new Set(improbableLimbs(person.joints, body));
  body.edges.forEach(([a, b, side], i) => {
    const from = person.joints[a], to = person.joints[b], { halo, line } = figure.limbs[i], mark = figure.marks[i];
    const shown = from[2] && to[2] ? 'visible' : 'hidden';
    put(halo, 'visibility', shown);
    put(line, 'visibility', shown);
    put(mark, 'visibility', odd.has(i) ? 'visible' : 'hidden');
    if (shown === 'hidden') return;
    const p = toScreen(view, from), q = toScreen(view, to);
    for (const part of [halo, line]) {
      put(part, 'x1', p[0]);
      put(part, 'y1', p[1]);
      put(part, 'x2', q[0]);
      put(part, 'y2', q[1]);
    }
    const hidden = from[2] === 1 || to[2] === 1 ? ' kp-hidden' : '';
    put(line, 'class', `kp-limb kp-${side}${hidden}${odd.has(i) ? ' kp-improbable' : ''}`);
    if (!odd.has(i)) return;
    put(mark, 'x', (p[0] + q[0]) / 2);
    put(mark, 'y', (p[1] + q[1]) / 2 + 6);
  });
}

function drawJoints(ed, figure, person, number) {
  const chosen = number === ed.doc.active, [, top, , bottom] = person.box;
  // On a small figure full-size marks would hide what they mark.
  const size = ed.guide ? 1 : clamp(((bottom - top) * ed.view.scale) / 320, 0.6, 1);
  const unsure = new Set(unsureJoints(person, ed.host.settings.threshold));
  person.joints.forEach((joint, i) => {
    const spot = figure.joints[i], [x, y] = toScreen(ed.view, joint);
    put(spot, 'transform', `translate(${x} ${y}) scale(${size})`);
    const flags = [chosen && i === ed.joint ? 'kp-chosen' : '', unsure.has(i) ? 'kp-unsure' : '',
      ed.hover && ed.hover.person === number && ed.hover.joint === i ? 'kp-hover' : ''].filter(Boolean).join(' ');
    put(spot, 'class', `kp-joint kp-${ed.body.sides[i]} kp-v${joint[2]} ${flags}`.trim());
    put(spot, 'tabindex', chosen && i === ed.joint ? 0 : -1);
    put(spot, 'data-person', number);
    if (!ed.drag) put(spot, 'aria-label', describeJoint(ed, number, i));
  });
}

function drawHandles(ed, scene) {
  const wanted = ed.hidden ? [] : handlesOf(ed);
  while (scene.handles.children.length > wanted.length) scene.handles.lastChild.remove();
  while (scene.handles.children.length < wanted.length) {
    const spot = node('g', scene.handles, { class: 'kp-handle', role: 'button', tabindex: 0 });
    node('rect', spot, { x: -6, y: -6, width: 12, height: 12 });
  }
  wanted.forEach((handle, i) => {
    const spot = scene.handles.children[i], [x, y] = toScreen(ed.view, handle.point);
    put(spot, 'transform', `translate(${x} ${y})`);
    put(spot, 'class', `kp-handle kp-${handle.kind}`);
    put(spot, 'aria-label', `${handle.label}; arrow keys move it`);
    put(spot, 'data-handle', i);
  });
}

// The person whose ghosts are shown, as its number; -1 without.
export const ghostly = (ed) => (ed.ghosts && ed.doc ? ed.doc.persons.findIndex((p) => p.id === ed.ghosts.person) : -1);

// Where joints would follow: their limbs dashed, and a line from where each is now.
function drawGhosts(ed) {
  const { scene, view, body } = ed, number = ed.hidden ? -1 : ghostly(ed);
  if (number < 0 && !scene.ghosts.firstChild) return;
  scene.ghosts.textContent = '';
  if (number < 0) return;
  const { joints } = ed.doc.persons[number], to = new Map(ed.ghosts.moves.map((move) => [move.joint, [move.x, move.y]]));
  const line = (from, end, name) => {
    const [x1, y1] = toScreen(view, from), [x2, y2] = toScreen(view, end);
    for (const part of ['kp-ghost-halo', name]) node('line', scene.ghosts, { x1, y1, x2, y2, class: part });
  };
  for (const [joint, place] of to) line(joints[joint], place, 'kp-way');
  for (const [a, b, side] of body.edges) {
    if ((to.has(a) || to.has(b)) && joints[a][2] && joints[b][2]) line(to.get(a) || joints[a], to.get(b) || joints[b], `kp-ghost-limb kp-${side}`);
  }
  for (const [joint, place] of to) {
    const [x, y] = toScreen(view, place), spot = node('g', scene.ghosts, { transform: `translate(${x} ${y})`, class: `kp-ghost kp-${body.sides[joint]}`, 'data-joint': joint });
    for (const name of ['kp-halo', 'kp-dot']) node('path', spot, { class: name, d: SHAPES[body.sides[joint]] });
  }
}

export function drawScene(ed) {
  const { scene, doc, body, view } = ed, count = doc ? doc.persons.length : 0;
  while (scene.figures.length > count) scene.figures.pop().group.remove();
  while (scene.figures.length < count) scene.figures.push(makePerson(scene, body));
  // Not display: none, which would take the focus away from where the held key was pressed.
  put(scene.people, 'opacity', ed.hidden ? 0 : ed.options.opacity);
  if (doc) {
    doc.persons.forEach((person, number) => {
      const figure = scene.figures[number];
      put(figure.group, 'class', number === doc.active ? 'kp-figure kp-active' : 'kp-figure');
      put(figure.box, 'class', `kp-box${person.boxFixed ? ' kp-fixed' : ''}`);
      placeRect(figure.box, view, person.box);
      drawLimbs(figure, person, body, view);
      drawJoints(ed, figure, person, number);
    });
  }
  drawGhosts(ed);
  put(scene.rubber, 'visibility', ed.rubber ? 'visible' : 'hidden');
  if (ed.rubber) placeRect(scene.rubber, view, ed.rubber);
  const cross = ed.guide && ed.guide.cursor;
  put(scene.cross, 'visibility', cross ? 'visible' : 'hidden');
  if (cross) put(scene.cross, 'transform', `translate(${toScreen(view, cross).join(' ')})`);
  drawHandles(ed, scene);
}

// A small figure, with one joint picked out if wanted: the next joint in the guide, and the preset buttons.
export function drawFigure(svg, body, points, marked = -1) {
  svg.textContent = '';
  for (const [a, b, side] of body.edges) {
    node('line', svg, { x1: points[a][0], y1: points[a][1], x2: points[b][0], y2: points[b][1], class: `kp-mini kp-${side}` });
  }
  if (marked >= 0) node('circle', svg, { cx: points[marked][0], cy: points[marked][1], r: 0.055, class: 'kp-next' });
}
