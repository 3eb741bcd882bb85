//! What is kept: accounts, links, sessions, consents, facts. One trait, one conformance suite.
