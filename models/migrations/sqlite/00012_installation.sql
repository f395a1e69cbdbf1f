-- +goose Up
-- Which database this is: a copy of it must not act as if it were the original.
CREATE TABLE installation (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    place     TEXT NOT NULL,
    since     DATETIME NOT NULL,
    copied_at DATETIME
);
