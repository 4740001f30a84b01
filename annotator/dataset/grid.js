// Body of the component's script; Gradio provides element, props, trigger and watch. Fires 'look' and 'pick'.
const list = element.querySelector('.dg'), cells = new Map(), wanted = new Set();
let busy = false;

const make = (tag, parent, text = '') => {
  const made = parent.appendChild(document.createElement(tag));
  made.textContent = text;
  return made;
};

const ask = () => {
  const ids = [...wanted].slice(0, 8);
  if (busy || !ids.length) return;
  busy = true;
  ids.forEach((id) => wanted.delete(id));
  trigger('look', { ids });
};

const sight = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) wanted.delete(target.dataset.id); // paged or scrolled past: what is in view goes first
    else if (target.querySelector('i')) wanted.add(target.dataset.id);
  }
  ask();
}, { rootMargin: '300px' });

const buttons = () => [...list.querySelectorAll('button')];

const stand = (button) => { for (const other of buttons()) other.tabIndex = other === button ? 0 : -1; };

const press = (id) => { for (const [other, cell] of cells) cell.firstChild.setAttribute('aria-pressed', String(other === id)); };

const fill = (item) => {
  const cell = document.createElement('li'), button = make('button', cell);
  button.type = 'button';
  cell.dataset.id = item.id;
  make('i', button);
  make('span', button, item.name);
  make('span', button);
  button.title = item.name;
  button.addEventListener('click', () => {
    stand(button);
    press(item.id);
    trigger('pick', { id: item.id });
  });
  sight.observe(cell);
  return cell;
};

// Drawings that stay keep their place on the page, with their pictures and the keyboard's place among them.
const load = () => {
  const { items = [], chosen = '' } = props.value || {}, focused = document.activeElement;
  const ids = new Set(items.map(({ id }) => id));
  for (const [id, cell] of cells) {
    if (ids.has(id)) continue;
    sight.unobserve(cell);
    wanted.delete(id);
    cells.delete(id);
  }
  for (const item of items) {
    if (!cells.has(item.id)) cells.set(item.id, fill(item));
    const button = cells.get(item.id).firstChild;
    button.lastChild.textContent = item.word;
    button.setAttribute('aria-label', [item.name, item.word, item.about].join(', '));
  }
  list.replaceChildren(...items.map(({ id }) => cells.get(id)));
  const all = buttons();
  press(chosen);
  stand(all.find((button) => button === focused) || all.find((button) => button.getAttribute('aria-pressed') === 'true') || all[0]);
  if (list.contains(focused)) focused.focus({ preventScroll: true });
};

list.addEventListener('keydown', (event) => {
  const all = buttons(), at = all.indexOf(event.target.closest('button'));
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const columns = getComputedStyle(list).gridTemplateColumns.split(' ').length;
  const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: all.length - 1 };
  if (!(event.key in moves)) return;
  event.preventDefault();
  const next = all[moves[event.key]];
  if (!next) return;
  stand(next);
  next.focus();
});

watch('value', load);
watch('reply', () => {
  busy = false;
  for (const [id, url] of Object.entries(props.reply?.pictures || {})) {
    const blank = url && cells.get(id)?.querySelector('i');
    if (!blank) continue;
    const picture = document.createElement('img');
    picture.src = url;
    picture.alt = '';
    blank.replaceWith(picture);
  }
  ask();
});
load();
