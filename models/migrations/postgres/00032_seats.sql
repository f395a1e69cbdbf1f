-- +goose Up

-- Seats that are added to a running licence: to which term is fixed at placing.
ALTER TABLE order_lines ADD COLUMN term_id TEXT COLLATE "C" REFERENCES license_terms (id);
CREATE INDEX order_lines_term ON order_lines (term_id) WHERE term_id IS NOT NULL;

-- The term that the seats were added to; NULL of a term that was bought by itself.
-- A payment that is reversed suspends added seats alone, until they are paid again.
ALTER TABLE license_terms ADD COLUMN adds_to_id TEXT COLLATE "C" REFERENCES license_terms (id);
ALTER TABLE license_terms ADD COLUMN unpaid_since TIMESTAMPTZ;
ALTER TABLE license_terms ADD CHECK (unpaid_since IS NULL OR adds_to_id IS NOT NULL);
