// The large view of one picture: before and after in the same place with a wipe or a flip, or side by side.

const HINTS = {
  wipe: "Drag across the picture.",
  flip: "Hold the picture, or press F.",
  both: "",
};

// Shared by all grids while the page is open.
const chosen = { mode: "wipe", percent: 50 };

function largeView(view, dialog) {
  const find = (name) => dialog.querySelector(name);
  const parts = { frame: find(".frame"), wiper: find(".wiper"), flip: find(".flip") };
  const large = { view, dialog, find, ...parts, at: 0, side: "after", held: false };
  large.open = (n) => {
    Object.assign(large, { at: n, side: "after" });
    dialog.showModal();
    large.follow();
    find(".title").focus();
  };
  large.follow = () => dialog.open && follow(large);
  find(".previous").onclick = () => step(large, -1);
  find(".next").onclick = () => step(large, 1);
  find(".close").onclick = () => dialog.close();
  find(".choice").onchange = ({ target }) => {
    chosen.mode = target.value;
    large.side = "after";
    compare(large);
  };
  large.wiper.oninput = () => wipe(large, Number(large.wiper.value));
  large.flip.onclick = () => flip(large);
  dialog.onkeydown = (event) => key(large, event);
  dialog.onclose = () => view.cards[large.at]?.querySelector(".open").focus();
  leaveByBackdrop(dialog);
  followPointer(large);
  return large;
}

function follow(large) {
  const { view, dialog, find } = large;
  const { header, decoded, cards } = view;
  if (!cards.length) {
    dialog.close();
    return;
  }
  large.at = Math.min(large.at, cards.length - 1);
  const tile = header.tiles[large.at];
  dialog.classList.toggle("small", header.size < 128);
  header.sides.forEach((side, s) => {
    const canvas = large.frame.children[s];
    draw(canvas, decoded[s], side.digest, header.size, tile.at[s], tile.alts[s]);
  });
  set(find(".title"), tile.title || "Picture");
  set(find(".position"), [`${large.at + 1} of ${cards.length}`, tile.mark].filter(Boolean).join(", "));
  for (const name of [".previous", ".next"]) find(name).hidden = cards.length < 2;
  shares(find(".bar"), find(".label"), tile.shares);
  find(".mixed").hidden = !tile.shares.length;
  const drawn = tile.details.length ? tile.details : tile.captions.map((text) => [text, []]);
  find(".drawing").hidden = !tile.details.length;
  fill(find(".details"), drawn, "li", detail(large));
  texts(find(".notes"), tile.notes);
  compare(large);
}

const detail = (large) => (item, [title, values, partner]) => {
  line(item, 0, "h5", "", title);
  fill(part(item, 1, "dl", ""), values, "div", (row, [name, value]) => {
    line(row, 0, "dt", "", name);
    line(row, 1, "dd", "", value);
  });
  const thumb = part(item, 2, "canvas", "thumb");
  const { header, decoded } = large.view;
  hide(thumb, !(partner >= 0));
  if (!thumb.hidden) draw(thumb, decoded[0], header.sides[0].digest, header.size, partner, "the picture mixed in");
};

function compare(large) {
  const { dialog, find, frame } = large;
  dialog.dataset.mode = chosen.mode;
  find(`[value=${chosen.mode}]`).checked = true;
  set(find(".hint"), HINTS[chosen.mode]);
  large.wiper.hidden = chosen.mode !== "wipe";
  large.flip.hidden = chosen.mode !== "flip";
  wipe(large, chosen.percent);
  frame.dataset.side = large.held ? other(large.side) : large.side;
  set(large.flip, large.side === "after" ? "Show before" : "Show after");
}

function wipe({ frame, wiper }, percent) {
  chosen.percent = Math.min(Math.max(Math.round(percent), 0), 100);
  frame.style.setProperty("--wipe", `${chosen.percent}%`);
  wiper.value = chosen.percent;
  wiper.setAttribute("aria-valuetext", `${chosen.percent}% before, ${100 - chosen.percent}% after`);
}

const other = (side) => (side === "after" ? "before" : "after");

function flip(large) {
  large.side = chosen.mode === "flip" ? other(large.side) : "before";
  chosen.mode = "flip";
  compare(large);
}

function step(large, by) {
  const count = large.view.cards.length;
  large.at = (large.at + by + count) % count;
  large.side = "after";
  follow(large);
}

// The arrow keys belong to a focused range or choice, the space bar to a focused button.
function key(large, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key: pressed, target } = event;
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  if (pressed in steps && !target.matches("input")) step(large, steps[pressed]);
  else if (pressed === " " && target.matches("input, button")) return;
  else if (pressed === " " || pressed.toLowerCase() === "f") event.repeat || flip(large);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function followPointer(large) {
  const { frame } = large;
  const wipeTo = ({ clientX }) => {
    const { left, width } = frame.getBoundingClientRect();
    wipe(large, (100 * (clientX - left)) / width);
  };
  const hold = (held) => {
    large.held = held;
    compare(large);
  };
  frame.onpointerdown = (event) => {
    if (event.button !== 0 || chosen.mode === "both") return;
    frame.setPointerCapture(event.pointerId);
    if (chosen.mode === "flip") hold(true);
    else wipeTo(event);
  };
  frame.onpointermove = (event) => {
    if (chosen.mode === "wipe" && frame.hasPointerCapture(event.pointerId)) wipeTo(event);
  };
  frame.onlostpointercapture = () => hold(false);
  // A long press shows the other side here, and must not open a menu.
  frame.addEventListener("contextmenu", (event) => {
    if (chosen.mode === "flip") event.preventDefault();
  });
}

function leaveByBackdrop(dialog) {
  let began = false;
  const outside = ({ target, clientX, clientY }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const inside = left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
    return target === dialog && !inside;
  };
  dialog.addEventListener("pointerdown", (event) => (began = outside(event)));
  dialog.addEventListener("click", (event) => began && outside(event) && dialog.close());
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
