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
  const button = document.querySelector(`.st-key-${name} button`);
  if (!button) return;
  event.preventDefault();
  button.click();
}

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
