-- +goose Up

-- The link to an issued invoice can get another one; the invoice stays as it is.
ALTER TABLE client_invoices ADD COLUMN link_generation BIGINT NOT NULL DEFAULT 1;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION client_invoices_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        (NEW.id, NEW.account_id, NEW.order_id, NEW.number, NEW.year, NEW.sequence,
        NEW.issued_at, NEW.issued_by, NEW.issued_on, NEW.due_on, NEW.overdue_at, NEW.currency, NEW.po_number,
        NEW.legal_name, NEW.address, NEW.tax_id, NEW.country, NEW.bank_details, NEW.note, NEW.colour,
        NEW.logo_id, NEW.client_company, NEW.client_contact, NEW.client_address, NEW.client_tax_id,
        NEW.client_country, NEW.full_price, NEW.share, NEW.discount, NEW.tax_rate, NEW.tax, NEW.total)
        IS DISTINCT FROM
        (OLD.id, OLD.account_id, OLD.order_id, OLD.number, OLD.year, OLD.sequence,
        OLD.issued_at, OLD.issued_by, OLD.issued_on, OLD.due_on, OLD.overdue_at, OLD.currency, OLD.po_number,
        OLD.legal_name, OLD.address, OLD.tax_id, OLD.country, OLD.bank_details, OLD.note, OLD.colour,
        OLD.logo_id, OLD.client_company, OLD.client_contact, OLD.client_address, OLD.client_tax_id,
        OLD.client_country, OLD.full_price, OLD.share, OLD.discount, OLD.tax_rate, OLD.tax, OLD.total) THEN
        RAISE EXCEPTION 'an issued invoice never changes';
    END IF;
    IF NEW.client_id <> OLD.client_id
        AND NOT EXISTS (SELECT 1 FROM clients c WHERE c.id = OLD.client_id AND c.merged_into = NEW.client_id) THEN
        RAISE EXCEPTION 'an issued invoice never changes';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
