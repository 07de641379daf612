// Where a step is: by dragging its handle, by keys on it, or by the buttons of its menu.

function moveBy(panel, step, handle) {
  handle.onkeydown = (event) => {
    const places = { ArrowUp: "Move up", ArrowDown: "Move down", ArrowRight: "Move into", ArrowLeft: "Move out" };
    const wanted = places[event.key];
    if (!wanted) return;
    event.preventDefault();
    const found = possible(panel, step).find(([text]) => text.startsWith(wanted));
    if (found) found[1]();
    else panel.root.querySelector(".news").textContent = `${step.title} cannot move there.`;
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
    const over = ({ clientY }) => {
      panel.busy = handle;
      item.classList.add("moves");
      slot = nearest(panel, item, clientY);
      const frame = panel.root.getBoundingClientRect();
      landing.hidden = false;
      landing.style.top = `${slot.y - frame.top}px`;
      landing.style.left = `${slot.left - frame.left}px`;
      landing.style.width = `${slot.width}px`;
    };
    const end = (apply) => {
      handle.onpointermove = handle.onpointerup = handle.onpointercancel = handle.onlostpointercapture = null;
      removeEventListener("keydown", escape, true);
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
function nearest(panel, item, y) {
  const slots = [];
  for (const list of panel.root.querySelectorAll(".steps")) {
    if (item.contains(list)) continue;
    const items = [...list.children].filter((each) => each !== item);
    const { left, width, top, bottom } = list.getBoundingClientRect();
    const at = { parent: list.dataset.parent ?? "", left, width };
    items.forEach((each, index) => slots.push({ ...at, index, y: each.getBoundingClientRect().top - 2 }));
    const end = items.length ? items.at(-1).getBoundingClientRect().bottom + 2 : (top + bottom) / 2;
    slots.push({ ...at, index: items.length, y: end });
  }
  return slots.reduce((best, slot) => (Math.abs(slot.y - y) < Math.abs(best.y - y) ? slot : best));
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
  if (before?.steps) move(`Move into ${before.title} above`, before.id, before.steps.length);
  if (after?.steps) move(`Move into ${after.title} below`, after.id, 0);
  if (parent) move(`Move out of ${parent.title}`, ...above);
  found.push(["Duplicate", () => edit(panel, { kind: "duplicate", step: step.id })]);
  found.push(["Remove", () => edit(panel, { kind: "remove", step: step.id })]);
  return found;
}

function place(panel, step, parent, index) {
  const titles = new Map([["", "the recipe"]]);
  let isThere = false;
  walk(panel.data.steps, (each, its, at) => {
    titles.set(each.id, each.title);
    if (each.id === step.id) isThere = (its?.id ?? "") === parent && at === index;
  });
  if (isThere) return;
  panel.root.querySelector(".news").textContent = `${step.title} is now number ${index + 1} in ${titles.get(parent)}.`;
  edit(panel, { kind: "move", step: step.id, parent, index });
}
