//! What was acknowledged survives the process.

mod killed;
