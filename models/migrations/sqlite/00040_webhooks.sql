-- +goose Up
-- Where events are sent to. The secret that signs is derived from the id and the generation, and is not here.
CREATE TABLE webhooks (
    id              TEXT PRIMARY KEY,
    account_id      TEXT NOT NULL DEFAULT '', -- empty: the vendor's, for every account's events
    url             TEXT NOT NULL CHECK (url <> ''),
    description     TEXT NOT NULL DEFAULT '',
    types           TEXT NOT NULL DEFAULT '', -- the chosen types of events between blanks; empty: all
    generation      INTEGER NOT NULL DEFAULT 1 CHECK (generation >= 1), -- of the secret
    previous_until  DATETIME, -- until when the secret before this one signs too
    created_at      DATETIME NOT NULL,
    created_by      TEXT NOT NULL,
    disabled_at     DATETIME,
    disabled_why    TEXT NOT NULL DEFAULT '' CHECK (disabled_why IN ('', 'person', 'gone', 'failing')),
    succeeded_at    DATETIME, -- the last time
    failing_since   DATETIME, -- the first failure after it
    failed_at       DATETIME, -- the last failure after it
    lease_job       INTEGER NOT NULL DEFAULT 0, -- the job that is sending now
    lease_until     DATETIME,
    deleted_at      DATETIME,
    version         INTEGER NOT NULL DEFAULT 1,
    CHECK ((disabled_at IS NULL) = (disabled_why = ''))
);
CREATE INDEX webhooks_live ON webhooks (account_id, created_at, id) WHERE deleted_at IS NULL;

-- One event on its way to one webhook, or a test.
CREATE TABLE webhook_deliveries (
    id           TEXT PRIMARY KEY,
    webhook_id   TEXT NOT NULL REFERENCES webhooks (id),
    event_id     TEXT REFERENCES events (id), -- NULL for a test
    type         TEXT NOT NULL,
    created_at   DATETIME NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    step         INTEGER NOT NULL DEFAULT 0, -- how many of the schedule's waits are behind it
    next_at      DATETIME, -- when it is tried next; NULL: not any more
    attempted_at DATETIME, -- the last time
    succeeded_at DATETIME,
    given_up_at  DATETIME,
    result       TEXT NOT NULL DEFAULT '', -- of the last attempt, in words
    UNIQUE (webhook_id, event_id),
    CHECK ((next_at IS NOT NULL) = (succeeded_at IS NULL AND given_up_at IS NULL))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created_at) WHERE next_at IS NULL;

CREATE TABLE webhook_attempts (
    id          TEXT PRIMARY KEY,
    delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL CHECK (number >= 1),
    at          DATETIME NOT NULL,
    url         TEXT NOT NULL,
    micros      INTEGER NOT NULL CHECK (micros >= 0), -- how long it took
    status      INTEGER NOT NULL DEFAULT 0, -- of the answer; 0: there was none
    answer      TEXT NOT NULL DEFAULT '', -- how its body begins
    problem     TEXT NOT NULL DEFAULT '', -- why it did not succeed, in words
    UNIQUE (delivery_id, number)
);
