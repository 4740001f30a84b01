// The magnifier: an enlarged piece of the drawing while a joint is dragged, or under the pointer with the loupe on.
// Over dark parts of a drawing it shows the piece inverted and stretched to full contrast, so that dark lines on dark paper can be seen.
import { clamp } from './geometry.js';

const GRID = 24;
const DARK = 90;

// Mean brightness of the cells of a coarse grid over the picture; null where the browser refuses to read it.
function measure(image) {
  try {
    const canvas = document.createElement('canvas');
    canvas.width = GRID;
    canvas.height = GRID;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.fillStyle = '#fff';
    context.fillRect(0, 0, GRID, GRID);
    context.drawImage(image, 0, 0, GRID, GRID);
    const { data } = context.getImageData(0, 0, GRID, GRID);
    return Array.from({ length: GRID * GRID }, (_, i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
  } catch {
    return null;
  }
}

// Invert a piece and stretch its brightness to the full range. A flat piece stays flat instead of turning into noise.
function invertStretched(context, side) {
  const piece = context.getImageData(0, 0, side, side), { data } = piece;
  let low = 255, high = 0;
  for (let i = 0; i < data.length; i += 4) {
    const value = (data[i] + data[i + 1] + data[i + 2]) / 3;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const gain = 255 / Math.max(high - low, 12);
  for (let i = 0; i < data.length; i += 1) if (i % 4 < 3) data[i] = 255 - (data[i] - low) * gain;
  context.putImageData(piece, 0, 0);
}

export function createLens(canvas, image) {
  let grid = null;
  image.addEventListener('load', () => { grid = measure(image); });

  const brightness = ([x, y], { width, height }) => {
    if (!grid) return 255;
    const column = clamp(Math.floor((x / width) * GRID), 0, GRID - 1), row = clamp(Math.floor((y / height) * GRID), 0, GRID - 1);
    return grid[row * GRID + column];
  };

  // `at` is the pointer on the stage (null without one); the lens keeps out of its way, in the other upper corner.
  const show = (ed, point, at) => {
    if (!image.complete || !image.naturalWidth) return;
    const side = canvas.width, context = canvas.getContext('2d', { willReadFrequently: true });
    const zoom = Math.max(3, ed.view.scale * 2), span = side / zoom;
    const density = image.naturalWidth / ed.doc.width;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, side, side);
    context.imageSmoothingEnabled = zoom < 6;
    context.drawImage(image, (point[0] - span / 2) * density, (point[1] - span / 2) * density, span * density, span * density, 0, 0, side, side);
    const dark = brightness(point, ed.doc) < DARK;
    if (dark) invertStretched(context, side);
    canvas.dataset.dark = dark ? 'yes' : 'no';
    context.strokeStyle = '#c2185b';
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(side / 2 + 5 * x, side / 2 + 5 * y);
      context.lineTo(side / 2 + 22 * x, side / 2 + 22 * y);
    }
    context.stroke();
    const { width } = ed.size();
    canvas.classList.toggle('kp-lens-left', Boolean(at) && at[0] > width / 2);
    canvas.hidden = false;
  };
  return { show, hide: () => { canvas.hidden = true; } };
}
