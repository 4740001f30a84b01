// Every command of the editor as one table: its keys, its line in the help dialog, and what it does.
// The keyboard, the buttons and the help dialog all read it, so that no command is missing from any of them.
import { boxCentre, turnScale, zoomAt } from './geometry.js';
import { newPerson, personBounds, removePerson, reorder } from './document.js';
import { bringBack, confirm, everyJoint, layInto, mirrorPose, moveJoint, outside, pivotOf, resetJoint, resetPose, setVisibility, shift, subtree, swapSides, takePose, transform, unsureJoints } from './pose.js';
import { guideVisibility, moveCursor, placeAtCursor, previousJoint, skipJoint, startGuide, stopGuide } from './guide.js';
import { cancelDrag, cycleVisibility } from './pointer.js';
import { leaveGhosts, takeGhosts } from './assist.js';
import { step } from './queue.js';

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const withArrows = (prefix) => Object.keys(ARROWS).map((key) => prefix + key);

function nudge(ed, event, step) {
  const [dx, dy] = ARROWS[event.key];
  if (ed.guide) {
    moveCursor(ed, dx * step, dy * step);
    return;
  }
  ed.editPerson('Nudged', (person, size) => {
    const [x, y] = person.joints[ed.joint];
    return moveJoint(person, ed.joint, [x + dx * step, y + dy * step], ed.constraints(), ed.body, size);
  });
}

const nudgePerson = (ed, event, step) => ed.editPerson('Moved the person', (person, size) =>
  shift(person, everyJoint(person), ARROWS[event.key][0] * step, ARROWS[event.key][1] * step, size));

function stepJoint(ed, by) {
  if (ed.guide && by < 0) previousJoint(ed);
  else if (ed.guide) skipJoint(ed);
  else if (ed.person()) ed.pick(ed.doc.active, (ed.joint + by + ed.body.names.length) % ed.body.names.length);
}

// To the least sure joint of this person, then of the next ones; the one that is chosen already comes last.
function toUnsure(ed) {
  if (ed.guide || !ed.person()) return;
  takeGhosts(ed);
  const count = ed.doc.persons.length;
  for (let step = 0; step <= count; step += 1) {
    const number = (ed.doc.active + step) % count;
    const joint = unsureJoints(ed.doc.persons[number], ed.host.settings.threshold).find((i) => step || i !== ed.joint);
    if (joint !== undefined) {
      ed.pick(number, joint);
      return;
    }
  }
  ed.announce('No other joint is unsure.');
}

export function confirmJoint(ed) {
  if (ed.guide || !ed.person()) return;
  ed.editPerson('Confirmed the joint', (person) => confirm(person, [ed.joint]));
  toUnsure(ed);
}

function confirmPerson(ed) {
  if (ed.guide || !ed.person()) return;
  if (ed.editPerson('Confirmed the person', (person) => confirm(person, everyJoint(person)))) ed.announce('Every joint of this person is confirmed.');
}

function stepPerson(ed, by) {
  const count = ed.doc.persons.length;
  if (count) ed.pick((ed.doc.active + by + count) % count, ed.joint);
}

function see(ed, visibility) {
  if (ed.guide) guideVisibility(ed, visibility);
  else ed.editPerson('Visibility', (person, size) => setVisibility(person, ed.joint, visibility, size));
}

function swap(ed, label, chosen) {
  ed.editPerson(label, (person, size) => swapSides(person, chosen, ed.body, size));
}

function turn(ed, degrees, scale, whole) {
  ed.editPerson(scale === 1 ? 'Turned' : 'Scaled', (person, size) => {
    const pivot = whole ? boxCentre(person.box) : pivotOf(ed.body, person.joints, ed.joint);
    if (!pivot) {
      ed.announce('This joint cannot be turned: its parent joint is not labelled.');
      return person;
    }
    return transform(person, whole ? everyJoint(person) : subtree(ed.body, ed.joint), turnScale(pivot, (degrees * Math.PI) / 180, scale), size);
  });
}

function copy(ed) {
  const person = ed.person();
  if (!person) return;
  ed.clipboard = person.joints;
  ed.announce('Pose copied.');
}

function paste(ed) {
  if (!ed.clipboard) ed.announce('No pose has been copied yet.');
  else if (ed.person()) ed.editPerson('Pasted the pose', (person, size) => takePose(person, ed.clipboard, ed.clipboard.map((j) => j[2]), size));
  else ed.add('Pasted a person', newPerson(ed.doc, layInto(ed.clipboard, ed.visible()), ed.clipboard.map((j) => j[2])));
}

// A person from the first preset, standing in the part of the picture that is on screen.
export function addTemplate(ed, box = null) {
  const [x0, y0, x1, y1] = box || ed.visible(), inset = box ? 0.02 : 0.15, pad = inset * Math.min(x1 - x0, y1 - y0);
  const points = layInto(ed.body.presets[0].points, [x0 + pad, y0 + pad, x1 - pad, y1 - pad]);
  ed.add('Added a person', newPerson(ed.doc, points, points.map(() => 2), box));
}

export function applyPreset(ed, preset) {
  if (!ed.doc) return;
  const all = preset.points.map(() => 2);
  if (ed.person()) ed.editPerson(`Preset ${preset.name}`, (person, size) => takePose(person, preset.points, all, size));
  else ed.add(`Preset ${preset.name}`, newPerson(ed.doc, layInto(preset.points, ed.visible()), all));
}

function removeActive(ed) {
  if (ed.edit('Deleted the person', (doc) => (doc.persons.length ? removePerson(doc, doc.active) : doc))) {
    ed.announce('Person deleted. Ctrl+Z brings it back.');
  }
}

function bring(ed) {
  const person = ed.person();
  if (person && outside(person, ed.doc).length) ed.editPerson('Brought joints back', (p, size) => bringBack(p, size));
  else ed.announce('Every joint lies inside the picture.');
}

function focusOn(ed) {
  const person = ed.person();
  if (person) ed.fitTo(personBounds(person));
}

function zoom(ed, factor) {
  const { width, height } = ed.size();
  ed.setView(zoomAt(ed.view, [width / 2, height / 2], factor));
}

const toggle = (ed, name, text) => {
  ed.options[name] = !ed.options[name];
  ed.announce(`${text} ${ed.options[name] ? 'on' : 'off'}.`);
  ed.render();
};

const SAVING = 'Saving …';
const PATIENCE_MS = 8000;

export function save(ed, next) {
  if (!ed.doc) return;
  takeGhosts(ed);
  ed.touch();
  ed.publish(true);
  ed.sent = { ...ed.activity };
  ed.announce(SAVING);
  ed.host.trigger('save', { next });
  // A server that is gone never answers. Nor does one that refuses before the app's own code runs: Gradio shows that refusal.
  setTimeout(() => {
    if (ed.status.textContent === SAVING) ed.announce('The server has not answered, so nothing is saved yet. Your work is still in this browser.', true);
  }, PATIENCE_MS);
}

function escape(ed) {
  if (ed.drag) cancelDrag(ed);
  else if (ed.guide) stopGuide(ed);
  else if (leaveGhosts(ed)) return;
  else if (ed.tool !== 'pose') ed.setTool('pose');
}

// id, group, keys, text, what it does. Keys are named as keys.js names them.
export const COMMANDS = [
  ['nudge', 'Joint', withArrows(''), 'Move the joint by 1 px', (ed, e) => nudge(ed, e, 1)],
  ['nudge10', 'Joint', withArrows('Shift+'), 'Move the joint by 10 px', (ed, e) => nudge(ed, e, 10)],
  ['next', 'Joint', ['n', ']'], 'Next joint', (ed) => stepJoint(ed, 1)],
  ['previous', 'Joint', ['p', '['], 'Previous joint', (ed) => stepJoint(ed, -1)],
  ['unsure', 'Joint', ['u'], 'Go to the least sure joint', toUnsure],
  ['confirm', 'Joint', ['c'], 'The joint is right: confirm it and go to the next unsure one (or tap Space)', confirmJoint],
  ['visible', 'Joint', ['2'], 'Joint is visible', (ed) => see(ed, 2)],
  ['occluded', 'Joint', ['1'], 'Joint is hidden, but its place is known', (ed) => see(ed, 1)],
  ['unlabelled', 'Joint', ['0', 'Delete'], 'Joint is not labelled', (ed) => see(ed, 0)],
  ['cycle', 'Joint', ['v'], 'Cycle through visible, hidden, not labelled (or right-click)', cycleVisibility],
  ['turnBack', 'Joint', ['q'], 'Turn the limb about its parent by -2°', (ed) => turn(ed, -2, 1, false)],
  ['turn', 'Joint', ['e'], 'Turn the limb about its parent by 2° (or Shift-drag)', (ed) => turn(ed, 2, 1, false)],
  ['shorter', 'Joint', [','], 'Shorten the limb by 2 %', (ed) => turn(ed, 0, 1 / 1.02, false)],
  ['longer', 'Joint', ['.'], 'Lengthen the limb by 2 %', (ed) => turn(ed, 0, 1.02, false)],
  ['resetJoint', 'Joint', ['r'], "Reset the joint to the model's estimate", (ed) => ed.editPerson("Reset to the model's joint", (p, size) => resetJoint(p, ed.joint, size))],
  ['confirmPerson', 'Person', ['Shift+c'], 'Every joint of the person is right: confirm them all', confirmPerson],
  ['movePerson', 'Person', withArrows('Alt+'), 'Move the person by 1 px (or drag the trunk)', (ed, e) => nudgePerson(ed, e, 1)],
  ['movePerson10', 'Person', withArrows('Alt+Shift+'), 'Move the person by 10 px', (ed, e) => nudgePerson(ed, e, 10)],
  ['nextPerson', 'Person', ['PageDown'], 'Next person', (ed) => stepPerson(ed, 1)],
  ['previousPerson', 'Person', ['PageUp'], 'Previous person', (ed) => stepPerson(ed, -1)],
  ['later', 'Person', ['Shift+PageDown'], 'Move the person down the list', (ed) => ed.edit('Moved down the list', (doc) => reorder(doc, 1))],
  ['earlier', 'Person', ['Shift+PageUp'], 'Move the person up the list', (ed) => ed.edit('Moved up the list', (doc) => reorder(doc, -1))],
  ['turnPersonBack', 'Person', ['Alt+q'], 'Turn the person by -2°', (ed) => turn(ed, -2, 1, true)],
  ['turnPerson', 'Person', ['Alt+e'], 'Turn the person by 2°', (ed) => turn(ed, 2, 1, true)],
  ['smaller', 'Person', ['Alt+,'], 'Shrink the person by 2 %', (ed) => turn(ed, 0, 1 / 1.02, true)],
  ['larger', 'Person', ['Alt+.'], 'Enlarge the person by 2 %', (ed) => turn(ed, 0, 1.02, true)],
  ['swap', 'Person', ['s'], 'Swap left and right', (ed) => swap(ed, 'Swapped left and right', ed.body.names.map((_, i) => i))],
  ['swapArms', 'Person', ['a'], 'Swap the arms', (ed) => swap(ed, 'Swapped the arms', ed.body.groups.arms)],
  ['swapLegs', 'Person', ['l'], 'Swap the legs', (ed) => swap(ed, 'Swapped the legs', ed.body.groups.legs)],
  ['mirror', 'Person', ['m'], 'Mirror the pose', (ed) => ed.editPerson('Mirrored the pose', (p, size) => mirrorPose(p, ed.body, size))],
  ['copy', 'Person', ['Ctrl+c'], 'Copy the pose', copy],
  ['paste', 'Person', ['Ctrl+v'], 'Paste the pose', paste],
  ['resetPose', 'Person', ['Shift+r'], "Reset the pose to the model's estimate", (ed) => ed.editPerson("Reset to the model's pose", (p, size) => resetPose(p, size))],
  ['bring', 'Person', ['b'], 'Bring joints back into the picture', bring],
  ['guide', 'Person', ['g'], 'Place the joints one by one (Enter places, n skips, p goes back)', (ed) => startGuide(ed, false)],
  ['delete', 'Person', ['Shift+Delete'], 'Delete the person', removeActive],
  ['frame', 'Person', ['t'], 'Turn and scale the person with handles', (ed) => ed.setTool('frame')],
  ['box', 'Person', ['x'], 'Adjust the box with handles', (ed) => ed.setTool('box')],
  ['add', 'Add', ['i'], 'Add a person from a template', (ed) => addTemplate(ed)],
  ['addGuided', 'Add', ['Shift+g'], 'Add a person joint by joint', (ed) => startGuide(ed, true)],
  ['addBox', 'Add', ['d'], 'Draw a box round a person to add', (ed) => ed.setTool('add')],
  ['addHere', 'Add', ['Shift+d'], 'Add the person in the part of the drawing on screen', (ed) => ed.boxDrawn(ed.visible())],
  ['place', 'Add', ['Enter'], 'Let the other joints follow, or place the joint at the crosshair (guided placement)', (ed) => (ed.guide ? placeAtCursor(ed) : takeGhosts(ed, [], 1))],
  ['zoomIn', 'View', ['+', '='], 'Zoom in (or wheel, or pinch)', (ed) => zoom(ed, 1.25)],
  ['zoomOut', 'View', ['-'], 'Zoom out', (ed) => zoom(ed, 0.8)],
  ['fit', 'View', ['f'], 'Fit the drawing', (ed) => ed.fit()],
  ['focus', 'View', ['z'], 'Zoom to the person', focusOn],
  ['loupe', 'View', ['w'], 'Loupe under the pointer', (ed) => { toggle(ed, 'loupe', 'Loupe'); if (!ed.options.loupe) ed.lens.hide(); }],
  ['rigid', 'View', ['k'], 'Keep bone lengths', (ed) => toggle(ed, 'rigid', 'Keep bone lengths')],
  ['symmetric', 'View', ['y'], 'Symmetric editing', (ed) => toggle(ed, 'symmetric', 'Symmetric editing')],
  ['escape', 'View', ['Escape'], 'Leave the tool or guided placement, or the other joints as they are', escape],
  ['undo', 'Work', ['Ctrl+z'], 'Undo', (ed) => ed.stepBack(false)],
  ['redo', 'Work', ['Ctrl+Shift+z', 'Ctrl+y'], 'Redo', (ed) => ed.stepBack(true)],
  ['save', 'Work', ['Ctrl+s'], 'Save', (ed) => save(ed, false)],
  ['saveNext', 'Work', ['Ctrl+Enter'], 'Save and open the next drawing', (ed) => save(ed, true)],
  ['onward', 'Work', ['Alt+PageDown'], 'Go to the next drawing without saving', (ed) => step(ed, 1)],
  ['back', 'Work', ['Alt+PageUp'], 'Go back to the drawing before', (ed) => step(ed, -1)],
  ['help', 'Work', ['?'], 'Show this list', (ed) => ed.help()],
].map(([id, group, keys, text, run]) => ({ id, group, keys, text, run }));

export const commandOf = (id) => COMMANDS.find((command) => command.id === id);
