// Signed notes, checkpoints and proofs (C2SP signed-note, tlog-checkpoint, tlog-proof), each in
// one byte form, so that no changed byte passes.

const DASH = "— ";
const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const MOST_SIGNATURES = 100; // C2SP signed-note lets a verifier refuse more
const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
// No white space as Python and JavaScript each understand it, and no plus.
const NAME = /^[^\s\x1c-\x1f\x85+]{1,255}$/u;

/** A public key in the form people hand each other: `name+keyid+base64`. */
async function parseVkey(text) {
  const parts = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(text);
  if (!parts || !NAME.test(parts[1])) throw new Broken("key-form");
  const material = unbase64(parts[3], 1 + HASH_BYTES);
  const keyId = (await sha256(joined(utf8(`${parts[1]}\n`), material))).subarray(0, KEY_ID_BYTES);
  if (material[0] !== ED25519 || hex(keyId) !== parts[2]) throw new Broken("key-form");
  return { text, name: parts[1], keyId, publicKey: material.subarray(1) };
}

/** Nothing in a note is trusted until `signedBy` has said yes. */
function parseNote(raw, path) {
  const whole = textOf(raw, path);
  const gap = whole.lastIndexOf("\n\n");
  if (gap < 0 || /[\0-\x09\x0b-\x1f]/.test(whole)) throw new Broken("note-form", path);
  const lines = whole.slice(gap + 2).split("\n");
  if (lines.pop() !== "" || lines.length < 1 || lines.length > MOST_SIGNATURES) {
    throw new Broken("note-form", path);
  }
  const signatures = lines.map((line) => {
    const parts = line.startsWith(DASH) ? /^([^ ]*) (.*)$/su.exec(line.slice(DASH.length)) : null;
    if (!parts || !NAME.test(parts[1])) throw new Broken("note-form", path);
    const body = unbase64(parts[2]);
    if (body.length <= KEY_ID_BYTES) throw new Broken("note-form", path);
    return {
      name: parts[1],
      keyId: body.subarray(0, KEY_ID_BYTES),
      signature: body.subarray(KEY_ID_BYTES),
    };
  });
  return { text: whole.slice(0, gap + 1), signatures };
}

/** Whether the key signed this text, in the only line under its name. */
async function signedBy(note, vkey) {
  const mine = note.signatures.filter((line) => line.name === vkey.name);
  if (mine.length !== 1 || !same(mine[0].keyId, vkey.keyId)) return false;
  return verifies(vkey.publicKey, mine[0].signature, utf8(note.text));
}

/** The log's state that its key vouches for: origin, how many entries, under which root. */
function parseCheckpoint(text, path) {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length < 3 || lines.includes("")) {
    throw new Broken("checkpoint-form", path);
  }
  if (!/^[1-9][0-9]{0,8}$/.test(lines[1])) throw new Broken("checkpoint-form", path);
  return { origin: lines[0], size: Number(lines[1]), root: unbase64(lines[2], HASH_BYTES) };
}

async function signedCheckpoint(raw, vkey, path) {
  const note = parseNote(raw, path);
  if (!(await signedBy(note, vkey))) throw new Broken("signature", path);
  return parseCheckpoint(note.text, path);
}

/** The one C2SP tlog-proof that can be right for an entry. */
function proofBytes(levels, index, checkpoint) {
  const path = inclusionPath(levels, index).map((step) => `${base64(step)}\n`);
  return joined(utf8(`${PROOF_HEADER}\nindex ${index}\n${path.join("")}\n`), checkpoint);
}

/** A proof as written: its index, its path and the signed checkpoint below. */
function parseProof(raw, path) {
  const whole = textOf(raw, path);
  const gap = whole.indexOf("\n\n");
  const [header, index, ...steps] = whole.slice(0, gap < 0 ? 0 : gap).split("\n");
  if (header !== PROOF_HEADER || !/^index (?:0|[1-9][0-9]{0,8})$/.test(index ?? "")) {
    throw new Broken("proof", path);
  }
  return {
    index: Number(index.slice("index ".length)),
    path: steps.map((step) => unbase64(step, HASH_BYTES)),
    checkpoint: utf8(whole.slice(gap + 2)),
  };
}

/** The signed checkpoint that a proof shows an entry under; throws when it shows nothing. */
async function provedUnder(proof, entryRaw, vkey, path) {
  const checkpoint = await signedCheckpoint(proof.checkpoint, vkey, path);
  const leaf = await leafHash(entryRaw);
  const shown = await included(leaf, proof.index, checkpoint.size, checkpoint.root, proof.path);
  if (!shown) throw new Broken("proof", path);
  return checkpoint;
}
