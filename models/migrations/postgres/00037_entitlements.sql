-- +goose Up

-- Every change of what a licence entitles to, for systems that follow them. The
-- id is the order in which they were written, in which transactions need not
-- commit; position is given to what is committed, by who reads.
CREATE TABLE entitlement_changes (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    license_id TEXT COLLATE "C" NOT NULL REFERENCES licenses (id),
    position   BIGINT UNIQUE
);
CREATE INDEX entitlement_changes_waiting ON entitlement_changes (id) WHERE position IS NULL;
CREATE TABLE entitlement_counter (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    last BIGINT NOT NULL
);
INSERT INTO entitlement_counter (id, last) VALUES (1, 0);
INSERT INTO entitlement_changes (license_id) SELECT id FROM licenses ORDER BY created_at, id;

-- +goose StatementBegin
CREATE FUNCTION licenses_entitle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entitlement_changes (license_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION license_terms_entitle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO entitlement_changes (license_id) VALUES (NEW.license_id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER licenses_entitle AFTER INSERT ON licenses FOR EACH ROW EXECUTE FUNCTION licenses_entitle();
CREATE TRIGGER licenses_entitle_anew AFTER UPDATE OF client_id, seats, starts_at, ends_at, revoked_at, suspended_at, unpaid_since ON licenses FOR EACH ROW
    WHEN ((OLD.client_id, OLD.seats, OLD.starts_at, OLD.ends_at, OLD.revoked_at, OLD.suspended_at, OLD.unpaid_since)
        IS DISTINCT FROM (NEW.client_id, NEW.seats, NEW.starts_at, NEW.ends_at, NEW.revoked_at, NEW.suspended_at, NEW.unpaid_since))
    EXECUTE FUNCTION licenses_entitle();
CREATE TRIGGER license_terms_entitle AFTER INSERT OR UPDATE ON license_terms FOR EACH ROW EXECUTE FUNCTION license_terms_entitle();
