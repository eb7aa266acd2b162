"use strict";
// The legend, which filters. Several values of one filter are alternatives; a song must pass all filters.
const MOOD = 0, QUADRANT = 1, CERTAINTY = 2, GENRE = 3, FOLDER_FILTER = 4, SEARCH = 5;
const GENRES_SHOWN = 300;
const sdText = (sd) => sd.toFixed(3);
const sdNames = sdLimits
  ? [`most certain fifth: sd below ${sdText(sdLimits[0])}`, "all others", `least certain fifth: sd above ${sdText(sdLimits[1])}`]
  : ["", "", ""];
const facets = [
  { id: "mood", word: "mood", names: data.moods, checked: new Set() },
  { id: "quadrant", word: "quadrant", names: QUADRANTS, values: quadrants, checked: new Set() },
  { id: "certainty", word: "uncertainty", names: sdNames, values: certainty, checked: new Set() },
  { id: "genre", word: "genre", names: data.genres.map((name) => name || "(no genre)"), values: columns.genre, checked: new Set() },
  { id: "folder", word: "folder", names: folderNodes.map((node) => node.path), values: nodes, checked: checkedFolders },
];
const allMoods = () => element("mood-mode").value === "all";
const searchWords = () => element("search").value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
let searchTexts = null;

function searchText(i) {
  const parts = [columns.title[i], artistOf(i), data.albums[columns.album[i]],
    ...genresOf(i).map((genre) => data.genres[genre]), data.folders[columns.folder[i]]];
  return parts.join(" ").toLocaleLowerCase();
}

// One function for each filter: whether a song passes it; null if nothing is checked.
function filterTests() {
  const bits = [...facets[MOOD].checked].reduce((mask, mood) => mask | (1 << mood), 0), every = allMoods();
  const tests = facets.map((facet, number) => {
    if (!facet.checked.size) return null;
    if (number === MOOD) return every ? (i) => (columns.moods[i] & bits) === bits : (i) => (columns.moods[i] & bits) !== 0;
    let allowed = new Uint8Array(facet.names.length);
    if (number === FOLDER_FILTER) allowed = nodesInCheckedFolders();
    else for (const value of facet.checked) allowed[value] = 1;
    if (number === GENRE) return (i) => genresOf(i).some((genre) => allowed[genre]);
    return (i) => allowed[facet.values[i]] === 1;
  });
  const words = searchWords();
  if (words.length) searchTexts = searchTexts || Array.from({ length: COUNT }, (_, i) => searchText(i));
  tests.push(words.length ? (i) => words.every((word) => searchTexts[i].includes(word)) : null);
  return tests;
}

// Apply the filters: find the songs that pass, and count those of each value that pass all other filters.
function applyFilters() {
  const tests = filterTests(), failed = new Uint8Array(COUNT), shown = [];
  for (let i = 0; i < COUNT; i++) {
    for (let k = 0; k < tests.length; k++) if (tests[k] && !tests[k](i)) failed[i] |= 1 << k;
    if (!failed[i]) shown.push(i);
  }
  state.shown = Uint32Array.from(shown);
  if (state.current >= 0 && failed[state.current] && audio.paused) state.current = -1;
  state.hovered = -1;
  indexSongs(state.shown);
  colourSongs();
  facets.forEach((facet, number) => renderCounts(facet, number, countValues(facet, number, failed)));
  element("count").textContent = `${grouped(state.shown.length)} of ${counted(COUNT)}`;
  element("no-matches").hidden = state.shown.length > 0;
  const filtered = tests.some(Boolean);
  element("filter-summary").textContent = filtered ? `Shown: ${filterSummary()}.` : "All songs are shown.";
  element("clear-filters").disabled = !filtered;
  showSongs();
  redraw();
}

function countValues(facet, number, failed) {
  const counts = new Uint32Array(facet.names.length);
  // With "all of the checked moods", a count is what remains if the mood is checked too.
  const ignored = number === MOOD && allMoods() ? 0 : 1 << number;
  for (let i = 0; i < COUNT; i++) {
    if (failed[i] & ~ignored) continue;
    if (number === MOOD) for (let mood = 0; mood < counts.length; mood++) counts[mood] += (columns.moods[i] >> mood) & 1;
    else if (number === GENRE) for (const genre of genresOf(i)) counts[genre]++;
    else counts[facet.values[i]]++;
  }
  return number === FOLDER_FILTER ? addToParents(counts) : counts;
}

// Say which songs are shown, with the words OR and AND.
function filterSummary() {
  const parts = facets.filter((facet) => facet.checked.size).map((facet) => {
    const joint = facet.id === "mood" && allMoods() ? " AND " : " OR ";
    return `${facet.word} ${[...facet.checked].map((value) => facet.names[value]).join(joint)}`;
  });
  if (searchWords().length) parts.push(`search \u201c${searchWords().join("\u201d AND \u201c")}\u201d`);
  return parts.map((part) => (parts.length > 1 && / (OR|AND) /.test(part) ? `(${part})` : part)).join(" AND ");
}

// A line of the legend: checkbox, colour, name, count.
function entry(id, value, name, count, checked) {
  const label = document.createElement("label"), box = document.createElement("input"), swatch = document.createElement("i");
  box.type = "checkbox";
  box.name = id;
  box.value = value;
  box.checked = checked;
  box.dataset.key = `${id} ${value}`;
  swatch.className = "swatch";
  swatch.hidden = true;
  label.append(box, swatch);
  appendText(label, "span", name).className = "name";
  const number = appendText(label, "span", grouped(count));
  number.className = "number";
  label.title = name;
  label.classList.toggle("none", count === 0);
  return { label, swatch, number };
}
function showSwatch(swatch, name) {
  swatch.hidden = false;
  swatch.style.setProperty("--swatch", `var(--${name})`);
}

function buildLegend() {
  for (const facet of facets) {
    if (facet.id === "folder") continue;
    const list = element(`${facet.id}-entries`), totals = countValues(facet, facets.indexOf(facet), new Uint8Array(COUNT));
    const order = [...facet.names.keys()];
    if (facet.id === "genre") order.sort((a, b) => totals[b] - totals[a] || a - b).splice(GENRES_SHOWN);
    facet.entries = order.map((value) => {
      const parts = entry(facet.id, value, facet.names[value], totals[value], false), item = document.createElement("li");
      if (facet.id === "certainty") parts.swatch.classList.add(["certain", "usual", "uncertain"][value]);
      item.append(parts.label);
      list.append(item);
      return { value, ...parts };
    });
  }
  const absent = { certainty: !sdLimits, genre: data.genres.length < 2, folder: folderNodes.length < 2 };
  for (const [id, hidden] of Object.entries(absent)) {
    element(`${id}-filter`).hidden = hidden;
    for (const option of element("colour-by").options) if (option.value === id) option.disabled = hidden;
  }
}
function renderCounts(facet, number, counts) {
  if (number === FOLDER_FILTER) return renderFolders(counts);
  const coloured = element("colour-by").value === facet.id;
  for (const { value, label, swatch, number: count } of facet.entries) {
    count.textContent = grouped(counts[value]);
    label.classList.toggle("none", counts[value] === 0);
    if (coloured) showSwatch(swatch, PALETTE[valueColours[value]]);
    else if (facet.id === "certainty") showSwatch(swatch, "soft");
    else swatch.hidden = true;
  }
}

// The filter that explains the colours is the first one, and open.
function moveLegendUp() {
  const part = element(`${element("colour-by").value}-filter`);
  part.open = true;
  element("facets").prepend(part);
  element("mood-hint").hidden = element("colour-by").value !== "mood";
}

function clearFilters() {
  element("search").value = "";
  for (const facet of facets) {
    facet.checked.clear();
    for (const box of document.querySelectorAll(`input[name=${facet.id}]`)) box.checked = false;
  }
  applyFilters();
}
