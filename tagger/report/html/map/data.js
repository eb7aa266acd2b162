"use strict";
// The songs, as columns of equal length, and what the other scripts of the page ask about a song by its index.
const data = JSON.parse(document.getElementById("songs").textContent);
const columns = data.songs;
const COUNT = columns.file.length;
const QUADRANTS = ["happy", "tense", "sad", "calm"];
const element = (id) => document.getElementById(id);

// Valence and arousal are in ten-thousandths, standard deviations in thousandths (0: unknown).
const scaled = (column, unit) => Float64Array.from(column, (value) => value / unit);
const valence = scaled(columns.valence, 1e4), arousal = scaled(columns.arousal, 1e4);
const valenceSd = scaled(columns.valenceSd, 1e3), arousalSd = scaled(columns.arousalSd, 1e3);
// The position on the map: from -1 to 1 between the ends of its axes.
const mapX = columns.x ? scaled(columns.x, 1e4 * data.limit) : valence;
const mapY = columns.y ? scaled(columns.y, 1e4 * data.limit) : arousal;

function quadrantNumber(v, a) {
  return a >= 0 ? (v >= 0 ? 0 : 1) : v >= 0 ? 3 : 2;
}
const quadrants = Uint8Array.from(valence, (v, i) => quadrantNumber(v, arousal[i]));
const quadrantOf = (i) => QUADRANTS[quadrants[i]];
const moodsOf = (i) => data.moods.filter((_, bit) => (columns.moods[i] >> bit) & 1);
const artistOf = (i) => data.artists[columns.artist[i]];
const genresOf = (i) => (columns.otherGenres[i] ? [columns.genre[i], ...columns.otherGenres[i]] : [columns.genre[i]]);
const hrefOf = (i) => data.folderHrefs[columns.folder[i]] + columns.file[i];

// The limits of three classes of uncertainty: the fifth of the songs with the least standard deviation, and the fifth with the
// greatest. The limits are shown, because the songs of a library may hardly differ. No classes if they do not differ at all.
const CERTAIN = 0, USUAL = 1, UNCERTAIN = 2;
const meanSd = valenceSd.map((sd, i) => Math.round(500 * (sd + arousalSd[i])) / 1000);
const sdLimits = (() => {
  const known = meanSd.filter((sd) => sd > 0).sort();
  if (!known.length || known[0] === known[known.length - 1]) return null;
  return [0.2, 0.8].map((part) => known[Math.floor(part * (known.length - 1))]);
})();
const certainty = Uint8Array.from(meanSd, (sd) =>
  !sdLimits || !sd ? USUAL : sd > sdLimits[1] ? UNCERTAIN : sd < sdLimits[0] ? CERTAIN : USUAL);

const state = {
  shown: Uint32Array.from({ length: COUNT }, (_, i) => i), // songs that match the filters
  selection: null, // a Uint8Array with 1 for each song in the lasso, or null
  current: -1, // the song that plays, or to which the arrow keys moved
  hovered: -1,
  queue: [], // the songs that play in this order
  zoom: 1, x: 0, y: 0, // the point of the map, in -1..1, at the centre of the canvas
};
window.emotagMap = { data, state };

// The songs that the list shows: those in the lasso, of those that match the filters.
function listedSongs() {
  return state.selection ? state.shown.filter((i) => state.selection[i]) : state.shown;
}

function appendText(parent, tag, content) {
  const node = document.createElement(tag);
  node.textContent = content;
  parent.append(node);
  return node;
}
const signed = (value) => (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(3);
const grouped = (count) => count.toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
const counted = (count) => `${grouped(count)} ${count === 1 ? "song" : "songs"}`;
function duration(songs) {
  const minutes = Math.round(songs.reduce((sum, i) => sum + columns.seconds[i], 0) / 60);
  return minutes < 60 ? `${minutes} min` : `${grouped(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}
function describe(parent, i) {
  appendText(parent, "b", columns.title[i]);
  if (artistOf(i)) appendText(parent, "span", artistOf(i));
  appendText(parent, "span", moodsOf(i).join(", "));
  const sds = meanSd[i] ? [` \u00b1 ${valenceSd[i].toFixed(2)}`, ` \u00b1 ${arousalSd[i].toFixed(2)}`] : ["", ""];
  appendText(parent, "span", `valence ${signed(valence[i])}${sds[0]}, arousal ${signed(arousal[i])}${sds[1]} (${quadrantOf(i)})`);
  if (!data.scale) return;
  const [x, y] = [mapX[i] * data.limit, mapY[i] * data.limit];
  appendText(parent, "span", `${data.scale} in the library: valence ${signed(x)}, arousal ${signed(y)}`);
}
