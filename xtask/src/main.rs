//! The developer's commands: demo, test, web, tidy, layers.
fn main() {}
