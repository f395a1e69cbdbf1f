-- +goose Up

-- What the Annex says, in versions; the highest is in use. sign_again: whoever
-- signed an earlier version signs again before the next order.
CREATE TABLE annex_templates (
    id         TEXT COLLATE "C" PRIMARY KEY,
    version    BIGINT NOT NULL UNIQUE CHECK (version > 0),
    body       TEXT COLLATE "C" NOT NULL,
    sign_again BOOLEAN NOT NULL DEFAULT FALSE,
    note       TEXT COLLATE "C" NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT COLLATE "C" REFERENCES users (id) -- NULL of the first
);

-- An Annex of one account: the exact text, and the evidence of both signatures.
-- The vendor signs last; from then on it is in force until it goes stale.
CREATE TABLE annexes (
    id                    TEXT COLLATE "C" PRIMARY KEY,
    account_id            TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    version               BIGINT NOT NULL CHECK (version > 0),
    template_id           TEXT COLLATE "C" NOT NULL REFERENCES annex_templates (id),
    plan                  TEXT COLLATE "C" NOT NULL,
    terms_id              TEXT COLLATE "C" NOT NULL REFERENCES plan_terms (id),
    percentage            BIGINT NOT NULL CHECK (percentage BETWEEN 0 AND 10000),
    text                  TEXT COLLATE "C" NOT NULL,
    text_sha256           TEXT COLLATE "C" NOT NULL,
    viewed_at             TIMESTAMPTZ NOT NULL,
    signed_at             TIMESTAMPTZ NOT NULL,
    signed_by             TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    signed_name           TEXT COLLATE "C" NOT NULL, -- as typed
    signed_email          TEXT COLLATE "C" NOT NULL,
    signed_address        TEXT COLLATE "C" NOT NULL,
    signed_device         TEXT COLLATE "C" NOT NULL,
    countersigned_at      TIMESTAMPTZ,
    countersigned_by      TEXT COLLATE "C" REFERENCES users (id),
    countersigned_name    TEXT COLLATE "C" NOT NULL DEFAULT '',
    countersigned_email   TEXT COLLATE "C" NOT NULL DEFAULT '',
    countersigned_address TEXT COLLATE "C" NOT NULL DEFAULT '',
    countersigned_device  TEXT COLLATE "C" NOT NULL DEFAULT '',
    declined_at           TIMESTAMPTZ,
    declined_by           TEXT COLLATE "C" REFERENCES users (id),
    decline_reason        TEXT COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (account_id, version),
    CHECK ((countersigned_at IS NULL) = (countersigned_by IS NULL)),
    CHECK ((declined_at IS NULL) = (declined_by IS NULL)),
    CHECK (countersigned_at IS NULL OR declined_at IS NULL)
);
CREATE INDEX annexes_waiting ON annexes (signed_at, id) WHERE countersigned_at IS NULL AND declined_at IS NULL;
CREATE INDEX annexes_signed ON annexes (signed_at DESC, id DESC);

-- When the Owner had the exact text on the screen.
CREATE TABLE annex_views (
    account_id  TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    text_sha256 TEXT COLLATE "C" NOT NULL,
    viewed_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, user_id, text_sha256)
);

INSERT INTO annex_templates (id, version, body, sign_again, note, created_at) VALUES
('01920000-0000-7000-8000-000000000021', 1, 'Annex on reselling to the agreement between {{vendor_legal_name}} and {{legal_name}}

1. Parties
The vendor is {{vendor_legal_name}}, {{vendor_address}}.
The reseller is {{legal_name}}, {{address}}, {{country}}, tax id {{tax_id}}, with the account {{account}} on the {{plan}} plan.

2. What this Annex allows
The reseller may resell the vendor''s products to its own end clients, in its own name and on its own account.

3. Prices and share
The vendor quotes a full price per licence and quarter. Of the full price of each order the reseller keeps {{percentage}}. The reseller pays the vendor the full price less this share, plus tax where tax is due, in {{currency}} and within {{payment_days}} days of the invoice.

4. Discounts
The reseller may give its client a discount out of its own share. A discount does not lower what is due to the vendor.

5. Licences
The licences of an order become active once the vendor has been paid in full. What the client pays to the reseller, and when, does not change this.

6. Changes
Another share, or a new text that the vendor marks so, needs a new Annex signed by both sides. Orders that were placed stay as they were settled.

7. Signatures
Both sides sign electronically, the vendor last. From the vendor''s signature on this Annex is in force.', FALSE, 'The first text. Have your lawyer read it before accounts sign it.', '2020-01-01 00:00:00+00:00');
