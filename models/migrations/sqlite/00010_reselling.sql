-- +goose Up

CREATE TABLE vendor (
    id                      INTEGER PRIMARY KEY CHECK (id = 1),
    name                    TEXT NOT NULL,
    legal_name              TEXT NOT NULL,
    address                 TEXT NOT NULL DEFAULT '',
    tax_id                  TEXT NOT NULL DEFAULT '',
    country                 TEXT NOT NULL DEFAULT '',
    website                 TEXT NOT NULL DEFAULT '',
    customer_success_name   TEXT NOT NULL DEFAULT '',
    customer_success_email  TEXT NOT NULL DEFAULT '',
    customer_success_phone  TEXT NOT NULL DEFAULT '',
    customer_success_hours  TEXT NOT NULL DEFAULT '',
    bank_details            TEXT NOT NULL DEFAULT '', -- printed on invoices
    credit_note_limit       INTEGER NOT NULL DEFAULT 100000 CHECK (credit_note_limit >= 0), -- in minor units of two digits; above it a second staff member approves
    grace_days              INTEGER NOT NULL DEFAULT 0 CHECK (grace_days BETWEEN 0 AND 14),
    time_zone               TEXT NOT NULL,
    version                 INTEGER NOT NULL DEFAULT 1,
    updated_at              DATETIME NOT NULL
);

CREATE TABLE users (
    id                  TEXT PRIMARY KEY,
    email               TEXT NOT NULL,
    email_key           TEXT NOT NULL UNIQUE,
    name                TEXT NOT NULL,
    search              TEXT NOT NULL DEFAULT '',
    password_hash       TEXT NOT NULL,
    staff_role          TEXT NOT NULL DEFAULT '' CHECK (staff_role IN ('', 'administrator', 'customer_success', 'finance', 'support')),
    time_zone           TEXT NOT NULL DEFAULT '',
    created_at          DATETIME NOT NULL,
    password_changed_at DATETIME NOT NULL,
    last_sign_in_at     DATETIME,
    removed_at          DATETIME,
    version             INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX users_staff ON users (staff_role, name, id) WHERE staff_role <> '';

CREATE TABLE accounts (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL CHECK (name <> ''),
    legal_name        TEXT NOT NULL,
    address           TEXT NOT NULL DEFAULT '',
    tax_id            TEXT NOT NULL DEFAULT '',
    country           TEXT NOT NULL DEFAULT '',
    currency          TEXT NOT NULL,
    plan              TEXT NOT NULL DEFAULT '' CHECK (plan IN ('', 'bronze', 'silver', 'gold')),
    payment_days      INTEGER NOT NULL DEFAULT 14 CHECK (payment_days BETWEEN 0 AND 365),
    tax_rate          INTEGER NOT NULL DEFAULT 0 CHECK (tax_rate BETWEEN 0 AND 10000),
    suspended_at      DATETIME,
    suspended_by      TEXT NOT NULL DEFAULT '',
    suspension_reason TEXT NOT NULL DEFAULT '',
    search            TEXT NOT NULL,
    created_at        DATETIME NOT NULL,
    created_by        TEXT NOT NULL,
    version           INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX accounts_created ON accounts (created_at DESC, id DESC);

-- The zones of an account, each from an instant on; the last one that holds is in force.
CREATE TABLE account_zones (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    holds_from DATETIME NOT NULL,
    zone       TEXT NOT NULL,
    PRIMARY KEY (account_id, holds_from)
);

CREATE TABLE memberships (
    id              TEXT PRIMARY KEY,
    account_id      TEXT NOT NULL REFERENCES accounts (id),
    user_id         TEXT NOT NULL REFERENCES users (id),
    role            TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'billing_contact')),
    reselling_role  TEXT NOT NULL DEFAULT '' CHECK (reselling_role IN ('', 'seller', 'billing', 'viewer')),
    reselling_since DATETIME,
    joined_at       DATETIME NOT NULL,
    search          TEXT NOT NULL DEFAULT '', -- the user's, so that lists of members need no sorting
    UNIQUE (account_id, user_id)
);
CREATE UNIQUE INDEX memberships_one_owner ON memberships (account_id) WHERE role = 'owner';
CREATE INDEX memberships_user ON memberships (user_id);
CREATE INDEX memberships_joined ON memberships (account_id, joined_at DESC, id DESC);
CREATE INDEX memberships_search ON memberships (account_id, search, id);
CREATE INDEX memberships_role ON memberships (account_id, (CASE role WHEN 'owner' THEN '0' WHEN 'admin' THEN '1' WHEN 'member' THEN '2' ELSE '3' END || search), id);
CREATE INDEX memberships_reselling ON memberships (account_id, (CASE role WHEN 'owner' THEN '0' ELSE '1' END || search), id) WHERE role = 'owner' OR reselling_role <> '';

-- +goose StatementBegin
CREATE TRIGGER memberships_take_search AFTER INSERT ON memberships BEGIN
    UPDATE memberships SET search = (SELECT search FROM users WHERE id = NEW.user_id) WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_give_search AFTER UPDATE OF search ON users BEGIN
    UPDATE memberships SET search = NEW.search WHERE user_id = NEW.id;
END;
-- +goose StatementEnd

-- account_id is NULL in an invitation to the vendor's staff.
CREATE TABLE invitations (
    id             TEXT PRIMARY KEY,
    account_id     TEXT REFERENCES accounts (id),
    email          TEXT NOT NULL,
    email_key      TEXT NOT NULL,
    name           TEXT NOT NULL DEFAULT '',
    role           TEXT NOT NULL DEFAULT '' CHECK (role IN ('', 'owner', 'admin', 'member', 'billing_contact')),
    reselling_role TEXT NOT NULL DEFAULT '' CHECK (reselling_role IN ('', 'seller', 'billing', 'viewer')),
    staff_role     TEXT NOT NULL DEFAULT '' CHECK (staff_role IN ('', 'administrator', 'customer_success', 'finance', 'support')),
    generation     INTEGER NOT NULL DEFAULT 1,
    token_hash     TEXT NOT NULL UNIQUE,
    invited_by     TEXT NOT NULL,
    created_at     DATETIME NOT NULL,
    sent_at        DATETIME NOT NULL,
    expires_at     DATETIME NOT NULL,
    accepted_at    DATETIME,
    accepted_by    TEXT NOT NULL DEFAULT '',
    revoked_at     DATETIME,
    revoked_by     TEXT NOT NULL DEFAULT '',
    CHECK ((account_id IS NULL) = (staff_role <> '')),
    CHECK ((account_id IS NULL) = (role = ''))
);
CREATE UNIQUE INDEX invitations_one_pending_owner ON invitations (account_id) WHERE role = 'owner' AND accepted_at IS NULL AND revoked_at IS NULL;
CREATE UNIQUE INDEX invitations_one_open ON invitations (account_id, email_key) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE UNIQUE INDEX invitations_one_open_staff ON invitations (email_key) WHERE account_id IS NULL AND accepted_at IS NULL AND revoked_at IS NULL;

-- Earlier tokens of a resent invitation, kept so that a dead link can say that it was replaced.
CREATE TABLE dead_tokens (
    token_hash TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    died_at    DATETIME NOT NULL
);

CREATE TABLE ownership_offers (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    from_user_id TEXT NOT NULL REFERENCES users (id),
    to_user_id   TEXT NOT NULL REFERENCES users (id),
    offered_at   DATETIME NOT NULL,
    accepted_at  DATETIME,
    declined_at  DATETIME,
    withdrawn_at DATETIME
);
CREATE UNIQUE INDEX ownership_offers_one_open ON ownership_offers (account_id) WHERE accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL;

CREATE TABLE sessions (
    id                 TEXT PRIMARY KEY,
    token_hash         TEXT NOT NULL UNIQUE,
    user_id            TEXT NOT NULL REFERENCES users (id),
    account_id         TEXT REFERENCES accounts (id),
    device             TEXT NOT NULL,
    address            TEXT NOT NULL,
    created_at         DATETIME NOT NULL,
    last_used_at       DATETIME NOT NULL,
    reauthenticated_at DATETIME NOT NULL,
    ended_at           DATETIME
);
CREATE INDEX sessions_user ON sessions (user_id, last_used_at DESC);
CREATE INDEX sessions_last_used ON sessions (last_used_at);

CREATE TABLE known_devices (
    user_id       TEXT NOT NULL REFERENCES users (id),
    device_hash   TEXT NOT NULL,
    first_used_at DATETIME NOT NULL,
    PRIMARY KEY (user_id, device_hash)
);

CREATE TABLE password_resets (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id),
    token_hash TEXT NOT NULL UNIQUE,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    used_at    DATETIME
);
CREATE INDEX password_resets_user ON password_resets (user_id);

CREATE TABLE email_changes (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id),
    old_email    TEXT NOT NULL,
    email        TEXT NOT NULL,
    email_key    TEXT NOT NULL,
    token_hash   TEXT NOT NULL UNIQUE,
    created_at   DATETIME NOT NULL,
    expires_at   DATETIME NOT NULL,
    confirmed_at DATETIME,
    cancelled_at DATETIME
);
CREATE INDEX email_changes_user ON email_changes (user_id);

-- What is limited per time: one row per attempt, and one per key to lock.
CREATE TABLE attempts (
    id  TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    at  DATETIME NOT NULL
);
CREATE INDEX attempts_key ON attempts (key, at);
CREATE TABLE attempt_locks (
    key TEXT PRIMARY KEY,
    at  DATETIME NOT NULL
);

-- What a form's request_key has created, so that sending it again creates nothing more.
CREATE TABLE request_keys (
    user_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (user_id, kind, key)
);

CREATE TABLE plan_terms (
    id               TEXT PRIMARY KEY,
    plan             TEXT NOT NULL CHECK (plan IN ('bronze', 'silver', 'gold')),
    holds_from       TEXT NOT NULL,
    trial_days       INTEGER NOT NULL CHECK (trial_days BETWEEN 0 AND 3650),
    trials_per_month INTEGER NOT NULL CHECK (trials_per_month BETWEEN 0 AND 100000),
    percentage       INTEGER NOT NULL CHECK (percentage BETWEEN 0 AND 10000),
    note             TEXT NOT NULL DEFAULT '',
    created_at       DATETIME NOT NULL,
    created_by       TEXT NOT NULL,
    UNIQUE (plan, holds_from)
);

CREATE TABLE products (
    id            TEXT PRIMARY KEY,
    code          TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL CHECK (name <> ''),
    description   TEXT NOT NULL DEFAULT '',
    seats         INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 100000),
    on_trial      BOOLEAN NOT NULL,
    install_steps TEXT NOT NULL DEFAULT '',
    download_url  TEXT NOT NULL DEFAULT '',
    position      INTEGER NOT NULL,
    archived_at   DATETIME,
    created_at    DATETIME NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE clients (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    company      TEXT NOT NULL CHECK (company <> ''),
    contact_name TEXT NOT NULL DEFAULT '',
    email        TEXT NOT NULL CHECK (email <> ''),
    country      TEXT NOT NULL DEFAULT '',
    tax_id       TEXT NOT NULL DEFAULT '',
    website      TEXT NOT NULL DEFAULT '',
    address      TEXT NOT NULL DEFAULT '',
    reference    TEXT NOT NULL DEFAULT '',
    notes        TEXT NOT NULL DEFAULT '',
    email_key    TEXT NOT NULL,
    email_domain TEXT NOT NULL,
    tax_id_key   TEXT NOT NULL DEFAULT '',
    company_key  TEXT NOT NULL,
    search       TEXT NOT NULL,
    created_at   DATETIME NOT NULL,
    created_by   TEXT NOT NULL,
    archived_at  DATETIME,
    archived_by  TEXT NOT NULL DEFAULT '',
    version      INTEGER NOT NULL DEFAULT 1,
    UNIQUE (account_id, id)
);
CREATE INDEX clients_created ON clients (account_id, created_at DESC, id DESC);
CREATE INDEX clients_company ON clients (account_id, company_key, id);
CREATE INDEX clients_email ON clients (account_id, email_key);
CREATE INDEX clients_tax_id ON clients (account_id, tax_id_key) WHERE tax_id_key <> '';
CREATE INDEX clients_domain ON clients (account_id, email_domain, created_at DESC, id DESC);
CREATE INDEX clients_country ON clients (account_id, country);

CREATE TABLE signing_keys (
    kid          TEXT PRIMARY KEY,
    public_key   TEXT NOT NULL,
    created_at   DATETIME NOT NULL,
    withdrawn_at DATETIME
);

CREATE TABLE licenses (
    id                TEXT PRIMARY KEY,
    account_id        TEXT NOT NULL REFERENCES accounts (id),
    client_id         TEXT NOT NULL,
    product_id        TEXT NOT NULL REFERENCES products (id),
    key               TEXT NOT NULL UNIQUE,
    kid               TEXT NOT NULL REFERENCES signing_keys (kid),
    seats             INTEGER NOT NULL CHECK (seats > 0),
    starts_at         DATETIME NOT NULL,
    ends_at           DATETIME NOT NULL,
    revoked_at        DATETIME,
    revoked_by        TEXT NOT NULL DEFAULT '',
    suspended_at      DATETIME,
    suspended_by      TEXT NOT NULL DEFAULT '',
    unpaid_since      DATETIME, -- since a payment for it was reversed; until it is paid again
    grace_ends_at     DATETIME, -- until when a placed conversion lets a trial run on; once
    page_generation   INTEGER NOT NULL DEFAULT 1,
    page_token_hash   TEXT NOT NULL UNIQUE,
    page_revoked_at   DATETIME,
    created_at        DATETIME NOT NULL,
    CHECK (ends_at > starts_at),
    FOREIGN KEY (account_id, client_id) REFERENCES clients (account_id, id)
);
CREATE INDEX licenses_client ON licenses (client_id, product_id);
CREATE INDEX licenses_account ON licenses (account_id, created_at DESC, id DESC);

CREATE TABLE trials (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    client_id     TEXT NOT NULL,
    product_id    TEXT NOT NULL REFERENCES products (id),
    license_id    TEXT NOT NULL UNIQUE REFERENCES licenses (id),
    plan          TEXT NOT NULL CHECK (plan IN ('bronze', 'silver', 'gold')),
    terms_id      TEXT NOT NULL REFERENCES plan_terms (id),
    month         TEXT NOT NULL,
    days          INTEGER NOT NULL CHECK (days > 0),
    issued_at     DATETIME NOT NULL,
    issued_by     TEXT NOT NULL REFERENCES users (id),
    ends_at       DATETIME NOT NULL,
    revoked_at    DATETIME,
    revoked_by    TEXT NOT NULL DEFAULT '',
    revoke_reason TEXT NOT NULL DEFAULT '',
    converted_at  DATETIME,
    mail_count    INTEGER NOT NULL DEFAULT 1,
    extended_at   DATETIME, -- when the end was last moved; what lies before it is not reminded of
    CHECK (ends_at > issued_at),
    FOREIGN KEY (account_id, client_id) REFERENCES clients (account_id, id)
);
CREATE INDEX trials_issued ON trials (account_id, issued_at DESC, id DESC);
CREATE INDEX trials_ends ON trials (account_id, ends_at, id);
CREATE INDEX trials_month ON trials (account_id, month);
CREATE INDEX trials_client ON trials (client_id, product_id);
CREATE INDEX trials_all ON trials (issued_at DESC, id DESC);
CREATE INDEX trials_all_ends ON trials (ends_at DESC, id DESC);

-- "I want to buy" on a client's licence page; once a day and licence.
CREATE TABLE client_interests (
    license_id TEXT NOT NULL REFERENCES licenses (id),
    day        TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    at         DATETIME NOT NULL,
    PRIMARY KEY (license_id, day)
);

CREATE TABLE mails (
    id         TEXT PRIMARY KEY,
    dedupe_key TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    account_id TEXT NOT NULL DEFAULT '',
    subject_id TEXT NOT NULL DEFAULT '',
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    html       TEXT NOT NULL,
    body       TEXT NOT NULL,
    message_id TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    sent_at    DATETIME,
    failed_at  DATETIME, -- given up: nobody tries again by themselves
    failure    TEXT NOT NULL DEFAULT '', -- why, also of a try that is not the last
    dropped_at DATETIME, -- what it said had become wrong before it could leave
    search     TEXT NOT NULL,
    CHECK (sent_at IS NULL OR failed_at IS NULL),
    CHECK (failed_at IS NULL OR failure <> '')
);
CREATE INDEX mails_created ON mails (created_at DESC, id DESC);
CREATE INDEX mails_subject ON mails (subject_id);
CREATE INDEX mails_failed ON mails (account_id, failed_at DESC, id DESC) WHERE failed_at IS NOT NULL;

-- What was done about each reminder of a trial's end, once for each end that the trial has had.
CREATE TABLE trial_reminders (
    trial_id TEXT NOT NULL REFERENCES trials (id),
    reader   TEXT NOT NULL CHECK (reader IN ('client', 'member')),
    ends_at  DATETIME NOT NULL,
    days     INTEGER NOT NULL CHECK (days IN (0, 1, 3, 7)), -- before that end
    at       DATETIME NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('queued', 'passed_over', 'unwanted', 'unreachable')),
    PRIMARY KEY (trial_id, reader, ends_at, days)
);

-- The mails that a user does not want; what is not here is sent.
CREATE TABLE muted_mails (
    user_id TEXT NOT NULL REFERENCES users (id),
    notice  TEXT NOT NULL,
    since   DATETIME NOT NULL,
    PRIMARY KEY (user_id, notice)
);

CREATE TABLE events (
    id           TEXT PRIMARY KEY,
    at           DATETIME NOT NULL,
    account_id   TEXT NOT NULL DEFAULT '',
    actor_kind   TEXT NOT NULL CHECK (actor_kind IN ('user', 'staff', 'visitor', 'system')),
    actor_id     TEXT NOT NULL DEFAULT '',
    actor_name   TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    address      TEXT NOT NULL DEFAULT '',
    before       TEXT NOT NULL DEFAULT '',
    after        TEXT NOT NULL DEFAULT '',
    search       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX events_at ON events (at DESC, id DESC);
CREATE INDEX events_account ON events (account_id, at DESC, id DESC);
CREATE INDEX events_subject ON events (subject_id, at DESC, id DESC);

-- +goose StatementBegin
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events cannot be changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events cannot be deleted'); END;
-- +goose StatementEnd

-- What an account asks the vendor for beyond the rules of trials, and the answer.
CREATE TABLE requests (
    id           TEXT PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    kind         TEXT NOT NULL CHECK (kind IN ('extra', 'extension', 'another')),
    about        TEXT NOT NULL, -- of what there is one waiting request at most: a month, a trial, a client's product
    month        TEXT NOT NULL,
    trial_id     TEXT REFERENCES trials (id),
    client_id    TEXT,
    product_id   TEXT REFERENCES products (id),
    days         INTEGER NOT NULL DEFAULT 0 CHECK (days BETWEEN 0 AND 365),
    reason       TEXT NOT NULL CHECK (reason <> ''),
    requested_at DATETIME NOT NULL,
    requested_by TEXT NOT NULL REFERENCES users (id),
    decided_at   DATETIME,
    decided_by   TEXT NOT NULL DEFAULT '',
    granted      BOOLEAN NOT NULL DEFAULT FALSE,
    granted_days INTEGER NOT NULL DEFAULT 0 CHECK (granted_days BETWEEN 0 AND 365),
    answer       TEXT NOT NULL DEFAULT '',
    withdrawn_at DATETIME,
    withdrawn_by TEXT NOT NULL DEFAULT '',
    search       TEXT NOT NULL,
    CHECK ((kind = 'extension') = (trial_id IS NOT NULL)),
    CHECK ((kind = 'extra') = (client_id IS NULL)),
    CHECK ((kind = 'extra') = (product_id IS NULL)),
    CHECK ((kind = 'extension') = (days > 0)),
    CHECK ((decided_at IS NULL) = (answer = '')),
    CHECK (decided_at IS NULL OR withdrawn_at IS NULL),
    CHECK (decided_at IS NOT NULL OR NOT granted),
    FOREIGN KEY (account_id, client_id) REFERENCES clients (account_id, id)
);
CREATE UNIQUE INDEX requests_one_waiting ON requests (account_id, kind, about) WHERE decided_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX requests_made ON requests (account_id, requested_at DESC, id DESC);
CREATE INDEX requests_all ON requests (requested_at DESC, id DESC);
CREATE INDEX requests_waiting ON requests (requested_at, id) WHERE decided_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX requests_about ON requests (account_id, about);

-- Trials beyond the plan's that staff have granted an account for a month.
CREATE TABLE trial_grants (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    month      TEXT NOT NULL,
    number     INTEGER NOT NULL CHECK (number BETWEEN 1 AND 1000),
    reason     TEXT NOT NULL CHECK (reason <> ''),
    request_id TEXT UNIQUE REFERENCES requests (id),
    granted_at DATETIME NOT NULL,
    granted_by TEXT NOT NULL REFERENCES users (id)
);
CREATE INDEX trial_grants_month ON trial_grants (account_id, month);

-- Another trial of a product that staff have granted a client; trial_id is the one that used it.
CREATE TABLE trial_allowances (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id  TEXT NOT NULL,
    product_id TEXT NOT NULL REFERENCES products (id),
    request_id TEXT NOT NULL UNIQUE REFERENCES requests (id),
    granted_at DATETIME NOT NULL,
    granted_by TEXT NOT NULL REFERENCES users (id),
    trial_id   TEXT UNIQUE REFERENCES trials (id),
    FOREIGN KEY (account_id, client_id) REFERENCES clients (account_id, id)
);
CREATE UNIQUE INDEX trial_allowances_one_unused ON trial_allowances (client_id, product_id) WHERE trial_id IS NULL;

-- The same end client on trial at two accounts, for staff. The first trial is the one that was there before.
CREATE TABLE trial_conflicts (
    id               TEXT PRIMARY KEY,
    shared           TEXT NOT NULL CHECK (shared IN ('mail address', 'domain')),
    pair             TEXT NOT NULL, -- both clients' ids in order
    first_trial_id   TEXT NOT NULL REFERENCES trials (id),
    second_trial_id  TEXT NOT NULL REFERENCES trials (id),
    found_at         DATETIME NOT NULL,
    settled_at       DATETIME,
    settled_by       TEXT NOT NULL DEFAULT '',
    note             TEXT NOT NULL DEFAULT '',
    CHECK (first_trial_id <> second_trial_id),
    CHECK ((settled_at IS NULL) = (note = ''))
);
CREATE UNIQUE INDEX trial_conflicts_one_open ON trial_conflicts (pair) WHERE settled_at IS NULL;
CREATE INDEX trial_conflicts_pair ON trial_conflicts (pair);
CREATE INDEX trial_conflicts_found ON trial_conflicts (found_at DESC, id DESC);
CREATE INDEX trial_conflicts_open ON trial_conflicts (found_at DESC, id DESC) WHERE settled_at IS NULL;
CREATE INDEX clients_everywhere_email ON clients (email_key);
CREATE INDEX clients_everywhere_domain ON clients (email_domain) WHERE email_domain <> '';
