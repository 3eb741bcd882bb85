//! Self-hosted desktop sharing that explains its own failures.
fn main() {}
