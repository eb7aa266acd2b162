"use strict";
// The view: which part of the map is on the canvas, and where. Coordinates of the map are in -1..1.
const canvas = element("canvas");
// Space around the plot for the numbers and titles of the axes, in pixels.
const MARGIN = { left: 66, right: 12, top: 12, bottom: 46 };
const MAX_ZOOM = 100;

function view() {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const plotWidth = Math.max(1, width - MARGIN.left - MARGIN.right);
  const plotHeight = Math.max(1, height - MARGIN.top - MARGIN.bottom);
  const half = (Math.min(plotWidth, plotHeight) / 2) * state.zoom;
  const cx = MARGIN.left + plotWidth / 2, cy = MARGIN.top + plotHeight / 2;
  // The frame is what is visible of the square from -1 to 1.
  const frame = {
    left: Math.max(MARGIN.left, cx + (-1 - state.x) * half), right: Math.min(width - MARGIN.right, cx + (1 - state.x) * half),
    top: Math.max(MARGIN.top, cy - (1 - state.y) * half), bottom: Math.min(height - MARGIN.bottom, cy - (-1 - state.y) * half),
  };
  return { width, height, plotWidth, plotHeight, half, cx, cy, frame };
}
const toScreen = (f, x, y) => [f.cx + (x - state.x) * f.half, f.cy - (y - state.y) * f.half];
const toMap = (f, px, py) => [state.x + (px - f.cx) / f.half, state.y - (py - f.cy) / f.half];
const position = (i) => toScreen(view(), mapX[i], mapY[i]);
window.emotagMap.position = position;

// Move the view back to where the map fills the plot, and draw.
function limitView() {
  const f = view();
  const limit = (length) => Math.max(0, 1 - length / 2 / f.half);
  const [x, y] = [limit(f.plotWidth), limit(f.plotHeight)];
  state.x = Math.max(-x, Math.min(x, state.x));
  state.y = Math.max(-y, Math.min(y, state.y));
  // At the first level, a finger on the map scrolls the page.
  canvas.style.touchAction = state.zoom === 1 && state.tool === "move" ? "pan-y" : "none";
  element("zoom-reset").disabled = state.zoom === 1;
  redraw();
}
function zoomAt(factor, px, py) {
  const [x, y] = toMap(view(), px, py);
  state.zoom = Math.max(1, Math.min(MAX_ZOOM, state.zoom * factor));
  // The point under the pointer keeps its position.
  const [newX, newY] = toMap(view(), px, py);
  state.x += x - newX;
  state.y += y - newY;
  limitView();
}
function zoomAtCentre(factor) {
  const f = view();
  zoomAt(factor, f.cx, f.cy);
}
function pan(dx, dy) {
  const { half } = view();
  state.x -= dx / half;
  state.y += dy / half;
  limitView();
}
function resetView() {
  state.zoom = 1;
  limitView();
}
// Zoom to the listed songs.
function fitView() {
  const songs = listedSongs();
  if (!songs.length) return;
  let [x0, x1, y0, y1] = [1, -1, 1, -1];
  for (const i of songs) {
    [x0, x1] = [Math.min(x0, mapX[i]), Math.max(x1, mapX[i])];
    [y0, y1] = [Math.min(y0, mapY[i]), Math.max(y1, mapY[i])];
  }
  state.zoom = 1;
  const f = view();
  const factor = Math.min(f.plotWidth / (x1 - x0 + 0.02), f.plotHeight / (y1 - y0 + 0.02)) / f.half;
  state.zoom = Math.max(1, Math.min(MAX_ZOOM, 0.92 * factor));
  [state.x, state.y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  limitView();
}
// Move the view so that a song is in it.
function reveal(i) {
  const f = view(), [x, y] = position(i);
  if (x >= f.frame.left && x <= f.frame.right && y >= f.frame.top && y <= f.frame.bottom) return;
  [state.x, state.y] = [mapX[i], mapY[i]];
  limitView();
}
