// Records events of the page for `latency.py`, which runs this before the page's own scripts and reads
// `window.watch`. All times are milliseconds of `performance.now()`.

window.watch = (() => {
  const LARGE = 20_000; // bytes; only the frame of the grid is larger
  const now = () => performance.now();
  let press = null;
  const note = (name) => {
    if (press && !(name in press)) press[name] = now();
  };

  addEventListener("keydown", () => { note("key"); }, true);

  const RealSocket = window.WebSocket;
  window.WebSocket = class extends RealSocket {
    constructor(...args) {
      super(...args);
      // The pictures of a moving slider have a connection of their own.
      if (this.url.includes("/_augment/")) return;
      this.isOfPage = true;
      this.addEventListener("message", ({ data }) => {
        const bytes = data.byteLength ?? data.size ?? data.length;
        received.push({ at: now(), bytes });
        if (press?.request) note("first answer");
        if (press?.request && bytes > LARGE) {
          note("frame");
          press.bytes = bytes;
        }
      });
    }
    send(data) {
      if (this.isOfPage) note("request");
      super.send(data);
    }
  };
  const received = [];

  const decode = window.createImageBitmap;
  window.createImageBitmap = async (...args) => {
    note("decoding");
    const bitmap = await decode(...args);
    if (press) press.decoded = now();
    return bitmap;
  };

  const grid = () => (function find(root) {
    for (const element of root.querySelectorAll("*")) {
      if (element.matches(".grid")) return element;
      const found = element.shadowRoot && find(element.shadowRoot);
      if (found) return found;
    }
  })(document);
  const digest = () => grid()?.dataset.digest;

  // Resolves with the time of each event once the page has come to rest after the next paint of the grid
  // that has its frame from the page; call it before the key press. `pictures` is when these were painted
  // first, by the connection of the slider or by the page.
  const nextPaint = () => new Promise((resolve) => {
    press = {};
    const first = new Map();
    const observer = new MutationObserver(async () => {
      if (!first.has(digest())) first.set(digest(), now());
      if (grid().hasAttribute("data-live")) return;
      note("painted");
      press.pictures = first.get(digest());
      observer.disconnect();
      await rest();
      note("at rest");
      resolve(press);
    });
    observer.observe(grid(), { attributes: true, attributeFilter: ["data-digest"] });
  });
  const rest = () => new Promise((resolve) => {
    const app = document.querySelector("[data-test-script-state]");
    const observer = new MutationObserver(look);
    function look() {
      if (app.dataset.testScriptState === "running") return;
      observer.disconnect();
      resolve();
    }
    observer.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
    look();
  });

  // Moves a value up and down for some seconds, a hundredth an animation frame as a thumb does, without
  // a slider; resolves with the time between each value and its painted pictures.
  const drag = async (step, name, seconds) => {
    const said = new Map();
    const painted = [];
    const brought = ({ detail }) => queueMicrotask(async () => {
      await Promise.all(detail.painted);
      requestAnimationFrame(() => setTimeout(() => {
        painted.push(now() - said.get(detail.of.value));
      }));
    });
    const say = (phase, value) => document.dispatchEvent(
      new CustomEvent("augment:drag", { detail: { phase, step, name, value } }),
    );
    document.addEventListener("augment:frame", brought);
    const begin = now();
    let moves = 0;
    for (; now() - begin < 1000 * seconds; moves++) {
      const value = Math.abs(100 - (moves % 200)) / 100;
      said.set(value, now());
      say("move", value);
      await new Promise(requestAnimationFrame);
    }
    const took = (now() - begin) / 1000;
    document.removeEventListener("augment:frame", brought);
    say("cancel", 0);
    return { moves, painted, seconds: took };
  };

  // Records changes outside the element that matches `stage`, until `endRest` is called.
  const place = (node) => {
    const names = [];
    for (let at = node; at && at !== document.body; at = at.parentElement) {
      if (!at.getAttribute) continue;
      const key = [...at.classList].find((name) => name.startsWith("st-key-"));
      const name = key ?? at.getAttribute("data-testid");
      if (name && names.length < 3) names.push(name);
    }
    return names.join(" in ") || node.nodeName.toLowerCase();
  };
  const count = (counts, name) => { counts[name] = (counts[name] ?? 0) + 1; };
  const boxes = () => Object.fromEntries(
    [...document.querySelectorAll("[class*=st-key-], .stElementContainer, header")]
      .map((element, n) => [`${n} ${place(element)}`, element.getBoundingClientRect()])
      .map(([name, { x, y, width, height }]) => [name, [x, y, width, height].map(Math.round)]),
  );
  let recording = null;
  const beginRest = (stage) => {
    const changed = {};
    const shifts = [];
    const mutations = new MutationObserver((records) => {
      for (const { target, type, attributeName, addedNodes, removedNodes } of records) {
        const element = target.nodeType === 1 ? target : target.parentElement;
        if (element?.closest(stage)) continue;
        const what = type === "childList"
          ? `${addedNodes.length} added, ${removedNodes.length} removed`
          : attributeName ?? "text";
        count(changed, `${what}: ${place(target)}`);
      }
    });
    mutations.observe(document.body, {
      subtree: true, childList: true, attributes: true, characterData: true,
    });
    const layout = new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) {
        shifts.push({ value, places: sources.map(({ node }) => (node ? place(node) : "gone")) });
      }
    });
    layout.observe({ type: "layout-shift" });
    recording = { changed, shifts, mutations, layout, boxes: boxes(), scroll: scroll() };
  };
  const scroll = () => [scrollY, document.querySelector("[data-testid=stMain]").scrollTop];
  const endRest = () => {
    recording.mutations.disconnect();
    recording.layout.disconnect();
    const after = boxes();
    const names = new Set([...Object.keys(recording.boxes), ...Object.keys(after)]);
    const moved = [...names].filter((name) => `${recording.boxes[name]}` !== `${after[name]}`);
    return {
      changed: recording.changed,
      shifts: recording.shifts,
      moved: Object.fromEntries(moved.map((name) => [name, [recording.boxes[name], after[name]]])),
      scroll: [recording.scroll, scroll()],
    };
  };

  // Records every paint from now on and the time of the last message.
  const follow = () => {
    const paints = [];
    received.length = 0;
    const observer = new MutationObserver(() => paints.push({ at: now(), digest: digest() }));
    observer.observe(grid(), { attributes: true, attributeFilter: ["data-digest"] });
    let last = null;
    addEventListener("keydown", () => { last = now(); }, true);
    return () => ({ paints, last, now: now(), frames: received.filter((m) => m.bytes > LARGE),
      heard: Math.max(last ?? 0, ...received.map((m) => m.at)) });
  };

  return { nextPaint, digest, drag, beginRest, endRest, follow };
})();
