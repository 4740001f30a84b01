// Wires the parts together. Runs last in the component's script, where Gradio provides the free names below.
import { createEditor } from './controller.js';
import { createScene, handlesOf } from './draw.js';
import { createDrafts, warnOnLeaving } from './drafts.js';
import { createLens } from './lens.js';
import { buildPanel, createTip } from './panel.js';
import { listenToKeys } from './keys.js';
import { listenToPointers } from './pointer.js';
import { replacePerson } from './document.js';
import { dragHandle } from './drag.js';
import { addTemplate } from './commands.js';
import { takeWorth } from './queue.js';

export function start(host) {
  const find = (name) => host.element.querySelector(name), { settings } = host;
  const stage = find('.kp-stage'), image = find('.kp-image'), drafts = createDrafts(find('.kp-draft'), window.localStorage, settings.storage_name);
  const showTip = createTip(find('.kp-tip'));
  const ed = createEditor(host, {
    root: find('.kp'), stage, image, drafts, empty: find('.kp-empty'), status: find('.kp-status'), dialog: find('.kp-help'),
    guideBar: find('.kp-guide'), guidePrompt: find('.kp-prompt'), guideFigure: find('.kp-which'), scene: createScene(find('.kp-svg')),
    lens: createLens(find('.kp-lens'), image),
  }, settings.body);
  ed.tip = (found, at) => showTip(ed, found, at);

  // A box round a new person: Python estimates inside it, or, without an estimator, a template is laid into it.
  ed.boxDrawn = (box) => {
    ed.tool = 'pose';
    ed.rubber = null;
    if (box[2] - box[0] < 4 || box[3] - box[1] < 4) {
      ed.announce('The box is too small: draw it round the whole person.', true);
    } else if (settings.can_estimate) {
      ed.announce('Looking for the pose in the box …');
      ed.publish();
      host.trigger('estimate', { box });
    } else addTemplate(ed, box);
    ed.render();
  };

  ed.nudgeHandle = (number, event) => {
    const handle = handlesOf(ed)[number], step = event.shiftKey ? 10 : 1;
    if (!handle) return false;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const to = [handle.point[0] + dx * step, handle.point[1] + dy * step];
    ed.edit(handle.label, (doc) => replacePerson(doc, doc.active, dragHandle(doc.persons[doc.active], handle, handle.point, to, doc)));
    return true;
  };

  buildPanel(ed);
  listenToPointers(ed);
  listenToKeys(ed);
  warnOnLeaving(ed);
  image.addEventListener('error', () => ed.doc && ed.announce('The picture cannot be loaded; open the drawing again.', true));
  host.watch('reply', ed.answer);
  host.watch('worth', () => takeWorth(ed, host.props.worth));
  host.watch('value', () => ed.load());
  // Also fires when the tab is hidden, which must not move the view, and when it is shown: only then is there a size to fit.
  new ResizeObserver(() => {
    if (!stage.clientWidth) return;
    if (!ed.fitted) ed.fit();
    else if (ed.doc) ed.setView(ed.view);
  }).observe(stage);
  ed.load();
  host.element.keypointEditor = ed;
  return ed;
}
