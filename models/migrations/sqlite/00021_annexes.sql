-- +goose Up

-- What the Annex says, in versions; the highest is in use. sign_again: whoever
-- signed an earlier version signs again before the next order.
CREATE TABLE annex_templates (
    id         TEXT PRIMARY KEY,
    version    INTEGER NOT NULL UNIQUE CHECK (version > 0),
    body       TEXT NOT NULL,
    sign_again BOOLEAN NOT NULL DEFAULT FALSE,
    note       TEXT NOT NULL DEFAULT '',
    created_at DATETIME NOT NULL,
    created_by TEXT REFERENCES users (id) -- NULL of the first
);

-- An Annex of one account: the exact text, and the evidence of both signatures.
-- The vendor signs last; from then on it is in force until it goes stale.
CREATE TABLE annexes (
    id                    TEXT PRIMARY KEY,
    account_id            TEXT NOT NULL REFERENCES accounts (id),
    version               INTEGER NOT NULL CHECK (version > 0),
    template_id           TEXT NOT NULL REFERENCES annex_templates (id),
    plan                  TEXT NOT NULL,
    terms_id              TEXT NOT NULL REFERENCES plan_terms (id),
    percentage            INTEGER NOT NULL CHECK (percentage BETWEEN 0 AND 10000),
    text                  TEXT NOT NULL,
    text_sha256           TEXT NOT NULL,
    viewed_at             DATETIME NOT NULL,
    signed_at             DATETIME NOT NULL,
    signed_by             TEXT NOT NULL REFERENCES users (id),
    signed_name           TEXT NOT NULL, -- as typed
    signed_email          TEXT NOT NULL,
    signed_address        TEXT NOT NULL,
    signed_device         TEXT NOT NULL,
    countersigned_at      DATETIME,
    countersigned_by      TEXT REFERENCES users (id),
    countersigned_name    TEXT NOT NULL DEFAULT '',
    countersigned_email   TEXT NOT NULL DEFAULT '',
    countersigned_address TEXT NOT NULL DEFAULT '',
    countersigned_device  TEXT NOT NULL DEFAULT '',
    declined_at           DATETIME,
    declined_by           TEXT REFERENCES users (id),
    decline_reason        TEXT NOT NULL DEFAULT '',
    UNIQUE (account_id, version),
    CHECK ((countersigned_at IS NULL) = (countersigned_by IS NULL)),
    CHECK ((declined_at IS NULL) = (declined_by IS NULL)),
    CHECK (countersigned_at IS NULL OR declined_at IS NULL)
);
CREATE INDEX annexes_waiting ON annexes (signed_at, id) WHERE countersigned_at IS NULL AND declined_at IS NULL;
CREATE INDEX annexes_signed ON annexes (signed_at DESC, id DESC);

-- When the Owner had the exact text on the screen.
CREATE TABLE annex_views (
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    user_id     TEXT NOT NULL REFERENCES users (id),
    text_sha256 TEXT NOT NULL,
    viewed_at   DATETIME NOT NULL,
    PRIMARY KEY (account_id, user_id, text_sha256)
);
