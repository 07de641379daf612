// The steps: what can be folded, switched and opened. All of them are made anew when the recipe changes; the
// focus returns to where it was.

function show(panel) {
  const { root, data } = panel;
  const held = root.getRootNode().activeElement?.dataset?.at;
  const list = root.querySelector(":scope > .steps");
  list.replaceChildren(...data.steps.map((step) => stepItem(panel, step)));
  root.querySelector(".none").hidden = data.steps.length > 0;
  list.hidden = data.steps.length === 0;
  if (held) focusOn(panel, held);
}

function focusOn({ root }, at) {
  [...root.querySelectorAll("[data-at]")].find(({ dataset }) => dataset.at === at)?.focus();
}

function stepItem(panel, step) {
  const item = make("li", "step");
  item.dataset.step = step.id;
  item.setAttribute("role", "group");
  item.setAttribute("aria-label", step.title);
  item.classList.toggle("off", !step.enabled);
  const isFolded = Boolean(folded.get(step.id)) || !step.enabled;
  item.append(head(panel, step, isFolded));
  if (panel.opened === step.id) item.append(more(panel, step));
  if (isFolded) return item;
  const body = make("div", "body");
  const shown = step.settings.filter((setting) => applies(step, setting));
  body.append(...shown.filter((each) => !each.secondary).map((each) => settingRow(panel, step, each)));
  const fine = shown.filter((each) => each.secondary);
  if (fine.length) body.append(fineTuning(panel, step, fine));
  body.append(...step.advice.map((sentence) => make("p", "advice", sentence)));
  if (body.children.length) item.append(body);
  if (step.steps) item.append(children(panel, step));
  return item;
}

function head(panel, step, isFolded) {
  const row = make("div", "head");
  const handle = button("handle", "", `Move ${step.title}`);
  handle.title = "Drag to move; arrow keys move up and down, right into the policy beside, left out of one";
  handle.dataset.at = `${step.id} handle`;
  moveBy(panel, step, handle);
  const on = make("input", "switch");
  Object.assign(on, { type: "checkbox", checked: step.enabled });
  on.setAttribute("role", "switch");
  on.setAttribute("aria-label", step.title);
  on.dataset.at = `${step.id} switch`;
  on.onchange = () => {
    step.enabled = on.checked;
    if (on.checked) folded.set(step.id, false);
    change(panel, step, "enabled", on.checked);
    show(panel);
  };
  const fold = button("fold", "", "", () => {
    folded.set(step.id, !isFolded);
    show(panel);
  });
  fold.title = step.about;
  fold.dataset.at = `${step.id} fold`;
  fold.disabled = !step.enabled;
  fold.setAttribute("aria-expanded", String(!isFolded));
  fold.append(make("span", "title", step.title));
  if (isFolded) fold.append(make("span", "summary", step.enabled ? summary(step) : "off"));
  const isOpen = panel.opened === step.id;
  const menu = button("menu", "", "", () => openMenu(panel, isOpen ? null : step));
  sayWhen(menu, step);
  menu.title = "How often and to which pictures; duplicate, remove, move";
  menu.dataset.at = `${step.id} menu`;
  menu.setAttribute("aria-expanded", String(isOpen));
  row.append(handle, on, fold, menu);
  return row;
}

function sayWhen(menu, step) {
  const when = whenText(step);
  menu.textContent = when || "⋯";
  menu.setAttribute("aria-label", `${when ? `${when}: ` : ""}when ${step.title} applies, and more`);
}

// Opens the menu of a step, or none.
function openMenu(panel, step) {
  Object.assign(panel, { opened: step?.id ?? null, sought: "" });
  show(panel);
}

// "50% of pictures, 1 class"; empty where the step is for all.
function whenText(step) {
  const parts = [];
  if (step.probability < 1) parts.push(`${Number((step.probability * 100).toPrecision(4))}% of pictures`);
  const count = step.classes?.length;
  if (step.classes) parts.push(count === 1 ? "1 class" : `${count.toLocaleString("en")} classes`);
  return parts.join(", ");
}

const summary = (step) =>
  step.settings
    .filter((setting) => applies(step, setting) && !setting.secondary)
    .map((setting) => `${setting.label.toLowerCase()} ${worded(setting, setting.value)}`)
    .join(", ");

const isChosen = (step, condition) =>
  !condition || step.settings.find(({ name }) => name === condition[0])?.value === condition[1];

const applies = (step, setting) => isChosen(step, setting.only_if);

function children(panel, step) {
  const box = make("div", "inside");
  const list = make("ol", "steps");
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", `Steps of ${step.title}`);
  list.dataset.parent = step.id;
  list.append(...step.steps.map((child) => stepItem(panel, child)));
  const add = button("add", `Add a step to ${step.title}`, "", () => {
    edit(panel, { kind: "add", step: step.id });
  });
  add.dataset.at = `${step.id} add`;
  box.append(list, add);
  return box;
}

function fineTuning(panel, step, settings) {
  const box = make("details", "fine");
  const key = `${step.id} fine`;
  const isTuned = settings.some((each) => each.value !== each.default);
  box.open = folded.has(key) ? !folded.get(key) : isTuned;
  const title = make("summary", "", "Fine tuning");
  title.dataset.at = key;
  title.onclick = () => folded.set(key, box.open);
  box.append(title, ...settings.map((each) => settingRow(panel, step, each)));
  return box;
}

function more(panel, step) {
  const box = make("div", "more");
  box.onkeydown = (event) => {
    // A slider that moves goes back, and a search is emptied, before this is closed.
    if (event.key !== "Escape" || event.defaultPrevented || event.target.value && event.target.type === "search") return;
    event.preventDefault();
    openMenu(panel, null);
    focusOn(panel, `${step.id} menu`);
  };
  const probability = {
    ...{ name: "probability", label: "Probability", type: "float", value: step.probability, default: 1 },
    ...{ low: 0, high: 1, step: 0.01, unit: "", factor: 1, slides: true, usual: [] },
    help: "The probability that this step is applied to a picture. Default: 1.",
  };
  box.append(
    make("p", "about", `${step.about} (${step.paper})`),
    settingRow(panel, step, probability, (value) => (step.probability = value)),
    classes(panel, step),
    actions(panel, step),
  );
  return box;
}

function classes(panel, step) {
  const names = panel.data.classes;
  const box = make("fieldset", "classes");
  box.append(make("legend", "", "Only for these classes"));
  const text = make("p", "chosen");
  const find = make("input", "find");
  Object.assign(find, { type: "search", placeholder: "Find a class" });
  find.setAttribute("aria-label", `Find a class for ${step.title}`);
  find.dataset.at = `${step.id} find`;
  const list = make("div", "list");
  const last = Math.max(names.length - 1, ...(step.classes ?? []));
  const chosen = new Set(step.classes ?? []);
  const explain = () => {
    text.textContent = chosen.size
      ? "Pictures of other classes are left unchanged; the class is the one before any mixing."
      : "All classes.";
  };
  for (let n = 0; n <= last; n++) {
    const row = make("label", "class");
    const box = Object.assign(make("input", ""), { type: "checkbox", checked: chosen.has(n) });
    box.dataset.at = `${step.id} class ${n}`;
    box.onchange = () => {
      chosen[box.checked ? "add" : "delete"](n);
      step.classes = chosen.size ? [...chosen].sort((a, b) => a - b) : null;
      change(panel, step, "classes", step.classes);
      explain();
    };
    row.append(box, make("span", "", names[n] ?? `class ${n}`));
    list.append(row);
  }
  const filter = () => {
    const wanted = panel.sought.trim().toLowerCase();
    for (const row of list.children) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  };
  find.value = panel.sought;
  find.oninput = () => {
    panel.sought = find.value;
    filter();
  };
  filter();
  explain();
  box.append(text, find, list);
  return box;
}

function actions(panel, step) {
  const box = make("div", "actions");
  for (const [text, act] of possible(panel, step)) {
    const made = button("action", text, `${text}: ${step.title}`, act);
    made.dataset.at = `${step.id} ${text}`;
    box.append(made);
  }
  return box;
}

function change(panel, step, name, value, shown = null, replaces = null) {
  const menu = [...panel.root.querySelectorAll(".menu")].find(({ dataset }) => dataset.at === `${step.id} menu`);
  sayWhen(menu, step);
  edit(panel, { kind: "value", step: step.id, name, value, replaces }, shown);
}
