//! Waits until new links carry IPv6. The kernel tells of a new link up to a
//! second late, and until then IPv6 answers nobody on it; IPv4 does not mind.

use super::{BuildError, Network};
use crate::topology::Plug;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

impl Network {
    /// Until each link of the topology is up in the eyes of IPv6.
    pub(super) fn wait_for_links(&self) -> Result<(), BuildError> {
        let cables = self.topology.cables();
        let mut plugs = cables.iter().flatten();
        plugs.try_for_each(|plug| self.wait_for_link(plug))
    }

    fn wait_for_link(&self, plug: &Plug) -> Result<(), BuildError> {
        // It ends by itself: a link that never comes up shows in what is played.
        let mut monitor = self.command(&plug.node, "timeout");
        monitor.args([
            "3",
            "ip",
            "-oneline",
            "monitor",
            "link",
            "dev",
            &plug.device,
        ]);
        let mut monitor =
            monitor
                .stdout(Stdio::piped())
                .spawn()
                .map_err(|source| BuildError::Missing {
                    program: "nsenter".to_owned(),
                    package: "util-linux",
                    source,
                })?;
        if let Some(told) = monitor.stdout.take()
            && !self.is_up(plug)
        {
            until_up(told);
        }
        // It may have ended already.
        drop((monitor.kill(), monitor.wait()));
        Ok(())
    }

    fn is_up(&self, plug: &Plug) -> bool {
        let mut look = self.command(&plug.node, "ip");
        let look = look.args(["-oneline", "link", "show", "dev", &plug.device]);
        let told = look.output().map(|output| output.stdout);
        is_told_up(&String::from_utf8_lossy(&told.unwrap_or_default()))
    }
}

fn until_up(told: impl Read) {
    let mut lines = BufReader::new(told).lines().map_while(Result::ok);
    let _up = lines.find(|line| is_told_up(line));
}

fn is_told_up(line: &str) -> bool {
    line.contains(" state UP ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_without_a_carrier_is_not_yet_up() {
        let line = |state| {
            format!(
                "2: l0a@if2: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state {state} group default"
            )
        };

        assert!(is_told_up(&line("UP")));
        assert!(!is_told_up(&line("DOWN")));
        assert!(!is_told_up(&line("LOWERLAYERDOWN")));
    }
}
