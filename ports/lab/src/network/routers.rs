//! Decides how routers speak of what they do not forward: each by its
//! personality, all of them by the policy of the day.

use super::{BuildError, Network};
use crate::{IcmpPolicy, Personality};
use std::net::IpAddr;

/// What a router says of packets that it does not forward.
const ERRORS: &[&str] = &[
    "icmp type { destination-unreachable, time-exceeded }",
    "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded }",
];

impl Network {
    /// From now on routers say why they did not forward a packet as the policy
    /// lets them. Machines of people and servers go on as before.
    pub fn speak(&self, policy: IcmpPolicy) -> Result<(), BuildError> {
        let verdict = match policy {
            IcmpPolicy::Normal => return Ok(()),
            IcmpPolicy::Limited => "limit rate over 2/second burst 2 packets drop",
            IcmpPolicy::Silent => "drop",
        };
        let mut routers = self.between_machines().into_iter();
        routers.try_for_each(|router| self.mute(&router, verdict))
    }

    /// Every node that is no machine of people or servers.
    fn between_machines(&self) -> Vec<String> {
        let places = &self.topology.places;
        let machines = [&places.sharer, &places.viewer, &places.server];
        let nodes = self.topology.nodes().into_iter();
        nodes.filter(|node| !machines.contains(&node)).collect()
    }

    fn mute(&self, router: &str, verdict: &str) -> Result<(), BuildError> {
        let rules: Vec<String> = ERRORS
            .iter()
            .map(|errors| format!("{errors} {verdict}"))
            .collect();
        self.filter(router, "output", "accept", &rules)
    }

    pub(super) fn personalities(&self) -> Result<(), BuildError> {
        for router in &self.routers {
            match router.personality {
                Personality::EarlyFilter => {}
                Personality::NoIcmp => self.mute(&router.node, "drop")?,
                Personality::ForeignIcmp => {
                    let address = router.address.unwrap_or(IpAddr::from([198, 51, 100, 1]));
                    self.speak_from(&router.node, &address.to_string())?;
                }
            }
        }
        Ok(())
    }

    /// Whether the node filters before it looks at the hop limit.
    pub(super) fn filters_early(&self, node: &str) -> bool {
        let mut routers = self.routers.iter();
        routers.any(|router| router.node == node && router.personality == Personality::EarlyFilter)
    }

    /// ICMP errors leave with the source that the route back prefers.
    fn speak_from(&self, node: &str, address: &str) -> Result<(), BuildError> {
        let own = format!("{address}/32");
        self.at(node, &["ip", "address", "add", &own, "dev", "lo"])?;
        self.at(
            node,
            &[
                "sh",
                "-c",
                "ip -4 route show | while read -r route; do ip -4 route del $route; \
                 ip -4 route add ${route%% src *} src \"$0\"; done",
                address,
            ],
        )
    }
}
