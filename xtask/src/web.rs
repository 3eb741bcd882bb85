//! Builds the pages that the binary carries. `cargo build` works without Node;
//! the served page then says that this step is missing.

use crate::command::{Outcome, is_installed, program, root, run};
use std::process::Command;

/// Installs the locked packages and writes `apps/web/dist`.
pub(crate) fn build() -> Outcome {
    packages()?;
    run(&mut npm(&["run", "--silent", "build"]))
}

/// Types, lints and unit tests of the pages.
pub(crate) fn check() -> Outcome {
    packages()?;
    run(&mut npm(&["run", "--silent", "check"]))
}

/// A call of npm in the folder of the pages.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = program("npm", arguments);
    command.current_dir(root().join("apps/web"));
    command
}

fn packages() -> Outcome {
    if !is_installed("npm") {
        return Err("npm missing; install Node.js 20 or newer, then run this again".to_owned());
    }
    let web = root().join("apps/web");
    let lock = std::fs::read(web.join("package-lock.json")).unwrap_or_default();
    let stamp = web.join("node_modules/.installed-for");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    run(&mut npm(&[
        "ci",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))?;
    std::fs::write(&stamp, lock)
        .map_err(|error| format!("could not write {}: {error}", stamp.display()))
}
