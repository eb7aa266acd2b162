"use strict";
// Connects the controls of the page, and draws for the first time.
const CLICKS = {
  "zoom-in": () => zoomAtCentre(1.5), "zoom-out": () => zoomAtCentre(1 / 1.5), "zoom-reset": resetView, "zoom-fit": fitView,
  "select-view": selectInView, "clear-selection": () => selectSongs(null), "clear-filters": clearFilters,
  "play-list": playListed, next: playNext,
  save: () => savePlaylist(openedTab === "songs" ? listed : state.queue, element("playlist-name").value),
  "songs-tab": () => openTab("songs"), "queue-tab": () => openTab("queue"),
};
for (const [id, action] of Object.entries(CLICKS)) element(id).addEventListener("click", action);

element("filters").addEventListener("change", ({ target }) => {
  const facet = facets.find(({ id }) => id === target.name);
  if (facet) facet.checked[target.checked ? "add" : "delete"](Number(target.value));
  if (target.id === "colour-by") moveLegendUp();
  if (facet || target.id === "mood-mode" || target.id === "colour-by") applyFilters();
});
element("search").addEventListener("input", applyFilters);
element("sort").addEventListener("change", showSongs);
element("tools").addEventListener("change", ({ target }) => {
  state.tool = target.value;
  canvas.dataset.tool = state.tool;
  limitView();
});
// Arrow keys move between the tabs.
element("tabs").addEventListener("keydown", ({ key }) => {
  if (key !== "ArrowLeft" && key !== "ArrowRight") return;
  const other = element("songs-tab").getAttribute("aria-selected") === "true" ? "queue" : "songs";
  openTab(other);
  element(`${other}-tab`).focus();
});
function applyColours() {
  readColours();
  redraw();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyColours);
new ResizeObserver(() => limitView()).observe(canvas);

// On a narrow screen the filters begin closed, so that the map is in sight.
if (matchMedia("(max-width: 60rem)").matches) for (const part of document.querySelectorAll("#facets > details")) part.open = false;
moveLegendUp();
readColours();
buildLegend();
openTab("songs");
showQueue();
applyFilters();
limitView();
draw();
performance.mark("drawn");
