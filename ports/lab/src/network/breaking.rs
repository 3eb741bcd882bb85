//! Brings a fault about in a network that stands.

use super::{BuildError, Network, family, names};
use crate::topology::Plug;
use crate::{DeviceKind, Fault, NatPorts};

/// Where a box that answers TLS in the server's place listens on its node.
pub const BOX_PORT: u16 = 8443;

impl Network {
    /// Brings one fault about, now.
    pub fn break_it(&self, fault: &Fault) -> Result<(), BuildError> {
        match fault {
            Fault::RouteMissing { on, to } => self.at(on, &["ip", family(to), "route", "del", to]),
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
            Fault::Filter { on, hook, rule } if hook == "forward" => {
                self.forward(on, "accept", std::slice::from_ref(rule))
            }
            Fault::Filter { on, hook, rule } => {
                self.filter(on, hook, "accept", std::slice::from_ref(rule))
            }
            Fault::RouteReplaced { on, to, by } => self.replace_route(on, to, by),
            Fault::LinkMtu { on, towards, mtu } => self.shrink(on, towards, *mtu),
            Fault::Nat { on, towards, ports } => self.translate(on, towards, *ports),
            Fault::Device {
                on,
                name,
                device,
                address,
                networks,
            } => self.add_device(on, name, *device, address, networks),
            Fault::AddressAdded {
                on,
                towards,
                address,
            } => self.add_address(on, towards, address),
            Fault::AddressReplaced {
                on,
                towards,
                address,
            } => self.replace_address(on, towards, address),
            Fault::Neighbour {
                on,
                towards,
                address,
                of,
            } => self.fix_neighbour(on, towards, &address.to_string(), of),
            Fault::Isolation { on } => self.isolate(on),
            Fault::Name { on, name, address } => names::add_name(on, name, *address),
            Fault::TlsBox { on, from, .. } => self.lead_into_box(on, from.as_deref()),
            Fault::Unplugged { on, towards } => {
                let device = self.cable(on, towards)?.device;
                self.at(on, &["ip", "link", "set", &device, "down"])
            }
            Fault::ProgramKilled { on } => Err(BuildError::NoProgram { node: on.clone() }),
            Fault::Setting { on, key, value } => self.set(on, key, value),
        }
    }

    fn forward(&self, node: &str, policy: &str, rules: &[String]) -> Result<(), BuildError> {
        if !self.filters_early(node) {
            return self.filter(node, "forward", policy, rules);
        }
        let own = "fib daddr type { local, broadcast, multicast } accept".to_owned();
        let rules: Vec<String> = std::iter::once(own).chain(rules.iter().cloned()).collect();
        self.filter(node, "prerouting", policy, &rules)
    }

    pub(super) fn filter(
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
        let mut words = vec!["ip", family(to), "route", "replace"];
        if is_next_hop {
            words.extend([to, "via", by]);
        } else {
            words.extend([by, to]);
        }
        self.at(node, &words)
    }

    fn shrink(&self, node: &str, towards: &str, mtu: u32) -> Result<(), BuildError> {
        let mtu = mtu.to_string();
        for plug in [self.cable(node, towards)?, self.cable(towards, node)?] {
            let words = ["ip", "link", "set", &plug.device, "mtu", &mtu];
            self.at(&plug.node, &words)?;
        }
        Ok(())
    }

    /// What comes from outside and belongs to nothing is dropped without a word,
    /// as such boxes do.
    fn translate(&self, node: &str, towards: &str, ports: NatPorts) -> Result<(), BuildError> {
        let device = self.cable(node, towards)?.device;
        let how = match ports {
            NatPorts::Preserved => "",
            NatPorts::Random => "fully-random",
        };
        let text = format!(
            "table ip labnat {{\nchain out {{\ntype nat hook postrouting priority 100;\noifname {device} masquerade {how}\n}}\n}}"
        );
        self.at(node, &["nft", &text])?;
        let unasked = format!("iifname {device} meta l4proto udp ct state new drop");
        self.filter(node, "input", "accept", &[unasked])
    }

    fn add_device(
        &self,
        node: &str,
        name: &str,
        device: DeviceKind,
        address: &str,
        networks: &[String],
    ) -> Result<(), BuildError> {
        match device {
            DeviceKind::Tun => self.at(node, &["ip", "tuntap", "add", name, "mode", "tun"])?,
            DeviceKind::Bridge => self.bridge(node, name)?,
        }
        self.at(node, &["ip", "address", "add", address, "dev", name])?;
        self.at(node, &["ip", "link", "set", name, "up"])?;
        networks.iter().try_for_each(|network| {
            let words = ["ip", family(network), "route", "replace", network];
            let words: Vec<&str> = words.into_iter().chain(["dev", name]).collect();
            self.at(node, &words)
        })
    }

    fn add_address(&self, node: &str, towards: &str, address: &str) -> Result<(), BuildError> {
        let device = self.cable(node, towards)?.device;
        self.at(node, &["ip", "address", "add", address, "dev", &device])
    }

    /// Routes through the old address are lost with it, so they are kept.
    fn replace_address(&self, node: &str, towards: &str, address: &str) -> Result<(), BuildError> {
        let plug = self.cable(node, towards)?;
        self.at(
            node,
            &["ip", "address", "add", address, "dev", &plug.device],
        )?;
        let old = plug
            .addresses
            .iter()
            .filter(|old| family(old) == family(address));
        old.into_iter().try_for_each(|old| {
            self.at(node, &["ip", "address", "del", old, "dev", &plug.device])
        })?;
        let lost = self.topology.route.iter().filter(|route| route.on == node);
        lost.into_iter().try_for_each(|route| {
            let words = ["ip", family(&route.via), "route", "replace", &route.to];
            let words: Vec<&str> = words.into_iter().chain(["via", &route.via]).collect();
            self.at(node, &words)
        })
    }

    /// The box itself is a program that the player of the card starts.
    fn lead_into_box(&self, node: &str, from: Option<&str>) -> Result<(), BuildError> {
        let server = self.topology.address_of(&self.topology.places.server);
        let server = server.unwrap_or_default();
        let from = from.map_or_else(String::new, |from| format!("ip saddr {from} "));
        let text = format!(
            "table ip labbox {{\nchain in {{\ntype nat hook prerouting priority dstnat;\n{from}ip daddr {server} tcp dport 443 redirect to :{BOX_PORT}\n}}\n}}"
        );
        self.at(node, &["nft", &text])
    }

    /// The card is the one with which `of` is plugged into the same switch.
    fn fix_neighbour(
        &self,
        node: &str,
        switch: &str,
        address: &str,
        of: &str,
    ) -> Result<(), BuildError> {
        let device = self.cable(node, switch)?.device;
        let card = self.cable(of, switch)?.device;
        let put = "card=$(ip -n $0 -o link show dev $1 | sed 's/.*ether \\([^ ]*\\) .*/\\1/'); \
                   ip neigh replace $2 lladdr $card dev $3 nud permanent";
        self.at(node, &["sh", "-c", put, of, &card, address, &device])
    }

    fn isolate(&self, switch: &str) -> Result<(), BuildError> {
        let places = &self.topology.places;
        for person in [&places.sharer, &places.viewer] {
            let device = self.cable(switch, person)?.device;
            let words = ["bridge", "link", "set", "dev", &device, "isolated", "on"];
            self.at(switch, &words)?;
        }
        Ok(())
    }

    fn cable(&self, node: &str, towards: &str) -> Result<Plug, BuildError> {
        let plug = self.topology.plug(node, towards);
        plug.ok_or_else(|| BuildError::NoCable {
            node: node.to_owned(),
            towards: towards.to_owned(),
        })
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
