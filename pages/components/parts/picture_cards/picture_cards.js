// Cards with text and pictures. Python sends one frame with all pictures as one compressed sheet. Pictures and
// texts change together, and `data-digest` is the digest of the frame that is painted.

const turns = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".cards");
  if (data) show(root, parentElement.querySelector(".problem"), data);
  return () => turns.set(root, next(root));
}

const next = (root) => (turns.get(root) ?? 0) + 1;

async function show(root, problem, data) {
  const turn = next(root);
  turns.set(root, turn);
  const [header, packed] = unpack(data);
  if (root.dataset.digest === header.digest) return;
  let sheet;
  try {
    sheet = await createImageBitmap(new Blob([packed], { type: "image/jpeg" }));
  } catch {
    problem.hidden = turn !== turns.get(root);
    return;
  }
  if (turn === turns.get(root)) {
    problem.hidden = true;
    root.style.setProperty("--narrowest", `${header.narrowest}rem`);
    root.replaceChildren(...header.cards.map((card) => made(card, sheet, header)));
    root.dataset.digest = header.digest;
  }
  sheet.close();
}

function made({ title, text, pictures, bars }, sheet, { side, across }) {
  const card = element("section", bars.length ? "card rated" : "card");
  card.append(element("h4", "title", title), element("p", "text", text));
  const row = card.appendChild(element("div", "pictures"));
  row.style.setProperty("--across", across);
  for (const { at, alt, caption } of pictures) {
    const figure = row.appendChild(element("figure", ""));
    figure.append(drawn(sheet, side, at, alt), element("figcaption", "", caption));
  }
  if (bars.length) card.append(rated(bars));
  return card;
}

function rated(bars) {
  const list = element("ol", "bars");
  for (const { name, share, text } of bars) {
    const row = list.appendChild(element("li", ""));
    row.style.setProperty("--share", share);
    row.append(element("span", "", name), element("span", "share", text));
  }
  return list;
}

function drawn(sheet, side, at, alt) {
  const canvas = element("canvas", "");
  canvas.width = canvas.height = side;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", alt);
  const columns = sheet.width / side;
  const [x, y] = [(at % columns) * side, Math.floor(at / columns) * side];
  canvas.getContext("2d").drawImage(sheet, x, y, side, side, 0, 0, side, side);
  return canvas;
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}
