-- +goose Up

-- What one licence costs per quarter, for all accounts (account_id is NULL) or
-- for one. Never changed but by an end; quotes copy the price.
CREATE TABLE prices (
    id            TEXT PRIMARY KEY,
    account_id    TEXT REFERENCES accounts (id),
    product_id    TEXT NOT NULL REFERENCES products (id),
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    unit_price    INTEGER NOT NULL CHECK (unit_price BETWEEN 0 AND 100000000000),
    valid_from    TEXT NOT NULL,
    valid_through TEXT CHECK (valid_through >= valid_from),
    note          TEXT NOT NULL DEFAULT '',
    created_at    DATETIME NOT NULL,
    created_by    TEXT NOT NULL REFERENCES users (id),
    ended_at      DATETIME,
    ended_by      TEXT REFERENCES users (id),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX prices_created ON prices (created_at DESC, id DESC);
CREATE INDEX prices_product ON prices (product_id, currency, valid_from) WHERE ended_at IS NULL;

-- An order begins as a price request. What happened to it are facts with an
-- instant; its state is derived from them.
CREATE TABLE orders (
    id             TEXT PRIMARY KEY,
    account_id     TEXT NOT NULL REFERENCES accounts (id),
    client_id      TEXT NOT NULL,
    trial_id       TEXT REFERENCES trials (id),
    follows_id     TEXT REFERENCES orders (id),
    currency       TEXT NOT NULL CHECK (length(currency) = 3),
    kind           TEXT NOT NULL DEFAULT 'new' CHECK (kind IN ('new', 'renewal', 'seats')),
    note           TEXT NOT NULL DEFAULT '',
    requested_at   DATETIME NOT NULL,
    requested_by   TEXT NOT NULL REFERENCES users (id),
    quoted_at      DATETIME,
    quoted_by      TEXT REFERENCES users (id), -- NULL also where the price list answered
    valid_until    TEXT,
    lapses_at      DATETIME,
    quote_note     TEXT NOT NULL DEFAULT '',
    declined_at    DATETIME,
    declined_by    TEXT REFERENCES users (id),
    decline_reason TEXT NOT NULL DEFAULT '',
    cancelled_at   DATETIME,
    cancelled_by   TEXT REFERENCES users (id),
    cancel_reason  TEXT NOT NULL DEFAULT '',
    placed_at      DATETIME,
    placed_by      TEXT REFERENCES users (id),
    plan           TEXT NOT NULL DEFAULT '', -- this and the next three are frozen at placing
    terms_id       TEXT REFERENCES plan_terms (id),
    percentage     INTEGER CHECK (percentage BETWEEN 0 AND 10000),
    annex_id       TEXT, -- of annexes
    po_number      TEXT NOT NULL DEFAULT '',
    activated_at   DATETIME,
    search         TEXT NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    FOREIGN KEY (account_id, client_id) REFERENCES clients (account_id, id),
    CHECK ((quoted_at IS NULL) = (valid_until IS NULL) AND (quoted_at IS NULL) = (lapses_at IS NULL)),
    CHECK ((declined_at IS NULL) = (declined_by IS NULL)),
    CHECK ((cancelled_at IS NULL) = (cancelled_by IS NULL)),
    CHECK (quoted_at IS NULL OR declined_at IS NULL),
    CHECK ((placed_at IS NULL) = (placed_by IS NULL) AND (placed_at IS NULL) = (percentage IS NULL)
        AND (placed_at IS NULL) = (terms_id IS NULL) AND (placed_at IS NULL) = (annex_id IS NULL)),
    CHECK (placed_at IS NULL OR quoted_at IS NOT NULL),
    CHECK (activated_at IS NULL OR placed_at IS NOT NULL),
    CHECK (declined_at IS NULL OR cancelled_at IS NULL)
);
CREATE INDEX orders_requested ON orders (account_id, requested_at DESC, id DESC);
CREATE INDEX orders_all ON orders (requested_at DESC, id DESC);
CREATE INDEX orders_client ON orders (client_id, requested_at DESC);
CREATE INDEX orders_placed ON orders (account_id, placed_at) WHERE placed_at IS NOT NULL;
CREATE INDEX orders_follows ON orders (account_id, follows_id, requested_at DESC) WHERE follows_id IS NOT NULL;
CREATE INDEX orders_waiting ON orders (requested_at, id) WHERE quoted_at IS NULL AND declined_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE order_lines (
    id         TEXT PRIMARY KEY,
    order_id   TEXT NOT NULL REFERENCES orders (id),
    position   INTEGER NOT NULL CHECK (position > 0),
    product_id TEXT NOT NULL REFERENCES products (id),
    seats      INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 100000),
    quarters   INTEGER NOT NULL CHECK (quarters BETWEEN 1 AND 12),
    unit_price INTEGER CHECK (unit_price BETWEEN 0 AND 100000000000), -- NULL until quoted
    price_id   TEXT REFERENCES prices (id),                           -- the price list's that was taken
    license_id TEXT REFERENCES licenses (id), -- that goes on or gets seats; else known from activation on
    coterm     TEXT NOT NULL DEFAULT '', -- of added seats: the days left of the days of each quarter, "45/90 92/92"
    full_price INTEGER,                     -- this and the next two are frozen at placing
    share      INTEGER,
    due        INTEGER,
    UNIQUE (order_id, position),
    CHECK (price_id IS NULL OR unit_price IS NOT NULL),
    CHECK ((full_price IS NULL) = (share IS NULL) AND (full_price IS NULL) = (due IS NULL)),
    CHECK (full_price = share + due AND share >= 0 AND due >= 0)
);
CREATE INDEX order_lines_license ON order_lines (license_id) WHERE license_id IS NOT NULL;
CREATE INDEX order_lines_product ON order_lines (product_id);
