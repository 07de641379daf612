// A folder that is dragged onto an uploader of Streamlit comes without the paths of its files: the uploader
// sends their names alone, and the paths only if the folder was chosen in a dialogue. So the folder is
// read here, and its files are given to the uploader as if they had been chosen, each named by its path.

const listeners = new WeakMap();

export default function ({ data, parentElement }) {
  const listen = (event) => dropped(event, data);
  document.removeEventListener("drop", listeners.get(parentElement), true);
  listeners.set(parentElement, listen);
  document.addEventListener("drop", listen, true);
  return () => document.removeEventListener("drop", listen, true);
}

function dropped(event, { uploader, most }) {
  const box = event.target.closest?.(`.st-key-${uploader}`);
  const entries = [...(event.dataTransfer?.items ?? [])]
    .map((item) => item.webkitGetAsEntry?.())
    .filter(Boolean);
  if (!box || !entries.some((entry) => entry.isDirectory)) return;
  event.preventDefault();
  event.stopPropagation();
  hand(box.querySelector("input[type=file]"), entries, most);
}

async function hand(input, entries, most) {
  const files = [];
  for (const entry of entries) await collect(entry, files, most);
  const chosen = new DataTransfer();
  for (const [path, file] of files) {
    chosen.items.add(new File([file], path, { type: file.type, lastModified: file.lastModified }));
  }
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

// One more than may be uploaded is enough for the page to say that they are too many.
async function collect(entry, files, most) {
  if (files.length > most) return;
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    files.push([path, await new Promise((done, failed) => entry.file(done, failed))]);
    return;
  }
  const reader = entry.createReader();
  // A reader returns at most a hundred entries at a time.
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return;
    for (const each of some) await collect(each, files, most);
  }
}
