-- +goose Up

-- Logos of accounts, re-encoded as PNG. They never change: a new logo is a new row,
-- and what was issued keeps its own.
CREATE TABLE logos (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    png        BYTEA NOT NULL,
    width      BIGINT NOT NULL CHECK (width > 0),
    height     BIGINT NOT NULL CHECK (height > 0),
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL REFERENCES users (id)
);

-- How an account's own documents look and what they begin with. Accounts that
-- have changed nothing have no row.
CREATE TABLE brandings (
    account_id   TEXT COLLATE "C" PRIMARY KEY REFERENCES accounts (id),
    logo_id      TEXT COLLATE "C" REFERENCES logos (id),
    colour       TEXT COLLATE "C" NOT NULL CHECK (length(colour) = 7),
    bank_details TEXT COLLATE "C" NOT NULL,
    note         TEXT COLLATE "C" NOT NULL,
    prefix       TEXT COLLATE "C" NOT NULL CHECK (length(prefix) BETWEEN 1 AND 10),
    payment_days BIGINT NOT NULL CHECK (payment_days BETWEEN 0 AND 365),
    tax_rate     BIGINT NOT NULL CHECK (tax_rate BETWEEN 0 AND 10000),
    updated_at   TIMESTAMPTZ NOT NULL,
    updated_by   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    version      BIGINT NOT NULL
);

-- The invoices of accounts to their clients. What is printed on them never
-- changes; what happens to them later are facts with an instant.
CREATE TABLE client_invoices (
    id             TEXT COLLATE "C" PRIMARY KEY,
    account_id     TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    order_id       TEXT COLLATE "C" NOT NULL REFERENCES orders (id),
    client_id      TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
    number         TEXT COLLATE "C" NOT NULL,
    year           BIGINT NOT NULL,
    sequence       BIGINT NOT NULL,
    issued_at      TIMESTAMPTZ NOT NULL,
    issued_by      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    issued_on      TEXT COLLATE "C" NOT NULL, -- in the account's zone
    due_on         TEXT COLLATE "C" NOT NULL CHECK (due_on >= issued_on),
    overdue_at     TIMESTAMPTZ NOT NULL, -- when the day after due_on begins there
    currency       TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    po_number      TEXT COLLATE "C" NOT NULL,
    legal_name     TEXT COLLATE "C" NOT NULL, -- of the account, like the next seven
    address        TEXT COLLATE "C" NOT NULL,
    tax_id         TEXT COLLATE "C" NOT NULL,
    country        TEXT COLLATE "C" NOT NULL,
    bank_details   TEXT COLLATE "C" NOT NULL,
    note           TEXT COLLATE "C" NOT NULL,
    colour         TEXT COLLATE "C" NOT NULL,
    logo_id        TEXT COLLATE "C" REFERENCES logos (id),
    client_company TEXT COLLATE "C" NOT NULL,
    client_contact TEXT COLLATE "C" NOT NULL,
    client_address TEXT COLLATE "C" NOT NULL,
    client_tax_id  TEXT COLLATE "C" NOT NULL,
    client_country TEXT COLLATE "C" NOT NULL,
    full_price     BIGINT NOT NULL CHECK (full_price >= 0),
    share          BIGINT NOT NULL CHECK (share BETWEEN 0 AND full_price),
    discount       BIGINT NOT NULL CHECK (discount BETWEEN 0 AND share), -- out of the share, never out of what is due to the vendor
    tax_rate       BIGINT NOT NULL CHECK (tax_rate BETWEEN 0 AND 10000),
    tax            BIGINT NOT NULL CHECK (tax >= 0),
    total          BIGINT NOT NULL,
    token_hash     TEXT COLLATE "C" NOT NULL UNIQUE, -- of the link in the mail
    sent_at        TIMESTAMPTZ, -- the last mail to the client, like the next two
    sent_by        TEXT COLLATE "C" REFERENCES users (id),
    sent_to        TEXT COLLATE "C" NOT NULL DEFAULT '',
    sent_count     BIGINT NOT NULL DEFAULT 0,
    paid_at        TIMESTAMPTZ, -- when it was marked as paid
    paid_by        TEXT COLLATE "C" REFERENCES users (id),
    paid_on        TEXT COLLATE "C", -- the day on which the money came
    credited_at    TIMESTAMPTZ,
    search         TEXT COLLATE "C" NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1,
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
CREATE FUNCTION client_invoices_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        (NEW.id, NEW.account_id, NEW.order_id, NEW.client_id, NEW.number, NEW.year, NEW.sequence,
        NEW.issued_at, NEW.issued_by, NEW.issued_on, NEW.due_on, NEW.overdue_at, NEW.currency, NEW.po_number,
        NEW.legal_name, NEW.address, NEW.tax_id, NEW.country, NEW.bank_details, NEW.note, NEW.colour,
        NEW.logo_id, NEW.client_company, NEW.client_contact, NEW.client_address, NEW.client_tax_id,
        NEW.client_country, NEW.full_price, NEW.share, NEW.discount, NEW.tax_rate, NEW.tax, NEW.total,
        NEW.token_hash)
        IS DISTINCT FROM
        (OLD.id, OLD.account_id, OLD.order_id, OLD.client_id, OLD.number, OLD.year, OLD.sequence,
        OLD.issued_at, OLD.issued_by, OLD.issued_on, OLD.due_on, OLD.overdue_at, OLD.currency, OLD.po_number,
        OLD.legal_name, OLD.address, OLD.tax_id, OLD.country, OLD.bank_details, OLD.note, OLD.colour,
        OLD.logo_id, OLD.client_company, OLD.client_contact, OLD.client_address, OLD.client_tax_id,
        OLD.client_country, OLD.full_price, OLD.share, OLD.discount, OLD.tax_rate, OLD.tax, OLD.total,
        OLD.token_hash) THEN
        RAISE EXCEPTION 'an issued invoice never changes';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER client_invoices_frozen BEFORE UPDATE OR DELETE ON client_invoices FOR EACH ROW EXECUTE FUNCTION client_invoices_frozen();

CREATE TABLE client_invoice_lines (
    id                TEXT COLLATE "C" PRIMARY KEY,
    client_invoice_id TEXT COLLATE "C" NOT NULL REFERENCES client_invoices (id),
    position          BIGINT NOT NULL CHECK (position > 0),
    line_id           TEXT COLLATE "C" NOT NULL REFERENCES order_lines (id),
    product_code      TEXT COLLATE "C" NOT NULL,
    product_name      TEXT COLLATE "C" NOT NULL,
    seats             BIGINT NOT NULL,
    quarters          BIGINT NOT NULL,
    coterm            TEXT COLLATE "C" NOT NULL,
    unit_price        BIGINT NOT NULL CHECK (unit_price >= 0),
    full_price        BIGINT NOT NULL CHECK (full_price >= 0),
    share             BIGINT NOT NULL CHECK (share BETWEEN 0 AND full_price),
    discount          BIGINT NOT NULL CHECK (discount BETWEEN 0 AND full_price),
    UNIQUE (client_invoice_id, position)
);
-- +goose StatementBegin
CREATE FUNCTION client_invoice_lines_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        (NEW.id, NEW.client_invoice_id, NEW.position, NEW.line_id, NEW.product_code, NEW.product_name,
        NEW.seats, NEW.quarters, NEW.coterm, NEW.unit_price, NEW.full_price, NEW.share, NEW.discount)
        IS DISTINCT FROM
        (OLD.id, OLD.client_invoice_id, OLD.position, OLD.line_id, OLD.product_code, OLD.product_name,
        OLD.seats, OLD.quarters, OLD.coterm, OLD.unit_price, OLD.full_price, OLD.share, OLD.discount) THEN
        RAISE EXCEPTION 'an issued invoice never changes';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER client_invoice_lines_frozen BEFORE UPDATE OR DELETE ON client_invoice_lines FOR EACH ROW EXECUTE FUNCTION client_invoice_lines_frozen();

-- A credit note takes back a client invoice as a whole.
CREATE TABLE client_credit_notes (
    id                TEXT COLLATE "C" PRIMARY KEY,
    account_id        TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    client_invoice_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES client_invoices (id),
    number            TEXT COLLATE "C" NOT NULL,
    year              BIGINT NOT NULL,
    sequence          BIGINT NOT NULL,
    issued_at         TIMESTAMPTZ NOT NULL,
    issued_by         TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    issued_on         TEXT COLLATE "C" NOT NULL, -- in the account's zone
    currency          TEXT COLLATE "C" NOT NULL,
    reason            TEXT COLLATE "C" NOT NULL CHECK (reason <> ''),
    net               BIGINT NOT NULL CHECK (net >= 0),
    tax               BIGINT NOT NULL CHECK (tax >= 0),
    total             BIGINT NOT NULL,
    UNIQUE (account_id, year, sequence),
    UNIQUE (account_id, number),
    CHECK (total = net + tax)
);
-- +goose StatementBegin
CREATE FUNCTION client_credit_notes_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        (NEW.id, NEW.account_id, NEW.client_invoice_id, NEW.number, NEW.year, NEW.sequence, NEW.issued_at,
        NEW.issued_by, NEW.issued_on, NEW.currency, NEW.reason, NEW.net, NEW.tax, NEW.total)
        IS DISTINCT FROM
        (OLD.id, OLD.account_id, OLD.client_invoice_id, OLD.number, OLD.year, OLD.sequence, OLD.issued_at,
        OLD.issued_by, OLD.issued_on, OLD.currency, OLD.reason, OLD.net, OLD.tax, OLD.total) THEN
        RAISE EXCEPTION 'an issued credit note never changes';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER client_credit_notes_frozen BEFORE UPDATE OR DELETE ON client_credit_notes FOR EACH ROW EXECUTE FUNCTION client_credit_notes_frozen();
