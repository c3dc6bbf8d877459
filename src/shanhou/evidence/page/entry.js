// Entries of the log and what people sign: only canonical bytes of the closed form are accepted.

const ACTS = [
  "collect", "inventory", "resolve", "declare", "bind", "hold", "disclose", "review", "amend",
  "clean", "quality", "rules", "plan", "notice", "answer", "approve", "transfer", "receipt", "withdraw",
  "archive", "anonymise", "destroy", "return", "verify", "document", "certify", "close", "reveal",
  "backup", "export", "finding", "move",
];
const STATEMENT_KINDS = ["approval", "receipt", "certificate", "witness", "rules"];

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const FACT_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const COUNTED = /(?:_count|_bytes|_fen|_size)$/;
const PRINTABLE = /^(?:[^\p{C}\p{Z}]| )+$/u;
const MOST_NAME_CHARACTERS = 512;

// What may never stand in a log, as shapes; digits and letters beside them belong to a digest.
const PERSONAL = [
  String.raw`(?:\+?86)?1[3-9][0-9]{9}`,
  String.raw`0[1-9][0-9]{1,2}[0-9]{7,8}`,
  String.raw`[1-9][0-9]{16}[0-9Xx]`,
  String.raw`[1-9][0-9]{5}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}`,
  String.raw`[3-6][0-9]{15,18}`,
  String.raw`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`,
].map((shape) => new RegExp(`(?<![0-9A-Za-z])${shape}(?![0-9A-Za-z])`));
const SPLIT_DIGITS = /(?<=[0-9])[ \u00b7.-](?=[0-9])/g;

function refuseUnless(holds, what) {
  if (!holds) throw new Broken(what);
}

function refusePersonal(text) {
  const plain = text.normalize("NFKC");
  const forms = [plain, plain.replace(SPLIT_DIGITS, "")];
  const found = PERSONAL.some((shape) => forms.some((form) => shape.test(form)));
  refuseUnless(!found, "personal");
}

function parseId(id) {
  refuseUnless(typeof id === "string" && ID.test(id), "form");
  refusePersonal(id);
  return id;
}

function parseSubject(told) {
  refuseUnless(Array.isArray(told), "form");
  return told.map(({ name, sha256: digest }) => {
    refuseUnless(typeof name === "string" && typeof digest === "string", "form");
    refuseUnless(PRINTABLE.test(name) && [...name].length <= MOST_NAME_CHARACTERS, "form");
    refuseUnless(SHA256.test(digest), "form");
    refusePersonal(name);
    return { name, sha256: digest };
  });
}

const PYTHON_WORDS = new Map([[true, "True"], [false, "False"], [null, "None"]]);

function parseFacts(told) {
  refuseUnless(told !== null && typeof told === "object" && !Array.isArray(told), "form");
  for (const [name, value] of Object.entries(told)) {
    refuseUnless(FACT_NAME.test(name), "form");
    if (Number.isSafeInteger(value) && COUNTED.test(name)) continue;
    for (const part of Array.isArray(value) ? value : [value]) {
      const flat = part === null || ["string", "boolean"].includes(typeof part);
      refuseUnless(flat || Number.isSafeInteger(part), "form");
      refusePersonal(PYTHON_WORDS.get(part) ?? String(part));
    }
  }
  return told;
}

/** UTC to the second, `2026-11-22T03:29:21Z`, and a moment that there was. */
function parseUtc(text) {
  refuseUnless(/^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text), "form");
  const at = new Date(text);
  refuseUnless(!Number.isNaN(at.getTime()), "form");
  refuseUnless(at.toISOString() === text.replace("Z", ".000Z"), "form");
  return text;
}

function parseDay(text) {
  refuseUnless(typeof text === "string" && /^\d{4}-\d\d-\d\d$/.test(text), "form");
  const at = new Date(`${text}T00:00:00Z`);
  refuseUnless(!text.startsWith("0000") && !Number.isNaN(at.getTime()), "form");
  refuseUnless(at.toISOString().startsWith(text), "form");
  return text;
}

/** Reads what `make` builds from a JSON object, and only the canonical bytes of it. */
function parseExactly(raw, path, make) {
  try {
    const made = make(parseJson(raw));
    refuseUnless(same(utf8(canonical(made)), raw), "not-canonical");
    return made;
  } catch (error) {
    throw new Broken(error instanceof Broken ? error.what : "form", path);
  }
}

/** One line of the log: who did what in a case, when, and the digests of what it touched. */
function parseEntry(raw, path) {
  return parseExactly(raw, path, (told) => {
    refuseUnless(Number.isSafeInteger(told.seq) && told.seq >= 0, "form");
    refuseUnless(typeof told.rehearsal === "boolean" && ACTS.includes(told.act), "form");
    refuseUnless(told.on === null || told.rehearsal, "form");
    return {
      schema: 1,
      seq: told.seq,
      at: parseUtc(told.at),
      on: told.on === null ? null : parseDay(told.on),
      case: parseId(told.case),
      act: told.act,
      actor: parseId(told.actor),
      rehearsal: told.rehearsal,
      subject: parseSubject(told.subject),
      facts: parseFacts(told.facts),
    };
  });
}

/** What a person signed, and the state of the log they saw. */
function parseStatement(raw, path) {
  return parseExactly(raw, path, (told) => {
    const { origin, size, root } = told.log;
    refuseUnless(typeof origin === "string" && Number.isSafeInteger(size) && size > 0, "form");
    unbase64(root, HASH_BYTES);
    refuseUnless(STATEMENT_KINDS.includes(told.kind), "form");
    refuseUnless(typeof told.rehearsal === "boolean", "form");
    const subject = parseSubject(told.subject);
    refuseUnless(subject.length > 0, "form");
    return {
      schema: 1,
      kind: told.kind,
      by: parseId(told.by),
      case: parseId(told.case),
      at: parseUtc(told.at),
      rehearsal: told.rehearsal,
      log: { origin, size, root },
      subject,
      facts: parseFacts(told.facts),
    };
  });
}

// The DER of an Ed25519 public key before its 32 bytes (RFC 8410 section 4).
const SPKI_PREFIX = unhex("302a300506032b6570032100");

/** The raw public key of a PEM file in its one form. */
function parsePem(raw, path) {
  const body = /^-----BEGIN PUBLIC KEY-----\n([^\n]*)\n-----END PUBLIC KEY-----\n$/.exec(
    textOf(raw, path),
  );
  if (!body) throw new Broken("form", path);
  const der = unbase64(body[1], SPKI_PREFIX.length + HASH_BYTES);
  if (!same(der.subarray(0, SPKI_PREFIX.length), SPKI_PREFIX)) throw new Broken("form", path);
  return der.subarray(SPKI_PREFIX.length);
}
