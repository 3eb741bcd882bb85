//! The native endpoint: shares this desktop or views another.
