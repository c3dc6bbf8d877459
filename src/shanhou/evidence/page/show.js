// The page: what was chosen goes in, the answer comes out in words. Nothing leaves.

const LANGUAGES = ["zh", "en"];
const MARKS = { holds: "✓", broken: "✗", unchecked: "–" };
const MOST_FINDINGS_SHOWN = 12;
const state = { language: "zh", name: "", files: null, answer: null };
const at = (id) => document.getElementById(id);

/** A word of this page in the reader's language, its holes filled. */
function say(key, holes = {}) {
  const words = WORDS[key]?.[state.language];
  if (words === undefined) return key;
  return words.replace(/\{(\w+)\}/g, (_, name) => String(holes[name] ?? ""));
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function fill(place, ...children) {
  place.replaceChildren(...children);
}

function showWords() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  document.title = say("title");
  for (const place of document.querySelectorAll("[data-words]")) {
    place.textContent = say(place.dataset.words);
  }
  const other = LANGUAGES.find((each) => each !== state.language);
  at("language").textContent = say("language");
  at("language").lang = other === "zh" ? "zh-CN" : "en";
  showAnswer();
}

function sentenceOf({ what, path }) {
  const words = say(`finding.${what}`);
  const technical = WORDS[`check.${path}`] || path === "";
  return { words, path: technical ? "" : path };
}

function findingItem(finding) {
  const { words, path } = sentenceOf(finding);
  const item = element("li", words);
  if (path) item.append(" ", element("code", path));
  return item;
}

function checkItem(name, count, standing) {
  const item = element("li", undefined, standing);
  const mark = element("span", MARKS[standing], "mark");
  mark.setAttribute("aria-hidden", "true");
  const text = element("span", say(`check.${name}`));
  const told = standing === "holds" ? say("counted", { count }) : say(`standing.${standing}`);
  item.append(mark, text, element("span", told, "count"));
  return item;
}

function showAnswer() {
  const { answer } = state;
  at("result").hidden = answer === null;
  if (answer === null) return;
  at("result").dataset.verdict = answer.verdict;
  const words = answer.verdict === "broken" ? "broken" : `${answer.verdict}.${answer.kind || "any"}`;
  at("verdict").textContent = say(`verdict.${answer.verdict}`);
  at("meaning").textContent = say(WORDS[`meaning.${words}`] ? `meaning.${words}` : `meaning.${answer.verdict}`);
  at("chosen").textContent = state.files ? say("chosen", { name: state.name, count: state.files.size }) : state.name;
  at("rehearsal").hidden = !answer.rehearsal;
  fill(at("findings"), ...answer.findings.slice(0, MOST_FINDINGS_SHOWN).map(findingItem));
  const more = answer.findings.length - MOST_FINDINGS_SHOWN;
  if (more > 0) at("findings").append(element("li", say("more", { count: more })));
  showChecks(answer);
  showTold(answer);
  showUnchecked(answer);
}

function showChecks({ checks, unchecked }) {
  const asked = checks.map(({ name, count, findings }) =>
    checkItem(name, count, findings.length ? "broken" : "holds"),
  );
  const left = unchecked.map((name) => checkItem(name, 0, "unchecked"));
  at("checked").hidden = asked.length + left.length === 0;
  at("tally").textContent = say("tally", {
    held: checks.filter(({ findings }) => findings.length === 0).length,
    all: asked.length + left.length,
  });
  fill(at("checks"), ...asked, ...left);
}

/** What the files say of themselves, shown only where all of them hold. */
function showTold({ told, vkey }) {
  at("told").hidden = told === undefined;
  if (told === undefined) return fill(at("facts"));
  const rows = [
    ["fact.key", vkey],
    ["fact.origin", told.origin],
    ["fact.size", told.size],
    ["fact.root", told.root],
    ["fact.times", told.first === told.last ? told.first : `${told.first} – ${told.last}`],
  ];
  if (told.acts) rows.push(["fact.acts", told.acts.map(([act, count]) => `${say(`act.${act}`)} ${count}`).join(", ")]);
  for (const [signer, count] of told.signers ?? []) {
    const [by, kind] = signer.split(" ");
    rows.push(["fact.signed", `${by}: ${say(`kind.${kind}`)} ${count}`]);
  }
  for (const { at: when, act, summary } of told.shown ?? []) {
    rows.push(["fact.act", `${when} ${say(`act.${act}`)} ${JSON.stringify(summary)}`]);
  }
  const pairs = rows.flatMap(([key, value]) => [element("dt", say(key)), element("dd", String(value))]);
  return fill(at("facts"), ...pairs);
}

function showUnchecked({ verdict, kind, told }) {
  const keys = [];
  if (verdict === "unconfirmed") keys.push("not.key");
  if (kind === "pack") keys.push("not.links");
  if (kind === "certificate") keys.push("not.certificate", ...(told && !told.pdf ? ["not.pdf"] : []));
  if (kind === "receipt") keys.push("not.receipt");
  keys.push("not.page", "not.second-log", "not.older", "not.copies", "not.time");
  at("limits").hidden = verdict === "unable";
  fill(at("unchecked"), ...keys.map((key) => element("li", say(key))));
}

async function showCheck() {
  if (state.files === null) return;
  const { files } = state;
  at("busy").hidden = false;
  const answer = await check(files, { key: at("key").value }).catch(() => unable("unreadable"));
  at("busy").hidden = true;
  if (files !== state.files) return; // something else was chosen meanwhile
  state.answer = answer;
  showAnswer();
  at("result").focus();
}

/** The files as chosen, by their path below the chosen folder. */
async function chosen(list) {
  const read = list.map(async (file) => {
    const path = file.webkitRelativePath.split("/").slice(1).join("/") || file.name;
    return [path, new Uint8Array(await file.arrayBuffer())];
  });
  const pairs = await Promise.all(read);
  if (new Set(pairs.map(([path]) => path)).size !== pairs.length) throw new Broken("twice");
  return new Map(pairs);
}

async function take(input, read) {
  if (input.files.length === 0) return;
  const [first] = input.files;
  state.name = first.webkitRelativePath.split("/")[0] || [...input.files].map(({ name }) => name).join(", ");
  state.answer = null;
  showAnswer();
  try {
    state.files = await read([...input.files]);
  } catch (error) {
    state.files = null;
    state.answer = error instanceof Broken ? unable(error.what, error.path) : unable("unreadable");
    showAnswer();
    at("result").focus();
  }
  input.value = "";
  await showCheck();
}

async function unzipped([file]) {
  return unzip(new Uint8Array(await file.arrayBuffer()));
}

function start() {
  at("folder").addEventListener("change", ({ target }) => take(target, chosen));
  at("zip").addEventListener("change", ({ target }) => take(target, unzipped));
  at("single").addEventListener("change", ({ target }) => take(target, chosen));
  at("key").addEventListener("change", showCheck);
  at("language").addEventListener("click", () => {
    state.language = LANGUAGES.find((each) => each !== state.language);
    showWords();
  });
  showWords();
  able().then((yes) => { at("too-old").hidden = yes; });
}

// For whoever checks the checker: the same questions, asked of bytes.
globalThis.shanhou = Object.freeze({ check, unzip, ACTS, STATEMENT_KINDS, PERSONAL, WORDS });
start();
