-- +goose Up

-- An issued invoice never changes, but the client on whose page it hangs can turn
-- out to be another one: then it hangs on that one. What is printed stays.
DROP TRIGGER client_invoices_frozen;
-- +goose StatementBegin
CREATE TRIGGER client_invoices_frozen BEFORE UPDATE OF
    id, account_id, order_id, number, year, sequence, issued_at, issued_by, issued_on, due_on,
    overdue_at, currency, po_number, legal_name, address, tax_id, country, bank_details, note, colour,
    logo_id, client_company, client_contact, client_address, client_tax_id, client_country, full_price, share,
    discount, tax_rate, tax, total, token_hash
ON client_invoices BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER client_invoices_client BEFORE UPDATE OF client_id ON client_invoices
WHEN NOT EXISTS (SELECT 1 FROM clients c WHERE c.id = OLD.client_id AND c.merged_into = NEW.client_id)
BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd
