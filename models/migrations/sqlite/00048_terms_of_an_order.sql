-- +goose Up
-- What an order has given is read when it is paid, credited or billed, and for its alarms.
CREATE INDEX license_terms_order ON license_terms (order_id);
-- Since when an invoice is open again that had activated its licences.
ALTER TABLE invoices ADD COLUMN reopened_at DATETIME;
UPDATE invoices SET reopened_at = COALESCE((SELECT MAX(a.released_at) FROM allocations a WHERE a.invoice_id = invoices.id), issued_at)
WHERE paid_at IS NULL AND voided_at IS NULL AND total > 0 AND EXISTS (SELECT 1 FROM orders o WHERE o.id = invoices.order_id AND o.activated_at IS NOT NULL);
