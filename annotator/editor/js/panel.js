// Buttons, lists and sliders round the stage. Text from outside enters only through textContent.
import { COMMANDS, applyPreset, commandOf } from './commands.js';
import { drawFigure, ghostly, node, spoken } from './draw.js';
import { improbableLimbs, labelled, outside, unsureJoints } from './pose.js';
import { showGuide } from './guide.js';
import { proposal } from './assist.js';
import { toScreen } from './geometry.js';
import { quietly } from './drafts.js';
import { wireQueue } from './queue.js';
import { wireShow } from './show.js';

const KEY_WORDS = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', PageDown: 'Page Down', PageUp: 'Page Up' };
const PRESSED = { frame: (ed) => ed.tool === 'frame', box: (ed) => ed.tool === 'box', addBox: (ed) => ed.tool === 'add', guide: (ed) => Boolean(ed.guide) };

// Of the tools on a phone, on a square of 24.
const ICONS = {
  delete: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13',
  addBox: 'M3 7V3h4M17 3h4v4M21 17v4h-4M7 21H3v-4M12 8v8M8 12h8',
  addGuided: 'M12 3v5M12 16v5M3 12h5M16 12h5M12 12h.01',
  add: 'M12 3a2 2 0 1 0 .01 0M12 8v7M6 10h12M12 15l-4 6M12 15l4 6',
  undo: 'M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3',
  redo: 'M15 14l5-5-5-5M20 9H10a6 6 0 0 0 0 12h3',
  visible: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 10a2 2 0 1 0 .01 0',
  occluded: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM4 20 20 4',
  unlabelled: 'M12 4a8 8 0 1 0 .01 0M6 18 18 6',
  fit: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  save: 'M5 12l5 5 9-11',
  saveNext: 'M2 12l4 4 6-9M15 6l6 6-6 6',
  back: 'M15 5l-7 7 7 7',
  onward: 'M9 5l7 7-7 7',
};
const PANEL = 'sketchpose-panel';

const keyWords = (key) => key.split('+').filter(Boolean).map((part) => KEY_WORDS[part] || (part.length === 1 ? part.toUpperCase() : part)).join('+') || '+';

function make(tag, parent, text = '', className = '') {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  parent.appendChild(made);
  return made;
}

// Buttons carry data-command in the template; title and shortcut come from the command table.
function wireButtons(ed) {
  for (const button of ed.root.querySelectorAll('[data-command]')) {
    const command = commandOf(button.dataset.command);
    const keys = command.keys.map(keyWords).join(' or ');
    button.title = `${command.text} (${keys})`;
    button.setAttribute('aria-keyshortcuts', command.keys.map((key) => key.replace('Ctrl', 'Control')).join(' '));
    if (!button.textContent.trim()) button.setAttribute('aria-label', command.text);
    button.addEventListener('click', () => {
      if (!ed.doc && command.id !== 'help') return;
      ed.touch();
      command.run(ed, {});
    });
  }
}

function drawIcons(ed) {
  for (const [id, path] of Object.entries(ICONS)) {
    const button = ed.root.querySelector(`:is(.kp-bar, .kp-through) [data-command=${id}]`), words = button.textContent;
    button.textContent = '';
    node('path', node('svg', button, { viewBox: '0 0 24 24', 'aria-hidden': 'true' }), { d: path });
    make('span', button, words);
  }
}

// The panel beside the stage folds away, and this browser remembers it.
function wireFold(ed) {
  const button = ed.root.querySelector('.kp-fold');
  const fold = (folded) => {
    ed.root.classList.toggle('kp-folded', folded);
    button.setAttribute('aria-expanded', String(!folded));
  };
  button.addEventListener('click', () => {
    const folded = !ed.root.classList.contains('kp-folded');
    fold(folded);
    quietly(() => window.localStorage.setItem(PANEL, folded ? 'folded' : ''));
  });
  fold(quietly(() => window.localStorage.getItem(PANEL)) === 'folded');
}

function wireHelp(ed) {
  const body = ed.dialog.querySelector('.kp-keys');
  for (const group of [...new Set(COMMANDS.map((command) => command.group))]) {
    const section = make('section', body);
    make('h4', section, group);
    const list = make('dl', section);
    for (const command of COMMANDS.filter((c) => c.group === group)) {
      const keys = make('dt', list);
      // The four arrow keys are one entry.
      const shown = command.keys.map((key) => keyWords(key.replace(/Arrow[A-Z][a-z]+/, 'arrows')));
      for (const key of new Set(shown)) make('kbd', keys, key);
      make('dd', list, command.text);
    }
    if (group === 'View') {
      make('kbd', make('dt', list), 'H');
      make('dd', list, 'Hide the overlay while the key is held');
    }
  }
  ed.help = () => (ed.dialog.open ? ed.dialog.close() : ed.dialog.showModal());
  ed.dialog.querySelector('button').addEventListener('click', () => ed.dialog.close());
  ed.dialog.addEventListener('keydown', (event) => {
    if (event.key === '?') ed.dialog.close();
    event.stopPropagation();
  });
}

function wireOptions(ed) {
  for (const input of ed.root.querySelectorAll('[data-option]')) {
    const name = input.dataset.option, checkbox = input.type === 'checkbox';
    input.addEventListener('input', () => {
      ed.options[name] = checkbox ? input.checked : Number(input.value) / (name === 'opacity' ? 100 : 1);
      if (!ed.options.loupe) ed.lens.hide();
      ed.render();
    });
    ed.onChange(() => { if (checkbox) input.checked = ed.options[name]; });
  }
  ed.root.querySelector('.kp-plain').addEventListener('click', () => {
    Object.assign(ed.options, { opacity: 1, brightness: 100, contrast: 100 });
    for (const input of ed.root.querySelectorAll('input[type=range]')) input.value = 100;
    ed.render();
  });
}

function wirePresets(ed) {
  const shelf = ed.root.querySelector('.kp-presets');
  for (const preset of ed.body.presets) {
    const button = make('button', shelf);
    button.type = 'button';
    button.title = preset.name;
    button.setAttribute('aria-label', `Preset pose: ${preset.name}`);
    const svg = node('svg', button, { viewBox: '-0.6 -0.08 1.2 1.16', 'aria-hidden': 'true' });
    drawFigure(svg, ed.body, preset.points);
    make('span', button, preset.name);
    button.addEventListener('click', () => { ed.touch(); applyPreset(ed, preset); });
  }
}

function wirePeople(ed) {
  const list = ed.root.querySelector('.kp-people');
  list.addEventListener('change', () => ed.pick(Number(list.value), ed.joint, false));
  let shown = -1;
  ed.onChange(() => {
    const count = ed.doc ? ed.doc.persons.length : 0;
    if (shown !== count) {
      list.textContent = '';
      for (let i = 0; i < count; i += 1) make('option', list, `Person ${i + 1} of ${count}`).value = i;
      if (!count) make('option', list, 'No person yet');
      shown = count;
    }
    if (count) list.value = ed.doc.active;
    list.disabled = !count;
  });
}

// What can be opened when nothing is: drawings that come with the app.
function wireExamples(ed) {
  const place = ed.root.querySelector('.kp-try'), { examples } = ed.host.settings;
  place.hidden = !examples.length;
  examples.forEach(({ name, thumb }, at) => {
    const button = make('button', place.querySelector('span')), image = make('img', button);
    button.type = 'button';
    button.setAttribute('aria-label', `Open the example ${name}`);
    image.alt = '';
    image.src = thumb;
    button.addEventListener('click', () => {
      ed.announce(`Opening ${name} …`);
      ed.host.trigger('example', { at });
    });
  });
}

// The line under the stage: which joint is selected, and what deserves attention.
function remarks(ed) {
  const person = ed.person();
  if (!person) return ed.doc ? 'Add a person: draw a box, place joints one by one, or choose a preset.' : '';
  const missing = person.joints.length - labelled(person.joints).length, away = outside(person, ed.doc).length;
  const odd = improbableLimbs(person.joints, ed.body).map((edge) => ed.body.edges[edge]);
  const words = [`${person.joints.length - missing} of ${person.joints.length} joints labelled`];
  const unsure = unsureJoints(person, ed.host.settings.threshold).length;
  if (unsure) words.push(`${unsure} unsure (U goes there, Space confirms)`);
  if (away) words.push(`${away} outside the picture (B brings them back)`);
  if (odd.length) words.push(`improbable length: ${odd.map(([a, b]) => `${spoken(ed.body.names[a])} – ${spoken(ed.body.names[b])}`).join(', ')}`);
  return words.join(' · ');
}

export function buildPanel(ed) {
  wireHelp(ed);
  drawIcons(ed);
  wireButtons(ed);
  wireFold(ed);
  wireOptions(ed);
  wirePresets(ed);
  wirePeople(ed);
  wireQueue(ed);
  wireExamples(ed);
  wireShow(ed);
  const [undoButton, redoButton] = ['undo', 'redo'].map((id) => ed.root.querySelector(`[data-command=${id}]`));
  const place = ed.root.querySelector('.kp-place'), title = ed.root.querySelector('.kp-title'), notes = ed.root.querySelector('.kp-notes');
  const bar = ed.root.querySelector('.kp-follow'), words = bar.querySelector('span');
  ed.root.querySelector('.kp-assist').hidden = !ed.host.settings.can_assist;
  const toggles = Object.keys(PRESSED).map((id) => [ed.root.querySelector(`[data-command=${id}]`), PRESSED[id]]);
  const dots = [...ed.root.querySelectorAll('.kp-sight [data-command]')];
  ed.onChange(() => {
    undoButton.disabled = !ed.history.past.length;
    redoButton.disabled = !ed.history.future.length;
    toggles.forEach(([button, on]) => button.setAttribute('aria-pressed', on(ed)));
    const person = ed.person(), seen = ed.guide ? ed.guide.visibility : person ? person.joints[ed.joint][2] : -1;
    dots.forEach((button) => button.setAttribute('aria-pressed', seen === { visible: 2, occluded: 1, unlabelled: 0 }[button.dataset.command]));
    const name = ed.doc ? ed.host.props.value.name || '' : '';
    const text = name + (ed.dirty ? ' (unsaved)' : '');
    if (title.textContent !== text) title.textContent = text;
    const { paths, at } = ed.queue, where = ed.doc && paths.length > 1 ? `Drawing ${at + 1} of ${paths.length}` : '';
    if (place.textContent !== where) place.textContent = where;
    if (!ed.drag) notes.textContent = remarks(ed);
    ed.root.classList.toggle('kp-adding', ed.tool === 'add');
    bar.hidden = ghostly(ed) < 0;
    if (!bar.hidden) words.textContent = proposal(ed);
    showGuide(ed);
  });
}

// The name of the joint under the pointer, beside it but inside the stage.
export function createTip(tip) {
  return (ed, found, at) => {
    tip.hidden = !found;
    if (!found) return;
    const person = ed.doc.persons[found.person], joint = person.joints[found.joint];
    const sure = person.model && joint[2] && person.scores[found.joint] < 1 ? ` · ${Math.round(100 * person.scores[found.joint])} %` : '';
    const text = spoken(ed.body.names[found.joint]) + [' · not labelled', ' · hidden', ''][joint[2]] + sure;
    if (tip.textContent !== text) tip.textContent = text;
    const [x, y] = at || toScreen(ed.view, joint), { width } = ed.size();
    tip.style.transform = `translate(${Math.min(x + 16, width - 150)}px, ${Math.max(y - 30, 2)}px)`;
  };
}
