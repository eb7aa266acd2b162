"use strict";
// Playlists in the M3U8 format, which the browser saves as a download: without a server, and without the network.

// A path is derived from the address of the page, so it stays right if the page is moved together with the music.
function absolutePath(i) {
  const url = new URL(hrefOf(i), document.baseURI);
  if (url.protocol !== "file:") return url.href;
  const path = decoded(url.pathname);
  if (path === null) return url.href;
  if (url.host) return `//${url.host}${path}`;
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}
function relativePath(i) {
  const path = decoded(hrefOf(i));
  if (path === null) return new URL(hrefOf(i), document.baseURI).href;
  // A line that begins with a number sign is a comment, and players strip leading spaces.
  return /^[#\s]/.test(path) ? `./${path}` : path;
}
// A name that is not UTF-8 cannot be decoded; the address is written instead.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
const oneLine = (text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
// Players split lines at any of these characters, and strip white space at the end.
const unwritable = (path) => /[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]|\s$/.test(path);

function playlist(songs, name, relative) {
  const lines = ["#EXTM3U", `#PLAYLIST:${oneLine(name)}`];
  let skipped = 0;
  for (const i of songs) {
    const path = relative ? relativePath(i) : absolutePath(i);
    if (unwritable(path)) {
      skipped++;
      continue;
    }
    const artist = oneLine(artistOf(i));
    lines.push(`#EXTINF:${columns.seconds[i]},${artist ? artist + " - " : ""}${oneLine(columns.title[i])}`, path);
  }
  return { text: lines.join("\n") + "\n", skipped };
}

function savePlaylist(songs, name) {
  if (!songs.length) {
    element("saved").textContent = "The list is empty.";
    return;
  }
  const title = name.trim() || "playlist", { text, skipped } = playlist(songs, title, element("relative-paths").checked);
  const link = document.createElement("a"), file = title.replace(/[\p{Cc}\\/:*?"<>|]/gu, "_").replace(/^\.+/, "_") + ".m3u8";
  link.href = URL.createObjectURL(new Blob([text], { type: "audio/x-mpegurl" }));
  link.download = file;
  link.click();
  // The download has begun, but the browser may still read from the address.
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  const left = skipped ? ` ${counted(skipped)} left out: a playlist cannot have a path with a line break or a space at its end.` : "";
  element("saved").textContent = `Saved ${counted(songs.length - skipped)} as ${file}.${left}`;
}
Object.assign(window.emotagMap, { playlist });
