//! Where log lines go: standard error, as JSON when nobody reads along, at the
//! level that `HOPSIGHT_LOG` names.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging for the whole process.
pub(crate) fn start(json: bool) {
    let filter = EnvFilter::try_from_env("HOPSIGHT_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Nobody reads any more: saying so there would end the task that logs.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    if json || !std::io::stderr().is_terminal() {
        lines.json().init();
    } else {
        lines.with_target(false).init();
    }
}

/// Our own words from `info` on; of the libraries only what stops something. A
/// refused permission is an answer to them and a fact to us, no trouble.
const USUAL: &str = "error,stun_proto=off,hopsight=info";
