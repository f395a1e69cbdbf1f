-- +goose Up

-- Every change of what a licence entitles to, for systems that follow them. The
-- id is the order in which they were written, in which transactions need not
-- commit; position is given to what is committed, by who reads.
CREATE TABLE entitlement_changes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    license_id TEXT NOT NULL REFERENCES licenses (id),
    position   INTEGER UNIQUE
);
CREATE INDEX entitlement_changes_waiting ON entitlement_changes (id) WHERE position IS NULL;
CREATE TABLE entitlement_counter (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
);
INSERT INTO entitlement_counter (id, last) VALUES (1, 0);
INSERT INTO entitlement_changes (license_id) SELECT id FROM licenses ORDER BY created_at, id;

-- +goose StatementBegin
CREATE TRIGGER licenses_entitle AFTER INSERT ON licenses BEGIN
    INSERT INTO entitlement_changes (license_id) VALUES (NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER licenses_entitle_anew AFTER UPDATE OF client_id, seats, starts_at, ends_at, revoked_at, suspended_at, unpaid_since ON licenses
WHEN OLD.client_id IS NOT NEW.client_id OR OLD.seats IS NOT NEW.seats OR OLD.starts_at IS NOT NEW.starts_at OR OLD.ends_at IS NOT NEW.ends_at
    OR OLD.revoked_at IS NOT NEW.revoked_at OR OLD.suspended_at IS NOT NEW.suspended_at OR OLD.unpaid_since IS NOT NEW.unpaid_since BEGIN
    INSERT INTO entitlement_changes (license_id) VALUES (NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER license_terms_entitle AFTER INSERT ON license_terms BEGIN
    INSERT INTO entitlement_changes (license_id) VALUES (NEW.license_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER license_terms_entitle_anew AFTER UPDATE ON license_terms BEGIN
    INSERT INTO entitlement_changes (license_id) VALUES (NEW.license_id);
END;
-- +goose StatementEnd
