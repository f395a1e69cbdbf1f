-- +goose Up

-- The machines on which a licence is in use. Fingerprints are the product's; place is the
-- one among the licence's live activations when this one was made, and an upper bound since.
CREATE TABLE activations (
    id             TEXT PRIMARY KEY,
    account_id     TEXT NOT NULL REFERENCES accounts (id),
    license_id     TEXT NOT NULL REFERENCES licenses (id),
    fingerprint    TEXT NOT NULL CHECK (fingerprint <> ''),
    name           TEXT NOT NULL DEFAULT '',
    platform       TEXT NOT NULL DEFAULT '',
    version        TEXT NOT NULL DEFAULT '',
    place          INTEGER NOT NULL CHECK (place > 0),
    activated_at   DATETIME NOT NULL,
    last_seen_at   DATETIME NOT NULL,
    file_ends_at   DATETIME, -- until when the last licence file for this machine holds
    deactivated_at DATETIME,
    deactivated_by TEXT NOT NULL DEFAULT '', -- a user; empty for the product itself
    counts         BOOLEAN NOT NULL DEFAULT TRUE -- against the month's limit; not where staff did it
);
CREATE UNIQUE INDEX activations_live ON activations (license_id, fingerprint) WHERE deactivated_at IS NULL;
CREATE INDEX activations_order ON activations (license_id, activated_at, id) WHERE deactivated_at IS NULL;
CREATE INDEX activations_ended ON activations (license_id, deactivated_at) WHERE deactivated_at IS NOT NULL;

-- From when on the month's deactivations are counted, where staff began the count anew.
ALTER TABLE licenses ADD COLUMN deactivations_reset_at DATETIME;

-- How many machines a month may be taken off a licence beyond its seats.
ALTER TABLE vendor ADD COLUMN extra_deactivations INTEGER NOT NULL DEFAULT 2 CHECK (extra_deactivations BETWEEN 0 AND 1000);

-- A key signs from an instant on, so that it is published before.
ALTER TABLE signing_keys ADD COLUMN generation INTEGER NOT NULL DEFAULT 1 CHECK (generation > 0);
ALTER TABLE signing_keys ADD COLUMN signs_from DATETIME;
ALTER TABLE signing_keys ADD COLUMN withdrawn_reason TEXT NOT NULL DEFAULT '';
UPDATE signing_keys SET signs_from = created_at;
CREATE INDEX licenses_kid ON licenses (kid, id);
