// From key presses to commands.
import { COMMANDS, confirmJoint } from './commands.js';

// The name of a key press: modifiers in the order Ctrl, Alt, Shift. Letters are lower case. Shift is left out where it
// is only needed to type the character ("?" is Shift+/ on one keyboard, Shift+ß on another), and Command counts as Ctrl.
export function keyName({ key, code = '', ctrlKey, metaKey, altKey, shiftKey }) {
  // On a Mac, Option turns letters and punctuation into other characters; the key's position still tells which it was.
  const plain = altKey && /^Key[A-Z]$/.test(code) ? code.slice(3) : altKey && { Comma: ',', Period: '.' }[code] ? { Comma: ',', Period: '.' }[code] : key;
  const letter = plain.length === 1 && plain.toLowerCase() !== plain.toUpperCase();
  const shift = shiftKey && (letter || plain.length > 1 || altKey);
  return (ctrlKey || metaKey ? 'Ctrl+' : '') + (altKey ? 'Alt+' : '') + (shift ? 'Shift+' : '') + (letter ? plain.toLowerCase() : plain);
}

export const keyTable = () => new Map(COMMANDS.flatMap((command) => command.keys.map((key) => [key, command])));

const TYPING = /^(INPUT|SELECT|TEXTAREA)$/;

export function listenToKeys(ed) {
  const table = keyTable();
  ed.root.addEventListener('keydown', (event) => {
    if (ed.root.querySelector('dialog[open]') || event.isComposing) return; // the keys are the dialog's
    const name = keyName(event), command = table.get(name), { target } = event;
    const typing = TYPING.test(target.tagName), onButton = target.tagName === 'BUTTON' && (event.key === 'Enter' || event.key === ' ');
    if (typing && !/^Ctrl\+(z|y|s|Enter|Shift\+z)$/.test(name)) return;
    if (onButton && !event.ctrlKey && !event.metaKey) return;
    if (name === 'h') {
      ed.hidden = Boolean(ed.doc);
      ed.render();
    } else if (event.key === ' ' && target.closest('.kp-stage')) {
      if (!event.repeat) ed.panned = false;
      ed.panning = true;
    } else if (name.endsWith('Tab')) {
      return;
    } else if (target.closest('.kp-handle') && event.key.startsWith('Arrow') && ed.nudgeHandle(Number(target.closest('.kp-handle').dataset.handle), event)) {
      ed.touch();
    } else if (command && (ed.doc || command.id === 'help')) {
      ed.touch();
      command.run(ed, event);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const release = (event) => {
    if (!event.key || event.key.toLowerCase() === 'h' || event.type === 'blur') {
      if (ed.hidden) {
        ed.hidden = false;
        ed.render();
      }
    }
    // Space held while dragging moves the picture; tapped, it confirms the joint.
    if (event.key === ' ' && ed.panning && !ed.panned) confirmJoint(ed);
    if (event.key === ' ' || event.type === 'blur') ed.panning = false;
  };
  ed.root.addEventListener('keyup', release);
  // A key released in another window never arrives here: the overlay must not stay hidden.
  window.addEventListener('blur', release);
}
