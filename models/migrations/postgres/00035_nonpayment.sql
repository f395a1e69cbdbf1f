-- +goose Up

CREATE INDEX credit_notes_drafted ON credit_notes (drafted_at DESC, id DESC);

-- What the postings of each day sum up to, so that a balance costs as much as
-- there are days.
CREATE TABLE posting_days (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    day        TEXT COLLATE "C" NOT NULL,
    amount     BIGINT NOT NULL,
    PRIMARY KEY (account_id, day)
);
INSERT INTO posting_days (account_id, day, amount) SELECT account_id, day, SUM(amount) FROM postings GROUP BY account_id, day;
-- +goose StatementBegin
CREATE FUNCTION postings_summed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO posting_days (account_id, day, amount) VALUES (NEW.account_id, NEW.day, NEW.amount)
        ON CONFLICT (account_id, day) DO UPDATE SET amount = posting_days.amount + excluded.amount;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER postings_summed AFTER INSERT ON postings FOR EACH ROW EXECUTE FUNCTION postings_summed();

-- The overdue invoice for which staff have suspended a licence, until it is paid.
ALTER TABLE licenses ADD COLUMN unpaid_invoice_id TEXT COLLATE "C" REFERENCES invoices (id);
CREATE INDEX licenses_unpaid_invoice ON licenses (unpaid_invoice_id) WHERE unpaid_invoice_id IS NOT NULL;

-- Of which text the Owner was told that it waits for their signature: once each.
CREATE TABLE annex_notices (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    text_key   TEXT COLLATE "C" NOT NULL, -- version of the text and percentage
    at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, text_key)
);
