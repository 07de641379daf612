// The tiles. Elements are reused while the shape of the grid stays the same, and only changes are written.

const painted = new WeakMap();
const written = new WeakMap();

function paint(view) {
  const { root, header } = view;
  root.classList.toggle("small", header.size < 128);
  root.classList.toggle("single", header.layout !== "pairs");
  root.classList.toggle("strip", header.layout === "strip");
  arrange(view);
  header.tiles.forEach((tile, n) => {
    const card = view.cards[n];
    const name = header.headings ? (header.headings.across[n] ?? "") : tile.name;
    const top = line(card, 0, "h4", "name", name);
    if (top.title !== name) top.title = name;
    hide(top, !name || Boolean(header.headings?.down.length));
    pictures(part(card, 1, "div", "pair"), view, tile);
    captions(part(card, 2, "figcaption", "texts"), tile);
  });
}

// A matrix is a table; anything else is a row of tiles that wraps.
function arrange(view) {
  const { root, header } = view;
  const { headings, tiles } = header;
  const shape = headings ? `${headings.across.length} by ${headings.down.length}` : "";
  if (shape !== view.shape || !tiles.length) {
    root.replaceChildren();
    Object.assign(view, { shape, cards: [] });
  }
  root.classList.toggle("matrix", Boolean(headings?.down.length));
  if (!tiles.length) {
    part(root, 0, "p", "empty").textContent = "There are no pictures to show.";
    view.shape = "empty";
  } else if (headings?.down.length) {
    view.cards = table(part(root, 0, "div", "scroll"), headings);
  } else {
    if (headings) line(root, 0, "p", "across", headings.across_title);
    while (view.cards.length > tiles.length) view.cards.pop().remove();
    while (view.cards.length < tiles.length) {
      view.cards.push(root.appendChild(make("figure", "tile")));
    }
  }
}

function table(box, { across_title, across, down_title, down }) {
  attribute(box, "role", "region");
  attribute(box, "tabindex", "0");
  attribute(box, "aria-label", `${down_title} by ${across_title}`);
  const whole = part(box, 0, "table", "");
  const head = part(whole, 0, "thead", "");
  const [above, columns] = [part(head, 0, "tr", ""), part(head, 1, "tr", "")];
  part(above, 0, "td", "");
  const top = line(above, 1, "th", "across", across_title);
  attribute(top, "scope", "colgroup");
  top.colSpan = across.length;
  attribute(line(columns, 0, "th", "down", down_title), "scope", "col");
  across.forEach((value, n) => attribute(line(columns, n + 1, "th", "", value), "scope", "col"));
  const body = part(whole, 1, "tbody", "");
  return down.flatMap((value, r) => {
    const row = part(body, r, "tr", "");
    attribute(line(row, 0, "th", "", value), "scope", "row");
    return across.map((_, c) => part(part(row, c + 1, "td", ""), 0, "figure", "tile"));
  });
}

function pictures(pair, { header, decoded }, tile) {
  header.sides.forEach((side, s) => {
    const box = part(pair, s, "div", "side");
    hide(box, header.layout !== "pairs" && s === 0);
    const canvas = part(box, 0, "canvas", "picture");
    if (!box.hidden) draw(canvas, decoded[s], side.digest, header.size, tile.at[s], tile.alts[s]);
    hide(line(box, 1, "span", "which", side.title), header.layout !== "pairs");
  });
  const open = part(pair, 2, "button", "open");
  attribute(open, "type", "button");
  attribute(open, "aria-label", `Show ${tile.title || "the picture"} large`);
  hide(line(pair, 3, "span", "mark", tile.mark), !tile.mark);
}

function draw(canvas, sheet, digest, size, n, alt) {
  attribute(canvas, "role", "img");
  attribute(canvas, "aria-label", alt);
  const picture = `${digest} ${size} ${n}`;
  if (painted.get(canvas) === picture) return;
  painted.set(canvas, picture);
  if (canvas.width !== size || canvas.height !== size) canvas.width = canvas.height = size;
  const columns = sheet.width / size;
  const x = (n % columns) * size;
  const y = Math.floor(n / columns) * size;
  canvas.getContext("2d").drawImage(sheet, x, y, size, size, 0, 0, size, size);
}

function captions(box, tile) {
  const now = JSON.stringify([tile.captions, tile.notes, tile.shares]);
  if (written.get(box) === now) return;
  written.set(box, now);
  texts(part(box, 0, "ul", "drawn"), tile.captions);
  texts(part(box, 1, "ul", "notes"), tile.notes);
  const bar = part(box, 2, "div", "bar");
  attribute(bar, "aria-hidden", "true");
  const label = part(box, 3, "ul", "label");
  attribute(label, "aria-label", "label after mixing");
  shares(bar, label, tile.shares);
}

function shares(bar, label, all) {
  fill(bar, all, "span", (slice, [, share], n) => {
    slice.className = `slice of${n % 6}`;
    slice.style.flexGrow = share;
  });
  fill(label, all, "li", (item, [name, , percent], n) => {
    part(item, 0, "i", "").className = `slice of${n % 6}`;
    // The share follows the name, whatever the direction of its script.
    line(item, 1, "bdi", "", name);
    line(item, 2, "span", "", ` ${percent}`);
  });
}

const texts = (list, all) =>
  fill(list, all, "li", (item, text) => {
    if (item.textContent !== text) item.textContent = text;
  });

function fill(parent, items, tag, set) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  items.forEach((item, n) => set(part(parent, n, tag, ""), item, n));
  hide(parent, items.length === 0);
}

function part(parent, n, tag, name) {
  return parent.children[n] ?? parent.appendChild(make(tag, name));
}

function line(parent, n, tag, name, text) {
  const element = part(parent, n, tag, name);
  if (element.textContent !== text) element.textContent = text;
  return element;
}

function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function hide(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

function make(tag, name) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  return element;
}
