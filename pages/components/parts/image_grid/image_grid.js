// The grid of tiles. Python sends one frame: a header, then the compressed sheet of each side. The old tiles
// stay until every sheet of the next frame is decoded; then pictures and texts change together, and
// `data-digest` is set after the paint.
// Python joins this file with image_grid_tiles.js, image_grid_large.js, image_grid_live.js, frame.js and
// running.js into one module.

const views = new WeakMap();

export default function ({ data, parentElement }) {
  let view = views.get(parentElement);
  if (!view) {
    view = begin(parentElement);
    views.set(parentElement, view);
  }
  if (data && data !== view.frame) {
    view.frame = data;
    receive(view);
  }
  return () => {
    view.leave();
    view.turn++;
    view.large.dialog.close();
    for (const bitmap of view.sheets.values()) bitmap.close();
    views.delete(parentElement);
  };
}

function begin(parent) {
  const root = parent.querySelector(".grid");
  const view = { root, problem: parent.querySelector(".problem"), turn: 0, frame: null };
  Object.assign(view, { coming: null, sheets: new Map(), cards: [], shape: "", header: null, decoded: [] });
  view.large = largeView(view, parent.querySelector("dialog"));
  const leaves = [followSliders(view, parent), attend(view)];
  view.leave = () => leaves.forEach((leave) => leave());
  root.addEventListener("click", ({ target }) => {
    const card = target.closest(".tile");
    const selected = (parent.getRootNode().getSelection?.() ?? getSelection()).toString();
    if (card && (target.closest("button") || !selected)) view.large.open(view.cards.indexOf(card));
  });
  return view;
}

// Shows a frame of the page; or, with the sheets that it leaves out by their digest, one of a moving slider.
async function show(view, frame, others = null) {
  const turn = ++view.turn;
  const { header, sheets } = read(frame, others);
  const coming = (view.coming = { header, isLive: others !== null, isPainted: false });
  if (others) view.live.digest = header.digest;
  // Both sides may be the same sheet.
  const bitmaps = new Map(view.sheets);
  let decoded;
  try {
    decoded = await Promise.all(
      header.sides.map(({ digest, type }, n) => {
        if (!bitmaps.has(digest)) bitmaps.set(digest, decode(sheets[n], type));
        return bitmaps.get(digest);
      }),
    );
  } catch {
    if (turn === view.turn) complain(view);
    return;
  }
  const fresh = new Map(header.sides.map((side, n) => [side.digest, decoded[n]]));
  if (turn !== view.turn) {
    for (const [digest, bitmap] of fresh) if (view.sheets.get(digest) !== bitmap) bitmap.close();
    return;
  }
  view.problem.hidden = true;
  Object.assign(view, { header, decoded });
  paint(view);
  view.large.follow();
  for (const [digest, bitmap] of view.sheets) if (fresh.get(digest) !== bitmap) bitmap.close();
  view.sheets = fresh;
  coming.isPainted = true;
  finish(view);
}

// Shows the frame of the page. That of a slider that was released is the same, and is there or on its way.
function showOfPage(view) {
  const { coming } = view;
  if (!coming || coming.header.digest !== read(view.frame).header.digest) show(view, view.frame);
  else {
    coming.isLive = false;
    if (coming.isPainted) finish(view);
  }
}

function finish(view) {
  const { header, isLive } = view.coming;
  view.root.toggleAttribute("data-live", isLive);
  requestAnimationFrame(() =>
    setTimeout(() => {
      if (view.header === header) view.root.dataset.digest = header.digest;
    }),
  );
}

function complain(view) {
  const { header, problem } = view;
  view.coming = null;
  const old = header ? " The ones below are from before the last change." : "";
  problem.textContent = `This browser cannot read the new pictures.${old}`;
  problem.hidden = false;
}

function read(frame, others = null) {
  const [header, bytes] = unpack(frame);
  let at = 0;
  const carried = header.sides.map((side) => bytes.subarray(at, (at += side.bytes)));
  const sheets = header.sides.map((side, n) => others?.get(side.digest) ?? carried[n]);
  return { header, sheets };
}

const decode = (sheet, type) => createImageBitmap(new Blob([sheet], { type }));
