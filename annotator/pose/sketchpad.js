// Body of the component's script; Gradio provides element, props, trigger and watch; Python provides side, the page's in pixels.
// Fires 'input' after every stroke.
const find = (name) => element.querySelector(name);
const canvas = find('.sp-page'), size = find('.sp-size');
const pen = canvas.getContext('2d');
canvas.width = canvas.height = side;

let strokes = [], undone = [], drawing = null, erasing = false;

// A stroke is {width, erase, points: [[x, y], ...]} in page pixels.
function paint(stroke) {
  const [first, ...rest] = stroke.points;
  pen.strokeStyle = stroke.erase ? '#fff' : '#111';
  pen.lineWidth = stroke.erase ? stroke.width * 4 : stroke.width;
  pen.lineCap = pen.lineJoin = 'round';
  pen.beginPath();
  pen.moveTo(...first);
  for (const [i, point] of rest.entries()) {
    const next = rest[i + 1] || point;
    pen.quadraticCurveTo(...point, (point[0] + next[0]) / 2, (point[1] + next[1]) / 2);
  }
  if (!rest.length) pen.lineTo(first[0] + 0.01, first[1]);
  pen.stroke();
}

function repaint() {
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  strokes.forEach(paint);
  find('.sp-undo').disabled = !strokes.length;
  find('.sp-redo').disabled = !undone.length;
  find('.sp-clear').disabled = !strokes.length;
}

function commit() {
  repaint();
  props.value = { image: strokes.some((stroke) => !stroke.erase) ? canvas.toDataURL('image/png') : '' };
  trigger('input');
}

function at(event) {
  const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

canvas.addEventListener('pointerdown', (event) => {
  if (event.button !== 0 || drawing) return;
  canvas.setPointerCapture(event.pointerId);
  drawing = { id: event.pointerId, width: Number(size.value), erase: erasing, points: [at(event)] };
});
canvas.addEventListener('pointermove', (event) => {
  if (!drawing || event.pointerId !== drawing.id) return;
  for (const step of event.getCoalescedEvents?.() ?? [event]) drawing.points.push(at(step));
  paint(drawing);
});
canvas.addEventListener('pointerup', (event) => {
  if (!drawing || event.pointerId !== drawing.id) return;
  strokes.push(drawing);
  drawing = null;
  undone = [];
  commit();
});
canvas.addEventListener('pointercancel', () => { drawing = null; repaint(); });

const undo = () => { if (strokes.length) { undone.push(strokes.pop()); commit(); } };
const redo = () => { if (undone.length) { strokes.push(undone.pop()); commit(); } };
function toggleEraser() { erasing = !erasing; find('.sp-erase').setAttribute('aria-pressed', String(erasing)); }
find('.sp-undo').addEventListener('click', undo);
find('.sp-redo').addEventListener('click', redo);
find('.sp-erase').addEventListener('click', toggleEraser);
find('.sp-clear').addEventListener('click', () => { undone = strokes.reverse(); strokes = []; commit(); });
find('.sp').addEventListener('keydown', (event) => {
  const key = event.key.toLowerCase(), command = event.ctrlKey || event.metaKey;
  if (command && key === 'z') (event.shiftKey ? redo : undo)();
  else if (command && key === 'y') redo();
  else if (!command && key === 'e') toggleEraser();
  else return;
  event.preventDefault();
});
repaint();
