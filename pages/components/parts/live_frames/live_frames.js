// While a slider moves, asks the server for the pictures of its value, over a websocket of its own.
//
// A slider says `augment:drag` on the document, with { phase, step, name, value }: "move" while it moves, "end"
// when it is released and Streamlit gets the value, "cancel" when it goes back; and a list `coming`, to which
// "end" adds a promise that is kept when the last frame is painted, if there is one to come. The grids are told by
// `augment:frame`, with { key, frame, sheets, of, painted }: the bytes of the frame, the sheets that it
// has or leaves out by their digest, the step, name and value that it shows, and a list to which a grid adds
// a promise that it keeps when it has painted. One request is under way at a time, and the next one has the
// newest value then; those between are never sent.

const IDLE_MS = 60_000;
// A browser writes a line into its console for each connection that fails.
const RETRY_MS = 30_000;

const clients = new WeakMap();

export default function ({ data, parentElement }) {
  let client = clients.get(parentElement);
  if (!client) clients.set(parentElement, (client = begin()));
  if (data.token !== client.token) Object.assign(client, { token: data.token, failed: -Infinity });
  client.path = data.path;
  return () => {
    clients.delete(parentElement);
    client.leave();
  };
}

function begin() {
  const client = { token: "", path: "", failed: -Infinity, socket: null, idle: 0, turn: 0 };
  Object.assign(client, { busy: false, moves: false, wanted: null, asked: null, sheets: new Map() });
  Object.assign(client, { isComing: false, ends: [] });
  const listeners = {
    "augment:drag": ({ detail }) => dragged(client, detail),
    // The connection is there before the thumb moves.
    pointerover: (event) => isSlider(event) && open(client),
    focusin: (event) => isSlider(event) && open(client),
  };
  for (const [name, listen] of Object.entries(listeners)) document.addEventListener(name, listen);
  client.leave = () => {
    for (const [name, listen] of Object.entries(listeners)) document.removeEventListener(name, listen);
    close(client);
  };
  return client;
}

const isSlider = (event) => event.composedPath()[0].matches?.("input[type=range]");

function dragged(client, { phase, step, name, value, coming }) {
  const of = { step, name, value };
  if (phase === "cancel") Object.assign(client, { moves: false, wanted: null, asked: null });
  else if (phase === "end") {
    if (client.moves && !same(client.wanted ?? client.asked, of)) client.wanted = of;
    client.moves = false;
  } else {
    // What was asked in an earlier drag may no longer be shown.
    if (!client.moves) client.asked = null;
    client.moves = true;
    if (!same(client.wanted ?? client.asked, of)) client.wanted = of;
  }
  if (client.wanted) open(client);
  ask(client);
  if (phase === "end" && client.socket?.readyState === WebSocket.OPEN && (client.wanted || client.isComing)) {
    coming.push(new Promise((resolve) => client.ends.push(resolve)));
  }
}

// Whoever waits for the last frame need not wait any longer.
function end(client) {
  client.isComing = false;
  for (const resolve of client.ends.splice(0)) resolve();
}

const same = (a, b) => a !== null && a.step === b.step && a.name === b.name && a.value === b.value;

function open(client) {
  stayOpen(client);
  if (client.socket || performance.now() - client.failed < RETRY_MS) return;
  const url = new URL(client.path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => ask(client);
  socket.onmessage = ({ data }) => answered(client, socket, new Uint8Array(data));
  socket.onclose = ({ code }) => {
    if (client.socket !== socket) return;
    if (code !== 1000) client.failed = performance.now();
    close(client);
  };
  client.socket = socket;
}

function close(client) {
  const { socket } = client;
  clearTimeout(client.idle);
  Object.assign(client, { socket: null, busy: false, wanted: null, asked: null, sheets: new Map() });
  socket?.close(1000);
  end(client);
}

function stayOpen(client) {
  clearTimeout(client.idle);
  client.idle = setTimeout(() => close(client), IDLE_MS);
}

function ask(client) {
  const { socket, wanted } = client;
  if (!wanted || client.busy || socket?.readyState !== WebSocket.OPEN) return;
  client.turn++;
  Object.assign(client, { busy: true, isComing: true, wanted: null, asked: wanted });
  socket.send(JSON.stringify({ token: client.token, turn: client.turn, ...wanted }));
}

async function answered(client, socket, bytes) {
  const since = performance.now();
  const of = client.asked;
  const [head, rest] = unpack(bytes);
  const frames = cut(rest, head.grids);
  if (head.grids.length) client.sheets = sheetsOf(frames, client.sheets);
  if (client.moves && head.dropped) client.wanted ??= of;
  const painted = [];
  if (of) {
    head.grids.forEach(({ key }, n) => {
      const detail = { key, frame: frames[n], sheets: client.sheets, of, painted };
      document.dispatchEvent(new CustomEvent("augment:frame", { detail }));
    });
  }
  await Promise.all(painted);
  if (!client.wanted) end(client);
  const pause = head.pause - (performance.now() - since);
  if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  if (client.socket !== socket) return;
  client.busy = false;
  ask(client);
}

// Returns the sheets of these frames by their digest; those that were left out are among the earlier ones.
function sheetsOf(frames, earlier) {
  const sheets = new Map();
  for (const frame of frames) {
    const [{ sides }, rest] = unpack(frame);
    cut(rest, sides).forEach((sheet, n) => {
      const { digest, bytes } = sides[n];
      sheets.set(digest, bytes ? sheet : earlier.get(digest));
    });
  }
  return sheets;
}

function cut(bytes, parts) {
  let at = 0;
  return parts.map((part) => bytes.subarray(at, (at += part.bytes)));
}
