-- +goose Up

-- The last number given in each series of documents: per issuer (the vendor, or
-- an account), kind and year. The row is the lock of the series.
CREATE TABLE series (
    issuer TEXT COLLATE "C" NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    year   BIGINT NOT NULL,
    last   BIGINT NOT NULL CHECK (last > 0),
    PRIMARY KEY (issuer, kind, year)
);

-- The vendor's invoices. What is printed on them never changes; what happens to
-- them later are facts with an instant.
CREATE TABLE invoices (
    id                TEXT COLLATE "C" PRIMARY KEY,
    account_id        TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    order_id          TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES orders (id),
    number            TEXT COLLATE "C" NOT NULL UNIQUE,
    year              BIGINT NOT NULL,
    sequence          BIGINT NOT NULL,
    issued_at         TIMESTAMPTZ NOT NULL,
    issued_by         TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    issued_on         TEXT COLLATE "C" NOT NULL, -- in the vendor's zone
    due_on            TEXT COLLATE "C" NOT NULL CHECK (due_on >= issued_on),
    overdue_at        TIMESTAMPTZ NOT NULL, -- when the day after due_on begins in the account's zone
    currency          TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    po_number         TEXT COLLATE "C" NOT NULL DEFAULT '',
    payment_reference TEXT COLLATE "C" NOT NULL UNIQUE,
    client_name       TEXT COLLATE "C" NOT NULL,
    vendor_legal_name TEXT COLLATE "C" NOT NULL,
    vendor_address    TEXT COLLATE "C" NOT NULL,
    vendor_tax_id     TEXT COLLATE "C" NOT NULL,
    vendor_country    TEXT COLLATE "C" NOT NULL,
    bank_details      TEXT COLLATE "C" NOT NULL,
    legal_name        TEXT COLLATE "C" NOT NULL,
    address           TEXT COLLATE "C" NOT NULL,
    tax_id            TEXT COLLATE "C" NOT NULL,
    country           TEXT COLLATE "C" NOT NULL,
    terms_id          TEXT COLLATE "C" NOT NULL REFERENCES plan_terms (id),
    annex_id          TEXT COLLATE "C" NOT NULL REFERENCES annexes (id),
    percentage        BIGINT NOT NULL CHECK (percentage BETWEEN 0 AND 10000),
    net               BIGINT NOT NULL CHECK (net >= 0),
    tax_rate          BIGINT NOT NULL CHECK (tax_rate BETWEEN 0 AND 10000),
    tax               BIGINT NOT NULL CHECK (tax >= 0),
    total             BIGINT NOT NULL,
    credited          BIGINT NOT NULL DEFAULT 0, -- by credit notes
    allocated         BIGINT NOT NULL DEFAULT 0, -- from payments
    paid_at           TIMESTAMPTZ, -- since when nothing of it is open
    claimed_at        TIMESTAMPTZ, -- when the account said that it has paid
    claimed_by        TEXT COLLATE "C" REFERENCES users (id),
    claim_note        TEXT COLLATE "C" NOT NULL DEFAULT '',
    reminded_at       TIMESTAMPTZ, -- of being overdue
    voided_at         TIMESTAMPTZ,
    voided_by         TEXT COLLATE "C" REFERENCES users (id),
    void_reason       TEXT COLLATE "C" NOT NULL DEFAULT '',
    search            TEXT COLLATE "C" NOT NULL,
    version           BIGINT NOT NULL DEFAULT 1,
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
CREATE FUNCTION invoices_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        (NEW.client_name, NEW.number, NEW.year, NEW.sequence, NEW.account_id, NEW.order_id, NEW.issued_at, NEW.issued_by,
            NEW.issued_on, NEW.due_on, NEW.currency, NEW.po_number, NEW.payment_reference,
            NEW.vendor_legal_name, NEW.vendor_address, NEW.vendor_tax_id, NEW.vendor_country,
            NEW.bank_details, NEW.legal_name, NEW.address, NEW.tax_id, NEW.country, NEW.terms_id,
            NEW.annex_id, NEW.percentage, NEW.net, NEW.tax_rate, NEW.tax, NEW.total)
        IS DISTINCT FROM
        (OLD.client_name, OLD.number, OLD.year, OLD.sequence, OLD.account_id, OLD.order_id, OLD.issued_at, OLD.issued_by,
            OLD.issued_on, OLD.due_on, OLD.currency, OLD.po_number, OLD.payment_reference,
            OLD.vendor_legal_name, OLD.vendor_address, OLD.vendor_tax_id, OLD.vendor_country,
            OLD.bank_details, OLD.legal_name, OLD.address, OLD.tax_id, OLD.country, OLD.terms_id,
            OLD.annex_id, OLD.percentage, OLD.net, OLD.tax_rate, OLD.tax, OLD.total) THEN
        RAISE EXCEPTION 'an issued invoice never changes';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER invoices_frozen BEFORE UPDATE OR DELETE ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_frozen();

CREATE TABLE invoice_lines (
    id           TEXT COLLATE "C" PRIMARY KEY,
    invoice_id   TEXT COLLATE "C" NOT NULL REFERENCES invoices (id),
    position     BIGINT NOT NULL CHECK (position > 0),
    line_id      TEXT COLLATE "C" NOT NULL REFERENCES order_lines (id),
    product_code TEXT COLLATE "C" NOT NULL,
    product_name TEXT COLLATE "C" NOT NULL,
    seats        BIGINT NOT NULL,
    quarters     BIGINT NOT NULL,
    coterm       TEXT COLLATE "C" NOT NULL DEFAULT '',
    unit_price   BIGINT NOT NULL CHECK (unit_price >= 0),
    price_id     TEXT COLLATE "C" REFERENCES prices (id),
    full_price   BIGINT NOT NULL,
    share        BIGINT NOT NULL,
    due          BIGINT NOT NULL,
    UNIQUE (invoice_id, position),
    CHECK (full_price = share + due AND share >= 0 AND due >= 0)
);
-- +goose StatementBegin
CREATE FUNCTION invoice_lines_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        (NEW.id, NEW.invoice_id, NEW.position, NEW.line_id, NEW.product_code, NEW.product_name, NEW.seats,
            NEW.quarters, NEW.coterm, NEW.unit_price, NEW.price_id, NEW.full_price, NEW.share, NEW.due)
        IS DISTINCT FROM
        (OLD.id, OLD.invoice_id, OLD.position, OLD.line_id, OLD.product_code, OLD.product_name, OLD.seats,
            OLD.quarters, OLD.coterm, OLD.unit_price, OLD.price_id, OLD.full_price, OLD.share, OLD.due) THEN
        RAISE EXCEPTION 'an issued invoice never changes';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER invoice_lines_frozen BEFORE UPDATE OR DELETE ON invoice_lines FOR EACH ROW EXECUTE FUNCTION invoice_lines_frozen();

-- A credit note is drafted, approved by a second staff member where the amount
-- asks for it, and issued: only then it has a number and counts.
CREATE TABLE credit_notes (
    id           TEXT COLLATE "C" PRIMARY KEY,
    account_id   TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    invoice_id   TEXT COLLATE "C" NOT NULL REFERENCES invoices (id),
    currency     TEXT COLLATE "C" NOT NULL,
    reason       TEXT COLLATE "C" NOT NULL CHECK (reason <> ''),
    ends_license BOOLEAN NOT NULL DEFAULT FALSE,
    net          BIGINT NOT NULL CHECK (net >= 0),
    tax_rate     BIGINT NOT NULL,
    tax          BIGINT NOT NULL CHECK (tax >= 0),
    total        BIGINT NOT NULL CHECK (total > 0),
    drafted_at   TIMESTAMPTZ NOT NULL,
    drafted_by   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    declined_at  TIMESTAMPTZ,
    declined_by  TEXT COLLATE "C" REFERENCES users (id),
    number       TEXT COLLATE "C" UNIQUE,
    year         BIGINT,
    sequence     BIGINT,
    issued_at    TIMESTAMPTZ,
    issued_by    TEXT COLLATE "C" REFERENCES users (id),
    issued_on    TEXT COLLATE "C",
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
    credit_note_id TEXT COLLATE "C" NOT NULL REFERENCES credit_notes (id),
    position       BIGINT NOT NULL,
    product_name   TEXT COLLATE "C" NOT NULL,
    net            BIGINT NOT NULL CHECK (net > 0),
    PRIMARY KEY (credit_note_id, position)
);

-- Receipts. The same account, method and reference count once.
CREATE TABLE payments (
    id              TEXT COLLATE "C" PRIMARY KEY,
    account_id      TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    amount          BIGINT NOT NULL CHECK (amount > 0),
    currency        TEXT COLLATE "C" NOT NULL,
    method          TEXT COLLATE "C" NOT NULL CHECK (method IN ('bank_transfer', 'card', 'check', 'cash', 'other')),
    reference       TEXT COLLATE "C" NOT NULL CHECK (reference <> ''),
    reference_key   TEXT COLLATE "C" NOT NULL, -- folded
    received_on     TEXT COLLATE "C" NOT NULL,
    note            TEXT COLLATE "C" NOT NULL DEFAULT '',
    recorded_at     TIMESTAMPTZ NOT NULL,
    recorded_by     TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    reversed_at     TIMESTAMPTZ,
    reversed_by     TEXT COLLATE "C" REFERENCES users (id),
    reversal_reason TEXT COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (account_id, method, reference_key),
    CHECK ((reversed_at IS NULL) = (reversed_by IS NULL))
);
CREATE INDEX payments_account ON payments (account_id, recorded_at DESC, id DESC);
CREATE INDEX payments_all ON payments (recorded_at DESC, id DESC);

-- What of a payment pays which invoice. An allocation counts until it is
-- released; what no allocation takes is the account's credit.
CREATE TABLE allocations (
    id           TEXT COLLATE "C" PRIMARY KEY,
    account_id   TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    payment_id   TEXT COLLATE "C" NOT NULL REFERENCES payments (id),
    invoice_id   TEXT COLLATE "C" NOT NULL REFERENCES invoices (id),
    amount       BIGINT NOT NULL CHECK (amount > 0),
    allocated_at TIMESTAMPTZ NOT NULL,
    allocated_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    released_at  TIMESTAMPTZ,
    released_by  TEXT COLLATE "C" REFERENCES users (id),
    CHECK ((released_at IS NULL) = (released_by IS NULL))
);
CREATE INDEX allocations_invoice ON allocations (invoice_id) WHERE released_at IS NULL;
CREATE INDEX allocations_payment ON allocations (payment_id) WHERE released_at IS NULL;

-- What changed what an account owes the vendor: the statement. More is owed by an
-- invoice and a reversal (above 0), less by a payment, a void and a credit note.
CREATE TABLE postings (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    at         TIMESTAMPTZ NOT NULL,
    day        TEXT COLLATE "C" NOT NULL, -- in the account's zone
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('invoice', 'void', 'credit_note', 'payment', 'reversal')),
    subject_id TEXT COLLATE "C" NOT NULL,
    order_id   TEXT COLLATE "C" REFERENCES orders (id),
    number     TEXT COLLATE "C" NOT NULL, -- of the document, or the payment's reference
    amount     BIGINT NOT NULL,
    currency   TEXT COLLATE "C" NOT NULL,
    UNIQUE (kind, subject_id),
    CHECK ((amount > 0) = (kind IN ('invoice', 'reversal')) OR amount = 0)
);
CREATE INDEX postings_at ON postings (account_id, at DESC, id DESC);
CREATE INDEX postings_day ON postings (account_id, day, amount);
-- +goose StatementBegin
CREATE FUNCTION postings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        (NEW.id, NEW.account_id, NEW.at, NEW.day, NEW.kind, NEW.subject_id, NEW.number, NEW.amount,
            NEW.currency, NEW.order_id)
        IS DISTINCT FROM
        (OLD.id, OLD.account_id, OLD.at, OLD.day, OLD.kind, OLD.subject_id, OLD.number, OLD.amount,
            OLD.currency, OLD.order_id) THEN
        RAISE EXCEPTION 'the statement never changes';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER postings_frozen BEFORE UPDATE OR DELETE ON postings FOR EACH ROW EXECUTE FUNCTION postings_frozen();

-- The paid terms of licences; a trial's own time stands on the trial. Seats at an
-- instant are the sum of the terms that hold then.
CREATE TABLE license_terms (
    id         TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    license_id TEXT COLLATE "C" NOT NULL REFERENCES licenses (id),
    order_id   TEXT COLLATE "C" NOT NULL REFERENCES orders (id),
    line_id    TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES order_lines (id),
    seats      BIGINT NOT NULL CHECK (seats > 0),
    quarters   BIGINT NOT NULL CHECK (quarters > 0),
    first_day  TEXT COLLATE "C" NOT NULL, -- from which its quarters are counted, in the account's zone
    starts_at  TIMESTAMPTZ NOT NULL,
    ends_at    TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    ended_at   TIMESTAMPTZ, -- by a credit note
    ended_by   TEXT COLLATE "C" REFERENCES users (id),
    CHECK (ends_at > starts_at),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX license_terms_license ON license_terms (license_id, starts_at);
