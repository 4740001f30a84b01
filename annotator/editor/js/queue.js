// The drawings to go through, as a strip of small pictures: which are saved, which is open, and the way to any of them.
import { takeGhosts } from './assist.js';
import { fileUrl } from './drafts.js';

const KEPT_ORDER = 'sketchpose-order', MOST_BEFORE = 200;

// What comes after the open drawing in the order of `rank` (path -> number), what is saved last. What is open, or lies behind,
// never moves. Pure.
export function arranged({ paths, at, done }, rank) {
  const saved = (i) => Number(done.includes(i));
  const ahead = paths.map((_, i) => i).slice(at + 1).sort((a, b) => saved(a) - saved(b) || rank(paths[a]) - rank(paths[b]) || a - b);
  const places = [...paths.keys()].slice(0, at + 1).concat(ahead);
  return { paths: places.map((i) => paths[i]), at, done: places.flatMap((i, n) => (done.includes(i) ? [n] : [])) };
}

const RANKS = {
  worth: ({ worth }) => (Number.isFinite(worth) ? -worth : 1),
  opened: ({ opened }) => opened,
  random: ({ random }) => random,
};

// Put the drawings to come in order, unless somebody is about to choose one of them, or Python is about to answer with places.
function arrange(ed) {
  if (ed.queue.paths.length < 3 || ed.sent || ed.choosing) return;
  const next = arranged(ed.queue, (path) => RANKS[ed.order](ed.ranks.get(path)));
  if (String(next.paths) === String(ed.queue.paths)) return;
  ed.queue = next;
  ed.render();
}

// Ask what one drawing is worth; the answer asks for the next one. One at a time, so that nobody waits for it.
function weighNext(ed) {
  const { paths, at, done } = ed.queue, known = (path) => ed.ranks.get(path).worth !== undefined;
  const ahead = paths.filter((_, i) => i > at && !done.includes(i)), path = ahead.find((one) => !known(one));
  if (ed.order !== 'worth' || ed.weighed || ahead.length < 2 || !path) return;
  ed.weighed = path;
  ed.host.trigger('weigh', { path, before: paths.filter((one, i) => i <= at || known(one)).slice(-MOST_BEFORE) });
}

export function takeWorth(ed, answer) {
  if (!answer || answer.path !== ed.weighed) return;
  ed.weighed = '';
  if (!ed.ranks.has(answer.path)) return;
  ed.ranks.get(answer.path).worth = answer.worth;
  orderQueue(ed);
}

// After anything that may change the order of what is to come: a new queue, an answer, a choice.
export function orderQueue(ed) {
  const { paths } = ed.queue;
  if (!paths.every((path) => ed.ranks.has(path))) {
    ed.ranks = new Map(paths.map((path, opened) => [path, { opened, random: Math.random() }]));
    ed.weighed = '';
  }
  arrange(ed);
  weighNext(ed);
}

function wireOrder(ed) {
  const choice = ed.root.querySelector('.kp-order select'), strip = ed.root.querySelector('.kp-queue');
  if (!ed.host.settings.can_weigh) choice.querySelector('[value=worth]').remove();
  let kept = null;
  try { kept = localStorage.getItem(KEPT_ORDER); } catch { /* storage is forbidden: it is not remembered */ }
  if ([...choice.options].some((option) => option.value === kept)) choice.value = kept;
  ed.order = choice.value;
  choice.addEventListener('change', () => {
    ed.order = choice.value;
    try { localStorage.setItem(KEPT_ORDER, ed.order); } catch { /* as above */ }
    orderQueue(ed);
    ed.announce(`The drawings to come: ${choice.selectedOptions[0].textContent.toLowerCase()}.`);
  });
  // Nothing moves away from under the pointer or the keyboard.
  const held = { pointer: false, keys: false };
  const hold = (what, on) => {
    held[what] = on;
    ed.choosing = held.pointer || held.keys;
    if (!ed.choosing) arrange(ed);
  };
  strip.addEventListener('pointerenter', () => hold('pointer', true));
  strip.addEventListener('pointerleave', () => hold('pointer', false));
  strip.addEventListener('focusin', () => hold('keys', true));
  strip.addEventListener('focusout', () => hold('keys', false));
}

// Open another drawing of the queue. Unsaved work stays in this browser and is offered again there.
export function goTo(ed, at) {
  if (!ed.doc || at < 0 || at >= ed.queue.paths.length || at === ed.queue.at) return;
  takeGhosts(ed);
  ed.publish(true);
  ed.sent = { ...ed.activity };
  ed.announce(`Opening drawing ${at + 1} of ${ed.queue.paths.length} …`);
  ed.host.trigger('go', { at });
}

export const step = (ed, by) => {
  const at = ed.queue.at + by;
  if (at < 0 || at >= ed.queue.paths.length) ed.announce(by > 0 ? 'This is the last drawing.' : 'This is the first drawing.');
  else goTo(ed, at);
};

const stateOf = (ed, i) => {
  if (i === ed.queue.at) return ed.dirty ? 'open, not saved' : ed.queue.done.includes(i) ? 'open, saved' : 'open';
  return ed.queue.done.includes(i) ? 'saved' : 'not yet';
};

function makeThumb(ed, path) {
  const button = document.createElement('button'), image = document.createElement('img'), { url } = ed.host.props.value.image;
  button.type = 'button';
  button.className = 'kp-thumb';
  image.alt = '';
  image.loading = 'lazy';
  // A format that this browser does not show keeps its number.
  image.addEventListener('error', () => { image.hidden = true; });
  image.src = fileUrl(url, path);
  button.append(image, document.createElement('span'));
  button.addEventListener('click', () => goTo(ed, ed.queue.paths.indexOf(path)));
  return button;
}

export function wireQueue(ed) {
  const strip = ed.root.querySelector('.kp-queue'), line = ed.root.querySelector('.kp-line');
  const thumbs = new Map();
  let shown = '', open = '';
  wireOrder(ed);
  ed.onChange(() => {
    const { paths, at } = ed.queue, many = Boolean(ed.doc) && paths.length > 1;
    line.hidden = !many;
    if (!many) return;
    if (String(paths) !== shown) {
      shown = String(paths);
      open = '';
      [...thumbs.keys()].filter((path) => !paths.includes(path)).forEach((path) => thumbs.delete(path));
      paths.forEach((path) => thumbs.has(path) || thumbs.set(path, makeThumb(ed, path)));
      strip.replaceChildren(...paths.map((path) => thumbs.get(path)));
    }
    [...strip.children].forEach((button, i) => {
      const state = stateOf(ed, i), label = `Drawing ${i + 1} of ${paths.length}, ${state}`;
      if (button.title === label) return;
      button.title = label;
      button.lastChild.textContent = i + 1;
      button.setAttribute('aria-label', label);
      button.classList.toggle('kp-done', ed.queue.done.includes(i));
      if (i === at) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    });
    if (open === paths[at]) return;
    open = paths[at];
    const button = strip.children[at];
    strip.scrollLeft = button.offsetLeft - (strip.clientWidth - button.clientWidth) / 2;
  });
}

// All are saved: thanks, and a sheet of the work, which Python sends as a picture.
export function thank(ed, reply) {
  const dialog = ed.root.querySelector('.kp-thanks');
  dialog.querySelector('h3').textContent = reply.message;
  dialog.querySelector('img').src = reply.sheet;
  dialog.querySelector('a').href = reply.sheet;
  dialog.showModal();
}
