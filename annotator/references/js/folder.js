// A folder of pictures, dropped or chosen: uploaded a few at a time, then handed to Python to be indexed.

const PICTURE = /\.(png|jpe?g|webp|avif|tiff?|bmp|gif)$/i;
const AT_ONCE = 4;
const MOST_FILES = 2000;

// All files below what was dropped, with their paths within it.
async function filesBelow(entry, path = '') {
  if (entry.isFile) return [{ file: await new Promise((done, fail) => { entry.file(done, fail); }), path: path + entry.name }];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((done, fail) => { reader.readEntries(done, fail); });
    if (!some.length) return found;
    for (const child of some) found.push(...await filesBelow(child, `${path}${entry.name}/`));
  }
}

export function createFolder(host, parts) {
  const say = (text) => { parts.words.textContent = text; };
  let running = false;

  const bar = (done, total) => {
    parts.bar.hidden = !total;
    parts.bar.max = total || 1;
    parts.bar.value = done;
  };

  const send = async (all) => {
    const files = all.filter(({ path }) => PICTURE.test(path));
    if (running) return;
    if (!files.length) {
      say('This folder has no pictures in it; PNG, JPEG, WebP, AVIF, TIFF, BMP and GIF can be read.');
      return;
    }
    if (files.length > MOST_FILES) {
      say(`This folder holds ${files.length} pictures, and at most ${MOST_FILES} can be uploaded here; index it with "sketchpose index" instead.`);
      return;
    }
    running = true;
    parts.choose.disabled = true;
    const name = files[0].path.includes('/') ? files[0].path.split('/')[0] : 'pictures';
    const sent = [], waiting = [...files];
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { path } = await host.upload(next.file);
        sent.push({ name: next.path, path });
        bar(sent.length, files.length);
        say(`Uploading ${sent.length} of ${files.length} …`);
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      say('Looking for people …');
      bar(0, files.length);
      host.trigger('folder', { name, files: sent });
    } catch {
      over('The upload was interrupted; drop the folder again.');
    }
  };

  // Python reports how far it has come, and when it is done.
  const over = (text) => {
    running = false;
    parts.choose.disabled = false;
    bar(0, 0);
    say(text);
  };

  parts.choose.addEventListener('click', () => parts.input.click());
  parts.input.addEventListener('change', () => {
    send([...parts.input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    parts.input.value = '';
  });
  const hover = (on) => (event) => {
    event.preventDefault();
    parts.zone.classList.toggle('rf-over', on);
  };
  parts.zone.addEventListener('dragover', hover(true));
  parts.zone.addEventListener('dragleave', hover(false));
  parts.zone.addEventListener('drop', async (event) => {
    hover(false)(event);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    send((await Promise.all(entries.map((entry) => filesBelow(entry)))).flat());
  });
  return { bar, say, over };
}
