// The one question from outside: do these files hold? Anything unexpected is a no, never a yes.

/**
 * `files` is a Map (or pairs) of bytes by path; `key` the log's public key the reader had before,
 * or "". `kind` is "pack", "certificate" or "receipt", or nothing: then the files tell.
 *
 * The verdict is one of: "holds" (all of it, under the key given), "unconfirmed" (all of it, but
 * no key was given to compare with), "broken", "unable" (nothing was checked).
 */
async function check(files, { key = "", kind = "" } = {}) {
  const given = new Map(files);
  const trusted = key.trim();
  if (!(await able())) return unable("browser");
  try {
    if (trusted) await parseVkey(trusted);
  } catch {
    return unable("key-form");
  }
  const answer = { kind: kind || kindOf(given), checks: [], unchecked: [], findings: [] };
  const reading = readingOf(answer.kind, given, trusted);
  if (!reading) return unable("nothing-known");
  const questions = reading.questions();
  answer.unchecked = questions.map(([name]) => name);
  for (const [name, ask] of questions) {
    const [count, findings] = await answered(name, ask);
    answer.checks.push({ name, count, findings });
    answer.unchecked.shift();
    answer.findings = findings;
    if (findings.length) break;
  }
  const verdict = verdictOf(reading, answer, trusted);
  if (verdict.verdict === "holds") answer.checks.push({ name: "trusted", count: 1, findings: [] });
  else answer.unchecked.push("trusted");
  return { ...answer, ...verdict };
}

/** Nothing was checked, and why. */
function unable(what, path = "") {
  return { verdict: "unable", kind: "", checks: [], unchecked: [], findings: [found(what, path)] };
}

function assert(holds) {
  if (!holds) throw new Error("this page has a mistake");
}

async function answered(name, ask) {
  try {
    return await ask();
  } catch (error) {
    const told = error instanceof Broken;
    return [0, [found(told ? error.what : "form", (told && error.path) || name)]];
  }
}

function verdictOf(reading, { checks, findings, unchecked }, trusted) {
  if (findings.length) {
    const lacking = findings.every(({ what }) => what.startsWith("lacks-") || what === "twice");
    return { verdict: lacking ? "unable" : "broken" };
  }
  assert(unchecked.length === 0 && checks.length > 0 && reading.entries.length > 0);
  return {
    verdict: trusted && trusted === reading.vkey.text ? "holds" : "unconfirmed",
    vkey: reading.vkey.text,
    rehearsal: reading.entries.some((entry) => entry.rehearsal),
    told: reading.told(),
  };
}

function kindOf(files) {
  // A folder that lacks one of them is a broken folder, not something else.
  if ([MANIFEST, MANIFEST_NOTE, CHECKPOINT].some((path) => files.has(path))) return "pack";
  if (files.size === 1 && isReceipt([...files.values()][0])) return "receipt";
  const characters = [...files.values()].map(characterOf);
  return characters.some((each) => each === "proof" || each === "record") ? "certificate" : "";
}

function isReceipt(raw) {
  try {
    return Array.isArray(parseJson(raw).items);
  } catch {
    return false;
  }
}

function readingOf(kind, files, trusted) {
  if (kind === "pack") return new PackReading(files, trusted);
  if (kind === "certificate") return new CertificateReading(files, trusted);
  if (kind === "receipt" && files.size === 1) {
    const [[path, raw]] = files;
    return new ReceiptReading(raw, path, trusted);
  }
  return null;
}
