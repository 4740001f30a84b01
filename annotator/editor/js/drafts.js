// Unsaved work, kept in this browser: every edit is written here at once, so a reload or a crashed server loses nothing.
// Poses are kept in localStorage, which is written before the page can vanish; the original picture in IndexedDB, because a
// restarted server may have forgotten the upload. Where storage is full or forbidden, the editor works without it.

const PREFIX = 'sketchpose-draft:';
const MOST = 20;

function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('sketchpose-drafts', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('pictures');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function pictures(mode, act) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const request = act(db.transaction('pictures', mode).objectStore('pictures'));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }).finally(() => db.close());
}

export function quietly(act, otherwise = null) {
  try {
    return act();
  } catch {
    return otherwise;
  }
}

// The address of an upload, made from the address of another.
export const fileUrl = (url, path) => url.slice(0, url.indexOf('/file=') + 6) + encodeURI(path).replace(/[?#]/g, encodeURIComponent);

export function createDrafts(bar, storage, name) {
  const prefix = `${PREFIX}${name}:`, kept = new Set(), resumed = new Set();

  const all = () => quietly(() => Object.keys(storage).filter((key) => key.startsWith(prefix))
    .map((key) => JSON.parse(storage.getItem(key))).sort((a, b) => b.when - a.when), []);

  const drop = (drawing) => {
    kept.delete(drawing);
    resumed.delete(drawing);
    quietly(() => storage.removeItem(prefix + drawing));
    pictures('readwrite', (store) => store.delete(drawing)).catch(() => {});
  };

  const keepPicture = async (drawing, { url }) => {
    const blob = await (await fetch(url)).blob();
    await pictures('readwrite', (store) => store.put(blob, drawing));
  };

  const known = (drawing) => quietly(() => JSON.parse(storage.getItem(prefix + drawing)));

  // `saved`: the work is safe, and only the place in the queue is worth keeping.
  const keep = (ed, saved = false) => {
    const value = ed.shown, { paths, at, done } = ed.queue;
    const persons = value.persons.map((person) => ({ ...person, model: ed.remembered[person.id] || null }));
    const draft = { drawing: ed.drawing, when: Date.now(), saved, value: { ...value, persons, queue: paths, at, done } };
    const written = quietly(() => { storage.setItem(prefix + ed.drawing, JSON.stringify(draft)); return true; }, false);
    if (!written) ed.announce('This browser keeps no copy of unsaved work (storage full or forbidden): save often.', true);
    if (!kept.has(ed.drawing)) {
      kept.add(ed.drawing);
      keepPicture(ed.drawing, value.image).catch(() => {});
      all().slice(MOST).forEach((old) => drop(old.drawing));
    }
  };

  // Keep the place in the queue; unsaved work on the same drawing, which holds it too, is not replaced.
  const keepPlace = (ed) => {
    const draft = known(ed.drawing);
    if (!draft || draft.saved) keep(ed, true);
  };

  // Python has saved the drawing as it was at `edit`: later edits are still unsaved.
  const saved = (drawing, edit) => {
    const draft = known(drawing);
    if (draft && draft.value.edit <= edit) drop(drawing);
  };

  // The picture as the server knows it; uploaded again from this browser's copy where the server has lost it.
  const picture = async (ed, draft) => {
    const { image } = draft.value;
    const there = await fetch(image.url, { method: 'HEAD' }).then((answer) => answer.ok, () => false);
    if (there) return image;
    const blob = await pictures('readonly', (store) => store.get(draft.drawing));
    if (!blob) throw new Error('The picture of this draft is gone; open the drawing again to continue.');
    const name = image.orig_name || 'drawing.png';
    const sent = await ed.host.upload(new File([blob], name, { type: blob.type }));
    return { ...image, ...sent, orig_name: name, meta: { _type: 'gradio.FileData' } };
  };

  // `among`: the drawings to go through from there on; by default those it was among, or is among now.
  const restore = async (ed, draft, among = {}) => {
    try {
      const image = await picture(ed, draft), here = ed.drawing === draft.drawing, { paths, at, done } = ed.queue;
      // Whoever restores onto an open drawing has seen its newest revision and chooses to replace it.
      const { revision, base } = here ? ed : draft.value;
      ed.host.props.value = { ...draft.value, ...(here && paths.length > 1 ? { queue: paths, at, done } : among), image, revision, base };
      ed.load(draft.saved);
      ed.host.trigger('input', { action: 'Restored unsaved work', person: ed.doc.active, joint: ed.joint });
      ed.announce(draft.saved ? `Back at ${draft.value.name}.` : 'Unsaved work restored. It is still unsaved: Ctrl+S saves it.');
    } catch (error) {
      ed.announce(error.message, true);
    }
  };

  // Several pieces of unsaved work, one after another; drawings that were still to come beside them come after them.
  const resume = async (ed, drafts) => {
    ed.announce(`Opening ${drafts.length} drawings …`);
    const found = [], lost = [];
    for (const draft of drafts) {
      try {
        found.push({ ...draft, value: { ...draft.value, image: await picture(ed, draft) } });
      } catch {
        lost.push(draft.value.name || 'a drawing');
      }
    }
    if (!found.length) {
      ed.announce('The pictures of this work are gone; open the drawings again to continue.', true);
      return;
    }
    const own = found.map(({ value }) => value.image.path), { url } = found[0].value.image;
    const begun = drafts.map(({ value: { queue = [], at } }) => queue[at]);
    const waiting = drafts.flatMap(({ value: { queue = [], done = [] } }) => queue.filter((path, i) => !done.includes(i) && !begun.includes(path)));
    const there = await Promise.all(waiting.map((path) => fetch(fileUrl(url, path), { method: 'HEAD' }).then(({ ok }) => ok, () => false)));
    found.forEach(({ drawing }) => resumed.add(drawing));
    const queue = [...new Set([...own, ...waiting.filter((_, i) => there[i])])];
    await restore(ed, found[0], { queue, at: 0, done: [] });
    if (lost.length) ed.announce(`The picture of ${lost.join(', ')} is gone; open the drawing again to continue there.`, true);
  };

  const button = (text, act) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', act);
    return made;
  };

  const words = ({ saved, when, value: { name, queue, at } }, left) => {
    const place = queue && queue.length > 1 ? `, drawing ${at + 1} of ${queue.length}` : '', what = `${name || 'a drawing'}${place}`;
    if (saved) return left ? `You left ${what} to open another drawing.` : `You were at ${what}.`;
    return `Unsaved work on ${what} from ${new Date(when).toLocaleString()}.`;
  };

  const show = (text, ...buttons) => {
    const said = document.createElement('span');
    said.textContent = text;
    bar.replaceChildren(said, ...buttons);
    bar.hidden = false;
  };

  const offerSeveral = (ed, drafts) => {
    const act = (label, what) => button(label, () => { bar.hidden = true; ed.takeFocus(); what(); });
    const many = `${drafts.length} drawings`, all = act(`Resume ${drafts.length} unfinished`, () => resume(ed, drafts));
    all.className = 'kp-main';
    show(`Unsaved work on ${many}: ${drafts.map(({ value }) => value.name || 'a drawing').join(', ')}.`, all,
      button('Discard', () => show(`Discard the unsaved work on ${many} for good?`, act('Discard it', () => {
        drafts.forEach(({ drawing }) => drop(drawing));
        ed.announce('Unsaved work discarded.');
        offer(ed);
      }), act('Keep it', () => offer(ed)))));
  };

  // Offer the unsaved work on the open drawing, or what was left for it; with no drawing open all of it, or the newest place.
  const offer = (ed) => {
    bar.hidden = true;
    bar.textContent = '';
    if (ed.dirty) return;
    const unfinished = ed.drawing ? [] : all().filter((draft) => !draft.saved);
    if (unfinished.length > 1) {
      offerSeveral(ed, unfinished);
      return;
    }
    const own = known(ed.drawing), left = ed.aside !== ed.drawing && known(ed.aside);
    const draft = ed.drawing ? (own && !own.saved ? own : left) : all()[0];
    if (!draft) return;
    if (draft === own && resumed.has(ed.drawing)) {
      restore(ed, draft);
      return;
    }
    const act = (label, what) => button(label, () => { bar.hidden = true; ed.takeFocus(); what(); });
    show(words(draft, draft === left), act(draft === left ? 'Go back to it' : 'Restore', () => restore(ed, draft)),
      act('Discard', () => { drop(draft.drawing); offer(ed); ed.announce(draft.saved ? 'Dismissed.' : 'Unsaved work discarded.'); }));
  };
  return { keep, keepPlace, saved, offer, all };
}

export function warnOnLeaving(ed) {
  const warn = (event) => {
    if (!ed.root.isConnected) {
      window.removeEventListener('beforeunload', warn);
      return;
    }
    if (!ed.dirty) return;
    event.preventDefault();
    event.returnValue = '';
  };
  window.addEventListener('beforeunload', warn);
}
