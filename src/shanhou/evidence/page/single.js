// One certificate or one customer's receipt, without the folder it came from.

const CHARACTERS = { record: "{", pdf: "%PDF-", proof: PROOF_HEADER };

/** What a loose file is, by its first bytes: a record, a PDF, a proof, a key or a run of entries. */
function characterOf(raw) {
  const start = String.fromCharCode(...raw.subarray(0, PROOF_HEADER.length));
  for (const [character, sign] of Object.entries(CHARACTERS)) {
    if (start.startsWith(sign)) return character;
  }
  return raw.length < 1024 && /^[^\s+]+\+[0-9a-f]{8}\+/.test(start + latin(raw)) ? "key" : "bundle";
}

function latin(raw) {
  return String.fromCharCode(...raw.subarray(PROOF_HEADER.length, 1024));
}

const CERTIFICATE_PARTS = ["record", "proof", "bundle"];

/** A certificate's record, its proof, and the part of the log that holds its entry. */
class CertificateReading {
  constructor(files, trusted) {
    this.trusted = trusted;
    this.files = files;
    this.parts = {};
  }

  questions() {
    return [
      ["parts", () => this.sort()],
      ["single-key", () => this.key()],
      ["single-proof", () => this.prove()],
      ["single-record", () => this.record()],
    ];
  }

  /** Which file is which; each once. */
  async sort() {
    const findings = [];
    for (const [path, raw] of this.files) {
      const character = characterOf(raw);
      if (this.parts[character]) findings.push(found("twice", path));
      this.parts[character] = { path, raw };
    }
    if (this.parts.proof) this.proof = parseProof(this.parts.proof.raw, this.parts.proof.path);
    for (const part of CERTIFICATE_PARTS) {
      if (!this.parts[part]) findings.push(found(`lacks-${part}`, this.whereIs(part)));
    }
    return [this.files.size, findings];
  }

  /** The path in the folder of a part that lacks. */
  whereIs(part) {
    if (part !== "bundle" || !this.proof) return { record: "certificates/", proof: "proofs/", bundle: "tile/entries/" }[part];
    const size = Number(textOf(this.proof.checkpoint).split("\n")[1]);
    const number = Math.floor(this.proof.index / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, size - number * TILE_WIDTH);
    return tilePath("entries", number, width);
  }

  /** Whose key the log is said to be under: the reader's, or that of a file beside. */
  async key() {
    const beside = this.parts.key ? textOf(this.parts.key.raw).replace(/\n$/, "") : "";
    if (!beside && !this.trusted) return [0, [found("lacks-key", LOG_KEY)]];
    this.vkey = await parseVkey(beside || this.trusted);
    const other = this.trusted && this.trusted !== this.vkey.text;
    return [1, other ? [found("not-the-trusted-key", this.parts.key.path)] : []];
  }

  /** The entry lies in the signed log, where the proof says. */
  async prove() {
    const { path, raw } = this.parts.bundle;
    const entryRaw = splitBundle(raw, path)[this.proof.index % TILE_WIDTH];
    if (entryRaw === undefined) return [1, [found("tile", path)]];
    this.checkpoint = await provedUnder(this.proof, entryRaw, this.vkey, this.parts.proof.path);
    this.entry = parseEntry(entryRaw, path);
    const placed = this.entry.seq === this.proof.index;
    this.entries = [this.entry];
    return [1, placed ? [] : [found("order", path)]];
  }

  /** That entry certifies this record, and the PDF if one is given. */
  async record() {
    const findings = [];
    const names = [];
    for (const [part, suffix] of [["record", ".json"], ["pdf", ".pdf"]]) {
      if (!this.parts[part]) continue;
      const { path, raw } = this.parts[part];
      if (part === "record") parseJson(raw, path);
      const digest = hex(await sha256(raw));
      const named = this.entry.subject.find(
        ({ name, sha256: said }) =>
          said === digest && name.startsWith("certificates/") && name.endsWith(suffix),
      );
      if (named) names.push(withoutSuffix(named.name));
      if (!named || this.entry.act !== "certify") findings.push(found("not-logged", path));
    }
    if (new Set(names).size > 1) findings.push(found("half", this.parts.pdf.path));
    return [this.parts.pdf ? 2 : 1, findings];
  }

  told() {
    return {
      origin: this.checkpoint.origin,
      size: this.checkpoint.size,
      root: base64(this.checkpoint.root),
      first: this.entry.at,
      last: this.entry.at,
      pdf: Boolean(this.parts.pdf),
    };
  }
}

/** What was done with one customer's information, down to the signed log. */
class ReceiptReading {
  constructor(raw, path, trusted) {
    Object.assign(this, { raw, path, trusted, entries: [], shown: [] });
  }

  questions() {
    return [
      ["receipt-form", () => this.form()],
      ["single-key", () => this.key()],
      ["receipt-items", () => this.items()],
    ];
  }

  async form() {
    this.receipt = parseExactly(this.raw, this.path, (told) => {
      refuseUnless(hasOnly(told, ["schema", "log", "items"]) && told.schema === 1, "form");
      refuseUnless(typeof told.log === "string", "form");
      refuseUnless(Array.isArray(told.items) && told.items.length > 0, "form");
      return told;
    });
    return [1, []];
  }

  async key() {
    this.vkey = await parseVkey(this.receipt.log);
    const other = this.trusted && this.trusted !== this.vkey.text;
    return [1, other ? [found("not-the-trusted-key", this.path)] : []];
  }

  async items() {
    for (const item of this.receipt.items) await this.item(item);
    return [this.receipt.items.length, []];
  }

  /** Her summary is a leaf of the act's tree; the act's entry is in the signed log. */
  async item(item) {
    const names = ["summary", "opening", "index", "path", "entry", "proof"];
    refuseUnless(hasOnly(item, names) && Array.isArray(item.path), "form");
    refuseUnless(typeof item.entry === "string" && typeof item.proof === "string", "form");
    const entryRaw = utf8(item.entry);
    const entry = parseEntry(entryRaw, this.path);
    const { subjects_count: count, subjects_root: root } = entry.facts;
    refuseUnless(Number.isSafeInteger(count) && SHA256.test(root ?? ""), "entry");
    refuseUnless(typeof item.opening === "string" && SHA256.test(item.opening), "form");
    const leaf = await leafHash(joined(unhex(item.opening), utf8(canonical(item.summary))));
    const steps = item.path.map((step) => unbase64(step, HASH_BYTES));
    refuseUnless(await included(leaf, item.index, count, unhex(root), steps), "path");
    const proof = parseProof(utf8(item.proof), this.path);
    const checkpoint = await provedUnder(proof, entryRaw, this.vkey, this.path);
    this.checkpoint ??= checkpoint;
    this.entries.push(entry);
    this.shown.push({ at: entry.at, act: entry.act, summary: item.summary });
  }

  told() {
    const { origin, size, root } = this.checkpoint;
    const times = this.entries.map((entry) => entry.at).sort();
    const [first, last] = [times[0], times.at(-1)];
    return { origin, size, root: base64(root), first, last, shown: this.shown };
  }
}
