-- +goose Up

-- Logos of accounts, re-encoded as PNG. They never change: a new logo is a new row,
-- and what was issued keeps its own.
CREATE TABLE logos (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    png        BLOB NOT NULL,
    width      INTEGER NOT NULL CHECK (width > 0),
    height     INTEGER NOT NULL CHECK (height > 0),
    created_at DATETIME NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id)
);

-- How an account's own documents look and what they begin with. Accounts that
-- have changed nothing have no row.
CREATE TABLE brandings (
    account_id   TEXT PRIMARY KEY REFERENCES accounts (id),
    logo_id      TEXT REFERENCES logos (id),
    colour       TEXT NOT NULL CHECK (length(colour) = 7),
    bank_details TEXT NOT NULL,
    note         TEXT NOT NULL,
    prefix       TEXT NOT NULL CHECK (length(prefix) BETWEEN 1 AND 10),
    payment_days INTEGER NOT NULL CHECK (payment_days BETWEEN 0 AND 365),
    tax_rate     INTEGER NOT NULL CHECK (tax_rate BETWEEN 0 AND 10000),
    updated_at   DATETIME NOT NULL,
    updated_by   TEXT NOT NULL REFERENCES users (id),
    version      INTEGER NOT NULL
);

-- The invoices of accounts to their clients. What is printed on them never
-- changes; what happens to them later are facts with an instant.
CREATE TABLE client_invoices (
    id             TEXT PRIMARY KEY,
    account_id     TEXT NOT NULL REFERENCES accounts (id),
    order_id       TEXT NOT NULL REFERENCES orders (id),
    client_id      TEXT NOT NULL REFERENCES clients (id),
    number         TEXT NOT NULL,
    year           INTEGER NOT NULL,
    sequence       INTEGER NOT NULL,
    issued_at      DATETIME NOT NULL,
    issued_by      TEXT NOT NULL REFERENCES users (id),
    issued_on      TEXT NOT NULL, -- in the account's zone
    due_on         TEXT NOT NULL CHECK (due_on >= issued_on),
    overdue_at     DATETIME NOT NULL, -- when the day after due_on begins there
    currency       TEXT NOT NULL CHECK (length(currency) = 3),
    po_number      TEXT NOT NULL,
    legal_name     TEXT NOT NULL, -- of the account, like the next seven
    address        TEXT NOT NULL,
    tax_id         TEXT NOT NULL,
    country        TEXT NOT NULL,
    bank_details   TEXT NOT NULL,
    note           TEXT NOT NULL,
    colour         TEXT NOT NULL,
    logo_id        TEXT REFERENCES logos (id),
    client_company TEXT NOT NULL,
    client_contact TEXT NOT NULL,
    client_address TEXT NOT NULL,
    client_tax_id  TEXT NOT NULL,
    client_country TEXT NOT NULL,
    full_price     INTEGER NOT NULL CHECK (full_price >= 0),
    share          INTEGER NOT NULL CHECK (share BETWEEN 0 AND full_price),
    discount       INTEGER NOT NULL CHECK (discount BETWEEN 0 AND share), -- out of the share, never out of what is due to the vendor
    tax_rate       INTEGER NOT NULL CHECK (tax_rate BETWEEN 0 AND 10000),
    tax            INTEGER NOT NULL CHECK (tax >= 0),
    total          INTEGER NOT NULL,
    token_hash     TEXT NOT NULL UNIQUE, -- of the link in the mail
    sent_at        DATETIME, -- the last mail to the client, like the next two
    sent_by        TEXT REFERENCES users (id),
    sent_to        TEXT NOT NULL DEFAULT '',
    sent_count     INTEGER NOT NULL DEFAULT 0,
    paid_at        DATETIME, -- when it was marked as paid
    paid_by        TEXT REFERENCES users (id),
    paid_on        TEXT, -- the day on which the money came
    credited_at    DATETIME,
    search         TEXT NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    UNIQUE (account_id, year, sequence),
    UNIQUE (account_id, number),
    CHECK (total = full_price - discount + tax),
    CHECK ((sent_at IS NULL) = (sent_by IS NULL)),
    CHECK ((paid_at IS NULL) = (paid_by IS NULL) AND (paid_at IS NULL) = (paid_on IS NULL))
);
-- One order is billed once; a credit note makes way for another.
CREATE UNIQUE INDEX client_invoices_order ON client_invoices (order_id) WHERE credited_at IS NULL;
CREATE INDEX client_invoices_of_order ON client_invoices (order_id, issued_at);
CREATE INDEX client_invoices_issued ON client_invoices (account_id, issued_at DESC, id DESC);
CREATE INDEX client_invoices_due ON client_invoices (account_id, due_on, id);
CREATE INDEX client_invoices_client ON client_invoices (client_id, issued_at DESC);
-- +goose StatementBegin
CREATE TRIGGER client_invoices_frozen BEFORE UPDATE OF
    id, account_id, order_id, client_id, number, year, sequence, issued_at, issued_by, issued_on, due_on,
    overdue_at, currency, po_number, legal_name, address, tax_id, country, bank_details, note, colour,
    logo_id, client_company, client_contact, client_address, client_tax_id, client_country, full_price, share,
    discount, tax_rate, tax, total, token_hash
ON client_invoices BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER client_invoices_kept BEFORE DELETE ON client_invoices BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd

CREATE TABLE client_invoice_lines (
    id                TEXT PRIMARY KEY,
    client_invoice_id TEXT NOT NULL REFERENCES client_invoices (id),
    position          INTEGER NOT NULL CHECK (position > 0),
    line_id           TEXT NOT NULL REFERENCES order_lines (id),
    product_code      TEXT NOT NULL,
    product_name      TEXT NOT NULL,
    seats             INTEGER NOT NULL,
    quarters          INTEGER NOT NULL,
    coterm            TEXT NOT NULL,
    unit_price        INTEGER NOT NULL CHECK (unit_price >= 0),
    full_price        INTEGER NOT NULL CHECK (full_price >= 0),
    share             INTEGER NOT NULL CHECK (share BETWEEN 0 AND full_price),
    discount          INTEGER NOT NULL CHECK (discount BETWEEN 0 AND full_price),
    UNIQUE (client_invoice_id, position)
);
-- +goose StatementBegin
CREATE TRIGGER client_invoice_lines_frozen BEFORE UPDATE OF
    id, client_invoice_id, position, line_id, product_code, product_name, seats, quarters, coterm, unit_price,
    full_price, share, discount
ON client_invoice_lines BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER client_invoice_lines_kept BEFORE DELETE ON client_invoice_lines BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd

-- A credit note takes back a client invoice as a whole.
CREATE TABLE client_credit_notes (
    id                TEXT PRIMARY KEY,
    account_id        TEXT NOT NULL REFERENCES accounts (id),
    client_invoice_id TEXT NOT NULL UNIQUE REFERENCES client_invoices (id),
    number            TEXT NOT NULL,
    year              INTEGER NOT NULL,
    sequence          INTEGER NOT NULL,
    issued_at         DATETIME NOT NULL,
    issued_by         TEXT NOT NULL REFERENCES users (id),
    issued_on         TEXT NOT NULL, -- in the account's zone
    currency          TEXT NOT NULL,
    reason            TEXT NOT NULL CHECK (reason <> ''),
    net               INTEGER NOT NULL CHECK (net >= 0),
    tax               INTEGER NOT NULL CHECK (tax >= 0),
    total             INTEGER NOT NULL,
    UNIQUE (account_id, year, sequence),
    UNIQUE (account_id, number),
    CHECK (total = net + tax)
);
-- +goose StatementBegin
CREATE TRIGGER client_credit_notes_frozen BEFORE UPDATE OF
    id, account_id, client_invoice_id, number, year, sequence, issued_at, issued_by, issued_on, currency,
    reason, net, tax, total
ON client_credit_notes BEGIN SELECT RAISE(ABORT, 'an issued credit note never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER client_credit_notes_kept BEFORE DELETE ON client_credit_notes BEGIN SELECT RAISE(ABORT, 'an issued credit note never changes'); END;
-- +goose StatementEnd
