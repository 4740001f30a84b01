// The grid of results: selecting, opening and acting on them by mouse, finger and keyboard.
import { countLimbs, drawReference, limbsAgree, make, mustEdges } from './draw.js';

export const RESULTS = 12;

const sameResult = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export function createGrid(grid, edges, limbs, actions) {
  const view = { items: [], picked: new Set(), must: [] };

  const pictures = () => [...grid.querySelectorAll('button.rf-pic')];

  const cells = () => [...grid.children];

  view.selected = () => (view.picked.size ? view.items.filter((_, i) => view.picked.has(i)) : view.items);

  const pick = (i, on = !view.picked.has(i)) => {
    if (on) view.picked.add(i); else view.picked.delete(i);
    const cell = cells()[i];
    cell.classList.toggle('rf-picked', on);
    cell.querySelector('.rf-pick input').checked = on;
    actions.picked(view.picked.size);
  };

  view.pickAll = () => {
    const on = view.picked.size < view.items.length;
    view.items.forEach((_, i) => pick(i, on));
  };

  const boardWord = (item) => (actions.onBoard(item) ? 'On board' : 'Board');

  view.refresh = () => view.items.forEach((item, i) => {
    const button = cells()[i].querySelector('[data-act=board]');
    button.textContent = boardWord(item);
    button.setAttribute('aria-pressed', String(actions.onBoard(item)));
  });

  const act = (button, name, word, run) => {
    const made = make('button', button, word);
    made.type = 'button';
    made.dataset.act = name;
    made.addEventListener('click', run);
    return made;
  };

  const fill = (item, i) => {
    const cell = make('li', grid, '', 'rf-cell'), picture = make('button', cell, '', 'rf-pic');
    picture.type = 'button';
    picture.tabIndex = i ? -1 : 0;
    const mirrored = item.mirrored ? ', mirrored' : '';
    picture.setAttribute('aria-label', `${i + 1}: ${item.name}, ${limbsAgree(item, limbs)}${mirrored}. ${item.tags.join(', ')}`);
    picture.title = item.name;
    picture.appendChild(drawReference(item, edges, { must: mustEdges(view.must, limbs, item.mirrored) }));
    picture.addEventListener('click', () => actions.open(item, view.items));
    const score = make('span', cell, countLimbs(item, limbs).join('/'), 'rf-score');
    if (item.mirrored) make('small', score, ' ⇄').title = 'Mirror image';
    const label = make('label', cell, '', 'rf-pick'), box = make('input', label);
    box.type = 'checkbox';
    box.tabIndex = -1;
    box.setAttribute('aria-label', `Select ${item.name}`);
    box.addEventListener('change', () => pick(i, box.checked));
    const acts = make('div', cell, '', 'rf-acts');
    act(acts, 'board', boardWord(item), () => actions.board(item));
    act(acts, 'more', 'Similar', () => actions.more(item));
    for (const button of acts.children) button.tabIndex = -1;
  };

  // Twelve places from the start, so that nothing moves when the answer comes. More of the same results join those shown.
  view.show = (items, must = []) => {
    const more = view.items.length > 0 && must.join() === view.must.join() && view.items.every((item, i) => items[i] && sameResult(items[i], item));
    if (!more) {
      view.picked.clear();
      actions.picked(0);
      grid.replaceChildren();
    }
    const kept = more ? view.items : [], fresh = items.slice(kept.length);
    view.items = [...kept, ...fresh];
    view.must = must;
    grid.querySelectorAll('.rf-gap').forEach((gap) => gap.remove());
    fresh.forEach((item, i) => fill(item, kept.length + i));
    for (let i = items.length; i < RESULTS; i += 1) {
      const cell = make('li', grid, '', 'rf-cell rf-gap');
      cell.setAttribute('aria-hidden', 'true');
      make('div', cell).style.aspectRatio = '1';
      const room = make('div', cell, '', 'rf-acts');
      make('button', room, ' ').disabled = true;
    }
    view.refresh();
    view.busy(false);
  };

  view.busy = (on) => grid.classList.toggle('rf-busy', on);

  const go = (to) => {
    const all = pictures();
    if (to < 0 || to >= all.length) return;
    all.forEach((picture, i) => { picture.tabIndex = i === to ? 0 : -1; });
    all[to].focus();
  };

  // Go to the result of an id, which comes into view; without one to the first, and nothing moves.
  view.focus = (id) => {
    const at = view.items.findIndex((item) => sameResult(item.id, id)), all = pictures();
    all.forEach((picture, i) => { picture.tabIndex = i === Math.max(at, 0) ? 0 : -1; });
    all[Math.max(at, 0)]?.focus({ preventScroll: at < 0 });
  };

  grid.addEventListener('keydown', (event) => {
    const at = pictures().indexOf(event.target.closest('.rf-cell')?.querySelector('.rf-pic'));
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const item = view.items[at], columns = getComputedStyle(grid).gridTemplateColumns.split(' ').length;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const commands = {
      ' ': () => pick(at), b: () => actions.board(item), m: () => actions.more(item), e: () => actions.edit(item),
      c: () => actions.copy(item), o: () => actions.overlay(), a: () => view.pickAll(),
    };
    const command = commands[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (event.key in moves) go(at + moves[event.key]);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(view.items.length - 1);
    else if (command && (event.target.matches('.rf-pic') || event.key !== ' ')) command();
    else return;
    event.preventDefault();
  });
  return view;
}
