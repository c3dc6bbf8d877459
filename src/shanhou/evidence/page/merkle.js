// The Merkle tree of RFC 6962 section 2.1. Numbers may pass 32 bits, so no bit operators.

function leafHash(entry) {
  return sha256(joined(new Uint8Array([0]), entry));
}

function nodeHash(left, right) {
  return sha256(joined(new Uint8Array([1]), left, right));
}

const half = (number) => Math.floor(number / 2);

/** All hashes of a tree, leaves first; a last node without a partner goes up unchanged. */
async function treeOf(leaves) {
  const levels = [leaves];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    const pairs = [];
    for (let at = 0; at + 1 < below.length; at += 2) pairs.push(nodeHash(below[at], below[at + 1]));
    const above = await Promise.all(pairs);
    if (below.length % 2) above.push(below.at(-1));
    levels.push(above);
  }
  return levels;
}

/** The root the tree had when it held `size` entries, or null when it never had that size. */
async function rootOfFirst(levels, size) {
  if (!(size > 0 && size <= levels[0].length)) return null;
  let root = null;
  let start = size;
  for (let level = 0, rest = size, width = 1; rest; level += 1, rest = half(rest), width *= 2) {
    if (rest % 2) {
      start -= width;
      const peak = levels[level][start / width];
      root = root === null ? peak : await nodeHash(peak, root);
    }
  }
  return root;
}

/** The path from the leaf at `index` to the root (RFC 6962 section 2.1.1). */
function inclusionPath(levels, index) {
  const path = [];
  let place = index;
  for (const level of levels.slice(0, -1)) {
    const sibling = place % 2 ? place - 1 : place + 1;
    if (sibling < level.length) path.push(level[sibling]);
    place = half(place);
  }
  return path;
}

/** Whether a path shows the leaf hash at `index` under the root (RFC 9162 section 2.1.3.2). */
async function included(leaf, index, size, root, path) {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size)) return false;
  if (index < 0 || index >= size) return false;
  let [place, last, found] = [index, size - 1, leaf];
  for (const step of path) {
    if (last === 0 || step.length !== HASH_BYTES) return false;
    if (place % 2 || place === last) {
      found = await nodeHash(step, found);
      while (place % 2 === 0 && place) [place, last] = [half(place), half(last)];
    } else {
      found = await nodeHash(found, step);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && same(found, root);
}

const TILE_WIDTH = 256;

/** A tile's path (C2SP tlog-tiles): number 1234067 is `x001/x234/067`. */
function tilePath(level, number, width) {
  let groups = String(number % 1000).padStart(3, "0");
  for (let rest = Math.floor(number / 1000); rest; rest = Math.floor(rest / 1000)) {
    groups = `x${String(rest % 1000).padStart(3, "0")}/${groups}`;
  }
  return `tile/${level}/${groups}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

function levelTiles(level, count) {
  const tiles = [];
  for (let number = 0; number * TILE_WIDTH < count; number += 1) {
    const width = Math.min(TILE_WIDTH, count - number * TILE_WIDTH);
    tiles.push({ level, number, width, path: tilePath(level, number, width) });
  }
  return tiles;
}

/** Every file of a log of that size, entries first. */
function tilesOf(size) {
  const tiles = levelTiles("entries", size);
  for (let level = 0, count = size; count; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    tiles.push(...levelTiles(level, count));
  }
  return tiles;
}

/** The entries of a bundle: each after its length in two bytes, filling the file exactly. */
function splitBundle(raw, path) {
  const entries = [];
  let at = 0;
  while (at + 2 <= raw.length) {
    const end = at + 2 + raw[at] * 256 + raw[at + 1];
    entries.push(raw.subarray(at + 2, end));
    at = end;
  }
  if (at !== raw.length) throw new Broken("tile", path);
  return entries;
}
