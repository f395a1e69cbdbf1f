-- +goose Up
-- Which database this is: a copy of it must not act as if it were the original.
CREATE TABLE installation (
    id        BIGINT PRIMARY KEY CHECK (id = 1),
    place     TEXT COLLATE "C" NOT NULL,
    since     TIMESTAMPTZ NOT NULL,
    copied_at TIMESTAMPTZ
);
