//! Reads traces of known formats into messages and facts.
