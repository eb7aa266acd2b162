"use strict";
// What is on the canvas. The songs are written into an image, pixel by pixel: with a hundred thousand of them, that is many times
// faster than a path or a picture for each. Axes, names and outlines are drawn over it.
const context = canvas.getContext("2d");
const FONT = "system-ui, sans-serif";
let image = null, pixels = null, drawRequested = false;

function redraw() {
  if (drawRequested) return;
  drawRequested = true;
  requestAnimationFrame(() => { drawRequested = false; draw(); });
}

function draw() {
  const f = view(), ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(f.width * ratio), Math.round(f.height * ratio)];
  if (!width || !height) return;
  if (!image || canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
    image = context.createImageData(width, height);
    pixels = new Uint32Array(image.data.buffer);
  }
  pixels.fill(packed(rgb(colours.css.ground)));
  const ticks = axisTicks(f);
  drawGrid(f, ratio, ticks);
  drawSongs(f, ratio);
  context.putImageData(image, 0, 0);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawAxes(f, ticks);
  if (!data.scale) drawQuadrantNames(f);
  if (state.hovered >= 0 && state.hovered !== state.current) drawMark(f, state.hovered, 1.5);
  if (state.current >= 0) drawMark(f, state.current, 2.5);
  drawShape();
}

function songRadius() {
  return Math.max(1.5, Math.min(5, 90 / Math.sqrt(state.shown.length))) * Math.min(2, Math.sqrt(state.zoom));
}

// The opacity of each pixel of a song, 0..255: full for certain songs, less for usual ones, and a ring for uncertain ones.
function stamp(radius, level, factor) {
  const reach = Math.ceil(radius + 0.5), size = 2 * reach + 1, alpha = new Uint8Array(size * size);
  const ringWidth = Math.max(1.2, radius / 3);
  for (let k = 0; k < alpha.length; k++) {
    const distance = Math.hypot((k % size) - reach, Math.floor(k / size) - reach);
    const disc = Math.max(0, Math.min(1, radius + 0.5 - distance));
    const inner = Math.max(0, Math.min(1, radius - ringWidth + 0.5 - distance));
    let opacity = level === CERTAIN ? disc : 0.7 * disc;
    if (level === UNCERTAIN) opacity = radius < 2.5 ? 0.4 * disc : 0.85 * (disc - inner) + 0.12 * inner;
    alpha[k] = Math.round(255 * opacity * factor);
  }
  return { reach, size, alpha };
}

const packed = ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

function drawSongs(f, ratio) {
  const radius = songRadius() * ratio;
  // Many songs are translucent, so that their density can be seen.
  const density = state.shown.length / state.zoom ** 2, opacity = Math.max(0.5, Math.min(1, Math.sqrt(6000 / density)));
  const stamps = (factor) => [CERTAIN, USUAL, UNCERTAIN].map((level) => stamp(radius, level, factor));
  if (state.selection) stampSongs(f, ratio, stamps(0.15 * opacity), state.shown.filter((i) => !state.selection[i]));
  stampSongs(f, ratio, stamps(opacity), listedSongs());
  // Songs with a mark are not hidden by others.
  stampSongs(f, ratio, stamps(1), [state.current, state.hovered].filter((i) => i >= 0));
}

function stampSongs(f, ratio, stamps, songs) {
  const { width, height } = canvas, reach = stamps[0].reach, size = stamps[0].size;
  const [left, right, top, bottom] = ["left", "right", "top", "bottom"].map((side) => f.frame[side] * ratio);
  const scale = f.half * ratio, x0 = (f.cx - state.x * f.half) * ratio, y0 = (f.cy + state.y * f.half) * ratio;
  for (let n = 0; n < songs.length; n++) {
    const i = songs[n], x = Math.round(x0 + mapX[i] * scale), y = Math.round(y0 - mapY[i] * scale);
    if (x < left - 1 || x > right + 1 || y < top - 1 || y > bottom + 1) continue;
    if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
    const [red, green, blue] = colours.rgb[colourOf[i]], alpha = stamps[certainty[i]].alpha;
    let k = 0, target = (y - reach) * width + x - reach;
    for (let row = 0; row < size; row++, target += width - size) {
      for (let column = 0; column < size; column++, k++, target++) {
        const a = alpha[k];
        if (!a) continue;
        const old = pixels[target], r = old & 255, g = (old >> 8) & 255, b = (old >> 16) & 255;
        pixels[target] = ((255 << 24) | ((b + (((blue - b) * a) >> 8)) << 16) | ((g + (((green - g) * a) >> 8)) << 8) | (r + (((red - r) * a) >> 8))) >>> 0;
      }
    }
  }
}

// Numbers on an axis: multiples of 1, 2 or 5 times a power of ten, at least `space` pixels apart.
function tickValues(low, high, pixelsPerUnit, space) {
  const least = space / pixelsPerUnit, power = 10 ** Math.floor(Math.log10(least));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= least * 0.999);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), values = [];
  for (let k = Math.ceil(low / step - 1e-6); k * step <= high + step * 1e-6; k++) values.push([k * step, (k * step).toFixed(decimals).replace("-", "\u2212")]);
  return values;
}

// For each axis: numbers with their position in pixels.
function axisTicks(f) {
  const { left, right, top, bottom } = f.frame, { limit } = data;
  const low = toMap(f, left, bottom), high = toMap(f, right, top);
  return [0, 1].map((axis) => tickValues(low[axis] * limit, high[axis] * limit, f.half / limit, axis ? 44 : 56).map(([value, text]) => {
    return { value, text, at: toScreen(f, value / limit, value / limit)[axis] };
  }));
}

// Lines of the grid, below the songs.
function drawGrid(f, ratio, ticks) {
  const [left, right, top, bottom] = ["left", "right", "top", "bottom"].map((side) => Math.round(f.frame[side] * ratio));
  const line = rgb(colours.css.line), ground = rgb(colours.css.ground), faint = line.map((value, k) => (value + ground[k]) / 2);
  ticks.forEach((values, axis) => {
    for (const { value, at } of values) {
      const colour = packed(Math.abs(value) < 1e-9 ? line : faint), start = Math.round(at * ratio);
      for (let k = start; k < start + Math.round(ratio); k++) {
        if (axis) pixels.fill(colour, k * canvas.width + left, k * canvas.width + right);
        else for (let row = top; row < bottom; row++) pixels[row * canvas.width + k] = colour;
      }
    }
  });
}

function drawAxes(f, [horizontal, vertical]) {
  const { left, right, top, bottom } = f.frame;
  context.font = `12px ${FONT}`;
  context.fillStyle = colours.css.soft;
  context.strokeStyle = colours.css.line;
  context.lineWidth = 1;
  context.textAlign = "center";
  for (const { text, at } of horizontal) context.fillText(text, at, bottom + 16);
  context.textAlign = "right";
  for (const { text, at } of vertical) context.fillText(text, left - 6, at + 4);
  context.strokeRect(left, top, right - left, bottom - top);
  drawAxisTitle(data.axes[0], (left + right) / 2, bottom + 36, right - left, 0);
  drawAxisTitle(data.axes[1], left - 52, (top + bottom) / 2, bottom - top, -Math.PI / 2);
}
// The name of an axis in the middle of it, and what its ends mean at both ends.
function drawAxisTitle([name, low, high], x, y, length, angle) {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.font = `600 13px ${FONT}`;
  context.textAlign = "center";
  context.fillStyle = colours.css.ink;
  context.fillText(name, 0, 0);
  const taken = context.measureText(name).width / 2;
  context.font = `13px ${FONT}`;
  context.fillStyle = colours.css.soft;
  for (const [text, align, end] of [["\u2190 " + low, "left", -length / 2], [high + " \u2192", "right", length / 2]]) {
    context.textAlign = align;
    if (context.measureText(text).width + taken + 8 < length / 2) context.fillText(text, end, 0);
  }
  context.restore();
}

// The name of each quadrant stays in the outer corner of what is visible of the quadrant.
function quadrantCorners(f) {
  const { left, right, top, bottom } = f.frame, [x0, y0] = toScreen(f, 0, 0), corners = [];
  for (const [name, sideX, sideY] of [["tense", -1, 1], ["happy", 1, 1], ["sad", -1, -1], ["calm", 1, -1]]) {
    const width = sideX < 0 ? Math.min(x0, right) - left : right - Math.max(x0, left);
    const height = sideY > 0 ? Math.min(y0, bottom) - top : bottom - Math.max(y0, top);
    if (width < 52 || height < 26) continue;
    corners.push({ name, align: sideX < 0 ? "left" : "right", x: sideX < 0 ? left + 8 : right - 8, y: sideY > 0 ? top + 20 : bottom - 10 });
  }
  return corners;
}
function drawQuadrantNames(f) {
  context.font = `bold 15px ${FONT}`;
  context.lineWidth = 6;
  context.lineJoin = "round";
  context.strokeStyle = colours.css.ground;
  const byQuadrant = element("colour-by").value === "quadrant";
  for (const { name, align, x, y } of quadrantCorners(f)) {
    context.textAlign = align;
    context.fillStyle = byQuadrant ? colours.css[name] : colours.css.ink;
    context.strokeText(name, x, y);
    context.fillText(name, x, y);
  }
}

// A circle around a song, and the ellipse of one standard deviation of its valence and arousal.
function drawMark(f, i, lineWidth) {
  const [x, y] = toScreen(f, mapX[i], mapY[i]), { left, right, top, bottom } = f.frame;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  context.strokeStyle = colours.css.ink;
  context.lineWidth = lineWidth;
  context.beginPath();
  context.arc(x, y, songRadius() + 5, 0, 2 * Math.PI);
  context.stroke();
  if (!data.scale && meanSd[i]) {
    context.lineWidth = 1;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.ellipse(x, y, valenceSd[i] * f.half, arousalSd[i] * f.half, 0, 0, 2 * Math.PI);
    context.stroke();
  }
  context.restore();
}

// The rectangle or lasso that is being drawn.
function drawShape() {
  if (!state.shape) return;
  context.beginPath();
  for (const [x, y] of state.shape) context.lineTo(x, y);
  context.closePath();
  context.fillStyle = context.strokeStyle = colours.css.accent;
  context.lineWidth = 1.5;
  context.globalAlpha = 0.15;
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
}
Object.assign(window.emotagMap, { draw, quadrantCorners: () => quadrantCorners(view()), tickValues });
