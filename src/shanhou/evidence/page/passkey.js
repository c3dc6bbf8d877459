// A passkey's signature: the questions of passkey.py (W3C Web Authentication Level 2, 5.8.1.2, 7.2).

const MARK = /^[0-9a-f]{20}$/;
const RP_ID = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const WEB_ORIGIN = /^https?:\/\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::[0-9]{1,5})?$/;
const USER_PRESENT = 1;
const USER_VERIFIED = 4;
const LEAST_AUTHENTICATOR_BYTES = 37;
const MOST_PASSKEY_BYTES = 8192;
// How each algorithm's public key (DER) begins, and how long it may be: P-256, Ed25519, RSA.
const PASSKEY_KEYS = {
  ES256: [/^3059301306072a8648ce3d020106082a8648ce3d03010703420004/, 91, 91],
  EdDSA: [/^302a300506032b6570032100/, 44, 44],
  RS256: [/^3082.{4}300d06092a864886f70d01010105000382/, 292, 1062],
};
const PASSKEY_WAYS = {
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
};

function isByPasskey(said) {
  return said.facts.means === "passkey";
}

/** Where the passkey lies that a statement names for its signer; null when it names none. */
function passkeyPath(said) {
  const mark = said.facts.passkey;
  if (said.kind !== "approval" || typeof mark !== "string" || !MARK.test(mark)) return null;
  const path = `keys/${said.by}.${mark}.passkey`;
  const named = said.subject.map(({ name }) => name).filter((name) => name.endsWith(".passkey"));
  return named.length === 1 && named[0] === path ? path : null;
}

function parsePasskey(raw, path) {
  return parseExactly(raw, path, (told) => {
    refuseUnless(raw.length <= MOST_PASSKEY_BYTES && Object.hasOwn(PASSKEY_KEYS, told.algorithm), "form");
    const [start, least, most] = PASSKEY_KEYS[told.algorithm];
    const key = unbase64(told.public_key);
    refuseUnless(start.test(hex(key)) && key.length >= least && key.length <= most, "form");
    refuseUnless(typeof told.rp_id === "string" && RP_ID.test(told.rp_id), "form");
    return {
      schema: 1,
      algorithm: told.algorithm,
      public_key: told.public_key,
      rp_id: told.rp_id,
    };
  });
}

function parseAssertion(raw, path) {
  return parseExactly(raw, path, (told) => {
    refuseUnless(raw.length <= MOST_PASSKEY_BYTES, "form");
    for (const part of ["authenticator_data", "client_data", "signature"]) unbase64(told[part]);
    return {
      schema: 1,
      authenticator_data: told.authenticator_data,
      client_data: told.client_data,
      signature: told.signature,
    };
  });
}

function challengeText(raw) {
  return base64(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function startsWith(raw, start) {
  return raw.length >= start.length && same(raw.subarray(0, start.length), start);
}

/** What of an assertion does not hold for a statement's bytes; empty means that it holds. */
async function wrongWithAssertion(passkey, assertion, statement, origin) {
  const [data, client, signature] = ["authenticator_data", "client_data", "signature"].map((part) =>
    unbase64(assertion[part]),
  );
  const challenge = challengeText(await sha256(statement));
  const head = `{"type":"webauthn.get","challenge":"${challenge}","origin":`;
  const came = `${head}"${origin}","crossOrigin":false`;
  const host = typeof origin === "string" ? WEB_ORIGIN.exec(origin)?.[1] : undefined;
  const ours = host !== undefined && (host === passkey.rp_id || host.endsWith(`.${passkey.rp_id}`));
  const flags = data.length >= LEAST_AUTHENTICATOR_BYTES ? data[32] : 0;
  const truths = {
    challenge: startsWith(client, utf8(head)),
    origin: ours && ["}", ","].some((end) => startsWith(client, utf8(came + end))),
    "rp-id": startsWith(data, await sha256(utf8(passkey.rp_id))),
    "user-present": (flags & USER_PRESENT) !== 0,
    "user-verified": (flags & USER_VERIFIED) !== 0,
    signature: await passkeySigned(passkey, joined(data, await sha256(client)), signature),
  };
  return Object.keys(truths).filter((what) => truths[what] !== true);
}

async function passkeySigned(passkey, message, signature) {
  const way = PASSKEY_WAYS[passkey.algorithm];
  try {
    const spki = unbase64(passkey.public_key);
    const key = await crypto.subtle.importKey("spki", spki, way, false, ["verify"]);
    const plain = passkey.algorithm === "ES256" ? plainOf(signature) : signature;
    return (await crypto.subtle.verify(way, key, plain, message)) === true;
  } catch {
    return false;
  }
}

/** The two numbers of an ECDSA signature (DER, RFC 3279 section 2.2.3) as WebCrypto wants them. */
function plainOf(der) {
  const numbers = [];
  refuseUnless(der[0] === 0x30 && der[1] === der.length - 2 && der[1] < 0x80, "form");
  for (let at = 2; at < der.length; ) {
    const [tag, length] = [der[at], der[at + 1]];
    const number = der.subarray(at + 2, at + 2 + length);
    refuseUnless(tag === 0x02 && length > 0 && number.length === length && number[0] < 0x80, "form");
    const padded = number[0] === 0 && length > 1;
    refuseUnless(!padded || number[1] >= 0x80, "form");
    const bare = padded ? number.subarray(1) : number;
    refuseUnless(bare.length <= 32, "form");
    numbers.push(joined(new Uint8Array(32 - bare.length), bare));
    at += 2 + length;
  }
  refuseUnless(numbers.length === 2, "form");
  return joined(...numbers);
}
