-- +goose Up

-- What one licence costs per quarter, for all accounts (account_id is NULL) or
-- for one. Never changed but by an end; quotes copy the price.
CREATE TABLE prices (
    id            TEXT COLLATE "C" PRIMARY KEY,
    account_id    TEXT COLLATE "C" REFERENCES accounts (id),
    product_id    TEXT COLLATE "C" NOT NULL REFERENCES products (id),
    currency      TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    unit_price    BIGINT NOT NULL CHECK (unit_price BETWEEN 0 AND 100000000000),
    valid_from    TEXT COLLATE "C" NOT NULL,
    valid_through TEXT COLLATE "C" CHECK (valid_through >= valid_from),
    note          TEXT COLLATE "C" NOT NULL DEFAULT '',
    created_at    TIMESTAMPTZ NOT NULL,
    created_by    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    ended_at      TIMESTAMPTZ,
    ended_by      TEXT COLLATE "C" REFERENCES users (id),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX prices_created ON prices (created_at DESC, id DESC);
CREATE INDEX prices_product ON prices (product_id, currency, valid_from) WHERE ended_at IS NULL;

-- An order begins as a price request. What happened to it are facts with an
-- instant; its state is derived from them.
CREATE TABLE orders (
    id             TEXT COLLATE "C" PRIMARY KEY,
    account_id     TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    client_id      TEXT COLLATE "C" NOT NULL,
    trial_id       TEXT COLLATE "C" REFERENCES trials (id),
    follows_id     TEXT COLLATE "C" REFERENCES orders (id),
    currency       TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    kind           TEXT COLLATE "C" NOT NULL DEFAULT 'new' CHECK (kind IN ('new', 'renewal', 'seats')),
    note           TEXT COLLATE "C" NOT NULL DEFAULT '',
    requested_at   TIMESTAMPTZ NOT NULL,
    requested_by   TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    quoted_at      TIMESTAMPTZ,
    quoted_by      TEXT COLLATE "C" REFERENCES users (id), -- NULL also where the price list answered
    valid_until    TEXT COLLATE "C",
    lapses_at      TIMESTAMPTZ,
    quote_note     TEXT COLLATE "C" NOT NULL DEFAULT '',
    declined_at    TIMESTAMPTZ,
    declined_by    TEXT COLLATE "C" REFERENCES users (id),
    decline_reason TEXT COLLATE "C" NOT NULL DEFAULT '',
    cancelled_at   TIMESTAMPTZ,
    cancelled_by   TEXT COLLATE "C" REFERENCES users (id),
    cancel_reason  TEXT COLLATE "C" NOT NULL DEFAULT '',
    placed_at      TIMESTAMPTZ,
    placed_by      TEXT COLLATE "C" REFERENCES users (id),
    plan           TEXT COLLATE "C" NOT NULL DEFAULT '', -- this and the next three are frozen at placing
    terms_id       TEXT COLLATE "C" REFERENCES plan_terms (id),
    percentage     BIGINT CHECK (percentage BETWEEN 0 AND 10000),
    annex_id       TEXT COLLATE "C", -- of annexes
    po_number      TEXT COLLATE "C" NOT NULL DEFAULT '',
    activated_at   TIMESTAMPTZ,
    search         TEXT COLLATE "C" NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1,
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
    id         TEXT COLLATE "C" PRIMARY KEY,
    order_id   TEXT COLLATE "C" NOT NULL REFERENCES orders (id),
    position   BIGINT NOT NULL CHECK (position > 0),
    product_id TEXT COLLATE "C" NOT NULL REFERENCES products (id),
    seats      BIGINT NOT NULL CHECK (seats BETWEEN 1 AND 100000),
    quarters   BIGINT NOT NULL CHECK (quarters BETWEEN 1 AND 12),
    unit_price BIGINT CHECK (unit_price BETWEEN 0 AND 100000000000), -- NULL until quoted
    price_id   TEXT COLLATE "C" REFERENCES prices (id),                           -- the price list's that was taken
    license_id TEXT COLLATE "C" REFERENCES licenses (id), -- that goes on or gets seats; else known from activation on
    coterm     TEXT COLLATE "C" NOT NULL DEFAULT '', -- of added seats: the days left of the days of each quarter, "45/90 92/92"
    full_price BIGINT,                     -- this and the next two are frozen at placing
    share      BIGINT,
    due        BIGINT,
    UNIQUE (order_id, position),
    CHECK (price_id IS NULL OR unit_price IS NOT NULL),
    CHECK ((full_price IS NULL) = (share IS NULL) AND (full_price IS NULL) = (due IS NULL)),
    CHECK (full_price = share + due AND share >= 0 AND due >= 0)
);
CREATE INDEX order_lines_license ON order_lines (license_id) WHERE license_id IS NOT NULL;
CREATE INDEX order_lines_product ON order_lines (product_id);
