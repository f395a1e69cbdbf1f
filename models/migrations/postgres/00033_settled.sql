-- +goose Up

-- What was settled at placing never changes, nor does an issued credit note, what
-- it takes back, or a receipt: corrections are new facts.
-- +goose StatementBegin
CREATE FUNCTION never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;
-- +goose StatementEnd
CREATE TRIGGER order_lines_settled BEFORE UPDATE OF
    order_id, position, product_id, seats, quarters, unit_price, price_id, term_id, coterm, full_price, share, due
ON order_lines FOR EACH ROW WHEN (OLD.full_price IS NOT NULL) EXECUTE FUNCTION never_changes('what was settled never changes');
CREATE TRIGGER credit_notes_frozen BEFORE UPDATE OF
    id, account_id, invoice_id, currency, reason, ends_license, net, tax_rate, tax, total, number, year, sequence, issued_at, issued_by, issued_on
ON credit_notes FOR EACH ROW WHEN (OLD.issued_at IS NOT NULL) EXECUTE FUNCTION never_changes('an issued credit note never changes');
CREATE TRIGGER credit_notes_kept BEFORE DELETE ON credit_notes FOR EACH ROW EXECUTE FUNCTION never_changes('an issued credit note never changes');
CREATE TRIGGER credit_note_lines_frozen BEFORE UPDATE OR DELETE ON credit_note_lines FOR EACH ROW EXECUTE FUNCTION never_changes('an issued credit note never changes');
CREATE TRIGGER payments_frozen BEFORE UPDATE OF
    id, account_id, amount, currency, method, reference, reference_key, received_on, recorded_at, recorded_by
ON payments FOR EACH ROW EXECUTE FUNCTION never_changes('a receipt never changes');
CREATE TRIGGER payments_kept BEFORE DELETE ON payments FOR EACH ROW EXECUTE FUNCTION never_changes('a receipt never changes');
