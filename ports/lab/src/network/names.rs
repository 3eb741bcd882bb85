//! Decides how one node finds a name at another address than the rest: a hosts
//! file of its own, laid over the system's where a program runs at that node.

use super::{BuildError, run};
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

/// Adds a line to the hosts file of `node`.
pub(super) fn add_name(node: &str, name: &str, address: IpAddr) -> Result<(), BuildError> {
    let add = "test -e \"$1\" || echo '127.0.0.1 localhost' > \"$1\"; echo \"$2\" >> \"$1\"";
    let line = format!("{address} {name}");
    run(Command::new("sh").args(["-c", add, "sh", &file_of(node), &line]))
}

/// What stands before a program at `node`, so that it reads that file.
pub(super) fn own_names(node: &str) -> Vec<String> {
    let file = file_of(node);
    if !Path::new(&file).exists() {
        return Vec::new();
    }
    let lay_over = "mount --bind \"$0\" /etc/hosts && exec \"$@\"";
    let words = ["unshare", "--mount", "--", "sh", "-c", lay_over, &file];
    words.map(str::to_owned).to_vec()
}

fn file_of(node: &str) -> String {
    format!("/run/hosts-{node}")
}
