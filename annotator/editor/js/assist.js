// Assisted correction: when a joint is fixed, the model reconsiders the others of this person. Where they would go is shown as
// ghosts: going on (or Enter) takes them, Escape leaves them. What a person has set or confirmed never moves.
import { distance } from './geometry.js';
import { replacePerson } from './document.js';
import { follow } from './pose.js';
import { ghostly, spoken } from './draw.js';

const fixed = (person, joint) => !person.joints[joint][2] || person.scores[joint] >= 1;

// Ask Python after an edit that fixed a joint, as long as there is a joint of the model's that nobody has touched.
export function askAssistance(ed, before) {
  const person = ed.person(), old = person && before.persons.find((p) => p.id === person.id);
  if (!ed.host.settings.can_assist || !ed.options.assist || ed.guide || !old || !person.model) return;
  const newly = person.joints.some((now, i) => {
    const was = old.joints[i];
    return now[2] && person.scores[i] >= 1 && (old.scores[i] < 1 || now[0] !== was[0] || now[1] !== was[1]);
  });
  const open = person.joints.some((_, i) => !fixed(person, i));
  if (newly && open) ed.host.trigger('assist', { person: person.id, box: person.base || person.box });
}

// Python's answer: `moves` are {joint, x, y, score}. It is worth nothing once the next gesture has begun.
export function propose(ed, reply) {
  const person = ed.doc.persons.find((p) => p.id === reply.person);
  if (!person || reply.edit !== ed.edits || (ed.drag && ed.drag.kind !== 'pan')) return;
  const moves = reply.moves.filter((move) => !fixed(person, move.joint));
  ed.ghosts = moves.length ? { person: reply.person, moves } : null;
  if (ed.ghosts) ed.announce(`${proposal(ed)} Enter takes it, Escape leaves it, going on takes it too.`);
}

// What the ghosts say, in words.
export function proposal(ed) {
  const person = ed.doc.persons[ghostly(ed)], { moves } = ed.ghosts, to = new Map(moves.map((move) => [move.joint, [move.x, move.y]]));
  const exchanged = (joints) => joints.filter((i) => {
    const other = ed.body.swap[i], [here, there] = [person.joints[i], person.joints[other]];
    return to.has(i) && other !== i && distance(to.get(i), there) < distance(to.get(i), here) / 2;
  }).length > 1;
  const turned = ['arms', 'legs'].filter((limbs) => exchanged(ed.body.groups[limbs]));
  if (turned.length) return `${turned.join(' and ')} swapped?`.replace(/^./, (letter) => letter.toUpperCase());
  return moves.length === 1 ? `The ${spoken(ed.body.names[moves[0].joint])} would follow.` : `${moves.length} other joints would follow.`;
}

// Let the joints follow, but for those in `kept`. It is no step of its own: undo takes back the fix and what followed it.
// Going on costs no gesture; whoever asks for it (Enter, the button) has made one.
export function takeGhosts(ed, kept = [], gestures = 0) {
  const number = ghostly(ed), { ghosts } = ed;
  ed.ghosts = null;
  if (number < 0) return false;
  const person = ed.doc.persons[number], moves = ghosts.moves.filter((move) => !kept.includes(move.joint) && !fixed(person, move.joint));
  if (!moves.length) return false;
  ed.doc = replacePerson(ed.doc, number, follow(person, moves, ed.doc));
  ed.changed(moves.length === 1 ? 'A joint followed' : `${moves.length} joints followed`, gestures);
  return true;
}

export function leaveGhosts(ed) {
  if (!ed.ghosts) return false;
  ed.ghosts = null;
  ed.activity.gestures += 1;
  ed.announce('The other joints stay where they are.');
  ed.render();
  return true;
}
