-- +goose Up

-- Each client has a member of its account who looks after it and may sell: by
-- default whoever added it, or the Owner where they no longer can.
ALTER TABLE clients ADD COLUMN responsible_id TEXT NOT NULL DEFAULT '';
UPDATE clients SET responsible_id = COALESCE(
    (SELECT m.user_id FROM memberships m WHERE m.account_id = clients.account_id AND m.user_id = clients.created_by
        AND (m.role = 'owner' OR m.reselling_role = 'seller')),
    (SELECT m.user_id FROM memberships m WHERE m.account_id = clients.account_id AND m.role = 'owner'),
    '');
CREATE INDEX clients_responsible ON clients (account_id, responsible_id, created_at DESC, id DESC);
-- SQLite adds no foreign key of two columns to a table that is there already.
-- +goose StatementBegin
CREATE TRIGGER clients_responsible_new BEFORE INSERT ON clients
WHEN NOT EXISTS (SELECT 1 FROM memberships m WHERE m.account_id = NEW.account_id AND m.user_id = NEW.responsible_id)
BEGIN SELECT RAISE(ABORT, 'who looks after a client is a member of its account'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER clients_responsible_changed BEFORE UPDATE OF account_id, responsible_id ON clients
WHEN NOT EXISTS (SELECT 1 FROM memberships m WHERE m.account_id = NEW.account_id AND m.user_id = NEW.responsible_id)
BEGIN SELECT RAISE(ABORT, 'who looks after a client is a member of its account'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER memberships_responsible_kept BEFORE DELETE ON memberships
WHEN EXISTS (SELECT 1 FROM clients c WHERE c.account_id = OLD.account_id AND c.responsible_id = OLD.user_id)
BEGIN SELECT RAISE(ABORT, 'who looks after a client is a member of its account'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER memberships_responsible_moved BEFORE UPDATE OF account_id, user_id ON memberships
WHEN EXISTS (SELECT 1 FROM clients c WHERE c.account_id = OLD.account_id AND c.responsible_id = OLD.user_id)
    AND (NEW.account_id <> OLD.account_id OR NEW.user_id <> OLD.user_id)
BEGIN SELECT RAISE(ABORT, 'who looks after a client is a member of its account'); END;
-- +goose StatementEnd

-- Who looks after a trial: its issuer, until it is handed over.
ALTER TABLE trials ADD COLUMN responsible_id TEXT NOT NULL DEFAULT '';
UPDATE trials SET responsible_id = COALESCE(
    (SELECT m.user_id FROM memberships m WHERE m.account_id = trials.account_id AND m.user_id = trials.issued_by
        AND (m.role = 'owner' OR m.reselling_role = 'seller')),
    (SELECT c.responsible_id FROM clients c WHERE c.id = trials.client_id));

-- What went from one Seller to another by a handover, the event of which names them.
CREATE TABLE handover_items (
    event_id   TEXT NOT NULL REFERENCES events (id),
    subject_id TEXT NOT NULL, -- a client or a trial
    kind       TEXT NOT NULL CHECK (kind IN ('client', 'trial')),
    PRIMARY KEY (event_id, subject_id)
);
CREATE INDEX handover_items_subject ON handover_items (subject_id);

-- The client that this one turned out to be; it stays as an archived alias.
ALTER TABLE clients ADD COLUMN merged_into TEXT REFERENCES clients (id)
    CHECK (merged_into IS NULL OR archived_at IS NOT NULL AND merged_into <> id);
CREATE INDEX clients_merged ON clients (merged_into) WHERE merged_into IS NOT NULL;
