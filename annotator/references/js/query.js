// What is looked for, large, with limbs to click. Runs last in the script of its own component.
import { drawQuery } from './draw.js';

export function start(host) {
  const { props, settings } = host, { edges, limbs } = settings, root = host.element.querySelector('.rf-asking');
  const picture = root.querySelector('.rf-query'), gates = root.querySelector('.rf-gates');

  // Before the first answer the value is an empty object.
  const asked = () => (props.value && props.value.points ? props.value : null);

  const toggle = (name) => {
    const { must } = asked();
    host.trigger('must', { limbs: must.includes(name) ? must.filter((other) => other !== name) : [...must, name] });
  };

  const load = () => {
    const query = asked(), focused = picture.contains(document.activeElement) && document.activeElement.dataset.limb;
    root.classList.toggle('rf-small', Boolean(query && !query.thumb));
    picture.replaceChildren(...(query ? [drawQuery(query, edges, limbs, toggle)] : []));
    if (focused) picture.querySelector(`.rf-hit[data-limb="${focused}"]`)?.focus();
    gates.textContent = query?.must.length ? `Must match: ${query.must.join(', ')}.` : 'Click a limb that must match.';
  };

  // Its place is kept until the first answer, so that nothing moves when that comes.
  host.watch('value', () => {
    root.hidden = !asked();
    load();
  });
  load();
}
