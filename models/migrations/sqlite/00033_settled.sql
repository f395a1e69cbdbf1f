-- +goose Up

-- What was settled at placing never changes, nor does an issued credit note, what
-- it takes back, or a receipt: corrections are new facts.
-- +goose StatementBegin
CREATE TRIGGER order_lines_settled BEFORE UPDATE OF
    order_id, position, product_id, seats, quarters, unit_price, price_id, term_id, coterm, full_price, share, due
ON order_lines WHEN OLD.full_price IS NOT NULL BEGIN SELECT RAISE(ABORT, 'what was settled never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credit_notes_frozen BEFORE UPDATE OF
    id, account_id, invoice_id, currency, reason, ends_license, net, tax_rate, tax, total, number, year, sequence, issued_at, issued_by, issued_on
ON credit_notes WHEN OLD.issued_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'an issued credit note never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credit_notes_kept BEFORE DELETE ON credit_notes BEGIN SELECT RAISE(ABORT, 'an issued credit note never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credit_note_lines_frozen BEFORE UPDATE ON credit_note_lines BEGIN SELECT RAISE(ABORT, 'an issued credit note never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credit_note_lines_kept BEFORE DELETE ON credit_note_lines BEGIN SELECT RAISE(ABORT, 'an issued credit note never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER payments_frozen BEFORE UPDATE OF
    id, account_id, amount, currency, method, reference, reference_key, received_on, recorded_at, recorded_by
ON payments BEGIN SELECT RAISE(ABORT, 'a receipt never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER payments_kept BEFORE DELETE ON payments BEGIN SELECT RAISE(ABORT, 'a receipt never changes'); END;
-- +goose StatementEnd
