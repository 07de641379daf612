// The link stands at the top of the document, before the header, where no element of a page can be. The
// recipe answers the event `augment:focus-recipe`; without an answer the first slider takes the focus.

const CONTROLS = ".st-key-inspector :is(input[type=range], [role=slider])";

export default function ({ parentElement }) {
  const link = parentElement.querySelector("a").cloneNode(true);
  link.hidden = false;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("augment:focus-recipe"));
    if (document.activeElement === link) document.querySelector(CONTROLS)?.focus();
  });
  document.body.prepend(link);
  return () => link.remove();
}
