-- +goose Up

-- Owners whom staff have replaced, by a member at once or by somebody invited, as
-- soon as they accept. Until then, the account keeps the Owner that it has.
CREATE TABLE owner_replacements (
    id            TEXT PRIMARY KEY,
    account_id    TEXT NOT NULL REFERENCES accounts (id),
    former_id     TEXT NOT NULL REFERENCES users (id),
    successor_id  TEXT REFERENCES users (id),
    invitation_id TEXT UNIQUE REFERENCES invitations (id), -- NULL where a member became the Owner
    leaves        BOOLEAN NOT NULL, -- the former Owner leaves the account; else an Admin and Seller
    reason        TEXT NOT NULL CHECK (reason <> ''),
    ordered_at    DATETIME NOT NULL,
    ordered_by    TEXT NOT NULL REFERENCES users (id),
    done_at       DATETIME,
    withdrawn_at  DATETIME,
    CHECK ((done_at IS NULL) = (successor_id IS NULL)),
    CHECK (done_at IS NULL OR withdrawn_at IS NULL),
    CHECK (invitation_id IS NOT NULL OR done_at IS NOT NULL)
);
CREATE UNIQUE INDEX owner_replacements_one_open ON owner_replacements (account_id) WHERE done_at IS NULL AND withdrawn_at IS NULL;
