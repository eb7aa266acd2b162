"use strict";
// Mouse, pen, fingers and keys on the map. One pointer moves the map or draws a shape; two fingers zoom.
state.tool = "move"; // or "rectangle", "lasso"
state.shape = null; // the outline that is being drawn, in pixels
const REACH = { mouse: 9, pen: 12, touch: 24 }; // greatest distance from the pointer to a song under it, in pixels
const pointers = new Map();
let gesture = null; // what the pointers do: { kind, ... }

const at = (event) => [event.offsetX, event.offsetY];
function songAt(event) {
  const f = view(), [x, y] = toMap(f, ...at(event));
  return nearestSong(x, y, (REACH[event.pointerType] || REACH.mouse) / f.half);
}
function pinch() {
  const [[x0, y0], [x1, y1]] = [...pointers.values()];
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, distance: Math.max(1, Math.hypot(x1 - x0, y1 - y0)) };
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button > 0) return;
  pointers.set(event.pointerId, at(event));
  canvas.setPointerCapture(event.pointerId);
  if (pointers.size === 2) {
    state.shape = null;
    gesture = { kind: "pinch", ...pinch() };
  } else if (pointers.size === 1) {
    const tool = event.shiftKey && state.tool === "move" ? "rectangle" : state.tool;
    gesture = { kind: tool, start: at(event), last: at(event), moved: false };
  }
});
canvas.addEventListener("pointermove", (event) => {
  if (!pointers.has(event.pointerId)) {
    if (event.pointerType !== "touch") showTooltip(songAt(event), ...at(event));
    return;
  }
  pointers.set(event.pointerId, at(event));
  if (gesture.kind === "pinch") {
    const now = pinch();
    pan(now.x - gesture.x, now.y - gesture.y);
    zoomAt(now.distance / gesture.distance, now.x, now.y);
    Object.assign(gesture, now);
    return;
  }
  const [x, y] = at(event);
  if (gesture.kind === "done" || (!gesture.moved && Math.hypot(x - gesture.start[0], y - gesture.start[1]) < 4)) return;
  gesture.moved = true;
  showTooltip(-1);
  if (gesture.kind === "move") pan(x - gesture.last[0], y - gesture.last[1]);
  else drawOutline(x, y);
  gesture.last = [x, y];
});
function drawOutline(x, y) {
  const [x0, y0] = gesture.start;
  if (gesture.kind === "rectangle") state.shape = [[x0, y0], [x, y0], [x, y], [x0, y]];
  else state.shape = [...(state.shape || [gesture.start]), [x, y]];
  redraw();
}
canvas.addEventListener("pointerup", (event) => {
  if (!pointers.delete(event.pointerId)) return;
  const ended = gesture;
  // The finger that stays after zooming with two must not move the map.
  gesture = pointers.size ? { kind: "done" } : null;
  if (ended.kind === "pinch" || ended.kind === "done") return;
  if (state.shape) {
    const f = view(), polygon = state.shape.map(([x, y]) => toMap(f, x, y));
    state.shape = null;
    selectSongs(songsInside(polygon));
  } else if (!ended.moved) {
    const i = songAt(event);
    if (i >= 0) play(i, { tab: "queue" });
    showTooltip(i, ...at(event));
  }
});
canvas.addEventListener("pointercancel", (event) => {
  // The browser scrolls the page with this finger.
  pointers.delete(event.pointerId);
  gesture = null;
  state.shape = null;
  redraw();
});
canvas.addEventListener("pointerleave", () => { if (!gesture) showTooltip(-1); });
// The browser must not take two fingers for scrolling.
canvas.addEventListener("touchstart", (event) => { if (event.touches.length > 1) event.preventDefault(); }, { passive: false });
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const unit = event.deltaMode === 1 ? 16 : 1; // lines or pixels
  zoomAt(Math.exp((-event.deltaY * unit) / 300), ...at(event));
}, { passive: false });

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const KEYS = {
  "+": () => zoomAtCentre(1.5), "=": () => zoomAtCentre(1.5), "-": () => zoomAtCentre(1 / 1.5), 0: resetView, f: fitView,
  Enter: () => { if (state.current >= 0) play(state.current, { tab: "queue" }); },
  Escape: () => { state.shape = null; selectSongs(null); },
};
canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const direction = DIRECTIONS[event.key];
  if (!direction && !KEYS[event.key]) return;
  event.preventDefault();
  if (!direction) KEYS[event.key]();
  else if (event.shiftKey) pan(-80 * direction[0], 80 * direction[1]);
  else moveTo(songTowards(direction));
});
function moveTo(i) {
  if (i < 0) return;
  state.current = i;
  reveal(i);
  for (const list of [songList, queueList]) list.mark();
  showTooltip(i, ...position(i));
  announce(element("hover").innerText);
}

function showTooltip(i, x, y) {
  const box = element("hover");
  if (state.hovered !== i) redraw();
  state.hovered = i;
  box.hidden = i < 0;
  if (i < 0) return;
  box.replaceChildren();
  describe(box, i);
  const f = view();
  box.style.left = `${Math.max(4, Math.min(x + 14, f.width - box.offsetWidth - 4))}px`;
  box.style.top = `${y + 14 + box.offsetHeight > f.height ? Math.max(4, y - 14 - box.offsetHeight) : y + 14}px`;
}
// Select the songs that are in sight, for those who cannot draw a shape.
function selectInView() {
  const { left, right, top, bottom } = view().frame, f = view();
  selectSongs(songsInside([[left, top], [right, top], [right, bottom], [left, bottom]].map(([x, y]) => toMap(f, x, y))));
}
