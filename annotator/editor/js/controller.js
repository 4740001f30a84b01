// The editor's state and the only ways to change it: show, edit (one undo step), commit (tell Python), load, answer.
import { fitBox, fitView, keepInSight, visibleBox } from './geometry.js';
import { activePerson, addPerson, freshId, newHistory, readDocument, readPerson, redo, remember, select, undo, writePersons } from './document.js';
import { describeJoint, drawScene } from './draw.js';
import { askAssistance, propose, takeGhosts } from './assist.js';
import { orderQueue, thank } from './queue.js';

const IDLE_SECONDS = 20;

// `host` is what Gradio gives the component's script: {element, trigger, props, upload, watch}.
export function createEditor(host, parts, body) {
  const ed = {
    ...parts, host, body, doc: null, remembered: {}, history: newHistory(), view: { scale: 1, x: 0, y: 0 }, joint: 0,
    tool: 'pose', drag: null, ghosts: null, hover: null, rubber: null, guide: null, hidden: false, fitted: false, dirty: false, edits: 0,
    clipboard: null, queue: { paths: [], at: 0, done: [] }, ranks: new Map(), order: 'opened', weighed: '', choosing: false, shown: null, aside: '', activity: { gestures: 0, seconds: 0, last: 0 }, sent: null, drawing: '', revision: 0, base: '', frame: 0, listeners: [],
    options: { opacity: 1, brightness: 100, contrast: 100, rigid: false, symmetric: false, loupe: false, assist: true },
  };

  // How many drawings of the queue come after the open one.
  ed.left = () => Math.max(ed.queue.paths.length - ed.queue.at - 1, 0);
  ed.size = () => ({ width: parts.stage.clientWidth, height: parts.stage.clientHeight });
  ed.person = () => (ed.doc ? activePerson(ed.doc) : null);
  ed.constraints = () => ({ rigid: ed.options.rigid, symmetric: ed.options.symmetric });
  ed.onChange = (listener) => ed.listeners.push(listener);

  // Draw once per frame however many events arrive in it.
  ed.render = () => {
    if (!ed.frame) ed.frame = requestAnimationFrame(() => { ed.frame = 0; ed.renderNow(); });
  };

  ed.renderNow = () => {
    const { scale, x, y } = ed.view;
    parts.image.style.transform = `matrix(${scale}, 0, 0, ${scale}, ${x}, ${y})`;
    parts.image.style.filter = `brightness(${ed.options.brightness}%) contrast(${ed.options.contrast}%)`;
    parts.image.style.imageRendering = scale > 4 ? 'pixelated' : 'auto';
    const held = document.activeElement, inside = parts.root.contains(held);
    drawScene(ed);
    ed.listeners.forEach((listener) => listener(ed));
    // The focused element may by now be gone, hidden or disabled; the keys must still work.
    if (inside && (!held.isConnected || held.disabled || held.closest('[hidden]'))) ed.takeFocus();
  };

  ed.takeFocus = () => {
    const spot = ed.doc && !ed.guide && ed.doc.persons.length && ed.scene.figures[ed.doc.active].joints[ed.joint];
    (spot || parts.stage).focus({ preventScroll: true });
  };

  ed.announce = (text, alarm = false) => {
    parts.status.textContent = text;
    parts.status.classList.toggle('kp-alarm', alarm);
  };

  ed.setView = (view) => {
    const { width, height } = ed.size();
    ed.view = ed.doc ? keepInSight(view, ed.doc.width, ed.doc.height, width, height) : view;
    ed.render();
  };

  ed.fit = () => {
    const { width, height } = ed.size();
    if (!ed.doc || !width || !height) return;
    ed.fitted = true;
    ed.setView(fitView(ed.doc.width, ed.doc.height, width, height));
  };

  ed.fitTo = (box) => {
    const { width, height } = ed.size();
    ed.setView(fitBox(box, width, height));
  };

  ed.visible = () => {
    const { width, height } = ed.size();
    return visibleBox(ed.view, ed.doc.width, ed.doc.height, width, height);
  };

  // Working time: a pause counts for at most IDLE_SECONDS, so that a coffee break is not counted as annotating.
  ed.touch = () => {
    const now = performance.now() / 1000, { activity } = ed;
    if (activity.last) activity.seconds += Math.min(now - activity.last, IDLE_SECONDS);
    activity.last = now;
  };

  // The value as Python reads it. The model's own poses travel only with a save, not with every edit.
  ed.value = (whole) => ({
    ...host.props.value, persons: writePersons(ed.doc).map((p) => (whole ? { ...p, model: ed.remembered[p.id] || null } : p)),
    active: ed.doc.active, queue: whole ? ed.queue.paths : [], at: ed.queue.at, done: ed.queue.done, edit: ed.edits, revision: ed.revision, base: ed.base, gestures: ed.activity.gestures, seconds: Math.round(ed.activity.seconds * 10) / 10,
  });

  ed.publish = (whole = false) => { host.props.value = ed.shown = ed.value(whole); };

  // One gesture is done: keep the state before it for undo, tell Python once, keep a copy in the browser.
  ed.commit = (label, before) => {
    ed.history = remember(ed.history, before, label);
    ed.changed(label);
    askAssistance(ed, before);
  };

  ed.changed = (label, gestures = 1) => {
    ed.touch();
    ed.activity.gestures += gestures;
    ed.edits += 1;
    ed.dirty = true;
    ed.publish();
    host.trigger('input', { action: label, person: ed.doc.active, joint: ed.joint });
    parts.drafts.keep(ed);
    const person = ed.person();
    ed.announce(person ? `${label}: ${describeJoint(ed, ed.doc.active, ed.joint)}` : label);
    ed.render();
  };

  // Change the document in one step. `make` gets the document and returns the new one (the same one if there is nothing to do).
  ed.edit = (label, make) => {
    if (!ed.doc) return false;
    takeGhosts(ed, [ed.joint]);
    const before = ed.doc, after = make(before);
    if (after === before) return false;
    ed.doc = after;
    ed.commit(label, before);
    return true;
  };

  // The same for the selected person: `make` gets it and the picture's size.
  ed.editPerson = (label, make) => ed.edit(label, (doc) => {
    const person = activePerson(doc), made = person && make(person, doc);
    return !person || made === person ? doc : { ...doc, persons: doc.persons.map((p) => (p === person ? made : p)) };
  });

  ed.stepBack = (forward) => {
    const step = ed.doc && (forward ? redo : undo)(ed.history, ed.doc);
    if (!step) {
      ed.announce(forward ? 'Nothing to redo.' : 'Nothing to undo.');
      return;
    }
    ed.ghosts = null;
    ed.history = step.history;
    ed.doc = step.state;
    ed.changed(`${forward ? 'Redone' : 'Undone'}: ${step.label}`);
  };

  ed.pick = (number, joint, focus = true) => {
    if (!ed.doc || !ed.doc.persons.length) return;
    const changed = number !== ed.doc.active || joint !== ed.joint;
    if (number !== ed.doc.active) {
      takeGhosts(ed);
      ed.doc = select(ed.doc, number);
    }
    ed.joint = joint;
    ed.renderNow();
    if (focus) ed.scene.figures[number].joints[joint].focus({ preventScroll: true });
    if (!changed) return;
    ed.announce(describeJoint(ed, number, joint));
    host.trigger('select', { person: number, joint, name: body.names[joint] });
  };

  ed.add = (label, person) => ed.edit(label, (doc) => addPerson(doc, { ...person, id: freshId(doc) }));

  ed.setTool = (tool) => {
    ed.tool = ed.tool === tool ? 'pose' : tool;
    ed.rubber = null;
    ed.render();
  };

  // Show what Python sent. The same drawing keeps its zoom; the undo history starts anew.
  ed.load = (fresh = true) => {
    const value = host.props.value, empty = !value || !value.image || !value.width;
    const drawing = empty ? '' : value.drawing || value.image.url;
    const same = drawing === ed.drawing, queue = { paths: (value && value.queue) || [], at: (value && value.at) || 0, done: (value && value.done) || [] };
    const onward = queue.paths.length > 1 && String([...queue.paths].sort()) === String([...ed.queue.paths].sort());
    // A draft knows what was saved when it was kept; what has been saved since stays saved.
    const saved = ed.queue.done.map((i) => ed.queue.paths[i]);
    if (onward) queue.done = queue.paths.flatMap((path, i) => (queue.done.includes(i) || saved.includes(path) ? [i] : []));
    if (!same) {
      // Another drawing takes its place: one can go back to the unsaved work and to the drawings still to come.
      if (ed.drawing && !onward && (ed.dirty || ed.left())) ed.aside = ed.drawing;
      ed.remembered = {};
    }
    // Unsaved work that is restored brings along what it took so far.
    if (!same || !fresh) ed.activity = { gestures: fresh ? 0 : value.gestures || 0, seconds: fresh ? 0 : value.seconds || 0, last: performance.now() / 1000 };
    ed.sent = null;
    ed.drawing = drawing;
    ed.shown = value;
    if (!same || queue.paths.length) ed.queue = queue;
    orderQueue(ed);
    Object.assign(ed, { drag: null, ghosts: null, guide: null, rubber: null, tool: 'pose', history: newHistory(), dirty: !fresh });
    ed.edits = empty ? 0 : value.edit || 0;
    ed.revision = empty ? 0 : value.revision || 0;
    ed.base = empty ? '' : value.base || '';
    ed.doc = empty ? null : readDocument(value, body, ed.remembered);
    parts.empty.hidden = !empty;
    parts.root.classList.toggle('kp-blank', empty);
    parts.image.hidden = empty;
    if (!empty) {
      Object.assign(parts.image.style, { width: `${value.width}px`, height: `${value.height}px` });
      if (parts.image.getAttribute('src') !== value.image.url) parts.image.src = value.image.url;
      if (!same) ed.fitted = false;
      if (!ed.fitted) ed.fit();
    }
    if (ed.left() && !ed.dirty) parts.drafts.keepPlace(ed);
    parts.drafts.offer(ed);
    ed.renderNow();
  };

  // Python's answer to 'save' or 'estimate', or something to add: see KeypointEditor.reply.
  ed.answer = () => {
    const { reply } = host.props;
    if (!reply) return;
    const here = ed.doc && reply.drawing === ed.drawing;
    if (reply.kind === 'saved') {
      parts.drafts.saved(reply.drawing, reply.edit);
      // Not written to props.value here: with save-and-next the next drawing's value is on its way there.
      if (here) {
        if (reply.edit === ed.edits) ed.dirty = false;
        ed.revision = reply.revision;
        ed.base = reply.base || '';
        // Each revision tells what it took since the one before.
        if (ed.sent) {
          ed.activity.gestures -= ed.sent.gestures;
          ed.activity.seconds -= ed.sent.seconds;
        }
        if (reply.at !== null) ed.queue = { ...ed.queue, at: reply.at, done: reply.done || [] };
        if (reply.at !== null && !ed.dirty && ed.left()) parts.drafts.keepPlace(ed);
      }
    } else if (here && (reply.kind === 'add' || reply.kind === 'replace')) {
      ed.edit(reply.label, (doc) => {
        const start = reply.kind === 'replace' ? { ...doc, persons: [] } : doc;
        return reply.persons.reduce((made, raw) => {
          const id = freshId(made);
          ed.remembered[id] = raw.model || null;
          return addPerson(made, readPerson({ ...raw, id }, 0, doc, body, ed.remembered));
        }, start);
      });
    } else if (here && reply.kind === 'assist') propose(ed, reply);
    else if (reply.kind === 'download') {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([reply.text], { type: reply.mime }));
      link.download = reply.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    }
    if (reply.kind === 'saved' || reply.kind === 'refused') {
      ed.sent = null;
      orderQueue(ed);
    }
    if (reply.sheet) thank(ed, reply);
    if (reply.message) ed.announce(reply.message, reply.kind === 'refused');
    ed.render();
  };
  return ed;
}
