-- +goose Up

-- Each client has a member of its account who looks after it and may sell: by
-- default whoever added it, or the Owner where they no longer can.
ALTER TABLE clients ADD COLUMN responsible_id TEXT COLLATE "C";
UPDATE clients SET responsible_id = COALESCE(
    (SELECT m.user_id FROM memberships m WHERE m.account_id = clients.account_id AND m.user_id = clients.created_by
        AND (m.role = 'owner' OR m.reselling_role = 'seller')),
    (SELECT m.user_id FROM memberships m WHERE m.account_id = clients.account_id AND m.role = 'owner'));
ALTER TABLE clients
    ALTER COLUMN responsible_id SET NOT NULL,
    ADD FOREIGN KEY (account_id, responsible_id) REFERENCES memberships (account_id, user_id);
CREATE INDEX clients_responsible ON clients (account_id, responsible_id, created_at DESC, id DESC);

-- Who looks after a trial: its issuer, until it is handed over.
ALTER TABLE trials ADD COLUMN responsible_id TEXT COLLATE "C" REFERENCES users (id);
UPDATE trials SET responsible_id = COALESCE(
    (SELECT m.user_id FROM memberships m WHERE m.account_id = trials.account_id AND m.user_id = trials.issued_by
        AND (m.role = 'owner' OR m.reselling_role = 'seller')),
    (SELECT c.responsible_id FROM clients c WHERE c.id = trials.client_id));
ALTER TABLE trials ALTER COLUMN responsible_id SET NOT NULL;

-- What went from one Seller to another by a handover, the event of which names them.
CREATE TABLE handover_items (
    event_id   TEXT COLLATE "C" NOT NULL REFERENCES events (id),
    subject_id TEXT COLLATE "C" NOT NULL, -- a client or a trial
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('client', 'trial')),
    PRIMARY KEY (event_id, subject_id)
);
CREATE INDEX handover_items_subject ON handover_items (subject_id);

-- The client that this one turned out to be; it stays as an archived alias.
ALTER TABLE clients ADD COLUMN merged_into TEXT COLLATE "C",
    ADD CHECK (merged_into IS NULL OR archived_at IS NOT NULL AND merged_into <> id),
    ADD FOREIGN KEY (account_id, merged_into) REFERENCES clients (account_id, id);
CREATE INDEX clients_merged ON clients (merged_into) WHERE merged_into IS NOT NULL;
