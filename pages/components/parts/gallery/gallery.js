// Cards to choose one of, found by words. Python sends one frame with all thumbnails as one compressed sheet,
// which may be missing. The browser sends `chosen`, the name of a card and the way that is set, and `way` when that changes. `data-digest` is
// the digest of what is painted; filtering and moving about need no server.

const turns = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery");
  if (data) show(root, parentElement.querySelector(".problem"), data, setTriggerValue);
  return () => turns.set(root, next(root));
}

const next = (root) => (turns.get(root) ?? 0) + 1;

async function show(root, problem, data, send) {
  const turn = next(root);
  turns.set(root, turn);
  const [header, packed] = unpack(data);
  if (root.dataset.digest === header.digest) return;
  // The field is there before the pictures are decoded, so that nobody waits to type.
  const search = root.querySelector(".search");
  if (!root.dataset.digest) {
    search.placeholder = header.placeholder;
    search.focus();
  }
  let sheet = null;
  problem.hidden = true;
  try {
    if (packed.length) sheet = await createImageBitmap(new Blob([packed], { type: "image/jpeg" }));
  } catch {
    problem.hidden = turn !== turns.get(root);
  }
  if (turn === turns.get(root)) {
    fill(root, header, sheet, send);
    root.dataset.digest = header.digest;
    if (!root.getRootNode().activeElement) search.focus();
  }
  sheet?.close();
}

function fill(root, header, sheet, send) {
  const search = root.querySelector(".search");
  const groups = root.querySelector(".groups");
  groups.style.setProperty("--narrowest", `${header.narrowest}rem`);
  const found = root.querySelector(".found");
  const cards = header.cards.map((card, at) => ({
    ...card,
    button: made(card, at, sheet, header),
    // Where a word is found first, the card is listed first.
    words: [[card.title, card.name], card.also, [card.text], [...card.more, card.group]].map(wordsOf),
  }));
  let shown = cards;
  let way = header.way;

  function choose({ name, button }) {
    for (const card of cards) card.button.disabled = true;
    button.setAttribute("aria-busy", "true");
    send("chosen", { name, way });
  }

  function list() {
    const query = search.value.trim();
    shown = query ? ranked(cards, query) : cards;
    const lists = query
      ? [{ cards: shown }]
      : header.groups.map((title) => ({ title, cards: cards.filter((card) => card.group === title) }));
    groups.replaceChildren(...lists.filter((one) => one.cards.length).map(section));
    found.textContent = query && !shown.length ? header.none : query ? `${shown.length} found` : header.note;
    // One of the cards is a tab stop; the arrow keys go to the others.
    for (const card of cards) card.button.tabIndex = card === shown[0] ? 0 : -1;
  }

  function go(card) {
    if (!card) return;
    for (const one of cards) one.button.tabIndex = one === card ? 0 : -1;
    card.button.focus();
    card.button.scrollIntoView({ block: "nearest" });
  }

  for (const card of cards) card.button.onclick = () => choose(card);
  search.oninput = list;
  search.onkeydown = (event) => {
    if (event.key === "ArrowDown") go(shown[0]);
    else if (event.key === "Enter" && search.value.trim() && shown.length) choose(shown[0]);
    else return;
    event.preventDefault();
  };
  groups.onkeydown = (event) => {
    const at = shown.findIndex(({ button }) => button === event.target.closest("button"));
    if (at < 0) return;
    if (event.key === "ArrowLeft") go(shown[at - 1]);
    else if (event.key === "ArrowRight") go(shown[at + 1]);
    else if (event.key === "Home") go(shown[0]);
    else if (event.key === "End") go(shown.at(-1));
    else if (event.key === "ArrowDown") go(inNextRow(shown, at, 1));
    else if (event.key === "ArrowUp") {
      const above = inNextRow(shown, at, -1);
      if (above) go(above);
      else search.focus();
    } else {
      // The field may be out of sight; a letter goes into it from any card.
      const isLetter = /^[\p{L}\p{N}]$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (isLetter) search.focus();
      return;
    }
    event.preventDefault();
  };
  offerWays(root.querySelector(".ways"), header, (chosen) => {
    way = chosen;
    send("way", chosen);
  });
  list();
}

// The card nearest to this one in the row below it, or above.
function inNextRow(shown, at, direction) {
  const from = shown[at].button.getBoundingClientRect();
  const places = shown
    .map((card) => ({ card, box: card.button.getBoundingClientRect() }))
    .filter(({ box }) => (direction > 0 ? box.top >= from.bottom : box.bottom <= from.top));
  const row = (box) => direction * (direction > 0 ? box.top : box.bottom);
  const nearest = Math.min(...places.map(({ box }) => row(box)));
  return places
    .filter(({ box }) => row(box) < nearest + 1)
    .sort((one, other) => Math.abs(one.box.left - from.left) - Math.abs(other.box.left - from.left))[0]?.card;
}

// Every word of the query must begin a word of the card.
function ranked(cards, query) {
  const wanted = wordsOf([query]);
  const asOne = wanted.join(" ");
  return cards
    .map((card) => {
      const places = wanted.map((word) => card.words.findIndex((words) => words.some((one) => one.startsWith(word))));
      const isTitle = wordsOf([card.title]).join(" ") === asOne;
      return { card, missing: places.includes(-1), rank: isTitle ? -1 : places.reduce((sum, at) => sum + at, 0) };
    })
    .filter(({ missing }) => !missing)
    .sort((one, other) => one.rank - other.rank)
    .map(({ card }) => card);
}

// Lower-case words in one spelling for British and American, letter by letter, so that the beginning of a
// word stays the beginning of it.
function wordsOf(texts) {
  return texts
    .join(" ")
    .toLowerCase()
    .replace(/ou/g, "o")
    .replace(/gre/g, "gra")
    .replace(/is/g, "iz")
    .replace(/cent[re]+/g, "cent")
    .replace(/arte/g, "arti")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function section({ title, cards }, number) {
  const part = element("section");
  if (title) {
    const heading = part.appendChild(element("h3", "", title));
    heading.id = `group-${number}`;
    part.setAttribute("aria-labelledby", heading.id);
  }
  const grid = part.appendChild(element("div", "cards"));
  grid.append(...cards.map(({ button }) => button));
  return part;
}

function made({ title, text, drawn, mark }, at, sheet, { side }) {
  const button = element("button", "card");
  button.type = "button";
  if (sheet) button.append(picture(sheet, side, at));
  const name = button.appendChild(element("span", "title", title));
  const described = [];
  if (mark) {
    button.setAttribute("aria-current", "true");
    described.push(button.appendChild(element("span", "mark", mark)));
  }
  described.push(button.appendChild(element("span", "text", text)));
  if (drawn) {
    described.push(button.appendChild(element("span", "drawn", drawn)));
    button.title = drawn;
  }
  name.id = `title-${at}`;
  described.forEach((part, number) => (part.id = `about-${at}-${number}`));
  button.setAttribute("aria-labelledby", name.id);
  button.setAttribute("aria-describedby", described.map(({ id }) => id).join(" "));
  return button;
}

function offerWays(fieldset, { ways, way, asked }, change) {
  fieldset.hidden = !ways.length;
  const legend = fieldset.querySelector("legend");
  legend.textContent = asked;
  fieldset.replaceChildren(
    legend,
    ...ways.map(([value, title]) => {
      const label = element("label");
      const radio = label.appendChild(element("input"));
      Object.assign(radio, { type: "radio", name: "way", value, checked: value === way });
      radio.onchange = () => change(value);
      label.append(title);
      return label;
    }),
  );
}

function picture(sheet, side, at) {
  const canvas = element("canvas");
  canvas.width = canvas.height = side;
  canvas.setAttribute("aria-hidden", "true");
  const columns = sheet.width / side;
  const [x, y] = [(at % columns) * side, Math.floor(at / columns) * side];
  canvas.getContext("2d").drawImage(sheet, x, y, side, side, 0, 0, side, side);
  return canvas;
}

function element(tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}
