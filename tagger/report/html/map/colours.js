"use strict";
// Colours: each song belongs to a group of one of four schemes, and each group has a colour of the style sheet.
const CATEGORIES = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];
const PALETTE = [...QUADRANTS, ...CATEGORIES, "other"];
const OTHER = PALETTE.length - 1;
// Colours of the moods in the order of `data.moods`, near to those of the quadrants.
const MOOD_COLOURS = ["c3", "c0", "c2", "c5", "c1", "c4"].map((name) => PALETTE.indexOf(name));
const colours = { css: {}, rgb: [] };
let colourOf = new Uint8Array(COUNT); // by song, an index of PALETTE

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "line", "ground", "accent", ...PALETTE]) colours.css[name] = style.getPropertyValue("--" + name).trim();
  colours.rgb = PALETTE.map((name) => rgb(colours.css[name]));
}
const rgb = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

// Give the eight most frequent values a colour each, and all others one. Returns the colour of each value.
function frequentColours(values, size) {
  const counts = new Uint32Array(size);
  for (const value of values) counts[value]++;
  const byCount = [...counts.keys()].filter((value) => counts[value]).sort((a, b) => counts[b] - counts[a] || a - b);
  const result = new Uint8Array(size).fill(OTHER);
  byCount.slice(0, CATEGORIES.length).forEach((value, k) => { result[value] = QUADRANTS.length + k; });
  return result;
}

// For each scheme: the colour of each value, and the value of each song.
const schemes = {
  quadrant: () => [Uint8Array.of(0, 1, 2, 3), quadrants],
  mood: () => [Uint8Array.from(MOOD_COLOURS), columns.mood],
  genre: () => [frequentColours(columns.genre, data.genres.length), columns.genre],
  folder: () => {
    const values = folderGroups();
    return [frequentColours(values, folderNodes.length), values];
  },
};
// The colour of each value of the scheme in use; the legend shows it.
let valueColours = new Uint8Array(0);
function colourSongs() {
  let values;
  [valueColours, values] = schemes[element("colour-by").value]();
  colourOf = Uint8Array.from(values, (value) => valueColours[value]);
}
