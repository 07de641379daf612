// The page of a model: pictures in, classes out, without a server and without a network.
// FACTS and MODEL come from model.js, WASM from runtime/litert_wasm_binary.js, LiteRT from litert.js.
"use strict";

const MOST_MEGABYTES = 50;
const MOST_PIXELS = 50 * 1024 * 1024;
const LEAST_SIDE = 8; // as in training
const SHOWN = 5; // classes of a picture
const MOST_RESULTS = 100; // older ones are removed, as their pictures take memory
const STRIP_PIXELS = 1 << 20;
const PREVIEW = 320; // pixels; a picture is shown no larger

const element = (id) => document.getElementById(id);
let model = null;
let waiting = Promise.resolve(); // one picture at a time

// ---- the model

async function start() {
  const parts = [window.FACTS, window.MODEL, window.WASM, window.LiteRT, window.ModuleFactory];
  if (parts.some((part) => part === undefined)) {
    throw new Sentence(
      "Files of this page are missing: unpack the whole archive, then open index.html in the unpacked folder.",
    );
  }
  if (!window.DecompressionStream || !window.WebAssembly || !window.createImageBitmap) {
    throw new Sentence("This browser is too old for the page; use one that was updated since 2023.");
  }
  showFacts();
  // The compiled code is given, as a page that is opened from a disk may fetch no file. LiteRT writes what
  // it is doing where errors are written.
  window.Module = { wasmBinary: await unpacked(window.WASM), printErr: (line) => console.debug(line) };
  // LiteRT would look for a graphics processor, and warn if there is none. Its results differ from device
  // to device, so the page calculates on the main processor everywhere.
  const noAdapter = { limits: {}, features: new Set(), requestDevice: async () => null };
  Object.defineProperty(navigator, "gpu", { value: { requestAdapter: async () => noAdapter } });
  // It adds a script itself, but index.html already has: this one is empty.
  await window.LiteRT.loadLiteRt("data:text/javascript,//.js");
  model = await window.LiteRT.loadAndCompile(await unpacked(window.MODEL), { accelerator: "wasm" });
  window.MODEL = window.WASM = null; // their memory
  await predictPixels(new Uint8Array(window.FACTS.size ** 2 * 3)); // the first one takes longer
}

async function unpacked(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Return the probability of each class for a picture: RGB, uint8, (size, size, 3) in one row. */
async function predictPixels(pixels) {
  const { size } = window.FACTS;
  const input = new window.LiteRT.Tensor(pixels, [1, size, size, 3]);
  try {
    const [output] = await model.run(input);
    try {
      return await output.data();
    } finally {
      output.delete();
    }
  } finally {
    input.delete();
  }
}

function mirrored(pixels) {
  const { size } = window.FACTS;
  const flipped = new Uint8Array(pixels.length);
  for (let at = 0; at < size * size; at++) {
    const from = at - (at % size) + size - 1 - (at % size);
    for (let channel = 0; channel < 3; channel++) flipped[3 * at + channel] = pixels[3 * from + channel];
  }
  return flipped;
}

// ---- from a file to the pixels that the model gets, as in training

/** An error whose message is for the person who uses the page. */
class Sentence extends Error {}

/** Return the picture in a file, upright; the browser has converted its colours to sRGB. */
async function decoded(file) {
  const name = file.name || "The picture";
  if (!file.size) throw new Sentence(`${name} is empty.`);
  if (file.size > MOST_MEGABYTES * 1e6) {
    const megabytes = (file.size / 1e6).toFixed(1);
    throw new Sentence(`${name} has ${megabytes} MB, but at most ${MOST_MEGABYTES} MB are allowed.`);
  }
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Sentence(
      `${name} is not a picture that this browser can read; use JPEG, PNG, WebP, GIF, BMP or AVIF.`,
    );
  }
  const { width, height } = bitmap;
  if (Math.min(width, height) < LEAST_SIDE || width * height > MOST_PIXELS) {
    bitmap.close();
    throw new Sentence(
      `${name} has ${width} x ${height} pixels; at least ${LEAST_SIDE} a side and at most 50 million are allowed.`,
    );
  }
  return bitmap;
}

async function isJpeg(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0xff && second === 0xd8;
}

/** Return the pixels that the model gets of a picture: RGB, uint8, (size, size, 3) in one row. */
function square(bitmap, jpeg) {
  const { size, fit } = window.FACTS;
  // The training decodes a JPEG at a half, a quarter or an eighth, and then averages whole blocks of
  // pixels, until less than twice the size is left.
  let side = Math.min(bitmap.width, bitmap.height);
  let factor = 1;
  if (jpeg) factor = [8, 4, 2, 1].find((each) => each <= Math.max(1, Math.floor(side / size)));
  side = Math.ceil(side / factor);
  factor *= Math.max(1, Math.floor(side / size));
  const small = averaged(bitmap, factor);
  const least = Math.min(small.width, small.height);
  let [left, top] = [0, 0];
  let [wide, high] = [small.width, small.height];
  if (fit === "crop") {
    left = (small.width - least) / 2;
    top = (small.height - least) / 2;
    if (least === size) [left, top] = [halfToEven(left), halfToEven(top)]; // nothing is resized
    wide = high = least;
  }
  // First along the rows, then along the columns, rounded in between, as Pillow does.
  const across = resized(small.pixels, small.width, small.height, 3, left, wide, size);
  return resized(across, small.height, 1, 3 * size, top, high, size);
}

function halfToEven(number) {
  const down = Math.floor(number);
  return number - down === 0.5 ? down + (down % 2) : Math.round(number);
}

/** Return a picture with the mean of each block of `factor` by `factor` pixels, on a white ground. */
function averaged(bitmap, factor) {
  const width = Math.ceil(bitmap.width / factor);
  const height = Math.ceil(bitmap.height / factor);
  const pixels = new Uint8Array(width * height * 3);
  const sums = new Float64Array(width * 3);
  // In strips, because a canvas may not be as large as a photograph on every device.
  const rows = Math.max(1, Math.floor(STRIP_PIXELS / bitmap.width / factor)) * factor;
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = Math.min(rows, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  for (let top = 0; top < bitmap.height; top += rows) {
    const count = Math.min(rows, bitmap.height - top);
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, -top);
    const { data } = context.getImageData(0, 0, bitmap.width, count);
    for (let block = 0; block < count; block += factor) {
      const lines = Math.min(factor, count - block);
      sums.fill(0);
      for (let y = block; y < block + lines; y++) {
        for (let x = 0, at = y * bitmap.width * 4; x < bitmap.width; x++, at += 4) {
          const column = 3 * Math.floor(x / factor);
          for (let channel = 0; channel < 3; channel++) sums[column + channel] += data[at + channel];
        }
      }
      const start = ((top + block) / factor) * width * 3;
      for (let x = 0; x < width; x++) {
        const weight = lines * Math.min(factor, bitmap.width - x * factor);
        for (let channel = 0; channel < 3; channel++) {
          pixels[start + 3 * x + channel] = Math.round(sums[3 * x + channel] / weight);
        }
      }
    }
  }
  return { pixels, width, height };
}

/**
 * Return an array (outer, length, inner) resized along its middle axis: the part of it from `start` of the
 * length `extent`, by a cubic that is as wide as what becomes one pixel (Keys 1981, as Pillow's BICUBIC).
 */
function resized(values, length, outer, inner, start, extent, size) {
  const scale = extent / size;
  const width = Math.max(scale, 1);
  const result = new Uint8ClampedArray(outer * size * inner);
  for (let to = 0; to < size; to++) {
    const centre = start + (to + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - 2 * width + 0.5));
    const end = Math.min(length, Math.trunc(centre + 2 * width + 0.5));
    const weights = [];
    for (let from = first; from < end; from++) weights.push(cubic((from - centre + 0.5) / width));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let row = 0; row < outer; row++) {
      for (let at = 0; at < inner; at++) {
        let sum = 0;
        for (let tap = 0; tap < weights.length; tap++) {
          sum += weights[tap] * values[(row * length + first + tap) * inner + at];
        }
        result[(row * size + to) * inner + at] = Math.floor(sum / total + 0.5);
      }
    }
  }
  return new Uint8Array(result.buffer);
}

function cubic(distance) {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** Return the pixels that the model gets of a file; for tests, and for whoever is curious. */
async function pixelsOf(file) {
  const bitmap = await decoded(file);
  try {
    return square(bitmap, await isJpeg(file));
  } finally {
    bitmap.close();
  }
}

// ---- what is shown; every text of a user is text, never HTML

function showFacts() {
  const facts = window.FACTS;
  document.title = facts.title;
  element("title").textContent = facts.title;
  element("about").textContent = `${facts.model} ${facts.training}`;
  element("classes").append(...facts.class_names.map((name) => made("li", "", name)));
  for (const name of ["data", "licence", "citation", "run"]) element(name).textContent = facts[name];
}

function made(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children); // a string becomes text
  return node;
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

function showResult(name, bitmap, pixels, shares, milliseconds) {
  const order = [...shares.keys()].sort((one, other) => shares[other] - shares[one] || one - other);
  const rows = order.slice(0, SHOWN).map((index, place) => {
    const bar = made("div", "bar");
    bar.style.width = `${100 * shares[index]}%`;
    const label = made("span", "name", window.FACTS.class_names[index]);
    const share = made("span", "share", percent(shares[index]));
    const track = made("div", "track", bar);
    return made("li", place ? "" : "first", made("div", "row", label, share), track);
  });
  const time = `${milliseconds.toFixed(0)} ms in the model`;
  const details = made(
    "div",
    "",
    made("h2", "", name),
    made("ol", "", ...rows),
    made("p", "time", time),
  );
  const pictures = made(
    "div",
    "pictures",
    made("figure", "", preview(bitmap, name)),
    made("figure", "", seen(pixels), made("figcaption", "", "What the model gets")),
  );
  element("results").prepend(made("article", "result", pictures, details));
  while (element("results").childElementCount > MOST_RESULTS) element("results").lastChild.remove();
  element("clear").hidden = false;
}

function preview(bitmap, name) {
  const scale = Math.min(1, PREVIEW / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  return canvas;
}

function seen(pixels) {
  const { size } = window.FACTS;
  const canvas = made("canvas", "seen");
  canvas.width = canvas.height = size;
  const data = new ImageData(size, size);
  for (let at = 0; at < size * size; at++) {
    data.data.set([pixels[3 * at], pixels[3 * at + 1], pixels[3 * at + 2], 255], 4 * at);
  }
  canvas.getContext("2d").putImageData(data, 0, 0);
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

function say(text) {
  element("status").textContent = text;
}

function complain(text) {
  element("problems").append(made("li", "", text));
}

// ---- what a person does

function predictFiles(files) {
  const all = [...files];
  waiting = waiting.then(async () => {
    element("problems").replaceChildren();
    let done = 0;
    for (const [at, file] of all.entries()) {
      say(`Picture ${at + 1} of ${all.length}`);
      await new Promise((resolve) => setTimeout(resolve)); // so that the text is seen
      try {
        await predictFile(file);
        done += 1;
      } catch (error) {
        if (!(error instanceof Sentence)) console.error(error);
        complain(error instanceof Sentence ? error.message : `${file.name} failed: ${error.message}`);
      }
    }
    say(done === 1 ? "1 picture is done." : `${done} pictures are done.`);
  });
  return waiting;
}

async function predictFile(file) {
  const bitmap = await decoded(file);
  try {
    const pixels = square(bitmap, await isJpeg(file));
    const began = performance.now();
    let shares = await predictPixels(pixels);
    if (element("mirrored").checked) {
      const other = await predictPixels(mirrored(pixels));
      shares = shares.map((share, index) => (share + other[index]) / 2);
    }
    showResult(file.name, bitmap, pixels, shares, performance.now() - began);
  } finally {
    bitmap.close();
  }
}

async function openCamera() {
  // Without a secure origin, as on a telephone that opens the page from a server by http, there is no
  // live picture; there the camera of the telephone itself takes one.
  if (!navigator.mediaDevices?.getUserMedia) {
    element("photo").click();
    return;
  }
  closeCamera();
  try {
    element("video").srcObject = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 } },
    });
    element("viewfinder").hidden = false;
    element("take").focus();
  } catch (error) {
    complain(`The camera cannot be used (${error.message}); allow it in the browser, or choose a picture.`);
  }
}

async function takePicture() {
  const video = element("video");
  if (!video.videoWidth) return; // it has no picture yet
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  predictFiles([new File([blob], "From the camera", { type: "image/png" })]);
}

function closeCamera() {
  for (const track of element("video").srcObject?.getTracks() ?? []) track.stop();
  element("video").srcObject = null;
  element("viewfinder").hidden = true;
}

function listen() {
  const drop = element("drop");
  element("choose").addEventListener("click", () => element("files").click());
  element("camera").addEventListener("click", openCamera);
  element("take").addEventListener("click", takePicture);
  element("close").addEventListener("click", () => {
    closeCamera();
    element("camera").focus();
  });
  element("clear").addEventListener("click", () => {
    element("results").replaceChildren();
    element("clear").hidden = true;
    element("choose").focus();
    say("All results are removed.");
  });
  for (const id of ["files", "photo"]) {
    element(id).addEventListener("change", ({ target }) => {
      predictFiles(target.files);
      target.value = ""; // so that the same file can be chosen again
    });
  }
  // Anywhere on the page: a picture that is dropped beside the box would replace the page.
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (model && event.dataTransfer.files.length) predictFiles(event.dataTransfer.files);
  });
}

window.predictPixels = predictPixels;
window.pixelsOf = pixelsOf;
listen();
/** When the model can be used; its value is whether it can. */
window.ready = start().then(
  () => {
    element("choose").disabled = element("camera").disabled = false;
    say("The model is ready.");
    return true;
  },
  (error) => {
    if (!(error instanceof Sentence)) console.error(error);
    say(error instanceof Sentence ? error.message : `The model cannot be run here: ${error.message}`);
    return false;
  },
);
