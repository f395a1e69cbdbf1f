-- +goose Up

-- The last number given in each series of documents: per issuer (the vendor, or
-- an account), kind and year. The row is the lock of the series.
CREATE TABLE series (
    issuer TEXT NOT NULL,
    kind   TEXT NOT NULL,
    year   INTEGER NOT NULL,
    last   INTEGER NOT NULL CHECK (last > 0),
    PRIMARY KEY (issuer, kind, year)
);

-- The vendor's invoices. What is printed on them never changes; what happens to
-- them later are facts with an instant.
CREATE TABLE invoices (
    id                TEXT PRIMARY KEY,
    account_id        TEXT NOT NULL REFERENCES accounts (id),
    order_id          TEXT NOT NULL UNIQUE REFERENCES orders (id),
    number            TEXT NOT NULL UNIQUE,
    year              INTEGER NOT NULL,
    sequence          INTEGER NOT NULL,
    issued_at         DATETIME NOT NULL,
    issued_by         TEXT NOT NULL REFERENCES users (id),
    issued_on         TEXT NOT NULL, -- in the vendor's zone
    due_on            TEXT NOT NULL CHECK (due_on >= issued_on),
    overdue_at        DATETIME NOT NULL, -- when the day after due_on begins in the account's zone
    currency          TEXT NOT NULL CHECK (length(currency) = 3),
    po_number         TEXT NOT NULL DEFAULT '',
    payment_reference TEXT NOT NULL UNIQUE,
    client_name       TEXT NOT NULL,
    vendor_legal_name TEXT NOT NULL,
    vendor_address    TEXT NOT NULL,
    vendor_tax_id     TEXT NOT NULL,
    vendor_country    TEXT NOT NULL,
    bank_details      TEXT NOT NULL,
    legal_name        TEXT NOT NULL,
    address           TEXT NOT NULL,
    tax_id            TEXT NOT NULL,
    country           TEXT NOT NULL,
    terms_id          TEXT NOT NULL REFERENCES plan_terms (id),
    annex_id          TEXT NOT NULL REFERENCES annexes (id),
    percentage        INTEGER NOT NULL CHECK (percentage BETWEEN 0 AND 10000),
    net               INTEGER NOT NULL CHECK (net >= 0),
    tax_rate          INTEGER NOT NULL CHECK (tax_rate BETWEEN 0 AND 10000),
    tax               INTEGER NOT NULL CHECK (tax >= 0),
    total             INTEGER NOT NULL,
    credited          INTEGER NOT NULL DEFAULT 0, -- by credit notes
    allocated         INTEGER NOT NULL DEFAULT 0, -- from payments
    paid_at           DATETIME, -- since when nothing of it is open
    claimed_at        DATETIME, -- when the account said that it has paid
    claimed_by        TEXT REFERENCES users (id),
    claim_note        TEXT NOT NULL DEFAULT '',
    reminded_at       DATETIME, -- of being overdue
    voided_at         DATETIME,
    voided_by         TEXT REFERENCES users (id),
    void_reason       TEXT NOT NULL DEFAULT '',
    search            TEXT NOT NULL,
    version           INTEGER NOT NULL DEFAULT 1,
    UNIQUE (year, sequence),
    CHECK (total = net + tax),
    CHECK (credited >= 0 AND allocated >= 0 AND credited + allocated <= total),
    CHECK ((voided_at IS NULL) = (voided_by IS NULL)),
    CHECK ((claimed_at IS NULL) = (claimed_by IS NULL)),
    CHECK (paid_at IS NULL OR credited + allocated = total),
    CHECK (voided_at IS NULL OR allocated = 0 AND credited = 0)
);
CREATE INDEX invoices_issued ON invoices (account_id, issued_at DESC, id DESC);
CREATE INDEX invoices_due ON invoices (account_id, due_on, id);
CREATE INDEX invoices_all ON invoices (issued_at DESC, id DESC);
CREATE INDEX invoices_all_due ON invoices (due_on, id);
CREATE INDEX invoices_open ON invoices (overdue_at, id) WHERE paid_at IS NULL AND voided_at IS NULL;
-- +goose StatementBegin
CREATE TRIGGER invoices_frozen BEFORE UPDATE OF
    client_name, number, year, sequence, account_id, order_id, issued_at, issued_by, issued_on, due_on, currency,
    po_number, payment_reference, vendor_legal_name, vendor_address, vendor_tax_id, vendor_country,
    bank_details, legal_name, address, tax_id, country, terms_id, annex_id, percentage, net, tax_rate, tax,
    total
ON invoices BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER invoices_kept BEFORE DELETE ON invoices BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd

CREATE TABLE invoice_lines (
    id           TEXT PRIMARY KEY,
    invoice_id   TEXT NOT NULL REFERENCES invoices (id),
    position     INTEGER NOT NULL CHECK (position > 0),
    line_id      TEXT NOT NULL REFERENCES order_lines (id),
    product_code TEXT NOT NULL,
    product_name TEXT NOT NULL,
    seats        INTEGER NOT NULL,
    quarters     INTEGER NOT NULL,
    coterm       TEXT NOT NULL DEFAULT '',
    unit_price   INTEGER NOT NULL CHECK (unit_price >= 0),
    price_id     TEXT REFERENCES prices (id),
    full_price   INTEGER NOT NULL,
    share        INTEGER NOT NULL,
    due          INTEGER NOT NULL,
    UNIQUE (invoice_id, position),
    CHECK (full_price = share + due AND share >= 0 AND due >= 0)
);
-- +goose StatementBegin
CREATE TRIGGER invoice_lines_frozen BEFORE UPDATE OF
    id, invoice_id, position, line_id, product_code, product_name, seats, quarters, coterm, unit_price,
    price_id, full_price, share, due
ON invoice_lines BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER invoice_lines_kept BEFORE DELETE ON invoice_lines BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd

-- A credit note is drafted, approved by a second staff member where the amount
-- asks for it, and issued: only then it has a number and counts.
CREATE TABLE credit_notes (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    invoice_id   TEXT NOT NULL REFERENCES invoices (id),
    currency     TEXT NOT NULL,
    reason       TEXT NOT NULL CHECK (reason <> ''),
    ends_license BOOLEAN NOT NULL DEFAULT FALSE,
    net          INTEGER NOT NULL CHECK (net >= 0),
    tax_rate     INTEGER NOT NULL,
    tax          INTEGER NOT NULL CHECK (tax >= 0),
    total        INTEGER NOT NULL CHECK (total > 0),
    drafted_at   DATETIME NOT NULL,
    drafted_by   TEXT NOT NULL REFERENCES users (id),
    declined_at  DATETIME,
    declined_by  TEXT REFERENCES users (id),
    number       TEXT UNIQUE,
    year         INTEGER,
    sequence     INTEGER,
    issued_at    DATETIME,
    issued_by    TEXT REFERENCES users (id),
    issued_on    TEXT,
    UNIQUE (year, sequence),
    CHECK (total = net + tax),
    CHECK ((issued_at IS NULL) = (number IS NULL) AND (issued_at IS NULL) = (issued_by IS NULL) AND (issued_at IS NULL) = (issued_on IS NULL)),
    CHECK ((declined_at IS NULL) = (declined_by IS NULL)),
    CHECK (issued_at IS NULL OR declined_at IS NULL)
);
CREATE INDEX credit_notes_invoice ON credit_notes (invoice_id, drafted_at);
CREATE INDEX credit_notes_account ON credit_notes (account_id, drafted_at DESC, id DESC);
CREATE INDEX credit_notes_waiting ON credit_notes (drafted_at, id) WHERE issued_at IS NULL AND declined_at IS NULL;

-- What a credit note takes back of each line of its invoice.
CREATE TABLE credit_note_lines (
    credit_note_id TEXT NOT NULL REFERENCES credit_notes (id),
    position       INTEGER NOT NULL,
    product_name   TEXT NOT NULL,
    net            INTEGER NOT NULL CHECK (net > 0),
    PRIMARY KEY (credit_note_id, position)
);

-- Receipts. The same account, method and reference count once.
CREATE TABLE payments (
    id              TEXT PRIMARY KEY,
    account_id      TEXT NOT NULL REFERENCES accounts (id),
    amount          INTEGER NOT NULL CHECK (amount > 0),
    currency        TEXT NOT NULL,
    method          TEXT NOT NULL CHECK (method IN ('bank_transfer', 'card', 'check', 'cash', 'other')),
    reference       TEXT NOT NULL CHECK (reference <> ''),
    reference_key   TEXT NOT NULL, -- folded
    received_on     TEXT NOT NULL,
    note            TEXT NOT NULL DEFAULT '',
    recorded_at     DATETIME NOT NULL,
    recorded_by     TEXT NOT NULL REFERENCES users (id),
    reversed_at     DATETIME,
    reversed_by     TEXT REFERENCES users (id),
    reversal_reason TEXT NOT NULL DEFAULT '',
    UNIQUE (account_id, method, reference_key),
    CHECK ((reversed_at IS NULL) = (reversed_by IS NULL))
);
CREATE INDEX payments_account ON payments (account_id, recorded_at DESC, id DESC);
CREATE INDEX payments_all ON payments (recorded_at DESC, id DESC);

-- What of a payment pays which invoice. An allocation counts until it is
-- released; what no allocation takes is the account's credit.
CREATE TABLE allocations (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    payment_id   TEXT NOT NULL REFERENCES payments (id),
    invoice_id   TEXT NOT NULL REFERENCES invoices (id),
    amount       INTEGER NOT NULL CHECK (amount > 0),
    allocated_at DATETIME NOT NULL,
    allocated_by TEXT NOT NULL REFERENCES users (id),
    released_at  DATETIME,
    released_by  TEXT REFERENCES users (id),
    CHECK ((released_at IS NULL) = (released_by IS NULL))
);
CREATE INDEX allocations_invoice ON allocations (invoice_id) WHERE released_at IS NULL;
CREATE INDEX allocations_payment ON allocations (payment_id) WHERE released_at IS NULL;

-- What changed what an account owes the vendor: the statement. More is owed by an
-- invoice and a reversal (above 0), less by a payment, a void and a credit note.
CREATE TABLE postings (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    at         DATETIME NOT NULL,
    day        TEXT NOT NULL, -- in the account's zone
    kind       TEXT NOT NULL CHECK (kind IN ('invoice', 'void', 'credit_note', 'payment', 'reversal')),
    subject_id TEXT NOT NULL,
    order_id   TEXT REFERENCES orders (id),
    number     TEXT NOT NULL, -- of the document, or the payment's reference
    amount     INTEGER NOT NULL,
    currency   TEXT NOT NULL,
    UNIQUE (kind, subject_id),
    CHECK ((amount > 0) = (kind IN ('invoice', 'reversal')) OR amount = 0)
);
CREATE INDEX postings_at ON postings (account_id, at DESC, id DESC);
CREATE INDEX postings_day ON postings (account_id, day, amount);
-- +goose StatementBegin
CREATE TRIGGER postings_frozen BEFORE UPDATE OF
    id, account_id, at, day, kind, subject_id, number, amount, currency, order_id
ON postings BEGIN SELECT RAISE(ABORT, 'the statement never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER postings_kept BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'the statement never changes'); END;
-- +goose StatementEnd

-- The paid terms of licences; a trial's own time stands on the trial. Seats at an
-- instant are the sum of the terms that hold then.
CREATE TABLE license_terms (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    license_id TEXT NOT NULL REFERENCES licenses (id),
    order_id   TEXT NOT NULL REFERENCES orders (id),
    line_id    TEXT NOT NULL UNIQUE REFERENCES order_lines (id),
    seats      INTEGER NOT NULL CHECK (seats > 0),
    quarters   INTEGER NOT NULL CHECK (quarters > 0),
    first_day  TEXT NOT NULL, -- from which its quarters are counted, in the account's zone
    starts_at  DATETIME NOT NULL,
    ends_at    DATETIME NOT NULL,
    created_at DATETIME NOT NULL,
    ended_at   DATETIME, -- by a credit note
    ended_by   TEXT REFERENCES users (id),
    CHECK (ends_at > starts_at),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX license_terms_license ON license_terms (license_id, starts_at);
