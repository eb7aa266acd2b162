"use strict";
// Lists of songs. Only the rows in sight are elements, so a list of any length scrolls fast.
const ROW_HEIGHT = 4.4; // in rem, as in the style sheet
const EXTRA_ROWS = 6;

class SongList {
  constructor(container, onPick) {
    this.container = container;
    this.onPick = onPick;
    this.songs = [];
    this.active = 0; // the row that the Tab key reaches
    this.rows = new Map();
    container.addEventListener("scroll", () => this.render(), { passive: true });
    container.addEventListener("keydown", (event) => this.move(event));
    new ResizeObserver(() => this.render()).observe(container);
  }
  get rowHeight() {
    return ROW_HEIGHT * parseFloat(getComputedStyle(document.documentElement).fontSize);
  }
  show(songs) {
    this.songs = songs;
    this.active = 0;
    this.container.scrollTop = 0;
    const list = this.container.firstElementChild;
    list.replaceChildren();
    this.rows.clear();
    list.style.height = `${songs.length * this.rowHeight}px`;
    this.render();
  }
  // Mark the row of the current song.
  mark() {
    for (const [row, item] of this.rows) {
      const current = this.songs[row] === state.current;
      if (current) item.firstElementChild.setAttribute("aria-current", "true");
      else item.firstElementChild.removeAttribute("aria-current");
    }
  }
  render() {
    const height = this.rowHeight, { scrollTop, clientHeight } = this.container;
    if (!clientHeight) return;
    const first = Math.max(0, Math.floor(scrollTop / height) - EXTRA_ROWS);
    const last = Math.min(this.songs.length, Math.ceil((scrollTop + clientHeight) / height) + EXTRA_ROWS);
    for (const [row, item] of this.rows) {
      if ((row >= first && row < last) || item.contains(document.activeElement)) continue;
      item.remove();
      this.rows.delete(row);
    }
    for (let row = first; row < last; row++) if (!this.rows.has(row)) this.add(row, height);
  }
  add(row, height) {
    const i = this.songs[row], item = document.createElement("li"), button = document.createElement("button");
    item.style.top = `${row * height}px`;
    item.setAttribute("aria-setsize", this.songs.length);
    item.setAttribute("aria-posinset", row + 1);
    button.type = "button";
    button.tabIndex = row === this.active ? 0 : -1;
    button.style.setProperty("--swatch", `var(--${PALETTE[colourOf[i]]})`);
    if (i === state.current) button.setAttribute("aria-current", "true");
    appendText(button, "b", columns.title[i]);
    appendText(button, "span", artistOf(i) || data.folders[columns.folder[i]] || data.root);
    appendText(button, "span", `${quadrantOf(i)} \u00b7 ${moodsOf(i).join(", ")}`);
    button.addEventListener("click", () => { this.active = row; this.onPick(i, row); });
    item.append(button);
    // Rows stay in order, for the Tab key and for screen readers.
    const later = [...this.rows.keys()].filter((other) => other > row);
    this.container.firstElementChild.insertBefore(item, later.length ? this.rows.get(Math.min(...later)) : null);
    this.rows.set(row, item);
  }
  move(event) {
    const page = Math.max(1, Math.floor(this.container.clientHeight / this.rowHeight) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.songs.length, End: this.songs.length };
    if (!(event.key in steps) || !this.songs.length) return;
    event.preventDefault();
    this.focus(Math.max(0, Math.min(this.songs.length - 1, this.active + steps[event.key])));
  }
  focus(row) {
    const height = this.rowHeight, top = row * height, { container } = this;
    this.rows.get(this.active)?.firstElementChild.setAttribute("tabindex", "-1");
    this.active = row;
    if (top < container.scrollTop) container.scrollTop = top;
    if (top + height > container.scrollTop + container.clientHeight) container.scrollTop = top + height - container.clientHeight;
    this.render();
    const button = this.rows.get(row).firstElementChild;
    button.tabIndex = 0;
    button.focus({ preventScroll: true });
  }
}

// The order of the list: for each key, the songs in that order; sorted once.
const orders = {};
const sortKeys = {
  artist: (i, j) => collator.compare(artistOf(i), artistOf(j)),
  title: (i, j) => collator.compare(columns.title[i], columns.title[j]),
  valence: (i, j) => valence[j] - valence[i],
  arousal: (i, j) => arousal[j] - arousal[i],
  certainty: (i, j) => meanSd[i] - meanSd[j],
};
function ranks(key) {
  if (!orders[key]) {
    orders[key] = new Uint32Array(COUNT);
    // Songs that are equal stay in the order of their paths.
    Uint32Array.from({ length: COUNT }, (_, i) => i).sort((i, j) => sortKeys[key](i, j) || i - j).forEach((i, rank) => { orders[key][i] = rank; });
  }
  return orders[key];
}
function sortedSongs() {
  const songs = listedSongs(), key = element("sort").value;
  if (key === "path") return songs;
  const rank = ranks(key);
  return songs.slice().sort((i, j) => rank[i] - rank[j]);
}

const songList = new SongList(element("song-list"), (i) => play(i));
const queueList = new SongList(element("queue-list"), (i) => play(i, { queue: null }));
let listed = []; // the songs of the list in its order

function showSongs() {
  listed = sortedSongs();
  songList.show(listed);
  element("songs-tab").textContent = `${state.selection ? "Selection" : "Songs"} (${grouped(listed.length)})`;
  element("list-summary").textContent = listed.length ? `${counted(listed.length)}, ${duration(listed)}` : "No matches.";
  element("play-list").disabled = !listed.length;
  element("clear-selection").hidden = !state.selection;
}
function showQueue() {
  queueList.show(state.queue);
  element("queue-tab").textContent = `Up next (${grouped(state.queue.length)})`;
  element("queue-summary").textContent = state.queue.length ? `${counted(state.queue.length)}, ${duration(state.queue)}, in this order`
    : "Click a song: the songs nearest to it on the map follow.";
}
let openedTab = "songs";
function openTab(name) {
  openedTab = name;
  for (const tab of ["songs", "queue"]) {
    const chosen = tab === name;
    element(`${tab}-tab`).setAttribute("aria-selected", String(chosen));
    element(`${tab}-tab`).tabIndex = chosen ? 0 : -1;
    element(`${tab}-panel`).hidden = !chosen;
  }
}
function selectSongs(selection) {
  state.selection = selection;
  openTab("songs");
  showSongs();
  redraw();
  if (selection) announce(`${counted(listed.length)} selected.`);
}
function announce(text) { element("announcement").textContent = text; }
