//! A verdict in words: terminal text, JSON, ticket.
