"""Checks what Reselling signs: licence keys, licence files and answers to products.

Needs the public keys of /.well-known/jwks.json and the package "cryptography"; copy
it. docs/licences.md says when to check what. All functions return the claims, whose
instants are seconds since 1970, or raise an exception."""
import base64, hashlib, json, re
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def encode(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()


def decode(s):
    b = base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))
    if encode(b) != s:  # one spelling only
        raise ValueError("not base64url")
    return b


def load_keys(jwks):
    """The keys by kid, of the text of /.well-known/jwks.json."""
    return {k["kid"]: Ed25519PublicKey.from_public_bytes(decode(k["x"])) for k in json.loads(jwks)["keys"]}


def _open(keys, token, typ):
    """Compares the header with the only one that it may be, verifies, then reads."""
    header, payload, signature = token.split(".")
    for kid, key in keys.items():
        if header == encode(('{"alg":"EdDSA","kid":"%s"%s}' % (kid, typ)).encode()):
            key.verify(decode(signature), (header + "." + payload).encode())  # raises
            return json.loads(decode(payload))
    raise ValueError("signed by no key of the vendor")


def _only(claims, wanted):
    if any(claims[name] != value for name, value in wanted.items()):
        raise ValueError("it is for another product, machine or question")
    return claims


def verify_key(keys, key, product):
    return _only(_open(keys, key, ""), {"aud": product})


def verify_file(keys, text, product, fingerprint, now):
    token = re.fullmatch(r"-----BEGIN LICENSE FILE-----\n([A-Za-z0-9_.-]+)\n-----END LICENSE FILE-----\n", text).group(1)
    claims = _only(_open(keys, token, ',"typ":"license-file"'), {"aud": product, "fingerprint": fingerprint})
    if not claims["valid_from"] <= now < claims["exp"]:
        raise ValueError("it does not hold at this time")
    return claims


def verify_answer(keys, signed, act, key, product, fingerprint, nonce):
    key_hash = encode(hashlib.sha256(key.encode()).digest())
    wanted = {"act": act, "key": key_hash, "aud": product, "fingerprint": fingerprint, "nonce": nonce}
    return _only(_open(keys, signed, ',"typ":"license-answer"'), wanted)
