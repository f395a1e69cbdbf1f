-- +goose Up

-- What programs show to the API instead of signing in; account_id is NULL in the vendor's.
CREATE TABLE api_tokens (
    id             TEXT COLLATE "C" PRIMARY KEY,
    account_id     TEXT COLLATE "C" REFERENCES accounts (id),
    name           TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    token_hash     TEXT COLLATE "C" NOT NULL UNIQUE,
    hint           TEXT COLLATE "C" NOT NULL, -- its last characters, to tell tokens apart
    scopes         TEXT COLLATE "C" NOT NULL CHECK (scopes <> ''), -- separated by spaces
    created_at     TIMESTAMPTZ NOT NULL,
    created_by     TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    expires_at     TIMESTAMPTZ NOT NULL,
    last_used_at   TIMESTAMPTZ, -- exact to a minute
    last_used_from TEXT COLLATE "C" NOT NULL DEFAULT '',
    revoked_at     TIMESTAMPTZ,
    revoked_by     TEXT COLLATE "C" REFERENCES users (id),
    CHECK (expires_at > created_at),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX api_tokens_account ON api_tokens (account_id, created_at DESC, id DESC);

-- What was answered to a request with an Idempotency-Key; status is 0 while it runs.
CREATE TABLE idempotency_keys (
    id           TEXT COLLATE "C" PRIMARY KEY, -- the request_key of its use case
    token_id     TEXT COLLATE "C" NOT NULL REFERENCES api_tokens (id),
    key_hash     TEXT COLLATE "C" NOT NULL,
    request_hash TEXT COLLATE "C" NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    leased_until TIMESTAMPTZ NOT NULL, -- until when it counts as running
    status       INTEGER NOT NULL DEFAULT 0,
    location     TEXT COLLATE "C" NOT NULL DEFAULT '',
    body         TEXT COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (token_id, key_hash)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
