-- +goose Up
-- What a form held that used up its request_key, as SHA-256; empty for older ones.
-- The same form with other content is a mistake that has to be told.
ALTER TABLE request_keys ADD COLUMN content TEXT COLLATE "C" NOT NULL DEFAULT '';
