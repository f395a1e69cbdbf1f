-- +goose Up

-- The link to an issued invoice can get another one; the invoice stays as it is.
ALTER TABLE client_invoices ADD COLUMN link_generation INTEGER NOT NULL DEFAULT 1;
DROP TRIGGER client_invoices_frozen;
-- +goose StatementBegin
CREATE TRIGGER client_invoices_frozen BEFORE UPDATE OF
    id, account_id, order_id, number, year, sequence, issued_at, issued_by, issued_on, due_on,
    overdue_at, currency, po_number, legal_name, address, tax_id, country, bank_details, note, colour,
    logo_id, client_company, client_contact, client_address, client_tax_id, client_country, full_price, share,
    discount, tax_rate, tax, total
ON client_invoices BEGIN SELECT RAISE(ABORT, 'an issued invoice never changes'); END;
-- +goose StatementEnd
