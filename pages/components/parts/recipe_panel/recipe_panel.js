// The recipe as a tree of steps. Python sends all of it as JSON; the browser sends numbered edits as the state
// `edits`, always the last twenty, so that none is lost when Streamlit merges messages. What the user has
// changed is shown at once, and the JSON of a run that does not know it yet is not. A slider that is let go
// waits until its own pictures are painted: the page, made meanwhile, would only make them late.
// Python joins this file with recipe_panel_steps.js, _settings.js and _places.js into one module.

const MOST_EDITS = 20;
// How many sliders are open at first; those of later steps are folded away.
const MOST_OPEN = 8;
const MOST_WAIT_MS = 100;
const ACTS = ["pointerdown", "keydown"];
const ENDS = ["pointerup", "pointercancel", "keyup", "contextmenu", "blur"];

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
  Object.assign(panel, { busy: null, isPressed: false, later: null, waits: null, unsent: null });
  Object.assign(panel, { opened: null, sought: "" });
  // Where all steps are folded, the first of them can be opened.
  const focus = () =>
    [...root.querySelectorAll("input[type=range], .fold, .add")]
      .sort((a, b) => b.matches("input") - a.matches("input"))
      .find((element) => element.checkVisibility() && !element.disabled)
      .focus();
  // Whatever the user does next comes after what has been done.
  const sendNow = () => panel.unsent?.();
  const press = ({ button, key, target }) => {
    // A browser need not say when the mouse is let go above the list that it has opened.
    if (!button && (key ?? " ") === " " && !target.closest("select")) panel.isPressed = true;
  };
  const letGo = () => {
    if (!panel.isPressed) return;
    // After the click, which comes last.
    setTimeout(() => {
      panel.isPressed = false;
      if (!panel.busy) idle(panel);
    });
  };
  for (const name of ACTS) root.addEventListener(name, press);
  document.addEventListener("augment:focus-recipe", focus);
  for (const name of ACTS) document.addEventListener(name, sendNow, true);
  for (const name of ENDS) addEventListener(name, letGo, true);
  panel.leave = () => {
    document.removeEventListener("augment:focus-recipe", focus);
    for (const name of ACTS) document.removeEventListener(name, sendNow, true);
    for (const name of ENDS) removeEventListener(name, letGo, true);
  };
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
  // A slider is not replaced under the thumb, nor a number that is being typed, nor a button that is pressed,
  // whose click would be lost.
  if (panel.busy || panel.isPressed) {
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
  if (later) receive(panel, later); // which waits on if a button is pressed
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

// Sends an edit; if its pictures are on their way, when they are `shown`.
function edit(panel, change, shown = null) {
  const { edits, data } = panel;
  const before = edits.at(-1);
  const [instance, last] = data.applied;
  const has = instance === panel.instance ? last : 0;
  // Of a slider that moves on by keys, only the newest value matters.
  const replaces =
    before && change.kind === "value" && before.kind === "value" && before.version === data.version &&
    before.step === change.step && before.name === change.name;
  if (replaces) edits.pop();
  edits.push({ n: ++panel.last, version: data.version, has, ...change });
  panel.edits = edits.slice(-MOST_EDITS);
  const send = () => {
    panel.unsent = null;
    panel.send({ instance: panel.instance, edits: panel.edits });
  };
  panel.unsent = send;
  if (!shown) send();
  else Promise.race([shown, rest(MOST_WAIT_MS)]).then(() => panel.unsent === send && send());
}

const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Returns a promise that is kept when the pictures of the value are painted; null if none are on their way.
function drag(phase, step, name, value) {
  const coming = [];
  const detail = { phase, step: step.id, name, value, coming };
  document.dispatchEvent(new CustomEvent("augment:drag", { detail }));
  return coming.length ? Promise.all(coming) : null;
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
