//! Builds a network of namespaces and runs programs at its nodes. Uses the
//! system's `ip`, `nft`, `unshare` and `nsenter`; a facility that this machine
//! lacks is named in the error.

use crate::{Fault, Topology};
use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// Puts `program` into fresh user, network, mount and process namespaces, where
/// it may build networks without being root. Whatever it leaves behind goes
/// with it, also when it is killed.
#[must_use]
pub fn enter(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--",
    ]);
    command.arg(program);
    command
}

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
    /// A program of the system refused.
    #[error("`{command}` failed: {said}")]
    Refused {
        /// The command line.
        command: String,
        /// What it printed.
        said: String,
    },
}

/// A running network. Call only inside [`enter`].
#[derive(Debug)]
pub struct Network {
    topology: Topology,
}

impl Network {
    /// Makes namespaces, links, addresses and routes, then brings the faults
    /// about.
    pub fn build(topology: Topology, faults: &[Fault]) -> Result<Self, BuildError> {
        let network = Self { topology };
        network.namespaces()?;
        network.links()?;
        network.routes(faults)?;
        faults
            .iter()
            .try_for_each(|fault| network.break_it(fault))?;
        Ok(network)
    }

    /// The network as it was before its faults.
    #[must_use]
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }

    /// From now on no router says why it did not forward a packet. Machines of
    /// people and servers go on as before.
    pub fn silence_routers(&self) -> Result<(), BuildError> {
        let places = &self.topology.places;
        let ends = [&places.sharer, &places.viewer, &places.server];
        let routers = self.topology.nodes().into_iter();
        routers
            .filter(|node| !ends.iter().any(|end| end == node))
            .try_for_each(|router| {
                let errors = "icmp type { destination-unreachable, time-exceeded } drop".to_owned();
                self.filter(router, "output", "accept", &[errors])
            })
    }

    /// A command that will run at `node`.
    #[must_use]
    pub fn command(&self, node: &str, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/run/netns/{node}"))
            .arg("--")
            .arg(program);
        command
    }

    /// A private /run, so that names of namespaces are ours alone.
    fn namespaces(&self) -> Result<(), BuildError> {
        run(Command::new("mount").args(["--make-rprivate", "/"]))?;
        run(Command::new("mount").args(["-t", "tmpfs", "tmpfs", "/run"]))?;
        run(Command::new("ip").args(["link", "set", "lo", "up"]))?;
        for node in self.topology.nodes() {
            run(Command::new("ip").args(["netns", "add", node]))?;
            self.at(node, &["ip", "link", "set", "lo", "up"])?;
            self.at(node, &["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"])?;
            self.at(
                node,
                &["sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1"],
            )?;
        }
        Ok(())
    }

    fn links(&self) -> Result<(), BuildError> {
        for (number, link) in self.topology.link.iter().enumerate() {
            let (a, b) = (format!("l{number}a"), format!("l{number}b"));
            run(Command::new("ip").args([
                "link",
                "add",
                &a,
                "netns",
                &link.a.node,
                "type",
                "veth",
                "peer",
                "name",
                &b,
                "netns",
                &link.b.node,
            ]))?;
            for (end, device) in [(&link.a, &a), (&link.b, &b)] {
                self.at(
                    &end.node,
                    &["ip", "address", "add", &end.address, "dev", device],
                )?;
                self.at(&end.node, &["ip", "link", "set", device, "up"])?;
            }
        }
        Ok(())
    }

    fn routes(&self, faults: &[Fault]) -> Result<(), BuildError> {
        let is_missing = |on: &str, to: &str| {
            faults.iter().any(|fault| match fault {
                Fault::RouteMissing {
                    on: node,
                    to: network,
                } => node == on && network == to,
                Fault::ForwardsOnly { .. }
                | Fault::ProtocolDropped { .. }
                | Fault::TlsOnly { .. }
                | Fault::Filter { .. }
                | Fault::RouteReplaced { .. } => false,
            })
        };
        self.topology
            .route
            .iter()
            .filter(|route| !is_missing(&route.on, &route.to))
            .try_for_each(|route| {
                self.at(
                    &route.on,
                    &["ip", "route", "add", &route.to, "via", &route.via],
                )
            })
    }

    fn break_it(&self, fault: &Fault) -> Result<(), BuildError> {
        match fault {
            Fault::RouteMissing { .. } => Ok(()),
            Fault::ProtocolDropped { on, protocol } => {
                self.forward(on, "accept", &[format!("meta l4proto {protocol} drop")])
            }
            Fault::ForwardsOnly { on, allow } => {
                let rules: Vec<String> = allow
                    .iter()
                    .flat_map(|service| both_ways(service))
                    .collect();
                self.forward(on, "drop", &rules)
            }
            Fault::TlsOnly { on, port } => self.forward(on, "drop", &tls_only(*port)),
            Fault::Filter { on, hook, rule } => {
                self.filter(on, hook, "accept", std::slice::from_ref(rule))
            }
            Fault::RouteReplaced { on, to, by } => self.replace_route(on, to, by),
        }
    }

    fn forward(&self, node: &str, policy: &str, rules: &[String]) -> Result<(), BuildError> {
        self.filter(node, "forward", policy, rules)
    }

    fn filter(
        &self,
        node: &str,
        hook: &str,
        policy: &str,
        rules: &[String],
    ) -> Result<(), BuildError> {
        let rules = rules.join("\n");
        let text = format!(
            "table inet lab {{\nchain {hook} {{\ntype filter hook {hook} priority 0; policy {policy};\n{rules}\n}}\n}}"
        );
        self.at(node, &["nft", &text])
    }

    fn replace_route(&self, node: &str, to: &str, by: &str) -> Result<(), BuildError> {
        let is_next_hop = by.parse::<std::net::IpAddr>().is_ok();
        let mut words = vec!["ip", "route", "replace"];
        if is_next_hop {
            words.extend([to, "via", by]);
        } else {
            words.extend([by, to]);
        }
        self.at(node, &words)
    }

    fn at(&self, node: &str, words: &[&str]) -> Result<(), BuildError> {
        let mut words = words.iter();
        let program = words.next().copied().unwrap_or("true");
        run(self.command(node, program).args(words))
    }
}

fn both_ways(service: &str) -> Vec<String> {
    let (protocol, port) = service.split_once('/').unwrap_or((service, "0"));
    ["dport", "sport"]
        .iter()
        .map(|end| format!("{protocol} {end} {port} accept"))
        .collect()
}

/// Lets a connection pass once its first data begins as a TLS handshake does
/// (content type 22); what follows is not looked at.
fn tls_only(port: u16) -> Vec<String> {
    let to = format!("tcp dport {port} ct mark 0 @ih,0,8");
    let mut rules = vec![format!("{to} 22 ct mark set 1"), format!("{to} != 22 drop")];
    rules.extend(both_ways(&format!("tcp/{port}")));
    rules
}

fn run(command: &mut Command) -> Result<(), BuildError> {
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
    Err(BuildError::Refused {
        command: shown,
        said,
    })
}

fn package(program: &str) -> &'static str {
    match program {
        "ip" => "iproute2",
        "nft" => "nftables",
        "sysctl" => "procps",
        _ => "util-linux",
    }
}
