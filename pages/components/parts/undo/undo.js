// Ctrl+Z presses Undo, Ctrl+Shift+Z and Ctrl+Y press Redo; on a Mac Cmd does. In a text field the keys
// mean the text, and behind a dialog they mean nothing. A button that is disabled stays unpressed.

const TEXT = /^(text|search|url|tel|email|password|number|date|time|datetime-local|month|week)$/;

export default function () {
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}

function pressed(event) {
  const name = wanted(event);
  if (!name || event.defaultPrevented || isText(event.composedPath()[0])) return;
  if (document.querySelector("[role=dialog]") || isInDialog(event)) return;
  event.preventDefault();
  waiting.push(name);
  if (waiting.length === 1) press();
}

// Streamlit makes one click of several that come before it has answered the first, and takes it for
// another's if it is busy. So each press waits until the address shows what the last one did and nothing
// runs any more; a second at most, as one may do nothing.
const waiting = [];
const MOST_MS = 1000;

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

const isRunning = () =>
  document.querySelector("[data-test-script-state]")?.dataset.testScriptState === "running";

// The large view of a picture is one inside a shadow root, where no selector looks.
const isInDialog = (event) => event.composedPath().some(({ tagName }) => tagName === "DIALOG");

function wanted({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  if (ctrlKey === metaKey || altKey) return null;
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" && ctrlKey && !shiftKey ? "redo" : null;
}

function isText(target) {
  if (!(target instanceof HTMLElement)) return false;
  // The field of a list of choices takes text only while the list is open.
  if (target.getAttribute("role") === "combobox") {
    return target.getAttribute("aria-expanded") === "true";
  }
  return (
    target.isContentEditable ||
    target.tagName === "TEXTAREA" ||
    (target.tagName === "INPUT" && TEXT.test(target.type) && !target.readOnly)
  );
}
