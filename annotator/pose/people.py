"""People numbered on the drawing of the *Pose* tab: a press chooses one, its cross takes a false one out."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from sketchpose.pose import Pose

PRESS: Final = """
let held = '';
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (!button) return;
  const { act, person = '' } = button.dataset;
  held = act === 'remove' ? '.person-back' : `[data-act="${act}"][data-person="${person}"]`;
  trigger('press', { act, person });
});
// What was pressed is drawn anew: the keyboard goes on from there.
watch('value', () => {
  if (held) (element.querySelector(held) || element.querySelector('button'))?.focus({ preventScroll: true });
  held = '';
});
"""
"""Script of a ``gr.HTML``: ``press`` tells the ``act`` of a button in it and the number of its ``person``."""


def numbered(svg: str, size: tuple[int, int], poses: Sequence[Pose], chosen: int, removed: int) -> str:
    """Return a drawing with a button over each person, where there are several.

    Args:
        svg: The drawing with its skeletons.
        size: Its width and height in pixels.
        poses: Its people.
        chosen: Number of the person that is shown alone, from 1; 0 for everyone.
        removed: How many were taken out, and can be brought back.
    """
    # The smaller person lies above the larger one, so that both can be pressed.
    areas = [-float(np.prod(pose.box[2:] - pose.box[:2])) for pose in poses]
    layers = np.argsort(np.argsort(areas)).tolist()
    several = enumerate(poses if len(poses) > 1 else (), 1)
    buttons = [_buttons(n, pose, size, n == chosen, layers[n - 1]) for n, pose in several]
    if removed:
        words = f"Bring {removed} back"
        buttons.append(f'<button type="button" class="person-back" data-act="restore" data-person="">{words}</button>')
    width, height = size
    return f'<div class="pose-picture" style="--ratio: {width / height:.4f}">{svg}{"".join(buttons)}</div>'


def _buttons(number: int, pose: Pose, size: tuple[int, int], chosen: bool, layer: int) -> str:
    x0, y0, x1, y1 = np.clip(pose.box.reshape(2, 2) / size, 0, 1).ravel().tolist()
    left, top = f"left: {x0:.1%}; top: {y0:.1%}", f"width: {x1 - x0:.1%}; height: {y1 - y0:.1%}; z-index: {layer}"
    return (
        f'<button type="button" class="person" style="{left}; {top}" data-act="show" data-person="{number}" '
        f'aria-pressed="{str(chosen).lower()}" aria-label="Person {number}" '
        f'title="Person {number}: press to show this one alone, or everyone again"><b>{number}</b></button>'
        f'<button type="button" class="person-out" style="{left}" data-act="remove" data-person="{number}" '
        f'aria-label="Take person {number} out" title="No person: take it out">✕</button>'
    )
