"use strict";
// A song is a row: address, title, artist, moods as a bit mask, valence, arousal, folder number, the curve in hundredths or 0,
// and, on a map of positions relative to the library, the relative valence and arousal.
const data = JSON.parse(document.getElementById("songs").textContent);
const [HREF, TITLE, ARTIST, MOODS, VALENCE, AROUSAL, FOLDER, CURVE] = [0, 1, 2, 3, 4, 5, 6, 7];
// Columns that are the axes of the map, and the value at the ends of the axes.
const [X, Y] = data.scale ? [8, 9] : [VALENCE, AROUSAL], LIMIT = data.limit;
const SIMILAR_SONGS = 20, LISTED_SONGS = 50;
// In pixels: greatest distance from the pointer to a song under it, and size of a cell of the grid in which songs are looked up.
const REACH = 9, CELL = 24;
const element = (id) => document.getElementById(id);
const canvas = element("canvas"), context = canvas.getContext("2d"), audio = element("audio");
const songs = data.songs;
const state = { shown: songs.map((_, i) => i), selected: -1, list: [], zoom: 1, x: 0, y: 0, grid: new Map(), colours: {} };
window.emotagMap = { songs, state, position, similar };

function quadrant(valence, arousal) {
  return arousal >= 0 ? (valence >= 0 ? "happy" : "tense") : valence >= 0 ? "calm" : "sad";
}
const quadrantOf = (i) => quadrant(songs[i][VALENCE], songs[i][AROUSAL]);
const moodsOf = (i) => data.moods.filter((_, bit) => (songs[i][MOODS] >> bit) & 1);

// The plane is a square in the middle of the canvas, with a margin for the labels of the axes.
function view() {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  return { width, height, half: (Math.min(width, height) / 2 - 26) * state.zoom, cx: width / 2, cy: height / 2 };
}
function position(i) {
  const f = view();
  return [f.cx + (songs[i][X] / LIMIT - state.x) * f.half, f.cy - (songs[i][Y] / LIMIT - state.y) * f.half];
}

function draw() {
  const f = view(), ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(f.width * ratio) || canvas.height !== Math.round(f.height * ratio)) {
    canvas.width = Math.round(f.width * ratio);
    canvas.height = Math.round(f.height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, f.width, f.height);
  drawAxes(f);
  const radius = Math.max(2, Math.min(5, 90 / Math.sqrt(state.shown.length))) * Math.min(2, Math.sqrt(state.zoom));
  state.grid = new Map();
  const groups = { happy: [], tense: [], sad: [], calm: [] };
  for (const i of state.shown) groups[quadrantOf(i)].push(i);
  for (const [name, members] of Object.entries(groups)) {
    context.fillStyle = state.colours[name];
    context.globalAlpha = members.length > 3000 ? 0.6 : 0.85;
    context.beginPath();
    for (const i of members) {
      const [x, y] = position(i);
      if (x < -9 || y < -9 || x > f.width + 9 || y > f.height + 9) continue;
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
      const cell = Math.floor(x / CELL) + "," + Math.floor(y / CELL);
      if (!state.grid.has(cell)) state.grid.set(cell, []);
      state.grid.get(cell).push(i);
    }
    context.fill();
  }
  context.globalAlpha = 1;
  drawQuadrantNames(f);
  if (state.selected >= 0) {
    const [x, y] = position(state.selected);
    context.strokeStyle = state.colours.ink;
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(x, y, radius + 5, 0, 2 * Math.PI);
    context.stroke();
  }
}

function drawAxes(f) {
  const [x0, y0] = [f.cx - state.x * f.half, f.cy + state.y * f.half];
  context.strokeStyle = state.colours.line;
  context.lineWidth = 1;
  context.strokeRect(x0 - f.half, y0 - f.half, 2 * f.half, 2 * f.half);
  context.beginPath();
  context.moveTo(x0 - f.half, y0); context.lineTo(x0 + f.half, y0);
  context.moveTo(x0, y0 - f.half); context.lineTo(x0, y0 + f.half);
  context.stroke();
  context.font = "13px system-ui, sans-serif";
  context.fillStyle = state.colours.soft;
  context.textAlign = "center";
  const [top, bottom, left, right] = data.labels;
  context.fillText(top, x0, y0 - f.half - 8);
  context.fillText(bottom, x0, y0 + f.half + 18);
  for (const [text, side] of [[left, -1], [right, 1]]) {
    context.save();
    context.translate(x0 + side * (f.half + 12), y0);
    context.rotate((side * Math.PI) / 2);
    context.fillText(text, 0, 4);
    context.restore();
  }
}

function drawQuadrantNames(f) {
  const [x0, y0] = [f.cx - state.x * f.half, f.cy + state.y * f.half];
  context.font = "bold 13px system-ui, sans-serif";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = state.colours.ground;
  const write = (text, colour, x, y) => {
    context.fillStyle = colour;
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  };
  if (data.scale) {
    // The axes do not separate the predicted quadrants, so their names are not in the corners but in a legend.
    context.textAlign = "left";
    const entries = [["predicted quadrant", state.colours.soft], ...["happy", "tense", "sad", "calm"].map((name) => [name, state.colours[name]])];
    entries.forEach(([text, colour], line) => write(text, colour, x0 - f.half + 8, y0 - f.half + 18 + 17 * line));
    return;
  }
  for (const [name, sideX, sideY] of [["tense", -1, 1], ["happy", 1, 1], ["sad", -1, -1], ["calm", 1, -1]]) {
    context.textAlign = sideX < 0 ? "left" : "right";
    write(name, state.colours[name], x0 + sideX * (f.half - 8), y0 - sideY * (f.half - 8) + (sideY > 0 ? 12 : 0));
  }
}

function nearest(x, y) {
  let best = -1, bestDistance = REACH * REACH;
  for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++)
    for (const i of state.grid.get((Math.floor(x / CELL) + dx) + "," + (Math.floor(y / CELL) + dy)) || []) {
      const [px, py] = position(i), distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < bestDistance) [best, bestDistance] = [i, distance];
    }
  return best;
}

function appendText(parent, tag, content) {
  const node = document.createElement(tag);
  node.textContent = content;
  parent.append(node);
  return node;
}
function signed(value) { return (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(3); }
function describe(parent, i) {
  const song = songs[i];
  appendText(parent, "b", song[TITLE]);
  if (song[ARTIST]) appendText(parent, "span", song[ARTIST]);
  appendText(parent, "span", moodsOf(i).join(", "));
  appendText(parent, "span", `valence ${signed(song[VALENCE])}, arousal ${signed(song[AROUSAL])} (${quadrantOf(i)})`);
  if (data.scale) appendText(parent, "span", `${data.scale} in the library: valence ${signed(song[X])}, arousal ${signed(song[Y])}`);
}

function showTooltip(i, x, y) {
  const box = element("hover");
  box.hidden = i < 0;
  if (i < 0) return;
  box.replaceChildren();
  describe(box, i);
  const f = view();
  box.style.left = Math.min(x + 14, f.width - box.offsetWidth - 4) + "px";
  box.style.top = Math.max(4, Math.min(y + 14, f.height - box.offsetHeight - 4)) + "px";
}

// The nearest songs on the plane, as in EmoDJ.
function similar(i) {
  const [x, y] = [songs[i][X], songs[i][Y]];
  const distance = (j) => (songs[j][X] - x) ** 2 + (songs[j][Y] - y) ** 2;
  return state.shown.filter((j) => j !== i).sort((j, k) => distance(j) - distance(k) || j - k).slice(0, SIMILAR_SONGS);
}

function select(i, { relist = true, play = true } = {}) {
  state.selected = i;
  if (relist) state.list = [i, ...similar(i)];
  draw();
  list(state.list, "Similar songs, played in this order");
  if (!play) return;
  element("playing").replaceChildren();
  describe(element("playing"), i);
  audio.src = songs[i][HREF];
  showCurve(i);
  audio.play().catch((error) => {
    // Selecting the next song aborts the one before, which is no failure.
    if (error.name === "AbortError") return;
    appendText(element("playing"), "span", "Cannot play this file: it was moved or deleted, or the browser does not support its format.");
  });
}

function list(members, title) {
  element("list-title").textContent = title;
  const items = element("list");
  items.replaceChildren();
  for (const i of members) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = quadrantOf(i);
    if (i === state.selected) button.setAttribute("aria-current", "true");
    describe(button, i);
    button.addEventListener("click", () => select(i));
    const item = document.createElement("li");
    item.append(button);
    items.append(item);
  }
}

function showCurve(i) {
  const bar = element("curve"), points = songs[i][CURVE] || [];
  bar.hidden = !points.length;
  bar.replaceChildren();
  for (let k = 0; k < points.length; k += 2) {
    const part = document.createElement("i");
    part.style.left = (100 * k) / points.length + "%";
    part.style.width = 200 / points.length + "%";
    part.style.background = `var(--${quadrant(points[k], points[k + 1])})`;
    bar.append(part);
  }
  if (points.length) bar.append(document.createElement("i"));
}
audio.addEventListener("timeupdate", () => {
  const cursor = element("curve").lastChild;
  if (cursor && audio.duration) cursor.style.left = (100 * audio.currentTime) / audio.duration + "%";
});
audio.addEventListener("ended", () => {
  const next = state.list[state.list.indexOf(state.selected) + 1];
  if (next !== undefined) select(next, { relist: false });
});

function filter() {
  const mask = [...document.querySelectorAll("input[name=mood]:checked")].reduce((bits, box) => bits | (1 << box.value), 0);
  const folder = element("folder").value, words = element("search").value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  state.shown = songs.map((_, i) => i).filter((i) => {
    const song = songs[i];
    if (mask && !(song[MOODS] & mask)) return false;
    if (folder !== "" && song[FOLDER] !== Number(folder)) return false;
    const searched = (song[TITLE] + " " + song[ARTIST] + " " + data.folders[song[FOLDER]]).toLocaleLowerCase();
    return words.every((word) => searched.includes(word));
  });
  element("count").textContent = `${state.shown.length} of ${songs.length} ${songs.length === 1 ? "song" : "songs"}`;
  if (!state.shown.includes(state.selected)) state.selected = -1;
  draw();
  const some = state.shown.length > LISTED_SONGS;
  list(state.shown.slice(0, LISTED_SONGS), some ? `Songs (first ${LISTED_SONGS})` : "Songs");
}

function zoom(factor, x, y) {
  const f = view(), next = Math.max(1, Math.min(60, state.zoom * factor)), newHalf = f.half * (next / state.zoom);
  // The point under the pointer keeps its position.
  state.x += (x - f.cx) / f.half - (x - f.cx) / newHalf;
  state.y -= (y - f.cy) / f.half - (y - f.cy) / newHalf;
  state.zoom = next;
  if (next === 1) state.x = state.y = 0;
  draw();
}
const zoomAtCentre = (factor) => zoom(factor, canvas.clientWidth / 2, canvas.clientHeight / 2);

let dragged = null;
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
}, { passive: false });
canvas.addEventListener("pointerdown", (event) => { dragged = { x: event.offsetX, y: event.offsetY, moved: false }; });
canvas.addEventListener("pointermove", (event) => {
  if (dragged && event.buttons) {
    const [dx, dy] = [event.offsetX - dragged.x, event.offsetY - dragged.y];
    if (!dragged.moved && Math.hypot(dx, dy) < 4) return;
    dragged = { x: event.offsetX, y: event.offsetY, moved: true };
    state.x -= dx / view().half;
    state.y += dy / view().half;
    draw();
  }
  showTooltip(dragged && dragged.moved ? -1 : nearest(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
});
canvas.addEventListener("pointerup", (event) => {
  const clicked = dragged && !dragged.moved ? nearest(event.offsetX, event.offsetY) : -1;
  dragged = null;
  if (clicked >= 0) select(clicked);
});
canvas.addEventListener("pointerleave", () => { dragged = null; showTooltip(-1); });

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
canvas.addEventListener("keydown", (event) => {
  if (event.key === "+" || event.key === "=") zoomAtCentre(1.5);
  else if (event.key === "-") zoomAtCentre(1 / 1.5);
  else if (event.key === "Enter" && state.selected >= 0) select(state.selected);
  else if (DIRECTIONS[event.key] && state.shown.length) {
    event.preventDefault();
    selectTowards(DIRECTIONS[event.key]);
  }
});
function selectTowards([dx, dy]) {
  // The nearest song within 45 degrees of the direction; if no song is selected, the one nearest to the centre.
  const from = state.selected < 0 ? [0, 0] : [songs[state.selected][X], songs[state.selected][Y]];
  let best = -1, bestDistance = Infinity;
  for (const i of state.shown) {
    if (i === state.selected) continue;
    const [x, y] = [songs[i][X] - from[0], songs[i][Y] - from[1]];
    const ahead = x * dx + y * dy, sideways = Math.abs(x * dy) + Math.abs(y * dx);
    if (state.selected >= 0 && (ahead <= 0 || sideways > ahead)) continue;
    const distance = x * x + y * y;
    if (distance < bestDistance) [best, bestDistance] = [i, distance];
  }
  if (best < 0) return;
  select(best, { play: false });
  const [x, y] = position(best);
  showTooltip(best, x, y);
  element("announcement").textContent = element("hover").innerText;
}

function applyColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "line", "ground", "happy", "tense", "sad", "calm"])
    state.colours[name] = style.getPropertyValue("--" + name).trim();
  draw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyColours);
new ResizeObserver(draw).observe(canvas);
for (const id of ["search", "folder", "moods"]) element(id).addEventListener("input", filter);
element("zoom-in").addEventListener("click", () => zoomAtCentre(1.5));
element("zoom-out").addEventListener("click", () => zoomAtCentre(1 / 1.5));
applyColours();
filter();
