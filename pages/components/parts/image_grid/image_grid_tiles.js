// The tiles. Elements are reused while the shape of the grid stays the same, and only changes are written.

const painted = new WeakMap();
const written = new WeakMap();

function paint(view) {
  const { root, header } = view;
  root.classList.toggle("small", header.size < 128);
  root.classList.toggle("dense", header.tiles.length > 9 || header.size < 128);
  root.classList.toggle("single", header.layout !== "pairs");
  root.classList.toggle("strip", header.layout === "strip");
  arrange(view);
  header.tiles.forEach((tile, n) => {
    const card = view.cards[n];
    pictures(part(card, 0, "div", "pair"), view, tile);
    const name = header.headings ? (header.headings.across[n] ?? "") : tile.name;
    captions(part(card, 1, "figcaption", "texts"), tile, header.headings?.down.length ? "" : name);
  });
  rove(view, Math.min(view.at, view.cards.length - 1));
  badge(view);
  peek(view);
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
  part(pair, 4, "strong", "badge");
  attribute(part(pair, 5, "div", "partners"), "aria-hidden", "true");
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

function captions(box, tile, name) {
  const now = JSON.stringify([name, tile.captions, tile.notes, tile.shares]);
  if (written.get(box) === now) return;
  written.set(box, now);
  const bar = part(box, 0, "div", "bar");
  attribute(bar, "aria-hidden", "true");
  const words = part(part(box, 1, "div", "words"), 0, "div", "flow");
  hide(line(words, 0, "h4", "name", name), !name);
  const label = part(words, 1, "ul", "label");
  attribute(label, "aria-label", "label after mixing");
  shares(bar, label, tile.shares);
  texts(part(words, 2, "ul", "drawn"), tile.captions);
  texts(part(words, 3, "ul", "notes"), tile.notes);
}

// A class has the same colour everywhere: hue and tone come with its share.
function shares(bar, label, all) {
  fill(bar, all, "span", (slice, [, share, colour]) => {
    slice.className = "slice";
    slice.style.flexGrow = share;
    tint(slice, colour);
  });
  fill(label, all, "li", (item, [text, , colour, own]) => {
    item.classList.toggle("own", own);
    tint(part(item, 0, "i", "dot"), colour);
    line(item, 1, "span", "", text);
  });
}

function tint({ style }, [hue, tone]) {
  style.setProperty("--hue", hue);
  style.setProperty("--tone", tone);
}

// What a tile has lost is measured after it is shown, and comes as an event with the digest of the frame
// that it is about; so it is never under other pictures, such as those while a slider moves.
function badge({ cards, header, badges }) {
  const texts = header && badges?.digest === header.digest ? badges.texts : [];
  cards.forEach((card, n) => {
    const element = card.querySelector(".badge");
    hide(line(element.parentElement, 4, "strong", "badge", texts[n] ?? ""), !texts[n]);
  });
}

// The pictures that were mixed in, beside the tile under the pointer or with the focus.
function peek({ cards, header, decoded, peeked }) {
  cards.forEach((card, n) => {
    const box = card.querySelector(".partners");
    const [side] = header.sides;
    const found = n === peeked ? partnersOf(header.tiles[n]) : [];
    fill(box, found, "canvas", (canvas, partner) =>
      draw(canvas, decoded[0], side.digest, header.size, partner, ""),
    );
  });
}

const partnersOf = (tile) => [...new Set(tile.details.map(([, , row]) => row))].filter((row) => row >= 0);

// Pointer, keys and badges of the tiles, which are one stop of the Tab key: the arrow keys, Home and End move
// between them. Returns what ends it.
function attend(view) {
  Object.assign(view, { at: 0, peeked: -1, badges: null });
  const { root } = view;
  const cardAt = ({ target }) => view.cards.indexOf(target.closest(".tile"));
  const look = (n) => {
    if (n === view.peeked || !view.header) return;
    view.peeked = n;
    peek(view);
  };
  root.addEventListener("pointerover", (event) => event.pointerType === "mouse" && look(cardAt(event)));
  root.addEventListener("pointerleave", () => look(-1));
  root.addEventListener("focusout", () => look(-1));
  root.addEventListener("focusin", (event) => {
    const n = cardAt(event);
    if (n < 0) return;
    rove(view, n);
    look(n);
  });
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || cardAt(event) < 0) return;
    const to = goal(view.cards, cardAt(event), event.key);
    if (to === undefined) return;
    event.preventDefault();
    view.cards[to].querySelector(".open").focus();
  });
  const tell = ({ detail }) => {
    view.badges = detail;
    badge(view);
  };
  document.addEventListener("augment:badges", tell);
  document.dispatchEvent(new CustomEvent("augment:badges-wanted"));
  return () => document.removeEventListener("augment:badges", tell);
}

function rove(view, n) {
  view.at = Math.max(n, 0);
  view.cards.forEach((card, m) =>
    attribute(card.querySelector(".open"), "tabindex", m === view.at ? "0" : "-1"),
  );
}

// The tile to which a key leads: the next one, or the one in the same column of the next row.
function goal(cards, at, key) {
  const last = cards.length - 1;
  const below = cards.findIndex((card) => topOf(card) > topOf(cards[0]) + 1);
  const columns = below < 0 ? cards.length : below;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (key === "Home") return 0;
  if (key === "End") return last;
  const to = at + steps[key];
  return key in steps ? (0 <= to && to <= last ? to : at) : undefined;
}

const topOf = (card) => card.getBoundingClientRect().top;

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
