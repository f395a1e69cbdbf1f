// Checks what Reselling signs: licence keys, licence files and answers to products.
// Needs the public keys of /.well-known/jwks.json and Node's own modules; copy it.
// docs/licences.md says when to check what. All functions return the claims, whose
// instants are seconds since 1970, or throw.
import { createHash, createPublicKey, verify } from "node:crypto";

const encode = (b) => Buffer.from(b).toString("base64url");

function decode(s) {
  const b = Buffer.from(s, "base64url");
  if (encode(b) !== s) throw new Error("not base64url"); // one spelling only
  return b;
}

// The keys by kid, of the text of /.well-known/jwks.json.
export const loadKeys = (jwks) => new Map(JSON.parse(jwks).keys.map((k) => [k.kid, createPublicKey({ key: k, format: "jwk" })]));

// Compares the header with the only one that it may be, verifies, then reads.
function open(keys, token, typ) {
  const [header, payload, signature, more] = token.split(".");
  for (const [kid, key] of keys) {
    if (header !== encode(`{"alg":"EdDSA","kid":"${kid}"${typ}}`) || signature === undefined || more !== undefined) continue;
    if (!verify(null, Buffer.from(`${header}.${payload}`), key, decode(signature))) throw new Error("the signature does not match");
    return JSON.parse(decode(payload));
  }
  throw new Error("signed by no key of the vendor");
}

function only(claims, wanted) {
  for (const [name, value] of Object.entries(wanted)) {
    if (claims[name] !== value) throw new Error("it is for another product, machine or question");
  }
  return claims;
}

export const verifyKey = (keys, key, product) => only(open(keys, key, ""), { aud: product });

export function verifyFile(keys, text, product, fingerprint, now) {
  const [, token] = /^-----BEGIN LICENSE FILE-----\n([A-Za-z0-9_.-]+)\n-----END LICENSE FILE-----\n$/.exec(text);
  const claims = only(open(keys, token, ',"typ":"license-file"'), { aud: product, fingerprint });
  if (!(claims.valid_from <= now && now < claims.exp)) throw new Error("it does not hold at this time");
  return claims;
}

export function verifyAnswer(keys, signed, act, key, product, fingerprint, nonce) {
  const hash = createHash("sha256").update(key).digest();
  return only(open(keys, signed, ',"typ":"license-answer"'), { act, key: encode(hash), aud: product, fingerprint, nonce });
}
