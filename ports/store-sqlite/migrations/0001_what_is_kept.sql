-- Times are microseconds since 1970-01-01T00:00:00Z. Hashes are SHA-256.

CREATE TABLE accounts (
    name          TEXT PRIMARY KEY,
    display_name  TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('guest', 'person')),
    administrator INTEGER NOT NULL,
    enabled       INTEGER NOT NULL,
    password      TEXT,
    created       INTEGER NOT NULL,
    expires       INTEGER
) STRICT;

CREATE TABLE devices (
    account    TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    id         TEXT NOT NULL,
    ha1_sha256 TEXT NOT NULL,
    created    INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;

CREATE TABLE sign_in_links (
    token   BLOB PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    expires INTEGER NOT NULL,
    used    INTEGER
) STRICT;
CREATE INDEX sign_in_links_of_account ON sign_in_links (account);

CREATE TABLE share_links (
    id        TEXT PRIMARY KEY,
    token     BLOB NOT NULL UNIQUE,
    owner     TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    withdrawn INTEGER
) STRICT;
CREATE INDEX share_links_of_owner ON share_links (owner);

-- Whoever opened a link may be gone since: the account is a name only.
CREATE TABLE openings (
    link         TEXT NOT NULL REFERENCES share_links (id) ON DELETE CASCADE,
    account      TEXT NOT NULL,
    display_name TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (link, account)
) STRICT;

CREATE TABLE web_sessions (
    cookie  BLOB PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX web_sessions_of_account ON web_sessions (account);

CREATE TABLE sessions (
    id        TEXT PRIMARY KEY,
    created   INTEGER NOT NULL,
    state     TEXT NOT NULL,
    ended     INTEGER,
    outcome   TEXT,
    path      TEXT,
    detail    TEXT NOT NULL,
    next_fact INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sessions_by_age ON sessions (created);

CREATE TABLE parties (
    session      TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    side         TEXT NOT NULL,
    account      TEXT NOT NULL,
    uri          TEXT NOT NULL,
    display_name TEXT NOT NULL,
    PRIMARY KEY (session, position)
) STRICT;
CREATE INDEX parties_of_account ON parties (account, session);

CREATE TABLE consents (
    session    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    by_account TEXT NOT NULL,
    viewer     TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX consents_of_session ON consents (session);

CREATE TABLE facts (
    session  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    id       INTEGER NOT NULL,
    observer TEXT NOT NULL,
    fact     TEXT NOT NULL,
    PRIMARY KEY (session, id)
) STRICT;

CREATE TABLE verdicts (
    position INTEGER PRIMARY KEY,
    session  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    verdict  TEXT NOT NULL
) STRICT;
CREATE INDEX verdicts_of_session ON verdicts (session);

-- One row that is written to learn whether the store can be written.
CREATE TABLE readiness (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    asked INTEGER NOT NULL
) STRICT;
INSERT INTO readiness (id, asked) VALUES (1, 0);
