// What Streamlit's front end needs to know before it starts; the server writes it into the page.

// On a link straight to a page, such as /data, it asks for its server first below that page, and the
// browser logs two answers "not found". It does not where it is told the address. Every page is one level
// below the root of the app, wherever a proxy has that, so the root is found as the scripts of the page are.
window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };

// A page writes its recipe and data into its address once it runs, and one step of Back or Forward is to
// be one page, as it was left. Streamlit makes more entries of the history than that:
// - one of a page as it was opened and one with what it writes; the second completes the first;
// - as a page is left, one of it without parameters, where it has parameters of its own, and, if the next
//   page runs quickly, one of it with those of the next page; both are left out;
// - where somebody goes back twice before the first page has run, that page once more.
const push = history.pushState;
let isLeft = false;
let cameByHistory = false;
history.pushState = function (state, unused, url) {
  const to = new URL(url, location.href);
  const isWritten = ({ search }) => {
    const values = new URLSearchParams(search);
    return values.has("r") && values.has("size");
  };
  if (cameByHistory && (to.pathname !== location.pathname || isWritten(location))) return;
  if (to.pathname !== location.pathname) {
    isLeft = false;
    push.call(this, state, unused, url);
  } else if (isLeft) {
    return;
  } else if (!isWritten(location)) {
    (isWritten(to) ? this.replaceState : push).call(this, state, unused, url);
  } else if (isWritten(to)) {
    push.call(this, state, unused, url);
  } else {
    isLeft = true;
  }
};
// Each lasts until something else is done here.
for (const gesture of ["pointerdown", "keydown", "input"]) {
  addEventListener(gesture, () => { isLeft = cameByHistory = false; }, true);
}
addEventListener("popstate", () => {
  isLeft = false;
  cameByHistory = true;
}, true);
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  // Pages are beside each other; what can be downloaded is elsewhere.
  const folder = (address) => new URL(".", address).href;
  isLeft = folder(link.href) === folder(location.href) && link.pathname !== location.pathname;
}, true);

// On a narrow screen the navigation is behind a button that Streamlit names "Expand sidebar". `layout.css`
// writes "Menu" on it, and what is written on a button has to be in its name. The button is made anew
// whenever the menu has been closed.
new MutationObserver((_, rendered) => {
  const header = document.querySelector("[data-testid=stHeader]");
  if (!header) return;
  rendered.disconnect();
  const name = () => {
    header.querySelector("[data-testid=stExpandSidebarButton]")?.setAttribute("aria-label", "Menu");
  };
  new MutationObserver(name).observe(header, { childList: true, subtree: true });
  name();
}).observe(document, { childList: true, subtree: true });
