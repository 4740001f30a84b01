// Body of the component's script; Gradio provides element, Python the targets (see drops.py).
// A file that is dropped or pasted anywhere on the page goes to the upload of the tab that is shown. Gradio's own handler
// awaits something before it reads the files, and by then the browser has taken them back; here they are read at once.
const veil = element.querySelector('.drop-veil'), words = element.querySelector('.drop-words');
const PICTURE = /\.(png|jpe?g|jfif|webp|avif|gif|bmp|tiff?|heic|heif)$/i;
const TEXT_FIELD = 'textarea, [contenteditable=true], input:not([type=range], [type=checkbox], [type=radio], [type=file])';
const NOWHERE = 'Open the Pose, Correct or References tab first, then drop the picture there.';
const PATIENCE_MS = 15000;

const say = (text) => { words.textContent = text; words.hidden = !text; };
const shown = (selector) => [...document.querySelectorAll(selector)].find((found) => found.getClientRects().length);

async function until(find) {
  for (const limit = performance.now() + PATIENCE_MS; performance.now() < limit;) {
    const found = find();
    if (found) return found;
    await new Promise((go) => { setTimeout(go, 50); });
  }
  return null;
}

// An image component contains its file input; an upload button follows it.
function inputOf(place) {
  const before = place.previousElementSibling;
  return place.querySelector('input[type=file]') || (before?.matches('input[type=file]') ? before : null);
}

// The target's file input once it is shown: its tab is opened, a camera is put away, and a running upload is waited for.
async function ready(target) {
  if (!shown(target.place)) (await until(() => shown(target.tab)))?.click();
  const place = await until(() => shown(target.place));
  place?.querySelector('[aria-label="Upload file"]:not(.selected)')?.click();
  return place && until(() => inputOf(place));
}

// The file in a form that the input accepts, or null. Some systems do not know the media type of every picture.
function fitting(file, accept) {
  const suffix = `.${file.name.toLowerCase().split('.').pop()}`, allowed = accept.split(',').map((part) => part.trim());
  if (allowed.includes(suffix)) return file;
  if (!allowed.includes('image/*') || !(file.type.startsWith('image/') || PICTURE.test(file.name))) return null;
  return file.type.startsWith('image/') ? file : new File([file], file.name, { type: 'image/png' });
}

async function take(files, folders) {
  const target = targets.find(({ place, instead }) => shown(place) || (instead && shown(instead)));
  say('');
  if (!target) return say(NOWHERE);
  if (target.hint && !shown(target.place)) {
    const tab = await until(() => shown(target.tab));
    tab?.click();
    return say(tab ? target.hint : NOWHERE);
  }
  if (folders.length) return say(`${folders[0].name} is a folder; drop ${target.takes}, or drop the folder on "Your own gallery" under References.`);
  if (!files.length) return say('The browser passed on no file; save the picture and drop the saved file.');
  const input = await ready(target);
  if (!input) return say('The last picture is still being uploaded; drop this one again.');
  const usable = files.map((file) => fitting(file, input.accept)), at = usable.indexOf(null);
  const chosen = usable.filter(Boolean).slice(0, input.multiple ? undefined : 1);
  if (!chosen.length) return say(`${files[at].name} cannot be opened here; drop ${target.takes}.`);
  const left = files.length - chosen.length;
  if (left) say(`${chosen[0].name} was taken, ${left} more ${left > 1 ? 'files were' : 'file was'} not; drop ${target.takes}.`);
  const hold = new DataTransfer();
  chosen.forEach((file) => hold.items.add(file));
  input.files = hold.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

// Drags that began on this page, and a folder over the place for folders, are left to others.
let own = false;
const ours = (event) => element.isConnected && !own && event.dataTransfer?.types.includes('Files') && !event.target.closest?.('.rf-folder');

function hold(event) {
  if (!ours(event)) {
    veil.hidden = true;
    return false;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  return true;
}

const onDocument = (type, act) => document.addEventListener(type, act, { capture: true });
onDocument('dragstart', () => { own = true; });
onDocument('dragend', () => { own = false; });
for (const type of ['dragenter', 'dragover']) onDocument(type, (event) => {
  if (!hold(event)) return;
  event.dataTransfer.dropEffect = 'copy';
  veil.hidden = false;
});
onDocument('dragleave', (event) => { if (hold(event) && !event.relatedTarget) veil.hidden = true; });
onDocument('drop', (event) => {
  if (!hold(event)) return;
  veil.hidden = true;
  const { items, files } = event.dataTransfer;
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  take([...files], entries.filter((entry) => entry.isDirectory));
});
onDocument('paste', (event) => {
  const files = [...event.clipboardData.files];
  if (!element.isConnected || !files.length || event.target.closest?.(TEXT_FIELD)) return;
  event.preventDefault();
  take(files, []);
});
onDocument('pointerdown', () => say(''));
