"use strict";
// The folders as a tree. Its nodes are in preorder: those below node n are n + 1 to folderNodes[n].end - 1.
const collator = new Intl.Collator(undefined, { numeric: true });
const folderNodes = [];
const nodeOfFolder = new Uint32Array(data.folders.length);

(function buildTree() {
  const make = (name, path) => ({ name, path, own: [], children: new Map() });
  const root = make(data.root, data.root);
  data.folders.forEach((path, folder) => {
    let node = root;
    for (const name of path.split("/").filter(Boolean)) {
      if (!node.children.has(name)) node.children.set(name, make(name, node === root ? name : `${node.path}/${name}`));
      node = node.children.get(name);
    }
    node.own.push(folder);
  });
  const flatten = (made, parent, depth) => {
    const number = folderNodes.length, node = { name: made.name, path: made.path, parent, depth, children: [], open: depth === 0, end: 0 };
    folderNodes.push(node);
    for (const folder of made.own) nodeOfFolder[folder] = number;
    for (const child of [...made.children.values()].sort((a, b) => collator.compare(a.name, b.name))) node.children.push(flatten(child, number, depth + 1));
    node.end = folderNodes.length;
    return number;
  };
  flatten(root, -1, 0);
})();
const nodes = Uint32Array.from(columns.folder, (folder) => nodeOfFolder[folder]);
const checkedFolders = new Set();

// Add the counts of folders to those of the folders that contain them.
function addToParents(counts) {
  for (let n = folderNodes.length - 1; n > 0; n--) counts[folderNodes[n].parent] += counts[n];
  return counts;
}
// 1 for each node that is checked or below a checked one.
function nodesInCheckedFolders() {
  const inside = new Uint8Array(folderNodes.length);
  for (const n of checkedFolders) inside.fill(1, n, folderNodes[n].end);
  return inside;
}

// The folder whose subfolders have colours: the checked one, or the first one with more than one subfolder.
function colouredFolder() {
  let n = checkedFolders.size === 1 ? [...checkedFolders][0] : 0;
  while (folderNodes[n].children.length === 1) n = folderNodes[n].children[0];
  return n;
}
// For each song, the subfolder of the coloured folder that it is in, or the coloured folder.
function folderGroups() {
  const top = colouredFolder(), groups = new Uint32Array(folderNodes.length).fill(top);
  for (const child of folderNodes[top].children) groups.fill(child, child, folderNodes[child].end);
  return nodes.map((n) => groups[n]);
}

const FOLDERS_PER_PAGE = 200;
// Show the open part of the tree, with the number of matching songs in each folder.
function renderFolders(counts) {
  const list = element("folder-entries"), top = colouredFolder(), byFolder = element("colour-by").value === "folder";
  const focused = document.activeElement && list.contains(document.activeElement) ? document.activeElement.dataset.key : "";
  list.replaceChildren();
  const rows = (n) => {
    const node = folderNodes[n], item = document.createElement("li"), parts = entry("folder", n, node.name, counts[n], checkedFolders.has(n));
    item.style.paddingLeft = `${Math.min(node.depth, 8) * 0.9}rem`;
    const toggle = document.createElement("button");
    toggle.type = "button";
    toggle.className = "toggle";
    toggle.dataset.key = `toggle ${n}`;
    toggle.textContent = node.open ? "\u25be" : "\u25b8";
    toggle.setAttribute("aria-expanded", String(node.open));
    toggle.setAttribute("aria-label", `Subfolders of ${node.name}`);
    toggle.style.visibility = node.children.length ? "" : "hidden";
    toggle.addEventListener("click", () => { node.open = !node.open; renderFolders(counts); });
    if (byFolder && (node.parent === top || n === top)) showSwatch(parts.swatch, PALETTE[valueColours[n]] || "other");
    item.append(toggle, parts.label);
    list.append(item);
    if (!node.open) return;
    const shown = node.shown || FOLDERS_PER_PAGE;
    node.children.slice(0, shown).forEach(rows);
    if (node.children.length <= shown) return;
    const more = appendText(appendText(list, "li", ""), "button", `Show more of ${grouped(node.children.length)} folders`);
    more.type = "button";
    more.addEventListener("click", () => { node.shown = shown + FOLDERS_PER_PAGE; renderFolders(counts); });
  };
  rows(0);
  if (focused) [...list.querySelectorAll("[data-key]")].find((node) => node.dataset.key === focused)?.focus();
}
