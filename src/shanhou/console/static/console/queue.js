// A queue by keyboard: j and k go on and back, y and n press the two answers of the card in hand.
// Without this file the same buttons are pressed by mouse, tab and enter.
"use strict";

const cards = Array.from(document.querySelectorAll("[data-card]"));
const KEPT = "queue-reason";

function inHand() {
  const at = cards.findIndex((card) => card.contains(document.activeElement));
  return at < 0 ? null : at;
}

function go(step) {
  const at = inHand();
  const next = at === null ? 0 : Math.min(Math.max(at + step, 0), cards.length - 1);
  cards[next].focus();
  cards[next].scrollIntoView({block: "nearest"});
}

function press(which) {
  const at = inHand();
  const button = at === null ? null : cards[at].querySelector(`[data-answer="${which}"]`);
  if (!button) return;
  const reason = cards[at].querySelector("input[name=reason], input[name=because]");
  if (reason && !reason.value.trim()) reason.focus();
  else button.click();
}

// A reason written for one card stands ready for the next, in this tab alone.
function keepReasons() {
  for (const card of cards) {
    const reason = card.querySelector("input[name=reason], input[name=because]");
    if (!reason) continue;
    reason.value = reason.value || sessionStorage.getItem(KEPT) || "";
    card.addEventListener("submit", () => sessionStorage.setItem(KEPT, reason.value));
  }
}

const KEYS = {j: () => go(1), k: () => go(-1), y: () => press("yes"), n: () => press("no")};

if (cards.length) {
  keepReasons();
  document.querySelector("[data-keys]").hidden = false;
  addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea") || event.isComposing;
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}
