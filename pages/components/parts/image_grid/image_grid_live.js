// The pictures while a slider moves: `augment:drag` says what the slider does, and `augment:frame` brings the
// frame of its value; see live_frames.js. Such a frame is shown until the page has its own for the value that
// was released, which is the same and wins in any case. Nothing of it is a live region, so a screen reader
// says the value of the slider, and reads the pictures when it comes to them.

// How long the page rests until what it brought last is shown, and until it is clear that it brings nothing.
const STALE_MS = 150;
const LOST_MS = 1500;

function followSliders(view, parent) {
  const live = { phase: "off", shows: null, digest: "", released: null, timer: 0 };
  view.live = live;
  const dragged = ({ detail }) => {
    if (detail.phase === "move") {
      clearInterval(live.timer);
      live.phase = "moving";
    } else if (live.phase === "moving") {
      if (detail.phase === "end") waitForPage(view, detail);
      else settle(view);
    }
  };
  const brought = ({ detail }) => {
    if (live.phase === "off" || !isOf(parent, detail.key)) return;
    live.shows = detail.of;
    detail.painted.push(show(view, detail.frame, detail.sheets));
  };
  document.addEventListener("augment:drag", dragged);
  document.addEventListener("augment:frame", brought);
  return () => {
    clearInterval(live.timer);
    document.removeEventListener("augment:drag", dragged);
    document.removeEventListener("augment:frame", brought);
  };
}

// Shows the frame that the page has brought, unless a slider shows something newer.
function receive(view) {
  const { phase, shows } = view.live;
  if (phase === "released" && !(shows && isStale(view))) settle(view);
  else if (phase === "off" || !shows) showOfPage(view);
}

function settle(view) {
  clearInterval(view.live.timer);
  Object.assign(view.live, { phase: "off", shows: null });
  showOfPage(view);
}

// After the release of a slider, the page may still bring what was released before. What is not the frame
// that the slider shows of its last value is shown once the page has come to rest.
function isStale(view) {
  const { shows, released, digest } = view.live;
  const isLast = ["step", "name", "value"].every((name) => shows[name] === released[name]);
  return isLast && read(view.frame).header.digest !== digest;
}

function waitForPage(view, released) {
  const [before, since] = [view.frame, performance.now()];
  let rests = since;
  const look = () => {
    const now = performance.now();
    if (isRunning()) rests = now;
    if (now - rests > (view.frame === before ? LOST_MS : STALE_MS)) settle(view);
  };
  Object.assign(view.live, { phase: "released", released, timer: setInterval(look, 50) });
}

// A grid has the key of its element as a class, in which Streamlit replaces some characters.
function isOf(parent, key) {
  const box = parent.getRootNode().host?.closest("[class*=st-key-]");
  return Boolean(box?.classList.contains(`st-key-${key.replace(/[^a-zA-Z0-9_-]/g, "-")}`));
}
