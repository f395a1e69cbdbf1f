-- +goose Up

-- Issued documents on paper: rendered once, the same bytes ever after.
CREATE TABLE documents (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind       TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    format     TEXT NOT NULL CHECK (format IN ('a4', 'letter')),
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
    bytes      BLOB NOT NULL,
    created_at DATETIME NOT NULL,
    UNIQUE (kind, subject_id, format)
);
-- +goose StatementBegin
CREATE TRIGGER documents_frozen BEFORE UPDATE ON documents BEGIN SELECT RAISE(ABORT, 'a document never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER documents_kept BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, 'a document never changes'); END;
-- +goose StatementEnd
