// Shared by the tests: the body table as Python sends it (test_javascript.py checks that it is), and people to edit.
import { readFileSync } from 'node:fs';

export const body = JSON.parse(readFileSync(new URL('./body.json', import.meta.url)));
export const size = { width: 1000, height: 800 };
export const joint = (name) => body.names.indexOf(name);
export const preset = (name) => body.presets.find((p) => p.name === name).points;

export function person(name = 'T-pose', scale = 600, x = 500, y = 100) {
  const joints = preset(name).map((p) => [p[0] * scale + x, p[1] * scale + y, 2]);
  return { id: 'p1', joints, scores: joints.map(() => 0.5), box: [200, 100, 800, 720], boxFixed: false, base: null, model: { joints, scores: joints.map(() => 0.5) } };
}

export const picture = (persons = [person()]) => ({ ...size, persons, active: 0 });

// A small seeded generator, so that a failing case can be found again.
export function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

export const near = (a, b, tolerance = 1e-9) => Math.abs(a - b) <= tolerance;
export const samePoint = (a, b, tolerance = 1e-9) => near(a[0], b[0], tolerance) && near(a[1], b[1], tolerance);
