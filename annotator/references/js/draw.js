// A reference as an SVG: its thumbnail or original, cropped to a square round the person, with a skeleton over it.

const SVG = 'http://www.w3.org/2000/svg';

function shape(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (parent) parent.appendChild(made);
  return made;
}

export function make(tag, parent, text = '', className = '') {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  if (parent) parent.appendChild(made);
  return made;
}

// How well a limb agrees, as a class name; three steps that differ in lightness and dash as well as in hue.
export const agreementClass = (share) => (share === null || share === undefined ? 'rf-none' : share < 0.35 ? 'rf-bad' : share < 0.7 ? 'rf-part' : 'rf-good');

// How many limbs of a result agree, and how many were compared. `limbs` maps names to edges.
export function countLimbs(item, limbs) {
  const compared = Object.values(limbs).map((i) => item.agreement[i]).filter((share) => share !== null);
  return [compared.filter((share) => agreementClass(share) === 'rf-good').length, compared.length];
}

export const limbsAgree = (item, limbs) => `${countLimbs(item, limbs).join(' of ')} limbs agree`;

// `item` is {thumb, width, height, view: [x, y, side]}; `points` are rows x, y, shown; `paint(edge)` names a limb's class;
// `must` holds the edges that had to match.
export function drawPicture(item, points, edges, paint, { whole = false, source = item.thumb, flip = false, must = [] } = {}) {
  const [x, y, side] = item.view;
  const svg = shape('svg', { viewBox: whole ? `0 0 ${item.width} ${item.height}` : `${x} ${y} ${side} ${side}`, 'aria-hidden': 'true' });
  const scene = shape('g', flip ? { transform: `translate(${whole ? item.width : 2 * x + side} 0) scale(-1 1)` } : {}, svg);
  if (!whole) shape('rect', { x, y, width: side, height: side, class: 'rf-paper' }, scene);
  if (source) shape('image', { href: source, width: item.width, height: item.height, preserveAspectRatio: 'none' }, scene);
  const skeleton = shape('g', { class: 'rf-skel' }, scene);
  const drawn = edges.map((edge, i) => [...edge, i]).filter(([a, b]) => points && points[a][2] && points[b][2]);
  for (const kind of ['rf-case', 'rf-limb']) {
    for (const [a, b, where, i] of drawn) {
      const ends = { x1: points[a][0], y1: points[a][1], x2: points[b][0], y2: points[b][1] };
      const weight = must.includes(i) ? ' rf-must' : '';
      shape('line', { ...ends, class: (kind === 'rf-limb' ? `rf-limb ${paint(i, where)}` : kind) + weight }, skeleton);
    }
  }
  return svg;
}

// A result is drawn with the query's skeleton, its limbs coloured by agreement; a reference on the board with its own. A
// mirror image is shown as it was found.
export function drawReference(item, edges, options = {}) {
  const shown = { flip: Boolean(item.mirrored), ...options };
  if (item.skeleton) return drawPicture(item, item.skeleton, edges, (i) => agreementClass(item.agreement[i]), shown);
  return drawPicture(item, item.points, edges, (_, where) => `rf-${where}`, shown);
}

const otherSide = (name) => name.replace(/left|right/, (side) => (side === 'left' ? 'right' : 'left'));

// The edges of a result that had to match; in a mirror image they are on the other side. `limbs` maps names to edges.
export const mustEdges = (names, limbs, mirrored) => names.map((name) => limbs[mirrored ? otherSide(name) : name]);

// The query, whose limbs can be chosen by mouse, finger and keys: `toggle(name)` is told which.
export function drawQuery(query, edges, limbs, toggle) {
  const svg = drawPicture(query, query.points, edges, (_, where) => `rf-${where}`, { must: mustEdges(query.must, limbs) });
  svg.removeAttribute('aria-hidden');
  svg.setAttribute('role', 'group');
  svg.setAttribute('aria-label', 'Limbs that must match');
  const hits = Object.entries(limbs).filter(([, i]) => edges[i].slice(0, 2).every((joint) => query.points[joint][2])).map(([name, i]) => {
    const [[x1, y1], [x2, y2]] = edges[i].slice(0, 2).map((joint) => query.points[joint]);
    const hit = shape('line', { x1, y1, x2, y2, class: 'rf-hit', role: 'checkbox', tabindex: -1, 'aria-checked': String(query.must.includes(name)), 'aria-label': name, 'data-limb': name }, svg);
    shape('title', {}, hit).textContent = `The ${name} must match`;
    hit.addEventListener('click', () => toggle(name));
    return hit;
  });
  hits[0]?.setAttribute('tabindex', 0);
  svg.addEventListener('keydown', (event) => {
    const at = hits.indexOf(event.target), step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || !(step || event.key === ' ' || event.key === 'Enter')) return;
    event.preventDefault();
    if (step) hits[(at + step + hits.length) % hits.length].focus();
    else toggle(event.target.dataset.limb);
  });
  return svg;
}

// OpenPose-18 as ControlNet tools read it. `table` lists for each joint the COCO joints in whose middle it lies.
export function openPose(item, table) {
  const row = table.flatMap((from) => {
    const joints = from.map((j) => item.points[j]);
    if (joints.some((joint) => !joint[2])) return [0, 0, 0];
    const mean = (axis) => joints.reduce((sum, joint) => sum + joint[axis], 0) / joints.length;
    return [mean(0), mean(1), Math.min(...joints.map((joint) => joint[2]))];
  });
  return JSON.stringify({ people: [{ pose_keypoints_2d: row }], canvas_width: item.width, canvas_height: item.height });
}

export function saveFile(name, data, type) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([data], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
