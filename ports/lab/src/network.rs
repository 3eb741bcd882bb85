//! Builds a network of namespaces and runs programs at its nodes. Uses the
//! system's `ip`, `nft`, `unshare` and `nsenter`; a facility that this machine
//! lacks is named in the error. What is brought about in a network that stands
//! is left to its sub-modules.

mod breaking;
mod links;
mod names;
mod refusal;
mod routers;

use crate::topology::Plug;
use crate::{Fault, Router, Topology};
use std::ffi::OsStr;
use std::process::Command;

pub use breaking::BOX_PORT;
pub use refusal::BuildError;
use refusal::run;

/// Puts `program` into fresh user, network, mount and process namespaces, where
/// it may build networks without being root. Whatever it leaves behind goes
/// with it, also when it or the thread that started it is killed.
#[must_use]
pub fn enter(program: impl AsRef<OsStr>) -> Command {
    let mut command = bound("unshare");
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

/// A program that is killed when the thread that started it ends.
#[must_use]
pub fn bound(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// Whether namespaces can be made here at all; otherwise what is missing.
pub fn may_enter() -> Result<(), BuildError> {
    run(&mut enter("true"))
}

/// A running network. Call only inside [`enter`].
#[derive(Debug)]
pub struct Network {
    topology: Topology,
    routers: Vec<Router>,
}

impl Network {
    /// Makes namespaces, links, addresses and routes, gives routers their
    /// personalities, then brings the faults about.
    pub fn build(
        topology: Topology,
        routers: &[Router],
        faults: &[Fault],
    ) -> Result<Self, BuildError> {
        let network = Self {
            topology,
            routers: routers.to_vec(),
        };
        network.namespaces()?;
        network.cables()?;
        if network.topology.ipv6 {
            network.wait_for_links()?;
        }
        network.routes()?;
        network.personalities()?;
        let fixtures = network.topology.fixture.iter();
        fixtures
            .chain(faults)
            .try_for_each(|fault| network.break_it(fault))?;
        Ok(network)
    }

    /// The network as it was before its faults.
    #[must_use]
    pub const fn topology(&self) -> &Topology {
        &self.topology
    }

    /// A command that will run at `node`.
    #[must_use]
    pub fn command(&self, node: &str, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{node}")).arg("--");
        command.args(names::own_names(node)).arg(program);
        command
    }

    /// A private /run, so that names of namespaces are ours alone.
    fn namespaces(&self) -> Result<(), BuildError> {
        run(Command::new("mount").args(["--make-rprivate", "/"]))?;
        run(Command::new("mount").args(["-t", "tmpfs", "tmpfs", "/run"]))?;
        run(Command::new("ip").args(["link", "set", "lo", "up"]))?;
        let (off, forwards) = if self.topology.ipv6 {
            ("0", "1")
        } else {
            ("1", "0")
        };
        for node in self.topology.nodes() {
            run(Command::new("ip").args(["netns", "add", &node]))?;
            self.at(&node, &["ip", "link", "set", "lo", "up"])?;
            self.set(&node, "net.ipv4.ip_forward", "1")?;
            self.set(&node, "net.ipv6.conf.all.disable_ipv6", off)?;
            self.set(&node, "net.ipv6.conf.default.disable_ipv6", off)?;
            self.set(&node, "net.ipv6.conf.all.forwarding", forwards)?;
            // Routers that have long been up are not still asking whether somebody
            // else has their address (RFC 4862, section 5.4).
            self.set(&node, "net.ipv6.conf.all.dad_transmits", "0")?;
            self.set(&node, "net.ipv6.conf.default.dad_transmits", "0")?;
            // Without this the kernel still waits for up to a second before it
            // forwards to a neighbour.
            self.set(&node, "net.ipv6.conf.all.accept_dad", "0")?;
            self.set(&node, "net.ipv6.conf.default.accept_dad", "0")?;
        }
        Ok(())
    }

    fn cables(&self) -> Result<(), BuildError> {
        for lan in &self.topology.lan {
            self.bridge(&lan.switch, SWITCH)?;
        }
        for [a, b] in &self.topology.cables() {
            let peer = ["peer", "name", &b.device, "netns", &b.node];
            let words = ["link", "add", &a.device, "netns", &a.node, "type", "veth"];
            run(Command::new("ip").args(words).args(peer))?;
            self.plug_in(a)?;
            self.plug_in(b)?;
        }
        Ok(())
    }

    fn plug_in(&self, plug: &Plug) -> Result<(), BuildError> {
        let device = plug.device.as_str();
        for address in &plug.addresses {
            let mut words = vec!["ip", "address", "add", address, "dev", device];
            if address.contains(':') {
                words.push("nodad");
            }
            self.at(&plug.node, &words)?;
        }
        if self.is_switch(&plug.node) {
            self.at(&plug.node, &["ip", "link", "set", device, "master", SWITCH])?;
        }
        self.at(&plug.node, &["ip", "link", "set", device, "up"])
    }

    fn is_switch(&self, node: &str) -> bool {
        self.topology.lan.iter().any(|lan| lan.switch == node)
    }

    /// A bridge that forwards from its first moment.
    fn bridge(&self, node: &str, name: &str) -> Result<(), BuildError> {
        let kind = [
            "type",
            "bridge",
            "forward_delay",
            "0",
            "mcast_snooping",
            "0",
        ];
        let words: Vec<&str> = ["ip", "link", "add", name]
            .into_iter()
            .chain(kind)
            .collect();
        self.at(node, &words)?;
        self.at(node, &["ip", "link", "set", name, "up"])
    }

    fn routes(&self) -> Result<(), BuildError> {
        self.topology.route.iter().try_for_each(|route| {
            let to = ["ip", family(&route.via), "route", "add", &route.to];
            let words: Vec<&str> = to.into_iter().chain(["via", &route.via]).collect();
            self.at(&route.on, &words)
        })
    }

    fn set(&self, node: &str, key: &str, value: &str) -> Result<(), BuildError> {
        self.at(node, &["sysctl", "-q", "-w", &format!("{key}={value}")])
    }

    fn at(&self, node: &str, words: &[&str]) -> Result<(), BuildError> {
        let mut words = words.iter();
        let program = words.next().copied().unwrap_or("true");
        run(self.command(node, program).args(words))
    }
}

/// The name of the bridge inside a switch.
const SWITCH: &str = "switch";

/// The option of `ip` for the family to which an address or network belongs.
fn family(address: &str) -> &'static str {
    if address.contains(':') { "-6" } else { "-4" }
}
