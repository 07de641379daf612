// One parameter of a step: a slider with a number to type, or a choice.

function settingRow(panel, step, setting, keep = (value) => (setting.value = value)) {
  const row = make("div", "setting");
  row.append(setting.type === "choice" ? choiceOf(panel, step, setting) : numberOf(panel, step, setting, keep));
  return row;
}

function choiceOf(panel, step, setting) {
  const label = make("label", "choice");
  const select = make("select", "");
  for (const [value, text] of setting.choices) select.append(new Option(text, value, false, value === setting.value));
  select.title = setting.help;
  select.dataset.at = `${step.id} ${setting.name}`;
  select.onchange = () => {
    setting.value = select.value;
    change(panel, step, setting.name, select.value);
    // Other parameters may apply now.
    show(panel);
  };
  label.append(make("span", "label", setting.label), select);
  return label;
}

const UNITS = { turn: "degrees" };

function numberOf(panel, step, setting, keep) {
  const { name, low, high, factor, type } = setting;
  const unit = UNITS[setting.unit] ?? setting.unit;
  const label = setting.label + (unit ? ` (${unit})` : "");
  const box = make("div", "number");
  const shown = (value) => (type === "int" ? value : Number((value * factor).toFixed(9)));
  const meant = (value) => (type === "int" ? value : Number((value / factor).toFixed(9)));
  const usual = setting.usual.filter((each) => isChosen(step, each.only_if))[0];
  const help = [setting.help, usual ? `${usualText(setting, usual)} ${usual.source}` : ""].filter(Boolean).join(" ");

  const top = make("div", "top");
  const about = button("label", label, "", () => (words.hidden = !words.hidden));
  Object.assign(about, { tabIndex: -1, title: help });
  const field = Object.assign(make("input", "typed"), { type: "number", step: shown(setting.step) });
  Object.assign(field, { min: shown(low), max: shown(high), value: shown(setting.value) });
  field.setAttribute("aria-label", label);
  field.dataset.at = `${step.id} ${name} typed`;
  top.append(about, field);
  const words = make("p", "help", help);
  const problem = make("p", "refused");
  Object.assign(words, { hidden: true });
  Object.assign(problem, { hidden: true });
  problem.setAttribute("role", "alert");

  let before = setting.value; // what Python has
  const slider = setting.slides ? make("input", "slider") : null;
  const put = (value) => {
    keep(value);
    field.value = shown(value);
    if (!slider) return;
    slider.value = shown(value);
    paintTrack(slider, setting, value, usual);
    slider.setAttribute("aria-valuetext", worded(setting, value));
  };
  const commit = (value, shown = null, replaces = null) => {
    problem.hidden = true;
    put(value);
    if (value === before) return;
    before = value;
    change(panel, step, name, value, shown, replaces);
  };

  field.oninput = () => (panel.busy = field);
  field.onblur = () => panel.busy === field && idle(panel);
  field.onchange = () => {
    const value = meant(field.valueAsNumber);
    const isAllowed = value >= low && value <= high && (type !== "int" || Number.isInteger(value));
    if (isAllowed) {
      commit(value);
    } else {
      put(before);
      const noun = type === "int" ? "a whole number" : "a number";
      problem.textContent = `${label} must be ${noun} from ${shown(low)} to ${shown(high)}.`;
      problem.hidden = false;
    }
    idle(panel);
  };
  field.onkeydown = ({ key }) => {
    if (key !== "Escape") return;
    put(before);
    idle(panel);
  };

  box.append(top);
  if (slider) {
    Object.assign(slider, { type: "range", min: shown(low), max: shown(high), step: shown(setting.step) });
    slider.setAttribute("aria-label", label);
    slider.setAttribute("aria-description", `${help} Delete sets the default.`);
    slider.title = usual ? usualText(setting, usual) : "";
    slider.dataset.at = `${step.id} ${name}`;
    // The first click of two has set a value where it was, which may have made this slider anew; undoing
    // leads to the one before it.
    slider.onmousedown = ({ detail }) => detail < 2 && (panel.pressed = panel.last);
    slider.ondblclick = () => commit(setting.default, null, panel.last > panel.pressed ? panel.last : null);
    slide(panel, slider, {
      name,
      step,
      put,
      commit,
      value: () => meant(slider.valueAsNumber),
      before: () => before,
    });
    slider.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") commit(setting.default);
      else if (event.key === "?") words.hidden = !words.hidden;
      else return;
      event.preventDefault();
    });
    box.append(slider);
    put(setting.value);
  }
  box.append(words, problem);
  return box;
}

// While the thumb moves, the pictures are told of it at most once a frame; when it is let go, Python is.
function slide(panel, slider, { step, name, put, commit, value, before }) {
  let frame = 0;
  let moves = false; // since the last release
  let repeats = false; // a key is held
  let isLeft = false; // by Escape, and the pointer is still down
  const stop = () => {
    cancelAnimationFrame(frame);
    [frame, moves] = [0, false];
  };
  const release = () => {
    if (moves) {
      const now = value();
      if (frame) drag("move", step, name, now);
      stop();
      commit(now, drag(now === before() ? "cancel" : "end", step, name, now));
    }
    idle(panel);
  };
  const cancel = () => {
    if (moves) {
      stop();
      put(before());
      drag("cancel", step, name, before());
    }
    idle(panel);
  };
  slider.oninput = () => {
    if (isLeft) {
      put(before());
      return;
    }
    put(value());
    moves = true;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      drag("move", step, name, value());
    });
  };
  slider.onchange = () => {
    if (repeats && isRunning()) {
      panel.busy = slider;
      afterRun(panel, release);
    } else if (!isLeft) release();
  };
  slider.onpointerdown = () => {
    isLeft = false;
    panel.busy = slider;
  };
  // After the change, which there is none of where the thumb came back to its place.
  slider.onpointerup = () => setTimeout(release);
  slider.onpointercancel = cancel;
  slider.onkeydown = (event) => {
    repeats = event.repeat;
    if (event.key !== "Escape" || panel.busy !== slider) return;
    isLeft = true;
    cancel();
    event.preventDefault();
  };
  slider.onkeyup = slider.onblur = () => {
    repeats = false;
    flush(panel);
  };
}

function paintTrack(slider, { low, high }, value, usual) {
  const part = (at) => Math.min(Math.max((at - low) / (high - low), 0), 1);
  slider.style.setProperty("--value", part(value));
  // Without a usual range, one of no width.
  const [from, to] = usual ? [usual.low ?? low, usual.high ?? high] : [low, low];
  slider.style.setProperty("--from", part(from));
  slider.style.setProperty("--to", part(to));
}

function usualText(setting, { low, high }) {
  const [from, to] = [low, high].map((each) => (each === null ? "" : worded(setting, each)));
  if (!from) return `Usual: up to ${to}.`;
  return to ? `Usual: ${from} to ${to}.` : `Usual: from ${from}.`;
}

// As `format_value` in Python: four digits, and the unit.
function worded({ type, unit, factor, choices }, value) {
  if (type === "choice") return choices.find(([name]) => name === value)?.[1] ?? value;
  const digits = (number) => String(Number(number.toPrecision(4)));
  if (unit === "turn") return `${digits(value * factor)}°`;
  if (unit === "share") return `${digits(value * 100)}%`;
  return `${type === "int" ? value.toLocaleString("en") : digits(value)} ${unit}`.trim();
}
