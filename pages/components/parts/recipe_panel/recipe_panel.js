// The recipe as a tree of steps. Python sends all of it as JSON; the browser sends numbered edits as the state
// `edits`, always the last twenty, so that none is lost when Streamlit merges messages. What the user has
// changed is shown at once, and the JSON of a run that does not know it yet is not.
// Python joins this file with recipe_panel_steps.js, _settings.js and _places.js into one module.

const MOST_EDITS = 20;
// How many sliders are open at first; those of later steps are folded away.
const MOST_OPEN = 8;

const panels = new WeakMap();
// Which steps are folded, by their id: it outlives the panel, as when another page is opened.
const folded = new Map();

export default function ({ data, parentElement, setStateValue }) {
  let panel = panels.get(parentElement);
  if (!panel) panels.set(parentElement, (panel = begin(parentElement)));
  panel.send = (value) => setStateValue("edits", value);
  receive(panel, data);
  return () => {
    // Streamlit calls this also where newer data overtake older ones, and the panel stays.
    if (parentElement.host.isConnected) return;
    panels.delete(parentElement);
    panel.leave();
  };
}

function begin(parent) {
  const root = parent.querySelector(".panel");
  const instance = `${Date.now()} ${Math.random()}`;
  const panel = { root, instance, edits: [], last: 0, text: "", data: null };
  Object.assign(panel, { busy: null, later: null, waits: null, opened: null, sought: "" });
  // Where all steps are folded, the first of them can be opened.
  const focus = () =>
    [...root.querySelectorAll("input[type=range], .fold, .add")]
      .sort((a, b) => b.matches("input") - a.matches("input"))
      .find((element) => element.checkVisibility() && !element.disabled)
      .focus();
  document.addEventListener("augment:focus-recipe", focus);
  panel.leave = () => document.removeEventListener("augment:focus-recipe", focus);
  root.querySelector(":scope > .add").onclick = () => edit(panel, { kind: "add", step: "" });
  return panel;
}

function receive(panel, data) {
  const text = JSON.stringify(data);
  if (text === panel.text) return;
  const [instance, last] = data.applied;
  const isNew = data.version !== panel.data?.version;
  // This run began before the last edits; the one that knows them follows.
  if (!isNew && panel.last > (instance === panel.instance ? last : 0)) return;
  // A slider is not replaced under the thumb, nor a number that is being typed.
  if (panel.busy) {
    panel.later = data;
    return;
  }
  Object.assign(panel, { text, data: structuredClone(data) });
  foldAtFirst(panel.data.steps, isNew);
  show(panel);
}

// Called when a thumb or a step is let go, or what was typed is finished.
function idle(panel) {
  const { later } = panel;
  Object.assign(panel, { busy: null, later: null });
  if (later) receive(panel, later);
}

// While a key is held, Streamlit is not asked more often than it answers; the last value always arrives.
function afterRun(panel, act) {
  const isFirst = !panel.waits;
  panel.waits = act;
  const look = () => {
    if (panel.waits && isRunning()) setTimeout(look, 15);
    else flush(panel);
  };
  if (isFirst) look();
}

function flush(panel) {
  const { waits } = panel;
  panel.waits = null;
  waits?.();
}

function edit(panel, change) {
  const { edits, data } = panel;
  const before = edits.at(-1);
  // Of a slider that moves on by keys, only the newest value matters.
  const replaces =
    before && change.kind === "value" && before.kind === "value" && before.version === data.version &&
    before.step === change.step && before.name === change.name;
  if (replaces) edits.pop();
  edits.push({ n: ++panel.last, version: data.version, ...change });
  panel.edits = edits.slice(-MOST_EDITS);
  panel.send({ instance: panel.instance, edits: panel.edits });
}

function drag(phase, step, name, value) {
  document.dispatchEvent(new CustomEvent("augment:drag", { detail: { phase, step: step.id, name, value } }));
}

function foldAtFirst(steps, isNew) {
  let open = 0;
  walk(steps, (step) => {
    if (folded.has(step.id)) return;
    const sliders = step.settings.filter((setting) => setting.slides && !setting.secondary).length;
    // A step that was added just now is open.
    folded.set(step.id, isNew && open > 0 && open + sliders > MOST_OPEN);
    if (step.enabled && !folded.get(step.id)) open += sliders;
  });
}

function walk(steps, visit, parent = null) {
  steps.forEach((step, index) => {
    visit(step, parent, index, steps);
    walk(step.steps ?? [], visit, step);
  });
}

function make(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

function button(name, text, label, act) {
  const made = make("button", name, text);
  made.type = "button";
  if (label) made.setAttribute("aria-label", label);
  made.onclick = act;
  return made;
}
