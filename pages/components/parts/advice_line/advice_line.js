// What is measured of the pictures comes after them. The badges go to the grid as an event that names the
// frame which they are about; a grid that is mounted later asks for them.

export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name);
  const { sentence, lines, digest, badges } = data;
  const first = find(".first");
  const text = lines.length ? lines[0][0] : sentence;
  if (first.textContent !== text) first.textContent = text;
  first.title = text;
  first.classList.toggle("advice", lines.length > 0);
  const box = find("details");
  box.hidden = lines.length === 0;
  if (box.hidden) box.open = false;
  find("summary").textContent = lines.length > 1 ? `Details of all ${lines.length}` : "Details";
  find(".all").replaceChildren(...lines.map(item));
  const close = (event) => {
    if (event.type === "keydown" ? event.key === "Escape" : !event.composedPath().includes(box)) {
      if (box.open && event.type === "keydown") find("summary").focus();
      box.open = false;
    }
  };
  const tell = () =>
    document.dispatchEvent(new CustomEvent("augment:badges", { detail: { digest, texts: badges } }));
  const heard = { "augment:badges-wanted": tell, pointerdown: close, keydown: close };
  for (const [name, hear] of Object.entries(heard)) document.addEventListener(name, hear);
  tell();
  return () => {
    for (const [name, hear] of Object.entries(heard)) document.removeEventListener(name, hear);
  };
}

function item([sentence, measure]) {
  const element = document.createElement("li");
  const strong = document.createElement("strong");
  strong.textContent = sentence;
  element.append(strong, ` ${measure}`);
  return element;
}
