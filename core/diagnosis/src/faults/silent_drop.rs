//! `silent-drop`: everything is discarded without a word.
//!
//! Evidence: checks that one end sent and the other, which tells its counts,
//! did not receive; no error message; how far each end's own packets are known
//! to get; and TCP between the same addresses, which is not answered either.
//! Between those last places lies the culprit.
//! Excluded by: anything that arrived in that direction; a cause that somebody
//! told of; TCP that passes (then it is `ports-filtered`).
//! Remedy: null routes, missing routes, spoof guards and rules on both sides of
//! that edge.

use super::cut::{Cut, networks};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Proof, Rival, Verdict};
use hopsight_evidence::Side;

/// The verdict about packets of the `open` sides, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>, open: &[Side]) -> Option<Verdict> {
    let cut = Cut::find(scene, open)?;
    let connections = cut.connections(scene);
    if connections.iter().any(super::cut::Connection::passes) {
        return None;
    }
    let between = cut.between();
    let tried = connections.iter().map(|connection| connection.line(scene));
    let mut lines = cut.lines(scene).into_iter().chain(tried);
    let words = Words {
        user: format!(
            "Packets between the two PCs vanish {between}. Your network team can find out why."
        ),
        admin: format!("Packets are discarded without a word {between}."),
        remedy: format!(
            "{between}: look for a missing route, a null route, a spoof guard or a rule that \
             denies {}, and for the way back",
            networks(scene)
        ),
    };
    Some(
        Verdict::new(
            Code::SilentDrop,
            cut.confidence(),
            cut.culprit(),
            words,
            Proof::new(lines.next()?, lines.collect()),
        )
        .excluding(cut.excluded())
        .rivalled_by(rivals(cut.lost.len() == 1, !connections.is_empty())),
    )
}

fn rivals(is_one_way: bool, is_tcp_tried: bool) -> Vec<Rival> {
    let route = Rival::new(
        Code::NoRoute,
        "the route tables of the routers at both ends of that edge, for both networks",
    );
    let filter = (!is_tcp_tried).then(|| {
        Rival::new(
            Code::PortsFiltered,
            "a connection over TCP between the two addresses: if it passes, a filter is at work",
        )
    });
    // A firewall of a PC that drops what arrives does not keep its own checks
    // from leaving, so only a single lost direction may be one.
    let host = is_one_way.then(|| {
        Rival::new(
            Code::HostFirewallIn,
            "the state of the host firewall on the receiving PC",
        )
    });
    [route].into_iter().chain(filter).chain(host).collect()
}
