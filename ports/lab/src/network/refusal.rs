//! Runs the system's programs and says, when one fails, what this machine lacks.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// A network could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A program of the system is missing.
    #[error("`{program}` could not be started ({source}); install the Debian package {package}")]
    Missing {
        /// The program.
        program: String,
        /// The package that holds it.
        package: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The kernel lacks something, or forbids it.
    #[error("this kernel has no {facility}, or forbids it: `{command}` failed: {said}")]
    Facility {
        /// What is missing, with the word by which it is configured.
        facility: &'static str,
        /// The command line.
        command: String,
        /// What it printed.
        said: String,
    },
    /// A program of the system refused.
    #[error("`{command}` failed: {said}")]
    Refused {
        /// The command line.
        command: String,
        /// What it printed.
        said: String,
    },
    /// A network has no programs of its own that could be killed.
    #[error("no program of the network itself runs at {node}")]
    NoProgram {
        /// The node.
        node: String,
    },
    /// The network has no such cable.
    #[error("no cable leads from {node} to {towards}")]
    NoCable {
        /// One end.
        node: String,
        /// The other end.
        towards: String,
    },
}

/// Facilities of the kernel by a part of the command line that needs them.
const FACILITIES: &[(&str, &str)] = &[
    (
        "unshare --user",
        "user namespaces for everybody (sysctl kernel.unprivileged_userns_clone, or run as root)",
    ),
    ("mount -t tmpfs", "mounts inside user namespaces"),
    ("netns add", "network namespaces (CONFIG_NET_NS)"),
    (
        "type veth",
        "pairs of virtual Ethernet devices (CONFIG_VETH)",
    ),
    ("type bridge", "bridges (CONFIG_BRIDGE)"),
    ("isolated on", "isolation of bridge ports"),
    ("tuntap", "tunnel devices (CONFIG_TUN, /dev/net/tun)"),
    ("redirect to", "redirection (CONFIG_NFT_REDIR)"),
    ("masquerade", "address translation (CONFIG_NFT_MASQ)"),
    ("numgen", "random numbers in filters (CONFIG_NFT_NUMGEN)"),
    ("limit rate", "rates in filters (CONFIG_NFT_LIMIT)"),
    ("fib daddr", "look-ups in filters (CONFIG_NFT_FIB_INET)"),
    ("reject", "rejecting filters (CONFIG_NFT_REJECT_INET)"),
    (
        "nft",
        "packet filters (CONFIG_NF_TABLES, CONFIG_NF_TABLES_INET)",
    ),
    ("disable_ipv6", "IPv6 (CONFIG_IPV6)"),
];

/// What programs print when the kernel lacks something.
const LACKS: &[&str] = &[
    "Unknown device type",
    "Operation not supported",
    "Operation not permitted",
    "Permission denied",
    "No such file or directory",
    "cannot stat",
    "No space left on device",
    "Invalid argument",
];

/// Runs `command` to its end.
pub(super) fn run(command: &mut Command) -> Result<(), BuildError> {
    let shown = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ");
    let output = command.stdin(Stdio::null()).output().map_err(|source| {
        let program = command.get_program().to_string_lossy().into_owned();
        BuildError::Missing {
            package: package(&program),
            program,
            source,
        }
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(refused(shown, said))
}

fn refused(command: String, said: String) -> BuildError {
    let is_lack = LACKS.iter().any(|lack| said.contains(lack));
    let mut known = FACILITIES.iter();
    let known = known.find(|(part, _)| is_lack && command.contains(part));
    match known {
        Some((_, facility)) => BuildError::Facility {
            facility,
            command,
            said,
        },
        None => BuildError::Refused { command, said },
    }
}

fn package(program: &str) -> &'static str {
    match program {
        "ip" | "bridge" => "iproute2",
        "nft" => "nftables",
        "sysctl" => "procps",
        _ => "util-linux",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_without_a_facility_is_told_by_its_name() {
        let error = refused(
            "ip link add l0a netns a type veth".to_owned(),
            "Error: Unknown device type.".to_owned(),
        );

        assert_eq!(
            error.to_string(),
            "this kernel has no pairs of virtual Ethernet devices (CONFIG_VETH), or forbids it: \
             `ip link add l0a netns a type veth` failed: Error: Unknown device type."
        );
    }

    #[test]
    fn a_mistake_in_a_card_is_not_blamed_on_the_kernel() {
        let error = refused(
            "nft table inet lab { nonsense }".to_owned(),
            "Error: syntax error".to_owned(),
        );

        assert!(matches!(error, BuildError::Refused { .. }));
    }
}
