// What lies under the pointer. Pure: distances on screen, so that reach does not depend on the zoom.
import { distance, segmentDistance, toScreen } from './geometry.js';

export const REACH = { mouse: 14, pen: 16, touch: 24 };
const LIMB_REACH = { mouse: 7, pen: 9, touch: 14 };

export const reachOf = (pointerType) => REACH[pointerType] || REACH.mouse;

// The selected joint counts as this many pixels nearer, so that it can be dragged away from others on the same spot.
const PREFERENCE = 3;

// The joint nearest to a screen point within reach, as {person, joint}, or null. A labelled joint goes before a grey one
// that is not selected; of two on the same spot, the selected one (`chosen`, a joint of the selected person) wins, then one
// of the selected person.
export function nearestJoint(document, view, point, reach, chosen = -1) {
  let best = null, bestRank = Infinity;
  document.persons.forEach((person, number) => person.joints.forEach((joint, index) => {
    const far = distance(toScreen(view, joint), point);
    if (far > reach) return;
    const active = number === document.active, selected = active && index === chosen;
    const rank = far + (joint[2] || selected ? 0 : 1000) - (selected ? PREFERENCE : active ? 0.5 : 0);
    if (rank < bestRank) {
      best = { person: number, joint: index };
      bestRank = rank;
    }
  }));
  return best;
}

// The limb nearest to a screen point, as {person, edge}, or null.
export function nearestLimb(document, view, body, point, pointerType) {
  let best = null, bestRank = LIMB_REACH[pointerType] || LIMB_REACH.mouse;
  document.persons.forEach((person, number) => body.edges.forEach(([a, b], edge) => {
    const from = person.joints[a], to = person.joints[b];
    if (!from[2] || !to[2]) return;
    const far = segmentDistance(point, toScreen(view, from), toScreen(view, to)) - (number === document.active ? 0.5 : 0);
    if (far < bestRank) {
      best = { person: number, edge };
      bestRank = far;
    }
  }));
  return best;
}

export function nearestHandle(handles, view, point, reach) {
  let best = null, bestFar = reach;
  handles.forEach((handle) => {
    const far = distance(toScreen(view, handle.point), point);
    if (far < bestFar) {
      best = handle;
      bestFar = far;
    }
  });
  return best;
}
