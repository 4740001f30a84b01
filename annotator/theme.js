// What Gradio leaves out, added to whatever it draws and redraws.
() => {
  // The examples are buttons with nothing but a picture: name them after its file.
  const words = (url) => decodeURIComponent(url.split('/').pop()).replace(/\.[^.]*$/, '').replace(/[_-]+/g, ' ');
  const nameExamples = () => {
    for (const button of document.querySelectorAll('.gallery-item:not([aria-label])')) {
      const picture = button.querySelector('img');
      if (picture) button.setAttribute('aria-label', `Example: ${words(picture.src)}`);
    }
  };

  // The view of a model puts itself before everything else in the order of the keyboard.
  new MutationObserver((changes) => {
    for (const { target } of changes) if (target.tabIndex > 0) target.tabIndex = 0;
  }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['tabindex'] });

  // A button that its own action disables or hides takes the keyboard focus with it: the focus moves to a button beside
  // it, or else to the panel that is shown now.
  let last = null, waiting = 0;
  // Judged by its rectangles: the joints of the editor are SVG, which has no offsetParent.
  const usable = (place) => place && place.isConnected && !place.disabled && place.getClientRects().length;
  const keepPlace = () => {
    waiting = 0;
    const now = document.activeElement;
    if (!last || usable(last) || (now && now !== document.body && usable(now))) return;
    const beside = last.isConnected && last.parentElement ? [...last.parentElement.querySelectorAll('button')].find(usable) : null;
    const panels = [...document.querySelectorAll('[role=tabpanel]')].filter(usable);
    const place = beside || panels.find((panel) => panel.contains(last)) || panels[0];
    if (!place) return;
    if (place !== beside) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  };
  document.addEventListener('focusin', (event) => { last = event.target; });
  // A click on nothing in particular gives up the focus.
  document.addEventListener('pointerdown', (event) => { if (!event.target.closest('button, [tabindex], input, select, textarea')) last = null; });

  new MutationObserver(() => {
    nameExamples();
    if (!waiting) waiting = setTimeout(keepPlace, 150);
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled', 'hidden', 'style'] });
  nameExamples();
}
