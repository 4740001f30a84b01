// One reference in full size, and what can be done with it.
import { drawReference, limbsAgree } from './draw.js';

export function createView(dialog, edges, limbs, actions) {
  const find = (name) => dialog.querySelector(name);
  const stage = find('.rf-stage'), note = find('.rf-note-view');
  const view = { list: [], at: 0, originals: new Map(), bare: false, flipped: false };

  const item = () => view.list[view.at];

  view.say = (text) => { note.textContent = text; };

  const paint = () => {
    const one = item(), kept = view.originals.get(JSON.stringify(one.id));
    const flip = Boolean(one.mirrored) !== view.flipped;
    stage.replaceChildren(drawReference(one, edges, { whole: true, flip, source: kept ? kept.src : one.thumb }));
    find('[data-view=flip]').setAttribute('aria-pressed', String(flip));
    dialog.classList.toggle('rf-bare', view.bare);
    find('[data-view=overlay]').setAttribute('aria-pressed', String(!view.bare));
    find('[data-view=board]').textContent = actions.onBoard(one) ? 'Off the board' : 'Add to board';
  };

  const show = async () => {
    const one = item(), key = JSON.stringify(one.id);
    find('.rf-name').textContent = one.name;
    const facts = [one.skeleton ? `${limbsAgree(one, limbs)}${one.mirrored ? ', as a mirror image' : ''}` : '', one.tags.join(', '), one.credit];
    view.flipped = false;
    find('.rf-facts').textContent = facts.filter(Boolean).join(' · ');
    find('[data-view=previous]').disabled = view.at === 0;
    find('[data-view=next]').disabled = view.at === view.list.length - 1;
    view.say('');
    paint();
    if (view.originals.has(key)) return;
    const late = setTimeout(() => view.say('Fetching the full size …'), 300);
    try {
      const answer = await actions.original(one);
      if (answer.error) throw new Error(answer.error);
      view.originals.set(key, answer);
      if (dialog.open && item() === one) {
        view.say('');
        paint();
      }
    } catch (error) {
      if (item() === one) view.say(error.message || 'The full size cannot be fetched; the small picture is shown.');
    } finally {
      clearTimeout(late);
    }
  };

  const step = (by) => {
    const to = view.at + by;
    if (to < 0 || to >= view.list.length) return;
    view.at = to;
    show();
  };

  const commands = {
    previous: () => step(-1),
    next: () => step(1),
    overlay: () => { view.bare = !view.bare; paint(); },
    flip: () => { view.flipped = !view.flipped; paint(); },
    board: () => { view.say(actions.board(item())); paint(); },
    more: () => { dialog.close(); actions.more(item()); },
    open: () => { dialog.close(); actions.edit(item()); },
    copy: async () => view.say(await actions.copy(item())),
    save: async () => view.say(await actions.save([item()], 'zip')),
    close: () => dialog.close(),
  };
  const keys = { ArrowLeft: 'previous', ArrowRight: 'next', o: 'overlay', f: 'flip', b: 'board', m: 'more', e: 'open', c: 'copy', s: 'save' };

  for (const button of dialog.querySelectorAll('[data-view]')) button.addEventListener('click', () => commands[button.dataset.view]());
  dialog.addEventListener('keydown', (event) => {
    const command = !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!command) return;
    event.preventDefault();
    commands[command]();
  });
  // A click outside the dialog closes it; a swipe shows the next or the previous reference.
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  let start = null;
  stage.addEventListener('pointerdown', (event) => { start = event.clientX; });
  stage.addEventListener('pointerup', (event) => {
    if (start !== null && Math.abs(event.clientX - start) > 60) step(event.clientX < start ? 1 : -1);
    start = null;
  });

  view.open = (one, list) => {
    view.list = list;
    view.at = Math.max(0, list.indexOf(one));
    if (!dialog.open) dialog.showModal();
    find('[data-view=close]').focus();
    show();
  };
  return view;
}
