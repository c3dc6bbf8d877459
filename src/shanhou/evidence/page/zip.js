// The zip of an evidence folder (APPNOTE 6.3): stored and deflated entries, nothing else.

// How it was deflated (1, 2), sizes after the data (3), names in UTF-8 (11): readers know no other.
const KNOWN_FLAGS = 0x080e;
const END_SIGN = 0x06054b50;
const CENTRAL_SIGN = 0x02014b50;
const LOCAL_SIGN = 0x04034b50;
const MOST_UNPACKED_BYTES = 2 ** 30;
const UNIX_KIND = 0o170000;
const UNIX_FILE = 0o100000;
const UNIX_FOLDER = 0o040000;

/** The files of a zip by path below its `evidence/` folder, if it has such a one. */
async function unzip(raw) {
  const files = new Map();
  let total = 0;
  for (const entry of centralEntries(raw)) {
    if (files.has(entry.path)) throw new Broken("zip", entry.path);
    total += entry.size;
    if (total > MOST_UNPACKED_BYTES) throw new Broken("zip-large", entry.path);
    const content = await unpacked(raw, entry);
    if (!entry.path.endsWith("/")) files.set(entry.path, content);
    else if (content.length) throw new Broken("zip", entry.path);
  }
  return belowOneFolder(files);
}

/** Paths without the one folder that all lie in. */
function belowOneFolder(files) {
  const [first] = files.keys();
  const folder = first?.slice(0, first.indexOf("/") + 1) ?? "";
  const all = [...files].every(([path]) => path.startsWith(folder));
  if (!folder || !all || kindOf(files) === "pack") return files;
  return new Map([...files].map(([path, raw]) => [path.slice(folder.length), raw]));
}

function centralEntries(raw) {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  let end = raw.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END_SIGN) end -= 1;
  if (end < 0 || end + 22 + view.getUint16(end + 20, true) !== raw.length) throw new Broken("zip");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) throw new Broken("zip-large");
  const entries = [];
  for (let number = 0; number < count; number += 1) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL_SIGN) throw new Broken("zip");
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const entry = {
      path: textOf(raw.subarray(at + 46, nameEnd)),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      local: view.getUint32(at + 42, true),
    };
    const kind = (view.getUint32(at + 38, true) >>> 16) & UNIX_KIND;
    if (![0, UNIX_FILE, UNIX_FOLDER].includes(kind)) throw new Broken("link", entry.path);
    if (entry.flags & 1) throw new Broken("zip-locked", entry.path);
    if (entry.flags & ~KNOWN_FLAGS) throw new Broken("zip", entry.path);
    entries.push(entry);
    at = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  if (at !== end) throw new Broken("zip");
  return entries;
}

async function unpacked(raw, { path, method, crc, packed, size, local }) {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (local + 30 > raw.length || view.getUint32(local, true) !== LOCAL_SIGN) {
    throw new Broken("zip", path);
  }
  const nameEnd = local + 30 + view.getUint16(local + 26, true);
  // Two names for one file would show each reader another folder.
  if (textOf(raw.subarray(local + 30, nameEnd)) !== path) throw new Broken("zip", path);
  const start = nameEnd + view.getUint16(local + 28, true);
  const stored = raw.subarray(start, start + packed);
  if (stored.length !== packed || ![0, 8].includes(method)) throw new Broken("zip", path);
  const content = method === 0 ? stored : await inflated(stored, size, path);
  if (content.length !== size || crc32(content) !== crc) throw new Broken("zip", path);
  return content;
}

/** Inflate, and stop as soon as more comes out than the zip said. */
async function inflated(stored, size, path) {
  const stream = new Blob([stored]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const content = new Uint8Array(size);
  let at = 0;
  try {
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > size) throw new Broken("zip", path);
      content.set(value, at);
      at += value.length;
    }
  } catch {
    throw new Broken("zip", path);
  }
  return content.subarray(0, at);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

function crc32(raw) {
  let crc = 0xffffffff;
  for (const byte of raw) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
