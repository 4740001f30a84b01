// The board: references that were collected, kept in the browser.
import { drawReference, make } from './draw.js';

const COLLECTED = 120;

export const keyOf = (item) => JSON.stringify(item.id);

export function createBoard(parts, storageName, edges, open) {
  const key = `sketchpose-board-${storageName}`;
  const board = { items: [], listeners: [] };
  let dragged = null;

  const read = () => {
    try {
      const found = JSON.parse(window.localStorage.getItem(key) || '[]');
      return Array.isArray(found) ? found.filter((item) => item && item.id && item.view && item.points) : [];
    } catch {
      return [];
    }
  };

  // Returns whether the browser kept it: its storage may be full or switched off.
  const write = () => {
    try {
      window.localStorage.setItem(key, JSON.stringify(board.items));
      return true;
    } catch {
      return false;
    }
  };

  board.has = (item) => board.items.some((kept) => keyOf(kept) === keyOf(item));

  board.show = () => {
    parts.strip.replaceChildren();
    board.items.forEach((item) => {
      const cell = make('li', parts.strip), picture = make('button', cell, '', 'rf-pic');
      picture.type = 'button';
      picture.setAttribute('aria-label', `${item.name}, open`);
      picture.appendChild(drawReference(item, edges));
      picture.addEventListener('click', () => open(item, board.items));
      picture.addEventListener('keydown', (event) => {
        const by = event.shiftKey && { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        board.move(item, board.items.indexOf(item) + by);
        parts.strip.children[board.items.indexOf(item)].querySelector('.rf-pic').focus();
      });
      cell.draggable = true;
      cell.addEventListener('dragstart', (event) => { dragged = item; event.dataTransfer.effectAllowed = 'move'; });
      cell.addEventListener('dragend', () => { dragged = null; });
      cell.addEventListener('dragover', (event) => { if (dragged) event.preventDefault(); });
      cell.addEventListener('drop', (event) => {
        if (!dragged) return;
        event.preventDefault();
        event.stopPropagation();
        board.move(dragged, board.items.indexOf(item));
      });
      const away = make('button', cell, '×', 'rf-away');
      away.type = 'button';
      away.setAttribute('aria-label', `Take ${item.name} off the board`);
      away.addEventListener('click', () => board.toggle(item));
    });
    parts.count.textContent = board.items.length ? `${board.items.length} collected` : '';
    for (const button of parts.buttons) button.disabled = !board.items.length;
    board.listeners.forEach((listener) => listener());
  };

  // Put a reference on the board, or take it off; returns what to say.
  board.toggle = (item) => {
    if (board.has(item)) {
      board.items = board.items.filter((kept) => keyOf(kept) !== keyOf(item));
    } else {
      // The skeleton laid over it belongs to a query that is soon forgotten.
      const { skeleton, agreement, ...kept } = item;
      board.items = [...board.items, kept].slice(-COLLECTED);
    }
    const safe = write();
    board.show();
    if (!safe) return 'On the board, but this browser cannot store it: it will be gone when the page is closed.';
    return board.has(item) ? `${item.name} is on the board.` : `${item.name} is off the board.`;
  };

  // Arrange the board: practice, sheet and archive go by this order.
  board.move = (item, to) => {
    const others = board.items.filter((kept) => kept !== item), at = Math.max(0, Math.min(to, others.length));
    board.items = [...others.slice(0, at), item, ...others.slice(at)];
    write();
    board.show();
  };

  board.clear = () => {
    board.items = [];
    write();
    board.show();
  };

  // Another window of the same browser may have changed it.
  window.addEventListener('storage', function follow(event) {
    if (!parts.strip.isConnected) window.removeEventListener('storage', follow);
    else if (event.key === key) {
      board.items = read();
      board.show();
    }
  });
  board.items = read();
  return board;
}
