// Asks the person's authenticator to sign the approval that stands on the page, and sends it.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

const text = (raw) =>
  btoa(String.fromCharCode(...new Uint8Array(raw)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function assertionFor(form) {
  const {challenge, credential, host} = form.dataset;
  const made = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(challenge),
      rpId: host,
      allowCredentials: [{type: "public-key", id: bytes(credential)}],
      userVerification: "required",
    },
  });
  const {authenticatorData, clientDataJSON, signature} = made.response;
  return JSON.stringify({
    authenticatorData: text(authenticatorData),
    clientDataJSON: text(clientDataJSON),
    signature: text(signature),
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const wrong = form.querySelector("[data-passkey-wrong]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    try {
      form.elements.assertion.value = await assertionFor(form);
    } catch {
      wrong.hidden = false;
      return;
    }
    form.submit();
  });
}
