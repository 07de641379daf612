// Where a step is: by dragging its handle, by keys on it, or by the buttons of its menu.

// How near to the edge a step is dragged for the panel to scroll.
const EDGE = 40;

function moveBy(panel, step, handle) {
  handle.onkeydown = (event) => {
    const places = { ArrowUp: "Move up", ArrowDown: "Move down", ArrowRight: "Move into", ArrowLeft: "Move out" };
    const wanted = places[event.key];
    if (!wanted) return;
    event.preventDefault();
    const found = possible(panel, step).find(([text]) => text.startsWith(wanted));
    if (found) found[1]();
    else tell(panel, `${step.title} cannot move there.`);
  };
  // Else the drag would select the text of the page.
  handle.onmousedown = (event) => {
    event.preventDefault();
    handle.focus();
  };
  handle.onpointerdown = (event) => {
    if (event.button) return;
    handle.setPointerCapture(event.pointerId);
    const item = handle.closest(".step");
    const landing = panel.root.querySelector(".landing");
    let slot = null;
    let y = 0;
    const scrolls = scrolling(panel.root, () => y, () => over({ clientY: y }));
    const over = ({ clientY }) => {
      if (panel.busy !== handle) scrolls.begin();
      y = clientY;
      panel.busy = handle;
      item.classList.add("moves");
      slot = nearest(panel, step, item, clientY);
      const frame = panel.root.getBoundingClientRect();
      landing.hidden = false;
      landing.style.top = `${slot.y - frame.top}px`;
      landing.style.left = `${slot.left - frame.left}px`;
      landing.style.width = `${slot.width}px`;
    };
    const end = (apply) => {
      handle.onpointermove = handle.onpointerup = handle.onpointercancel = handle.onlostpointercapture = null;
      removeEventListener("keydown", escape, true);
      scrolls.end();
      item.classList.remove("moves");
      landing.hidden = true;
      if (panel.busy) idle(panel);
      if (apply && slot) place(panel, step, slot.parent, slot.index);
    };
    const escape = (press) => {
      if (press.key !== "Escape") return;
      press.stopPropagation();
      end(false);
    };
    addEventListener("keydown", escape, true);
    handle.onpointermove = over;
    handle.onpointerup = () => end(true);
    handle.onpointercancel = handle.onlostpointercapture = () => end(false);
  };
}

// Returns the place between two steps that is nearest to a height on the screen: in which list, at which
// index without the step that moves, and where its line is drawn.
function nearest(panel, step, item, y) {
  const slots = [];
  for (const list of panel.root.querySelectorAll(".steps")) {
    if (item.contains(list) || !fits(panel, step, list.dataset.parent ?? "")) continue;
    const items = [...list.children].filter((each) => each !== item);
    const { left, width, top, bottom } = list.getBoundingClientRect();
    const at = { parent: list.dataset.parent ?? "", left, width };
    items.forEach((each, index) => slots.push({ ...at, index, y: each.getBoundingClientRect().top - 2 }));
    const end = items.length ? items.at(-1).getBoundingClientRect().bottom + 2 : (top + bottom) / 2;
    slots.push({ ...at, index: items.length, y: end });
  }
  return slots.reduce((best, slot) => (Math.abs(slot.y - y) < Math.abs(best.y - y) ? slot : best));
}

// Scrolls what the panel is in while the pointer is near its edge, and says so each time.
function scrolling(root, y, moved) {
  let frame = 0;
  let box = root.getRootNode().host;
  while (box && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY))) {
    box = box.parentElement;
  }
  const look = () => {
    const { top, bottom } = box.getBoundingClientRect();
    // On a phone the pictures hide what is above this.
    const hidden = parseFloat(getComputedStyle(box).scrollPaddingTop) || 0;
    const [above, below] = [Math.max(top, 0) + hidden + EDGE - y(), y() - Math.min(bottom, innerHeight) + EDGE];
    const before = box.scrollTop;
    if (above > 0 || below > 0) box.scrollTop += (above > 0 ? -Math.min(above, EDGE) : Math.min(below, EDGE)) / 4;
    if (box.scrollTop !== before) moved();
    frame = requestAnimationFrame(look);
  };
  return {
    begin: () => box && (frame = requestAnimationFrame(look)),
    end: () => cancelAnimationFrame(frame),
  };
}

const levels = (step) => (step.steps ? 1 + Math.max(1, ...step.steps.map(levels)) : 1);

// Whether a step, with all in it, is not too deep as a child of another.
function fits({ data }, step, parent) {
  const depthOf = (steps, depth) =>
    steps.reduce((found, each) => found || (each.id === parent ? depth : depthOf(each.steps ?? [], depth + 1)), 0);
  return (parent ? depthOf(data.steps, 1) : 0) + levels(step) <= data.deepest;
}

// Returns what can be done with a step: the text of each action, and what it does.
function possible(panel, step) {
  let [parent, index, siblings, above] = [null, 0, [], ["", 0]];
  walk(panel.data.steps, (each, its, at, all) => {
    if (each.id === step.id) [parent, index, siblings] = [its, at, all];
  });
  walk(panel.data.steps, (each, its, at) => {
    if (each.id === parent?.id) above = [its?.id ?? "", at + 1];
  });
  const here = parent?.id ?? "";
  const found = [];
  const move = (text, to, at) => found.push([text, () => place(panel, step, to, at)]);
  const [before, after] = [siblings[index - 1], siblings[index + 1]];
  if (before) move("Move up", here, index - 1);
  if (after) move("Move down", here, index + 1);
  const takes = (other) => other?.steps && fits(panel, step, other.id);
  if (takes(before)) move(`Move into ${before.title} above`, before.id, before.steps.length);
  if (takes(after)) move(`Move into ${after.title} below`, after.id, 0);
  if (parent) move(`Move out of ${parent.title}`, ...above);
  found.push(["Duplicate", () => edit(panel, { kind: "duplicate", step: step.id })]);
  found.push([
    "Remove",
    () => {
      edit(panel, { kind: "remove", step: step.id });
      siblings.splice(index, 1);
      show(panel);
      tell(panel, `${step.title} is removed.`);
      const next = after ?? before ?? parent;
      focusOn(panel, next ? `${next.id} handle` : "add");
    },
  ]);
  return found;
}

// Shows a step at another place at once; Python follows, or says why not.
function place(panel, step, parent, index) {
  const { data } = panel;
  const lists = new Map([["", [data.steps, "the recipe"]]]);
  let [from, at] = [null, 0];
  walk(data.steps, (each, its, where, siblings) => {
    if (each.steps) lists.set(each.id, [each.steps, each.title]);
    if (each.id === step.id) [from, at] = [siblings, where];
  });
  const [to, title] = lists.get(parent);
  if (to === from && at === index) return;
  edit(panel, { kind: "move", step: step.id, parent, index });
  from.splice(at, 1);
  to.splice(index, 0, step);
  // What a step was moved into is open, so that it is seen.
  if (parent) folded.set(parent, false);
  show(panel);
  tell(panel, `${step.title} is now number ${index + 1} of ${to.length} in ${title}.`);
}

function tell(panel, news) {
  panel.root.querySelector(".news").textContent = news;
}
