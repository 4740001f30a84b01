// Guided placement: the joints in order, one prompt at a time, by click, tap or arrow keys and Enter.
import { boxCentre, clampPoint, toScreen } from './geometry.js';
import { activePerson, addPerson, newPerson } from './document.js';
import { layInto, withJoints } from './pose.js';
import { drawFigure, spoken } from './draw.js';

// Begin with a new person whose joints are all unlabelled, or go through the selected one again.
export function startGuide(ed, fresh) {
  if (!ed.doc) return;
  const { body } = ed;
  if (fresh || !ed.person()) {
    const points = layInto(body.presets[0].points, ed.visible());
    ed.edit('Started a new person', (doc) => addPerson(doc, newPerson(doc, points, points.map(() => 0))));
  }
  ed.tool = 'pose';
  ed.guide = { joint: 0, cursor: null, visibility: 2 };
  ed.stage.focus({ preventScroll: true });
  ed.stage.scrollIntoView({ block: 'nearest' });
  guideStep(ed, 0);
}

export function stopGuide(ed, message = 'Guided placement stopped.') {
  ed.guide = null;
  ed.announce(message);
  ed.render();
}

function guideStep(ed, joint) {
  if (joint < 0) return;
  if (joint >= ed.body.names.length) {
    const person = ed.person(), left = person ? person.joints.filter((j) => !j[2]).length : 0;
    stopGuide(ed, left ? `Done: ${left} joints left unlabelled.` : 'Done: all joints are placed.');
    return;
  }
  ed.guide = { ...ed.guide, joint };
  ed.joint = joint;
  ed.announce(promptOf(ed));
  ed.render();
}

export function promptOf(ed) {
  const { names, sides } = ed.body, { joint } = ed.guide;
  const whose = sides[joint] === 'middle' ? 'the' : "the person's";
  const hint = sides[joint] === 'middle' ? '' : ` – their own ${sides[joint]}, not the picture's`;
  return `Place ${whose} ${spoken(names[joint])} (${joint + 1} of ${names.length})${hint}; hold Shift to place it as hidden`;
}

function placeJoint(ed, point, visibility) {
  const { joint } = ed.guide, name = spoken(ed.body.names[joint]);
  ed.joint = joint;
  ed.editPerson(visibility ? `Placed ${name}` : `Skipped ${name}`, (person, size) => {
    const [x, y] = clampPoint(point, size.width, size.height), old = person.joints[joint];
    if (!visibility && !old[2]) return person;
    return withJoints(person, person.joints.map((p, i) => (i === joint ? [visibility ? x : p[0], visibility ? y : p[1], visibility] : p)), size);
  });
}

// `visibility` 1 places a joint that is hidden in the drawing but whose place is known.
export function placeAt(ed, point, visibility = 2) {
  if (!ed.person()) return;
  placeJoint(ed, point, visibility);
  guideStep(ed, ed.guide.joint + 1);
}

export function skipJoint(ed) {
  placeJoint(ed, [0, 0], 0);
  guideStep(ed, ed.guide.joint + 1);
}

// What the buttons Visible, Hidden and None do while joints are being placed.
export function guideVisibility(ed, visibility) {
  if (!visibility) {
    skipJoint(ed);
    return;
  }
  ed.guide.visibility = visibility;
  ed.announce(visibility === 1 ? 'The next joints will be placed as hidden.' : 'The next joints will be placed as visible.');
  ed.render();
}

export const previousJoint = (ed) => guideStep(ed, ed.guide.joint - 1);

// The crosshair of keyboard placement starts in the middle of what is on screen.
export function moveCursor(ed, dx, dy) {
  const [x, y] = ed.guide.cursor || boxCentre(ed.visible());
  ed.guide.cursor = clampPoint([x + dx, y + dy], ed.doc.width, ed.doc.height);
  ed.lens.show(ed, ed.guide.cursor, null);
  seeThrough(ed, toScreen(ed.view, ed.guide.cursor)[1]);
  ed.render();
}

export function placeAtCursor(ed) {
  if (!ed.guide.cursor) {
    moveCursor(ed, 0, 0);
    return;
  }
  placeAt(ed, ed.guide.cursor, ed.guide.visibility);
}

// The prompt lies over the drawing: what is under the pointer or the crosshair shows through it.
export function seeThrough(ed, y, onButton = false) {
  ed.guideBar.classList.toggle('kp-faint', !onButton && y < ed.guideBar.offsetTop + ed.guideBar.offsetHeight);
}

// Keep the prompt bar in step with the state. Undo may remove the person that the guide was working on.
export function showGuide(ed) {
  if (ed.guide && !activePerson(ed.doc)) ed.guide = null;
  ed.guideBar.hidden = !ed.guide;
  ed.root.classList.toggle('kp-guiding', Boolean(ed.guide));
  if (!ed.guide) {
    ed.shownGuide = null;
    return;
  }
  if (ed.shownGuide === ed.guide.joint) return;
  ed.shownGuide = ed.guide.joint;
  ed.guidePrompt.textContent = promptOf(ed);
  drawFigure(ed.guideFigure, ed.body, ed.body.presets[0].points, ed.guide.joint);
}
