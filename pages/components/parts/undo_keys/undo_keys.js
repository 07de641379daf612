// Ctrl+Z presses Undo, Ctrl+Shift+Z and Ctrl+Y press Redo, with Cmd on a Mac. In a text field the keys
// edit the text, behind a dialog they do nothing, and a disabled button is not pressed.

const TEXT = /^(text|search|url|tel|email|password|number|date|time|datetime-local|month|week)$/;

export default function () {
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}

function pressed(event) {
  const name = buttonFor(event);
  if (!name || event.defaultPrevented || isText(event.composedPath()[0])) return;
  if (document.querySelector("[role=dialog]") || isInDialog(event)) return;
  event.preventDefault();
  waiting.push(name);
  if (waiting.length === 1) press();
}

// Streamlit merges clicks that arrive before it has answered the first, and may assign one to another
// button while it is busy. So each press waits until the address shows the effect of the last one and
// nothing runs; not for ever, because a press may have no effect, or the connection is lost.
const waiting = [];
const MOST_MS = 20_000;

function press() {
  if (isRunning()) {
    setTimeout(press, 15);
    return;
  }
  const button = document.querySelector(`.st-key-${waiting[0]} button`);
  const before = location.search;
  const since = performance.now();
  const isPressed = button && !button.disabled;
  if (isPressed) button.click();
  (function settle() {
    const isOpen = location.search === before || isRunning();
    if (isPressed && isOpen && performance.now() - since < MOST_MS) {
      setTimeout(settle, 15);
      return;
    }
    waiting.shift();
    if (waiting.length) press();
  })();
}

// The large view of a picture is a dialog in a shadow root, which selectors do not reach.
const isInDialog = (event) => event.composedPath().some(({ tagName }) => tagName === "DIALOG");

function buttonFor({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  if (ctrlKey === metaKey || altKey) return null;
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" && ctrlKey && !shiftKey ? "redo" : null;
}

function isText(target) {
  if (!(target instanceof HTMLElement)) return false;
  // The field of a select box accepts text only while its list is open.
  if (target.getAttribute("role") === "combobox") {
    return target.getAttribute("aria-expanded") === "true";
  }
  return (
    target.isContentEditable ||
    target.tagName === "TEXTAREA" ||
    (target.tagName === "INPUT" && TEXT.test(target.type) && !target.readOnly)
  );
}
