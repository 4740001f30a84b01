// The References page: wires query, grid, board, full-size view and folder. Runs last in the component's script.
import { limbsAgree, openPose, saveFile } from './draw.js';
import { createBoard } from './board.js';
import { createFolder } from './folder.js';
import { createGrid } from './grid.js';
import { createPractice } from './practice.js';
import { createView } from './view.js';

export function start(host) {
  const { props, server, settings } = host, find = (name) => host.element.querySelector(name), { edges, limbs } = settings;
  const root = find('.rf'), say = (text) => { find('.rf-say').textContent = text; };

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  // A contact sheet or a zip archive, made in Python from the originals.
  const save = async (items, kind) => {
    if (!items.length) return 'There is nothing to save yet.';
    say(kind === 'zip' ? 'Packing …' : 'Drawing the sheet …');
    try {
      const asked = items.map(({ id, skeleton, agreement, mirrored }) => ({ id, skeleton, agreement, mirrored }));
      const answer = await server.reference_package({ kind, items: asked, overlay: !root.classList.contains('rf-bare') });
      if (answer.error) throw new Error(answer.error);
      saveFile(answer.name, bytes(answer.data), answer.type);
      say(`Saved ${answer.name}.`);
      return `Saved ${answer.name}.`;
    } catch (error) {
      say(error.message || 'The file could not be made; try again.');
      return find('.rf-say').textContent;
    }
  };

  const actions = {
    onBoard: (item) => board.has(item),
    board: (item) => { const text = board.toggle(item); say(text); return text; },
    open: (item, list) => view.open(item, list),
    more: (item) => { grid.busy(true); host.trigger('more', { id: item.id, count: grid.items.length }); },
    edit: (item) => { say(`Opening ${item.name} …`); host.trigger('edit', { id: item.id }); },
    overlay: () => {
      const bare = root.classList.toggle('rf-bare');
      find('[data-do=overlay]').setAttribute('aria-pressed', String(!bare));
    },
    picked: (count) => {
      find('[data-do=all]').textContent = count ? `${count} selected` : 'Select all';
    },
    original: (item) => server.reference_original(item.id),
    save,
    copy: async (item) => {
      const text = openPose(item, settings.openpose);
      let words = 'OpenPose is in the clipboard: paste it into a ControlNet pose editor.';
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        saveFile(`${item.name}_openpose.json`, text, 'application/json');
        words = 'This page may not use the clipboard, so the pose was saved as an OpenPose file.';
      }
      say(words);
      return words;
    },
  };

  const view = createView(find('.rf-view'), edges, limbs, actions);
  const board = createBoard(
    { strip: find('.rf-strip'), count: find('.rf-count'), buttons: root.querySelectorAll('[data-do^=board]') },
    settings.storage_name, edges, actions.open,
  );
  const grid = createGrid(find('.rf-grid'), edges, limbs, actions);
  const folder = createFolder(host, {
    zone: find('.rf-folder'), choose: find('.rf-choose'), input: find('.rf-files'), bar: find('.rf-progress'), words: find('.rf-progress-words'),
  });
  const practice = createPractice(find('.rf-practice'), edges, actions.original, say);
  board.listeners.push(grid.refresh);

  const further = () => { grid.busy(true); host.trigger('further', { count: grid.items.length }); };

  const back = () => {
    if (find('[data-do=back]').hidden) return;
    grid.busy(true);
    host.trigger('back', {});
  };

  const buttons = {
    back, further, overlay: actions.overlay, all: grid.pickAll, sheet: () => save(grid.selected(), 'sheet'), zip: () => save(grid.selected(), 'zip'),
    'board-sheet': () => save(board.items, 'sheet'), 'board-zip': () => save(board.items, 'zip'), 'board-clear': board.clear,
    'board-practice': () => practice.start(board.items, Number(find('.rf-seconds').value)),
  };
  for (const button of root.querySelectorAll('[data-do]')) button.addEventListener('click', buttons[button.dataset.do]);

  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Backspace' || event.target.closest('dialog, input, select')) return;
    event.preventDefault();
    back();
  });

  const load = () => {
    const { value } = props;
    if (!value || !value.results) {
      grid.show([]);
      return;
    }
    const { query } = value, within = root.contains(document.activeElement);
    find('.rf-asked').textContent = query ? query.label : '';
    find('[data-do=back]').textContent = query ? query.back : '';
    find('[data-do=back]').hidden = !(query && query.back);
    grid.show(value.results, query ? query.must : []);
    // Who asked for similar ones, or went back from them, goes on among the results.
    if (value.at) grid.focus(value.at);
    else if (within && !root.contains(document.activeElement)) grid.focus();
    find('[data-do=further]').hidden = !value.more;
    const best = value.results[0], count = value.results.length;
    say(value.message || (best ? `${count} reference${count > 1 ? 's' : ''}; in the best, ${limbsAgree(best, limbs)}.` : ''));
  };

  host.watch('value', load);
  host.watch('reply', () => {
    const { reply } = props;
    if (!reply) return;
    if (reply.kind === 'progress') {
      folder.bar(reply.done, reply.total);
      folder.say(reply.message);
    } else if (reply.kind === 'indexed') folder.over(reply.message);
    else {
      grid.busy(false);
      say(reply.message);
    }
  });
  board.show();
  load();
  host.element.references = { grid, board, view };
}
