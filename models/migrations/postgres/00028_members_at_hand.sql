-- +goose Up

-- Who may look after clients, and who pays: a few of an account's members, found
-- without going through all of them.
CREATE INDEX memberships_sellers ON memberships (account_id, search, id) WHERE role = 'owner' OR reselling_role = 'seller';
CREATE INDEX memberships_payers ON memberships (account_id, joined_at, id) WHERE role IN ('owner', 'billing_contact') OR reselling_role = 'billing';
