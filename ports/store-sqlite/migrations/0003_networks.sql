-- How sessions between two networks run, as the newest one showed.
CREATE TABLE network_pairs (
    sharer     TEXT NOT NULL,
    viewer     TEXT NOT NULL,
    state      TEXT NOT NULL,
    since      INTEGER NOT NULL,
    seen       INTEGER NOT NULL,
    code       TEXT,
    confidence TEXT,
    session    TEXT REFERENCES sessions (id) ON DELETE SET NULL,
    PRIMARY KEY (sharer, viewer)
) STRICT;
CREATE INDEX network_pairs_of_session ON network_pairs (session);

-- The way that packets from one network to another took while it worked.
CREATE TABLE working_paths (
    from_network TEXT NOT NULL,
    to_network   TEXT NOT NULL,
    destination  TEXT NOT NULL,
    hops         TEXT NOT NULL,
    seen         INTEGER NOT NULL,
    PRIMARY KEY (from_network, to_network)
) STRICT;
