"use strict";
// The player: the current song, those that follow, and the curve of the current one.
const audio = element("audio");

// Play a song. `queue` is what follows: by default the most similar songs, null to keep what there is.
function play(i, { queue = [i, ...similar(i)], tab = "" } = {}) {
  state.current = i;
  if (queue) {
    state.queue = queue;
    showQueue();
  }
  if (tab) openTab(tab);
  for (const list of [songList, queueList]) list.mark();
  reveal(i);
  redraw();
  element("playing").replaceChildren();
  describe(element("playing"), i);
  showNext();
  showCurve(i);
  audio.src = hrefOf(i);
  audio.play().catch((error) => {
    // Playing the next song aborts the one before, which is no failure.
    if (error.name === "AbortError") return;
    appendText(element("playing"), "span", "Cannot play this file: it was moved or deleted, or the browser does not support its format.");
  });
}
function following() {
  const place = state.queue.indexOf(state.current);
  return place >= 0 && place + 1 < state.queue.length ? state.queue[place + 1] : -1;
}
function showNext() {
  const next = following(), artist = next >= 0 && artistOf(next);
  element("up-next").textContent = next < 0 ? "" : `Up next: ${artist ? artist + " \u2013 " : ""}${columns.title[next]}`;
  element("next").disabled = next < 0;
}
function playNext() {
  const next = following();
  if (next >= 0) play(next, { queue: null });
}
function playListed() {
  if (listed.length) play(listed[0], { queue: Array.from(listed), tab: "queue" });
}

function showCurve(i) {
  const bar = element("curve"), points = (columns.curve && columns.curve[i]) || [];
  bar.hidden = !points.length;
  bar.replaceChildren();
  for (let k = 0; k < points.length; k += 2) {
    const part = document.createElement("i");
    part.style.left = `${(100 * k) / points.length}%`;
    part.style.width = `${200 / points.length}%`;
    part.style.background = `var(--${QUADRANTS[quadrantNumber(points[k], points[k + 1])]})`;
    bar.append(part);
  }
  if (points.length) bar.append(document.createElement("i"));
}
audio.addEventListener("timeupdate", () => {
  const cursor = element("curve").lastChild;
  if (cursor && audio.duration) cursor.style.left = `${(100 * audio.currentTime) / audio.duration}%`;
});
audio.addEventListener("ended", playNext);
Object.assign(window.emotagMap, { play });
