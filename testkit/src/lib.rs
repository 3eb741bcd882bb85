//! Simulated networks, a jumping clock and simulated people, for tests.
