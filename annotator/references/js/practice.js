// Timed practice: the board's pictures one after another, large and alone, each for a while, as in a life drawing class.
import { drawReference } from './draw.js';

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.ceil(seconds % 60)).padStart(2, '0')}`;

// `original` fetches the full size of an item; `say` tells on the page what was done.
export function createPractice(dialog, edges, original, say) {
  const find = (name) => dialog.querySelector(name), stage = find('.rf-model'), left = find('.rf-left-time'), bar = find('.rf-time');
  const run = { items: [], at: 0, seconds: 60, rest: 0, since: 0, paused: false, drawn: 0, timer: 0 };

  const now = () => performance.now() / 1000;
  // Time that is left, whatever the browser did with the timer of a hidden page.
  const rest = () => (run.paused ? run.rest : run.rest - (now() - run.since));

  const paint = () => {
    const seconds = Math.max(0, rest());
    left.textContent = clock(Math.ceil(seconds));
    bar.value = seconds / run.seconds;
  };

  const show = async () => {
    const item = run.items[run.at];
    Object.assign(run, { rest: run.seconds, since: now() });
    find('.rf-which').textContent = `${run.at + 1} of ${run.items.length}`;
    const draw = (source) => stage.replaceChildren(drawReference(item, edges, { whole: true, source }));
    draw(item.thumb);
    paint();
    try {
      const answer = await original(item);
      if (answer.src && dialog.open && run.items[run.at] === item) draw(answer.src);
    } catch {
      // The small picture serves as well.
    }
  };

  const go = (by) => {
    if (by > 0) run.drawn += 1;
    run.at += by;
    if (run.at >= run.items.length) {
      // The event of closing comes later.
      clearInterval(run.timer);
      dialog.close();
    } else {
      run.at = Math.max(0, run.at);
      show();
    }
  };

  const pause = () => {
    run.rest = rest();
    run.since = now();
    run.paused = !run.paused;
    find('[data-practice=pause]').textContent = run.paused ? 'Go on' : 'Pause';
    find('[data-practice=pause]').setAttribute('aria-pressed', String(run.paused));
    paint();
  };

  const tick = () => {
    if (!run.paused && rest() <= 0) go(1);
    else paint();
  };

  const commands = { previous: () => go(-1), pause, next: () => go(1), close: () => dialog.close() };
  const keys = { ArrowLeft: 'previous', ArrowRight: 'next', ' ': 'pause' };
  for (const button of dialog.querySelectorAll('[data-practice]')) button.addEventListener('click', () => commands[button.dataset.practice]());
  dialog.addEventListener('keydown', (event) => {
    const command = keys[event.key];
    if (!command || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    commands[command]();
  });
  dialog.addEventListener('close', () => {
    clearInterval(run.timer);
    stage.replaceChildren();
    say(`Practice over: ${run.drawn} of ${run.items.length} poses.`);
  });

  return {
    start(items, seconds) {
      if (!items.length) return;
      Object.assign(run, { items: [...items], at: 0, seconds, paused: false, drawn: 0 });
      find('[data-practice=pause]').textContent = 'Pause';
      find('[data-practice=pause]').setAttribute('aria-pressed', 'false');
      dialog.showModal();
      find('[data-practice=pause]').focus();
      run.timer = setInterval(tick, 200);
      show();
    },
  };
}
