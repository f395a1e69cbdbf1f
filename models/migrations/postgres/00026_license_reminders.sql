-- +goose Up
-- What was done about each reminder of a paid licence's end, once for each end that it has had.
CREATE TABLE license_reminders (
    license_id TEXT COLLATE "C" NOT NULL REFERENCES licenses (id),
    ends_at    TIMESTAMPTZ NOT NULL,
    days       INTEGER NOT NULL CHECK (days IN (3, 14, 30)), -- before that end
    at         TIMESTAMPTZ NOT NULL,
    outcome    TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('queued', 'passed_over')),
    PRIMARY KEY (license_id, ends_at, days)
);
CREATE INDEX licenses_end ON licenses (ends_at, id);
