-- +goose Up

-- Statements of the vendor's bank, as they were uploaded. How one is read can be
-- corrected until a line of it was recorded as a receipt.
CREATE TABLE bank_imports (
    id          TEXT COLLATE "C" PRIMARY KEY,
    file_name   TEXT COLLATE "C" NOT NULL,
    sha256      TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(sha256) = 64),
    content     BYTEA NOT NULL,
    layout      TEXT COLLATE "C" NOT NULL, -- JSON
    signature   TEXT COLLATE "C" NOT NULL, -- names of the columns: statements that have the same are read the same way
    learnt_at   TIMESTAMPTZ,      -- when somebody corrected, or recorded by, its layout
    uploaded_at TIMESTAMPTZ NOT NULL,
    uploaded_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    search      TEXT COLLATE "C" NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX bank_imports_uploaded ON bank_imports (uploaded_at DESC, id DESC);
CREATE INDEX bank_imports_learnt ON bank_imports (signature, learnt_at DESC) WHERE learnt_at IS NOT NULL;

-- The lines of a statement, with what finance has chosen for each.
CREATE TABLE bank_lines (
    id            TEXT COLLATE "C" PRIMARY KEY,
    import_id     TEXT COLLATE "C" NOT NULL REFERENCES bank_imports (id),
    position      INTEGER NOT NULL, -- the row of the file
    kind          TEXT COLLATE "C" NOT NULL CHECK (kind IN ('in', 'out', 'unreadable')),
    problem       TEXT COLLATE "C" NOT NULL DEFAULT '', -- why it is unreadable
    day           TEXT COLLATE "C",
    amount        BIGINT NOT NULL DEFAULT 0,
    currency      TEXT COLLATE "C" NOT NULL DEFAULT '',
    payer         TEXT COLLATE "C" NOT NULL DEFAULT '',
    details       TEXT COLLATE "C" NOT NULL DEFAULT '',
    reference     TEXT COLLATE "C" NOT NULL DEFAULT '',
    reference_key TEXT COLLATE "C" NOT NULL DEFAULT '', -- folded
    account       TEXT COLLATE "C" NOT NULL DEFAULT '', -- as typed
    invoices      TEXT COLLATE "C" NOT NULL DEFAULT '', -- as typed
    taken         BOOLEAN NOT NULL DEFAULT FALSE, -- ticked to be recorded
    chosen_at     TIMESTAMPTZ, -- when finance chose the three above; until then they are suggested
    chosen_by     TEXT COLLATE "C" REFERENCES users (id),
    failure       TEXT COLLATE "C" NOT NULL DEFAULT '', -- why it could not be recorded the last time
    payment_id    TEXT COLLATE "C" UNIQUE REFERENCES payments (id),
    version       INTEGER NOT NULL DEFAULT 1,
    UNIQUE (import_id, position),
    CHECK ((kind = 'unreadable') = (problem <> '')),
    CHECK (kind = 'unreadable' OR (day IS NOT NULL AND currency <> '' AND reference <> '')),
    CHECK ((kind = 'in') = (amount > 0)),
    CHECK ((chosen_at IS NULL) = (chosen_by IS NULL)),
    CHECK (payment_id IS NULL OR kind = 'in')
);
CREATE INDEX bank_lines_import ON bank_lines (import_id, kind, position);
-- A line of the bank is one receipt, of whichever statement and account.
CREATE UNIQUE INDEX bank_lines_recorded ON bank_lines (reference_key) WHERE payment_id IS NOT NULL;
CREATE INDEX payments_reference ON payments (reference_key);
CREATE INDEX payments_amount ON payments (amount);
