-- +goose Up
-- Where events are sent to. The secret that signs is derived from the id and the generation, and is not here.
CREATE TABLE webhooks (
    id              TEXT COLLATE "C" PRIMARY KEY,
    account_id      TEXT COLLATE "C" NOT NULL DEFAULT '', -- empty: the vendor's, for every account's events
    url             TEXT COLLATE "C" NOT NULL CHECK (url <> ''),
    description     TEXT COLLATE "C" NOT NULL DEFAULT '',
    types           TEXT COLLATE "C" NOT NULL DEFAULT '', -- the chosen types of events between blanks; empty: all
    generation      INTEGER NOT NULL DEFAULT 1 CHECK (generation >= 1), -- of the secret
    previous_until  TIMESTAMPTZ, -- until when the secret before this one signs too
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      TEXT COLLATE "C" NOT NULL,
    disabled_at     TIMESTAMPTZ,
    disabled_why    TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (disabled_why IN ('', 'person', 'gone', 'failing')),
    succeeded_at    TIMESTAMPTZ, -- the last time
    failing_since   TIMESTAMPTZ, -- the first failure after it
    failed_at       TIMESTAMPTZ, -- the last failure after it
    lease_job       BIGINT NOT NULL DEFAULT 0, -- the job that is sending now
    lease_until     TIMESTAMPTZ,
    deleted_at      TIMESTAMPTZ,
    version         INTEGER NOT NULL DEFAULT 1,
    CHECK ((disabled_at IS NULL) = (disabled_why = ''))
);
CREATE INDEX webhooks_live ON webhooks (account_id, created_at, id) WHERE deleted_at IS NULL;

-- One event on its way to one webhook, or a test.
CREATE TABLE webhook_deliveries (
    id           TEXT COLLATE "C" PRIMARY KEY,
    webhook_id   TEXT COLLATE "C" NOT NULL REFERENCES webhooks (id),
    event_id     TEXT COLLATE "C" REFERENCES events (id), -- NULL for a test
    type         TEXT COLLATE "C" NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    step         INTEGER NOT NULL DEFAULT 0, -- how many of the schedule's waits are behind it
    next_at      TIMESTAMPTZ, -- when it is tried next; NULL: not any more
    attempted_at TIMESTAMPTZ, -- the last time
    succeeded_at TIMESTAMPTZ,
    given_up_at  TIMESTAMPTZ,
    result       TEXT COLLATE "C" NOT NULL DEFAULT '', -- of the last attempt, in words
    UNIQUE (webhook_id, event_id),
    CHECK ((next_at IS NOT NULL) = (succeeded_at IS NULL AND given_up_at IS NULL))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created_at) WHERE next_at IS NULL;

CREATE TABLE webhook_attempts (
    id          TEXT COLLATE "C" PRIMARY KEY,
    delivery_id TEXT COLLATE "C" NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL CHECK (number >= 1),
    at          TIMESTAMPTZ NOT NULL,
    url         TEXT COLLATE "C" NOT NULL,
    micros      BIGINT NOT NULL CHECK (micros >= 0), -- how long it took
    status      INTEGER NOT NULL DEFAULT 0, -- of the answer; 0: there was none
    answer      TEXT COLLATE "C" NOT NULL DEFAULT '', -- how its body begins
    problem     TEXT COLLATE "C" NOT NULL DEFAULT '', -- why it did not succeed, in words
    UNIQUE (delivery_id, number)
);
