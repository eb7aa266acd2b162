"use strict";
// Songs by position: a grid over the map, which is built again when the filters change, not when the map is zoomed.
const CELLS = 160;
const cellOf = (value) => Math.max(0, Math.min(CELLS - 1, Math.floor(((value + 1) / 2) * CELLS)));
let cellStarts = new Uint32Array(CELLS * CELLS + 1), cellMembers = new Uint32Array(0);

function indexSongs(members) {
  // A counting sort: the songs of cell c are cellMembers[cellStarts[c]] to cellMembers[cellStarts[c + 1] - 1].
  const cells = Uint32Array.from(members, (i) => cellOf(mapY[i]) * CELLS + cellOf(mapX[i]));
  cellStarts = new Uint32Array(CELLS * CELLS + 1);
  for (const cell of cells) cellStarts[cell + 1]++;
  for (let cell = 0; cell < CELLS * CELLS; cell++) cellStarts[cell + 1] += cellStarts[cell];
  const next = cellStarts.slice();
  cellMembers = new Uint32Array(members.length);
  members.forEach((i, k) => { cellMembers[next[cells[k]]++] = i; });
}

// Call a function for each song in the cells that a rectangle of the map touches.
function forSongsNear(x0, x1, y0, y1, visit) {
  for (let row = cellOf(y0); row <= cellOf(y1); row++) {
    const end = cellStarts[row * CELLS + cellOf(x1) + 1];
    for (let k = cellStarts[row * CELLS + cellOf(x0)]; k < end; k++) visit(cellMembers[k]);
  }
}

// The song nearest to a point of the map, not farther than a distance; -1 if there is none.
function nearestSong(x, y, distance) {
  let best = -1, bestSquare = distance * distance;
  forSongsNear(x - distance, x + distance, y - distance, y + distance, (i) => {
    const square = (mapX[i] - x) ** 2 + (mapY[i] - y) ** 2;
    if (square < bestSquare) [best, bestSquare] = [i, square];
  });
  return best;
}

// The songs that are nearest to a song on the map, as in EmoDJ.
const SIMILAR_SONGS = 20;
function similar(i) {
  const nearest = [];
  for (const j of state.shown) {
    if (j === i) continue;
    const distance = (mapX[j] - mapX[i]) ** 2 + (mapY[j] - mapY[i]) ** 2;
    if (nearest.length === SIMILAR_SONGS && distance >= nearest[SIMILAR_SONGS - 1][1]) continue;
    let place = nearest.length;
    while (place > 0 && nearest[place - 1][1] > distance) place--;
    nearest.splice(place, 0, [j, distance]);
    nearest.length = Math.min(nearest.length, SIMILAR_SONGS);
  }
  return nearest.map(([j]) => j);
}

// The songs within a polygon of the map, given as a list of points.
function songsInside(polygon) {
  const inside = new Uint8Array(COUNT);
  const xs = polygon.map((point) => point[0]), ys = polygon.map((point) => point[1]);
  forSongsNear(Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys), (i) => {
    // A ray to the right crosses the outline an odd number of times.
    for (let a = polygon.length - 1, b = 0; b < polygon.length; a = b++) {
      if (ys[a] > mapY[i] === ys[b] > mapY[i]) continue;
      if (mapX[i] < xs[a] + ((mapY[i] - ys[a]) / (ys[b] - ys[a])) * (xs[b] - xs[a])) inside[i] ^= 1;
    }
  });
  return inside;
}

// The next song for an arrow key: the nearest within 45 degrees of the direction; at first, the one nearest to the centre.
function songTowards([dx, dy]) {
  const from = state.current < 0 ? [0, 0] : [mapX[state.current], mapY[state.current]];
  let best = -1, bestSquare = Infinity;
  for (const i of state.shown) {
    if (i === state.current) continue;
    const [x, y] = [mapX[i] - from[0], mapY[i] - from[1]];
    const ahead = x * dx + y * dy, sideways = Math.abs(x * dy) + Math.abs(y * dx);
    if (state.current >= 0 && (ahead <= 0 || sideways > ahead)) continue;
    if (x * x + y * y < bestSquare) [best, bestSquare] = [i, x * x + y * y];
  }
  return best;
}
Object.assign(window.emotagMap, { similar, songsInside });
