// A whole evidence folder: the questions of verifier.py and verify.sh, in the same order.

const MANIFEST = "manifest.sha256";
const MANIFEST_NOTE = "manifest.note";
const CHECKPOINT = "checkpoint";
const LOG_KEY = "keys/log.vkey";
const MANIFEST_HEADER = "shanhou evidence manifest v1";
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const ALLOWED = new RegExp(
  "^(?:checkpoint|manifest\\.(?:sha256|note)|verify\\.(?:sh|html)|HOW-TO-VERIFY\\.(?:zh|en)\\.md" +
    "|keys/log\\.vkey|keys/[^/]+\\.(?:pub|passkey)|statements/[^/]+\\.(?:json|sig|webauthn)" +
    "|certificates/[^/]+\\.(?:json|pdf)|proofs/[^/]+\\.tlog-proof|tile/.+)$",
);
// What the log names under these folders is part of the evidence itself.
const KEPT_HERE = /^(?:statements|certificates|keys)\//;

const found = (what, path) => ({ what, path });
const withoutSuffix = (path) => path.replace(/\.[^./]*$/, "");
const stemOf = (path) => withoutSuffix(path.slice(path.lastIndexOf("/") + 1));

/** One folder under question. `files` is a Map of bytes by path; `trusted` a key's text or "". */
class PackReading {
  constructor(files, trusted) {
    Object.assign(this, { files, trusted, origin: "", named: new Map(), entries: [] });
    Object.assign(this, { statements: new Map(), vkey: null, checkpoint: null, levels: [] });
  }

  questions() {
    return [
      ["manifest", () => this.manifest()],
      ["key", () => this.key()],
      ["log", () => this.readLog()],
      ["entries", () => this.readEntries()],
      ["statements", () => this.readStatements()],
      ["certificates", () => this.certificates()],
      ["proofs", () => this.proofs()],
    ];
  }

  bytes(path) {
    const raw = this.files.get(path);
    if (raw === undefined) throw new Broken("missing-or-stray", path);
    return raw;
  }

  paths(folder) {
    return [...this.named.keys()].filter((path) => path.startsWith(folder));
  }

  /** Every file is named, none is missing, every byte is as named. */
  async manifest() {
    this.named = parseManifest(this.bytes(MANIFEST));
    const wanted = new Set([...this.named.keys(), MANIFEST, MANIFEST_NOTE]);
    const present = [...this.files.keys()];
    const findings = [
      ...[...wanted].filter((path) => !this.files.has(path)),
      ...present.filter((path) => !wanted.has(path)),
    ].map((path) => found("missing-or-stray", path));
    const strange = present.filter((path) => !belongs(path));
    findings.push(...strange.map((path) => found("no-place", path)));
    if (findings.length === 0) {
      const digests = [...this.named].map(async ([path, digest]) => {
        const right = hex(await sha256(this.bytes(path))) === digest;
        return right ? [] : [found("digest", path)];
      });
      findings.push(...(await Promise.all(digests)).flat());
    }
    return [this.named.size, findings];
  }

  /** The manifest is signed by the log's key, and that is the key the reader trusts. */
  async key() {
    const text = textOf(this.bytes(LOG_KEY), LOG_KEY);
    if (!text.endsWith("\n") || text.split("\n").length !== 2) throw new Broken("form", LOG_KEY);
    this.vkey = await parseVkey(text.slice(0, -1));
    if (this.trusted && this.trusted !== this.vkey.text) {
      return [1, [found("not-the-trusted-key", LOG_KEY)]];
    }
    const note = parseNote(this.bytes(MANIFEST_NOTE), MANIFEST_NOTE);
    this.origin = note.text.split("\n")[1] ?? "";
    const digest = hex(await sha256(this.bytes(MANIFEST)));
    const signed =
      note.text === `${MANIFEST_HEADER}\n${this.origin}\n${digest}\n` &&
      note.signatures.length === 1 &&
      (await signedBy(note, this.vkey));
    return [1, signed ? [] : [found("signature", MANIFEST_NOTE)]];
  }

  /** The checkpoint is signed; entries and tiles hash to its root; no tile is stray. */
  async readLog() {
    this.checkpoint = await signedCheckpoint(this.bytes(CHECKPOINT), this.vkey, CHECKPOINT);
    const { origin, size, root } = this.checkpoint;
    if (origin !== this.origin) return [1, [found("another-log", CHECKPOINT)]];
    // Before the list of tiles is made, so that a false size cannot make it endless.
    if (size > this.files.size * TILE_WIDTH) return [0, [found("missing-or-stray", "tile")]];
    const tiles = tilesOf(size);
    const wanted = new Set(tiles.map((tile) => tile.path));
    const present = new Set(this.paths("tile/"));
    const findings = [
      ...[...wanted].filter((path) => !present.has(path)),
      ...[...present].filter((path) => !wanted.has(path)),
    ].map((path) => found("missing-or-stray", path));
    if (findings.length) return [size, findings];
    this.raw = tiles.filter(({ level }) => level === "entries").flatMap(({ path, width }) => {
      const entries = splitBundle(this.bytes(path), path);
      if (entries.length !== width) throw new Broken("tile", path);
      return entries;
    });
    this.levels = await treeOf(await Promise.all(this.raw.map(leafHash)));
    if (!same(this.levels.at(-1)[0], root)) return [size, [found("root", CHECKPOINT)]];
    for (const { level, number, width, path } of tiles) {
      if (level === "entries") continue;
      const from = number * TILE_WIDTH;
      const hashes = this.levels[level * 8].slice(from, from + width);
      if (!same(joined(...hashes), this.bytes(path))) findings.push(found("tile", path));
    }
    return [size, findings];
  }

  /** Every entry is in form, in its place, of one case, and what it names is here. */
  async readEntries() {
    this.entries = this.raw.map((raw, index) => parseEntry(raw, `entry ${index}`));
    const [first] = this.entries;
    const findings = [];
    this.entries.forEach((entry, index) => {
      if (entry.seq !== index) findings.push(found("order", `entry ${index}`));
      if (entry.case !== first.case || entry.rehearsal !== first.rehearsal) {
        findings.push(found("mixed-cases", `entry ${index}`));
      }
      for (const { name, sha256: digest } of entry.subject) {
        if (KEPT_HERE.test(name) && this.named.get(name) !== digest) {
          findings.push(found("named-but-not-here", name));
        }
      }
    });
    this.logged = new Map();
    for (const entry of this.entries) {
      for (const { name, sha256: digest } of entry.subject) {
        for (const key of [`${digest} ${name}`, `${entry.act} ${digest} ${name}`]) {
          if (!this.logged.has(key)) this.logged.set(key, entry.seq);
        }
      }
    }
    return [this.entries.length, findings];
  }

  /** The index of the first entry (of an act) that names a file as it is here. */
  loggedAt(path, act) {
    const named = `${this.named.get(path)} ${path}`;
    return this.logged.get(act ? `${act} ${named}` : named);
  }

  /** Each statement is signed, logged, and agrees with the log it saw and the files here. */
  async readStatements() {
    const findings = [];
    const stems = new Set(this.paths("statements/").map(withoutSuffix));
    for (const stem of [...stems].sort()) {
      const path = `${stem}.json`;
      const said = this.named.has(path) ? parseStatement(this.bytes(path), path) : null;
      const [beside, other] = said && isByPasskey(said) ? ["webauthn", "sig"] : ["sig", "webauthn"];
      if (said) this.statements.set(path, said);
      if (!said || !this.named.has(`${stem}.${beside}`) || this.named.has(`${stem}.${other}`)) {
        findings.push(found("half", stem));
        continue;
      }
      findings.push(...(await this.wrongWith(path, said)).map((what) => found(what, path)));
    }
    return [stems.size, findings];
  }

  async wrongWith(path, said) {
    const byPasskey = isByPasskey(said);
    const keyPath = byPasskey ? passkeyPath(said) : `keys/${said.by}.pub`;
    if (keyPath === null || !this.named.has(keyPath)) return ["no-such-signer"];
    const unlike = await (byPasskey ? this.assertedBy(keyPath, path, said) : this.signedBy(keyPath, path));
    const seen = await rootOfFirst(this.levels, said.log.size);
    const [logged, known] = [this.loggedAt(path), this.loggedAt(keyPath)];
    const [first] = this.entries;
    const truths = {
      "another-log": said.log.origin === this.origin && said.case === first.case,
      rehearsal: said.rehearsal === first.rehearsal,
      history: seen !== null && base64(seen) === said.log.root,
      "not-logged": logged !== undefined && logged >= said.log.size,
      "key-not-logged": known !== undefined && logged !== undefined && known <= logged,
      subject: said.subject.every(
        ({ name, sha256: digest }) => (this.named.get(name) ?? digest) === digest,
      ),
    };
    return [...unlike, ...Object.keys(truths).filter((what) => truths[what] !== true)];
  }

  /** Signed by the person's own key. */
  async signedBy(keyPath, path) {
    const publicKey = parsePem(this.bytes(keyPath), keyPath);
    const signature = this.bytes(`${withoutSuffix(path)}.sig`);
    return (await verifies(publicKey, signature, this.bytes(path))) ? [] : ["signature"];
  }

  /** Signed by the person's passkey, whose challenge is the statement's digest. */
  async assertedBy(keyPath, path, said) {
    const beside = `${withoutSuffix(path)}.webauthn`;
    const passkey = parsePasskey(this.bytes(keyPath), keyPath);
    const assertion = parseAssertion(this.bytes(beside), beside);
    return wrongWithAssertion(passkey, assertion, this.bytes(path), said.facts.web_origin);
  }

  /** Each certificate's record and face are logged, and a signed statement names both. */
  async certificates() {
    const findings = [];
    const paths = this.paths("certificates/").sort();
    const signed = new Set();
    for (const said of this.statements.values()) {
      if (said.kind !== "certificate") continue;
      for (const { name, sha256: digest } of said.subject) signed.add(`${digest} ${name}`);
    }
    for (const path of paths) {
      const stem = withoutSuffix(path);
      const whole = [`${stem}.json`, `${stem}.pdf`, `proofs/${stemOf(path)}.tlog-proof`];
      if (!whole.every((each) => this.named.has(each))) findings.push(found("half", path));
      if (this.loggedAt(path, "certify") === undefined) findings.push(found("not-logged", path));
      if (!signed.has(`${this.named.get(path)} ${path}`)) findings.push(found("not-signed", path));
      if (path.endsWith(".json")) parseJson(this.bytes(path), path);
    }
    return [paths.filter((path) => path.endsWith(".json")).length, findings];
  }

  /** Each proof is the one that leads from its certificate's entry to the root. */
  async proofs() {
    const paths = this.paths("proofs/");
    const wrong = paths.filter((path) => {
      const record = `certificates/${stemOf(path)}.json`;
      const index = this.named.has(record) ? this.loggedAt(record, "certify") : undefined;
      if (index === undefined) return true;
      const right = proofBytes(this.levels, index, this.bytes(CHECKPOINT));
      return !same(right, this.bytes(path));
    });
    return [paths.length, wrong.map((path) => found("proof", path))];
  }

  /** What the folder tells of itself, once all of it holds. */
  told() {
    const count = (list) => list.reduce((sums, each) => sums.set(each, (sums.get(each) ?? 0) + 1), new Map());
    const said = [...this.statements.values()];
    return {
      origin: this.origin,
      size: this.checkpoint.size,
      root: base64(this.checkpoint.root),
      first: this.entries[0].at,
      last: this.entries.at(-1).at,
      acts: [...count(this.entries.map((entry) => entry.act))],
      signers: [...count(said.map(({ by, kind }) => `${by} ${kind}`))],
    };
  }
}

function belongs(path) {
  return FILE_NAME.test(path) && ALLOWED.test(path) && !path.includes("..");
}

/** Digests by path, of a manifest in its one form. */
function parseManifest(raw) {
  const named = new Map();
  const lines = textOf(raw, MANIFEST).split("\n");
  if (lines.pop() !== "") throw new Broken("form", MANIFEST);
  let last = "";
  for (const line of lines) {
    const parts = /^([0-9a-f]{64}) {2}(.+)$/.exec(line);
    if (!parts || !belongs(parts[2]) || parts[2] <= last) throw new Broken("form", MANIFEST);
    [, , last] = parts;
    named.set(last, parts[1]);
  }
  return named;
}
