// Bytes, digests and signatures. Everything cryptographic is the browser's own (WebCrypto).

/** What does not hold: a stable word for what, and the file it is about. */
class Broken extends Error {
  constructor(what, path = "") {
    super(what);
    this.what = what;
    this.path = path;
  }
}

const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;

function utf8(text) {
  return new TextEncoder().encode(text);
}

function textOf(raw, path = "") {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw new Broken("form", path);
  }
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function hex(raw) {
  return Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(text) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new Broken("form");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function base64(raw) {
  return btoa(Array.from(raw, (byte) => String.fromCharCode(byte)).join(""));
}

/** Standard base64 in its one spelling (RFC 4648 section 3.5). */
function unbase64(text, length) {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Broken("base64");
  let raw;
  try {
    raw = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  } catch {
    throw new Broken("base64");
  }
  if (base64(raw) !== text) throw new Broken("base64");
  if (length !== undefined && raw.length !== length) throw new Broken("base64");
  return raw;
}

async function sha256(raw) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", raw));
}

/** Whether an Ed25519 key (RFC 8032) signed the message. */
async function verifies(publicKey, signature, message) {
  if (publicKey.length !== HASH_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return (await crypto.subtle.verify("Ed25519", key, signature, message)) === true;
  } catch {
    return false;
  }
}

// RFC 8032 section 7.1, test 2: a browser that cannot say yes to this and no to its neighbour
// checks nothing here.
const KNOWN = {
  key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  message: "72",
  signature:
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  // FIPS 180-4: SHA-256 of "abc"
  abc: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
};

/** Whether this browser has the signatures and digests the check stands on, tried on known ones. */
async function able() {
  if (!globalThis.crypto?.subtle || !String.prototype.isWellFormed) return false;
  const [key, message, signature] = [KNOWN.key, KNOWN.message, KNOWN.signature].map(unhex);
  if (!(await verifies(key, signature, message))) return false;
  if (await verifies(key, signature, utf8("s"))) return false;
  return hex(await sha256(utf8("abc"))) === KNOWN.abc;
}

/** The RFC 8785 text of a JSON value; what that standard refuses is refused. */
function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new Broken("form");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    const safe = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (!safe) throw new Broken("form");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  // JavaScript compares strings by UTF-16 units, which is the order RFC 8785 asks for.
  const pairs = Object.keys(value).sort();
  return `{${pairs.map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`;
}

function parseJson(raw, path = "") {
  const text = textOf(raw, path);
  try {
    return JSON.parse(text);
  } catch {
    throw new Broken("form", path);
  }
}

function hasOnly(value, names) {
  const plain = value !== null && typeof value === "object" && !Array.isArray(value);
  return plain && Object.keys(value).sort().join() === [...names].sort().join();
}
