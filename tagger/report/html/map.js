"use strict";
// Songs come as rows: address, title, artist, moods as bits, valence, arousal, folder, curve (in hundredths, or 0).
const data = JSON.parse(document.getElementById("songs").textContent);
const [HREF, TITLE, ARTIST, MOODS, VALENCE, AROUSAL, FOLDER, CURVE] = [0, 1, 2, 3, 4, 5, 6, 7];
const ALIKE = 20, REACH = 9, CELL = 24;
const element = (id) => document.getElementById(id);
const canvas = element("canvas"), pen = canvas.getContext("2d"), audio = element("audio");
const songs = data.songs;
const state = { shown: songs.map((_, i) => i), selected: -1, list: [], zoom: 1, x: 0, y: 0, grid: new Map(), colours: {} };
window.emotagMap = { songs, state, place, alike };

function quadrant(valence, arousal) {
  return arousal >= 0 ? (valence >= 0 ? "happy" : "tense") : valence >= 0 ? "calm" : "sad";
}
const of = (i) => quadrant(songs[i][VALENCE], songs[i][AROUSAL]);
const moods = (i) => data.moods.filter((_, bit) => (songs[i][MOODS] >> bit) & 1);

// The plane is a square in the middle of the canvas, with room for the axes' names.
function frame() {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  return { width, height, half: (Math.min(width, height) / 2 - 26) * state.zoom, cx: width / 2, cy: height / 2 };
}
function place(i) {
  const f = frame();
  return [f.cx + (songs[i][VALENCE] - state.x) * f.half, f.cy - (songs[i][AROUSAL] - state.y) * f.half];
}

function draw() {
  const f = frame(), ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(f.width * ratio) || canvas.height !== Math.round(f.height * ratio)) {
    canvas.width = Math.round(f.width * ratio);
    canvas.height = Math.round(f.height * ratio);
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, f.width, f.height);
  axes(f);
  const radius = Math.max(2, Math.min(5, 90 / Math.sqrt(state.shown.length))) * Math.min(2, Math.sqrt(state.zoom));
  state.grid = new Map();
  const groups = { happy: [], tense: [], sad: [], calm: [] };
  for (const i of state.shown) groups[of(i)].push(i);
  for (const [name, members] of Object.entries(groups)) {
    pen.fillStyle = state.colours[name];
    pen.globalAlpha = members.length > 3000 ? 0.6 : 0.85;
    pen.beginPath();
    for (const i of members) {
      const [x, y] = place(i);
      if (x < -9 || y < -9 || x > f.width + 9 || y > f.height + 9) continue;
      pen.moveTo(x + radius, y);
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      const cell = Math.floor(x / CELL) + "," + Math.floor(y / CELL);
      if (!state.grid.has(cell)) state.grid.set(cell, []);
      state.grid.get(cell).push(i);
    }
    pen.fill();
  }
  pen.globalAlpha = 1;
  if (state.selected >= 0) {
    const [x, y] = place(state.selected);
    pen.strokeStyle = state.colours.ink;
    pen.lineWidth = 2.5;
    pen.beginPath();
    pen.arc(x, y, radius + 5, 0, 2 * Math.PI);
    pen.stroke();
  }
}

function axes(f) {
  const [x0, y0] = [f.cx - state.x * f.half, f.cy + state.y * f.half];
  pen.strokeStyle = state.colours.line;
  pen.lineWidth = 1;
  pen.strokeRect(x0 - f.half, y0 - f.half, 2 * f.half, 2 * f.half);
  pen.beginPath();
  pen.moveTo(x0 - f.half, y0); pen.lineTo(x0 + f.half, y0);
  pen.moveTo(x0, y0 - f.half); pen.lineTo(x0, y0 + f.half);
  pen.stroke();
  pen.font = "13px system-ui, sans-serif";
  pen.fillStyle = state.colours.soft;
  pen.textAlign = "center";
  pen.fillText("excited", x0, y0 - f.half - 8);
  pen.fillText("quiet", x0, y0 + f.half + 18);
  for (const [text, side] of [["unpleasant", -1], ["pleasant", 1]]) {
    pen.save();
    pen.translate(x0 + side * (f.half + 12), y0);
    pen.rotate((side * Math.PI) / 2);
    pen.fillText(text, 0, side > 0 ? 4 : 4);
    pen.restore();
  }
  for (const [name, x, y] of [["tense", -1, 1], ["happy", 1, 1], ["sad", -1, -1], ["calm", 1, -1]]) {
    pen.fillStyle = state.colours[name];
    pen.textAlign = x < 0 ? "left" : "right";
    pen.fillText(name, x0 + x * (f.half - 8), y0 - y * (f.half - 8) + (y > 0 ? 12 : 0));
  }
}

function nearest(x, y) {
  let best = -1, least = REACH * REACH;
  for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++)
    for (const i of state.grid.get((Math.floor(x / CELL) + dx) + "," + (Math.floor(y / CELL) + dy)) || []) {
      const [px, py] = place(i), away = (px - x) ** 2 + (py - y) ** 2;
      if (away < least) [best, least] = [i, away];
    }
  return best;
}

function text(parent, kind, content) {
  const node = document.createElement(kind);
  node.textContent = content;
  parent.append(node);
  return node;
}
function signed(value) { return (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(3); }
function describe(parent, i) {
  const song = songs[i];
  text(parent, "b", song[TITLE]);
  if (song[ARTIST]) text(parent, "span", song[ARTIST]);
  text(parent, "span", moods(i).join(", "));
  text(parent, "span", `valence ${signed(song[VALENCE])}, arousal ${signed(song[AROUSAL])} (${of(i)})`);
}

function hover(i, x, y) {
  const box = element("hover");
  box.hidden = i < 0;
  if (i < 0) return;
  box.replaceChildren();
  describe(box, i);
  const f = frame();
  box.style.left = Math.min(x + 14, f.width - box.offsetWidth - 4) + "px";
  box.style.top = Math.max(4, Math.min(y + 14, f.height - box.offsetHeight - 4)) + "px";
}

// As EmoDJ did: the songs nearest on the plane.
function alike(i) {
  const [v, a] = [songs[i][VALENCE], songs[i][AROUSAL]];
  const away = (j) => (songs[j][VALENCE] - v) ** 2 + (songs[j][AROUSAL] - a) ** 2;
  return state.shown.filter((j) => j !== i).sort((j, k) => away(j) - away(k) || j - k).slice(0, ALIKE);
}

function select(i, { relist = true, play = true } = {}) {
  state.selected = i;
  if (relist) state.list = [i, ...alike(i)];
  draw();
  list(state.list, "Played on: the most similar songs");
  if (!play) return;
  element("playing").replaceChildren();
  describe(element("playing"), i);
  audio.src = songs[i][HREF];
  curve(i);
  audio.play().catch(() => text(element("playing"), "span", "This browser cannot play the file; is it where it was?"));
}

function list(members, title) {
  element("listed").textContent = title;
  const place = element("list");
  place.replaceChildren();
  for (const i of members) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = of(i);
    if (i === state.selected) button.setAttribute("aria-current", "true");
    describe(button, i);
    button.addEventListener("click", () => select(i));
    const item = document.createElement("li");
    item.append(button);
    place.append(item);
  }
}

function curve(i) {
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
  const mark = element("curve").lastChild;
  if (mark && audio.duration) mark.style.left = (100 * audio.currentTime) / audio.duration + "%";
});
audio.addEventListener("ended", () => {
  const next = state.list[state.list.indexOf(state.selected) + 1];
  if (next !== undefined) select(next, { relist: false });
});

function filter() {
  const wanted = [...document.querySelectorAll("input[name=mood]:checked")].reduce((bits, box) => bits | (1 << box.value), 0);
  const folder = element("folder").value, words = element("search").value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  state.shown = songs.map((_, i) => i).filter((i) => {
    const song = songs[i];
    if (wanted && !(song[MOODS] & wanted)) return false;
    if (folder !== "" && song[FOLDER] !== Number(folder)) return false;
    const said = (song[TITLE] + " " + song[ARTIST] + " " + data.folders[song[FOLDER]]).toLocaleLowerCase();
    return words.every((word) => said.includes(word));
  });
  element("count").textContent = `${state.shown.length} of ${songs.length} songs`;
  if (!state.shown.includes(state.selected)) state.selected = -1;
  draw();
  list(state.shown.slice(0, 50), state.shown.length > 50 ? "The first 50 songs" : "Songs");
}

function zoom(factor, x, y) {
  const f = frame(), next = Math.max(1, Math.min(60, state.zoom * factor)), gone = f.half * (next / state.zoom);
  // The point under the pointer stays there.
  state.x += (x - f.cx) / f.half - (x - f.cx) / gone;
  state.y -= (y - f.cy) / f.half - (y - f.cy) / gone;
  state.zoom = next;
  if (next === 1) state.x = state.y = 0;
  draw();
}
const centre = (factor) => zoom(factor, canvas.clientWidth / 2, canvas.clientHeight / 2);

let dragged = null;
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
}, { passive: false });
canvas.addEventListener("pointerdown", (event) => { dragged = { x: event.offsetX, y: event.offsetY, far: false }; });
canvas.addEventListener("pointermove", (event) => {
  if (dragged && event.buttons) {
    const [dx, dy] = [event.offsetX - dragged.x, event.offsetY - dragged.y];
    if (!dragged.far && Math.hypot(dx, dy) < 4) return;
    dragged = { x: event.offsetX, y: event.offsetY, far: true };
    state.x -= dx / frame().half;
    state.y += dy / frame().half;
    draw();
  }
  hover(dragged && dragged.far ? -1 : nearest(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
});
canvas.addEventListener("pointerup", (event) => {
  const chosen = dragged && !dragged.far ? nearest(event.offsetX, event.offsetY) : -1;
  dragged = null;
  if (chosen >= 0) select(chosen);
});
canvas.addEventListener("pointerleave", () => { dragged = null; hover(-1); });

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
canvas.addEventListener("keydown", (event) => {
  if (event.key === "+" || event.key === "=") centre(1.5);
  else if (event.key === "-") centre(1 / 1.5);
  else if (event.key === "Enter" && state.selected >= 0) select(state.selected);
  else if (DIRECTIONS[event.key] && state.shown.length) {
    event.preventDefault();
    step(DIRECTIONS[event.key]);
  }
});
function step([dx, dy]) {
  // The nearest song that lies more in that direction than beside it; from nowhere, the one nearest to the middle.
  const from = state.selected < 0 ? [0, 0] : [songs[state.selected][VALENCE], songs[state.selected][AROUSAL]];
  let best = -1, least = Infinity;
  for (const i of state.shown) {
    if (i === state.selected) continue;
    const [x, y] = [songs[i][VALENCE] - from[0], songs[i][AROUSAL] - from[1]];
    const ahead = x * dx + y * dy, beside = Math.abs(x * dy) + Math.abs(y * dx);
    if (state.selected >= 0 && (ahead <= 0 || beside > ahead)) continue;
    const away = x * x + y * y;
    if (away < least) [best, least] = [i, away];
  }
  if (best < 0) return;
  select(best, { play: false });
  const [x, y] = place(best);
  hover(best, x, y);
  element("said").textContent = element("hover").innerText;
}

function dress() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "line", "happy", "tense", "sad", "calm"])
    state.colours[name] = style.getPropertyValue("--" + name).trim();
  draw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);
new ResizeObserver(draw).observe(canvas);
for (const id of ["search", "folder", "moods"]) element(id).addEventListener("input", filter);
element("closer").addEventListener("click", () => centre(1.5));
element("further").addEventListener("click", () => centre(1 / 1.5));
dress();
filter();
