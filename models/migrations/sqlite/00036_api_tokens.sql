-- +goose Up

-- What programs show to the API instead of signing in; account_id is NULL in the vendor's.
CREATE TABLE api_tokens (
    id             TEXT PRIMARY KEY,
    account_id     TEXT REFERENCES accounts (id),
    name           TEXT NOT NULL CHECK (name <> ''),
    token_hash     TEXT NOT NULL UNIQUE,
    hint           TEXT NOT NULL, -- its last characters, to tell tokens apart
    scopes         TEXT NOT NULL CHECK (scopes <> ''), -- separated by spaces
    created_at     DATETIME NOT NULL,
    created_by     TEXT NOT NULL REFERENCES users (id),
    expires_at     DATETIME NOT NULL,
    last_used_at   DATETIME, -- exact to a minute
    last_used_from TEXT NOT NULL DEFAULT '',
    revoked_at     DATETIME,
    revoked_by     TEXT REFERENCES users (id),
    CHECK (expires_at > created_at),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX api_tokens_account ON api_tokens (account_id, created_at DESC, id DESC);

-- What was answered to a request with an Idempotency-Key; status is 0 while it runs.
CREATE TABLE idempotency_keys (
    id           TEXT PRIMARY KEY, -- the request_key of its use case
    token_id     TEXT NOT NULL REFERENCES api_tokens (id),
    key_hash     TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    created_at   DATETIME NOT NULL,
    leased_until DATETIME NOT NULL, -- until when it counts as running
    status       INTEGER NOT NULL DEFAULT 0,
    location     TEXT NOT NULL DEFAULT '',
    body         TEXT NOT NULL DEFAULT '',
    UNIQUE (token_id, key_hash)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
