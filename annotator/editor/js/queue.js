// The drawings to go through, as a strip of small pictures: which are saved, which is open, and the way to any of them.
import { takeGhosts } from './assist.js';

// Open another drawing of the queue. Unsaved work stays in this browser and is offered again there.
export function goTo(ed, at) {
  if (!ed.doc || at < 0 || at >= ed.queue.paths.length || at === ed.queue.at) return;
  takeGhosts(ed);
  ed.publish(true);
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

function makeThumb(ed, strip, path, i) {
  const button = document.createElement('button'), image = document.createElement('img'), { url } = ed.host.props.value.image;
  button.type = 'button';
  button.className = 'kp-thumb';
  image.alt = '';
  image.loading = 'lazy';
  // A format that this browser does not show keeps its number.
  image.addEventListener('error', () => { image.hidden = true; });
  image.src = url.slice(0, url.indexOf('/file=') + 6) + encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  button.append(image, document.createElement('span'));
  button.lastChild.textContent = i + 1;
  button.addEventListener('click', () => goTo(ed, i));
  strip.append(button);
}

export function wireQueue(ed) {
  const strip = ed.root.querySelector('.kp-queue'), through = ed.root.querySelector('.kp-through');
  let shown = '', open = -1;
  ed.onChange(() => {
    const { paths, at } = ed.queue, many = Boolean(ed.doc) && paths.length > 1;
    strip.hidden = through.hidden = !many;
    if (!many) return;
    if (String(paths) !== shown) {
      shown = String(paths);
      open = -1;
      strip.textContent = '';
      paths.forEach((path, i) => makeThumb(ed, strip, path, i));
    }
    [...strip.children].forEach((button, i) => {
      const state = stateOf(ed, i), label = `Drawing ${i + 1} of ${paths.length}, ${state}`;
      if (button.title === label) return;
      button.title = label;
      button.setAttribute('aria-label', label);
      button.classList.toggle('kp-done', ed.queue.done.includes(i));
      if (i === at) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    });
    if (open === at) return;
    open = at;
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
