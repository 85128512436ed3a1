-- The organization: who belongs, who belonged when, and who administers.
CREATE TABLE organization (
    organization_id int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              text        NOT NULL UNIQUE CHECK (id ~ '^o-[a-z0-9]{10,32}$'),
    name            text        NOT NULL,
    -- Where the model comes from: made here, read from a file, or the simulated one.
    origin          text        NOT NULL CHECK (origin IN ('local', 'file', 'sample')),
    created_at      timestamptz NOT NULL
);

CREATE TABLE unit (
    organization_id int  NOT NULL REFERENCES organization,
    unit_id         text NOT NULL,
    parent_unit_id  text,
    name            text NOT NULL,
    PRIMARY KEY (organization_id, unit_id),
    FOREIGN KEY (organization_id, parent_unit_id) REFERENCES unit DEFERRABLE INITIALLY DEFERRED,
    CHECK (parent_unit_id <> unit_id)
);

-- Accounts of the organization, and every account that a record names. A record may say anything, so `number`
-- is text; only known accounts must be twelve digits.
CREATE TABLE account (
    account_id      int     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int     NOT NULL REFERENCES organization,
    number          text    NOT NULL CHECK (length(number) <= 64),
    name            text    NOT NULL DEFAULT '',
    kind            text    NOT NULL CHECK (kind IN ('management', 'delegated-administrator', 'member', 'unknown')),
    state           text    CHECK (state IN ('PENDING_ACTIVATION', 'ACTIVE', 'SUSPENDED', 'PENDING_CLOSURE', 'CLOSED')),
    unit_id         text,
    UNIQUE (organization_id, number),
    UNIQUE (organization_id, account_id),
    FOREIGN KEY (organization_id, unit_id) REFERENCES unit DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT known_accounts_have_twelve_digits CHECK (kind = 'unknown' OR number ~ '^[0-9]{12}$')
);
-- One management account.
CREATE UNIQUE INDEX account_one_management ON account (organization_id) WHERE kind = 'management';

CREATE TABLE membership (
    organization_id int         NOT NULL REFERENCES organization,
    account_id      int         NOT NULL,
    joined_at       timestamptz NOT NULL,
    left_at         timestamptz,
    PRIMARY KEY (account_id, joined_at),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id),
    CHECK (left_at > joined_at)
);
-- An account is a member once at a time.
CREATE UNIQUE INDEX membership_one_open ON membership (account_id) WHERE left_at IS NULL;

CREATE TABLE delegation (
    organization_id int         NOT NULL REFERENCES organization,
    account_id      int         NOT NULL,
    enabled_at      timestamptz NOT NULL,
    disabled_at     timestamptz,
    PRIMARY KEY (account_id, enabled_at),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id),
    CHECK (disabled_at > enabled_at)
);
