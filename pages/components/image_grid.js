// The grid of tiles. Python sends one frame: a little-endian uint32 with the length of a JSON header,
// the header, then the compressed sheet of each side. What stands there stays until every sheet of the
// next frame is decoded; then pictures and words change in one go, and `data-digest` follows the paint.

const views = new WeakMap();

export default function ({ data, parentElement }) {
  let view = views.get(parentElement);
  if (!view) {
    view = { root: parentElement.querySelector(".grid"), turn: 0, sheets: new Map(), frame: null };
    views.set(parentElement, view);
  }
  if (data && data !== view.frame) {
    view.frame = data;
    show(view, data);
  }
  return () => {
    for (const bitmap of view.sheets.values()) bitmap.close();
    views.delete(parentElement);
  };
}

async function show(view, frame) {
  const turn = ++view.turn;
  const { header, sheets } = read(frame);
  let decoded;
  try {
    decoded = await Promise.all(
      header.sides.map((side, n) => view.sheets.get(side.digest) ?? decode(sheets[n], side.type)),
    );
  } catch {
    if (turn === view.turn) view.root.dataset.problem = "This browser could not read the picture.";
    return;
  }
  const fresh = new Map(header.sides.map((side, n) => [side.digest, decoded[n]]));
  if (turn !== view.turn) {
    for (const [digest, bitmap] of fresh) if (view.sheets.get(digest) !== bitmap) bitmap.close();
    return;
  }
  delete view.root.dataset.problem;
  paint(view.root, header, decoded);
  for (const [digest, bitmap] of view.sheets) if (fresh.get(digest) !== bitmap) bitmap.close();
  view.sheets = fresh;
  requestAnimationFrame(() =>
    setTimeout(() => {
      if (turn === view.turn) view.root.dataset.digest = header.digest;
    }),
  );
}

function read(frame) {
  const bytes = new Uint8Array(frame.buffer ?? frame, frame.byteOffset ?? 0, frame.byteLength);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const sheets = header.sides.map((side) => bytes.subarray(at, (at += side.bytes)));
  return { header, sheets };
}

const decode = (sheet, type) => createImageBitmap(new Blob([sheet], { type }));

function paint(root, header, sheets) {
  root.classList.toggle("small", header.size < 128);
  while (root.children.length > header.tiles.length) root.lastElementChild.remove();
  header.tiles.forEach((tile, n) => {
    const card = root.children[n] ?? root.appendChild(make("figure", "tile"));
    const name = line(card, 0, "h4", "name", tile.name);
    name.title = tile.name;
    const pair = part(card, 1, "div", "pair");
    header.sides.forEach((side, s) => {
      const view = part(pair, s, "div", "side");
      view.hidden = header.layout === "single" && s === 0;
      draw(part(view, 0, "canvas", "picture"), sheets[s], header.size, tile.at[s], tile.alts[s]);
      line(view, 1, "span", "which", side.title);
    });
    words(part(card, 2, "figcaption", "words"), tile);
  });
}

function draw(canvas, sheet, size, n, alt) {
  const columns = sheet.width / size;
  if (canvas.width !== size || canvas.height !== size) canvas.width = canvas.height = size;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", alt);
  const x = (n % columns) * size;
  const y = Math.floor(n / columns) * size;
  canvas.getContext("2d").drawImage(sheet, x, y, size, size, 0, 0, size, size);
}

function words(box, tile) {
  const drawn = part(box, 0, "ul", "drawn");
  fill(drawn, tile.captions, (text) => make("li", "", text));
  const notes = part(box, 1, "ul", "notes");
  fill(notes, tile.notes, (text) => make("li", "", text));
  const bar = part(box, 2, "div", "bar");
  bar.setAttribute("aria-hidden", "true");
  fill(bar, tile.shares, ([, share], n) => {
    const slice = make("span", `slice of${n % 6}`);
    slice.style.flexGrow = share;
    return slice;
  });
  const label = part(box, 3, "ul", "label");
  label.setAttribute("aria-label", "label after mixing");
  fill(label, tile.shares, ([name, , percent], n) => {
    const item = make("li", "");
    item.append(make("i", `slice of${n % 6}`), make("span", "", `${name} ${percent}`));
    return item;
  });
}

function fill(parent, items, build) {
  parent.replaceChildren(...items.map(build));
  parent.hidden = items.length === 0;
}

function part(parent, n, tag, name) {
  return parent.children[n] ?? parent.appendChild(make(tag, name));
}

function line(parent, n, tag, name, text) {
  const element = part(parent, n, tag, name);
  if (element.textContent !== text) element.textContent = text;
  return element;
}

function make(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}
