// What the editor is for, in four seconds: a joint is dragged to where it belongs, and two others follow.
import { node } from './draw.js';

const DRAWN = 'Jumping', DRAGGED = 'left_wrist';
// Where joints are before; the rest of the pose is right.
const WRONG = { left_wrist: [0.4, 0.38], left_elbow: [0.26, 0.3], right_wrist: [-0.4, 0.32] };
// Seconds at which: the pointer has come, the joint is where it belongs, the others move, they have arrived, it is over.
const CAME = 0.7, THERE = 2, FOLLOW = 2.7, ARRIVED = 3.4, OVER = 4;
const AWAY = [0.44, 0.72], ARROW = 'M0 0V.13L.03 .1 .052 .152 .078 .142 .056 .092H.1Z';

const between = (a, b, share) => a.map((v, i) => v + (b[i] - v) * share);
// From 0 to 1 between two times, slowly at either end.
const ease = (t, from, to) => {
  const x = Math.max(0, Math.min(1, (t - from) / (to - from)));
  return x * x * (3 - 2 * x);
};

// Where everything is after `t` seconds: points, those that are about to follow (numbers), the pointer. Pure.
export function showAt(t, body) {
  const right = body.presets.find(({ name }) => name === DRAWN).points, dragged = body.names.indexOf(DRAGGED);
  const points = right.map((place, i) => {
    const wrong = WRONG[body.names[i]];
    if (!wrong) return place;
    return between(wrong, place, i === dragged ? ease(t, CAME, THERE) : ease(t, FOLLOW, ARRIVED));
  });
  const ghosts = t < THERE || t >= ARRIVED ? [] : Object.keys(WRONG).map((name) => body.names.indexOf(name)).filter((i) => i !== dragged);
  const pointer = t < CAME ? between(AWAY, points[dragged], ease(t, 0, CAME)) : between(points[dragged], AWAY, ease(t, THERE, OVER));
  return { points, right, ghosts, pointer, dragged, held: t >= CAME && t < THERE };
}

function paint(svg, body, t) {
  const { points, right, ghosts, pointer, dragged, held } = showAt(t, body);
  const lines = (of, name, only = () => true) => body.edges.forEach(([a, b, side]) => {
    if (only(a, b)) node('line', svg, { x1: of[a][0], y1: of[a][1], x2: of[b][0], y2: of[b][1], class: `${name} kp-${side}` });
  });
  const head = body.groups.face, limb = (a, b) => !head.includes(a) && !head.includes(b);
  svg.textContent = '';
  lines(right, 'kp-pencil', limb);
  node('circle', svg, { cx: right[0][0], cy: right[0][1] - 0.01, r: 0.085, class: 'kp-pencil' });
  lines(points, 'kp-mini', limb);
  const about = points.map((point, i) => (ghosts.includes(i) ? right[i] : point));
  if (ghosts.length) lines(about, 'kp-mini kp-about', (a, b) => ghosts.includes(a) || ghosts.includes(b));
  points.forEach(([cx, cy], i) => head.includes(i) || node('circle', svg, { cx, cy, r: 0.032, class: `kp-spot kp-${body.sides[i]}` }));
  ghosts.forEach((i) => node('circle', svg, { cx: right[i][0], cy: right[i][1], r: 0.032, class: `kp-spot kp-about kp-${body.sides[i]}` }));
  if (held) node('circle', svg, { cx: points[dragged][0], cy: points[dragged][1], r: 0.055, class: 'kp-held' });
  node('path', svg, { d: ARROW, transform: `translate(${pointer.join(' ')})`, class: 'kp-arrow' });
}

// It plays once whenever it comes into sight; who wants no motion sees it before the others follow.
export function wireShow(ed) {
  const svg = ed.root.querySelector('.kp-show'), still = window.matchMedia('(prefers-reduced-motion: reduce)');
  let begun = 0, frame = 0;
  const step = (now) => {
    begun = begun || now;
    const t = Math.min((now - begun) / 1000, OVER);
    paint(svg, ed.body, t);
    frame = t < OVER && svg.isConnected ? requestAnimationFrame(step) : 0;
  };
  new IntersectionObserver(([{ isIntersecting }]) => {
    cancelAnimationFrame(frame);
    begun = 0;
    if (still.matches) paint(svg, ed.body, FOLLOW);
    else if (isIntersecting) frame = requestAnimationFrame(step);
  }).observe(svg);
}
