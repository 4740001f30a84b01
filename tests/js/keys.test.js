import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS } from '../../annotator/editor/js/commands.js';
import { keyName, keyTable } from '../../annotator/editor/js/keys.js';

const press = (key, more = {}) => keyName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });

test('keys are named alike on every keyboard', () => {
  assert.equal(press('R', { shiftKey: true }), 'Shift+r');
  assert.equal(press('?', { shiftKey: true }), '?');
  assert.equal(press('+', { shiftKey: true }), '+');
  assert.equal(press('Z', { metaKey: true, shiftKey: true }), 'Ctrl+Shift+z');
  assert.equal(press('ArrowUp', { shiftKey: true, altKey: true }), 'Alt+Shift+ArrowUp');
  assert.equal(press('œ', { altKey: true, code: 'KeyQ' }), 'Alt+q');
  assert.equal(press('≥', { altKey: true, code: 'Period' }), 'Alt+.');
});

test('no key has two meanings, none is the held H, and every command has keys and words', () => {
  const keys = COMMANDS.flatMap((command) => command.keys);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(keyTable().size, keys.length);
  assert.ok(!keys.includes('h'));
  for (const command of COMMANDS) assert.ok(command.keys.length && command.text && typeof command.run === 'function', command.id);
});
