// A reference as an SVG: its thumbnail or original, seen through a square round the person, and a skeleton over it.

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

// `item` is {thumb, width, height, view: [x, y, side]}; `points` are rows x, y, shown; `paint(edge)` names a limb's class.
export function drawPicture(item, points, edges, paint, { whole = false, source = item.thumb } = {}) {
  const [x, y, side] = item.view;
  const svg = shape('svg', { viewBox: whole ? `0 0 ${item.width} ${item.height}` : `${x} ${y} ${side} ${side}`, 'aria-hidden': 'true' });
  if (!whole) shape('rect', { x, y, width: side, height: side, class: 'rf-paper' }, svg);
  if (source) shape('image', { href: source, width: item.width, height: item.height, preserveAspectRatio: 'none' }, svg);
  const skeleton = shape('g', { class: 'rf-skel' }, svg);
  const drawn = edges.map((edge, i) => [...edge, i]).filter(([a, b]) => points && points[a][2] && points[b][2]);
  for (const kind of ['rf-case', 'rf-limb']) {
    for (const [a, b, where, i] of drawn) {
      const ends = { x1: points[a][0], y1: points[a][1], x2: points[b][0], y2: points[b][1] };
      shape('line', { ...ends, class: kind === 'rf-limb' ? `rf-limb ${paint(i, where)}` : kind }, skeleton);
    }
  }
  return svg;
}

// A result with the query's skeleton, limbs coloured by agreement; a reference from the board with its own.
export function drawReference(item, edges, options) {
  if (item.skeleton) return drawPicture(item, item.skeleton, edges, (i) => agreementClass(item.agreement[i]), options);
  return drawPicture(item, item.points, edges, (_, where) => `rf-${where}`, options);
}

export const drawQuery = (query, edges) => drawPicture(query, query.points, edges, (_, where) => `rf-${where}`);

// OpenPose-18 as ControlNet tools read it. `table` holds per joint the COCO joints it is the middle of.
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
