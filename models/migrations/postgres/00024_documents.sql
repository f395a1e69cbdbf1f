-- +goose Up

-- Issued documents on paper: rendered once, the same bytes ever after.
CREATE TABLE documents (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    kind       TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    format     TEXT COLLATE "C" NOT NULL CHECK (format IN ('a4', 'letter')),
    sha256     TEXT COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    bytes      BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (kind, subject_id, format)
);
-- +goose StatementBegin
CREATE FUNCTION documents_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a document never changes';
END $$;
-- +goose StatementEnd
CREATE TRIGGER documents_frozen BEFORE UPDATE OR DELETE ON documents FOR EACH ROW EXECUTE FUNCTION documents_frozen();
