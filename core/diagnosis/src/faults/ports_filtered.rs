//! `ports-filtered`: a filter drops one protocol or port range and lets others
//! pass.
//!
//! Evidence: checks over UDP that did not arrive, without an error message, and
//! a TCP connection between the same two addresses whose packets came there
//! and back. Where the checks vanish is told by how far each end's own packets
//! are known to get.
//! Excluded by: anything that arrived in that direction over UDP; a cause that
//! somebody told of.
//! Remedy: a rule for UDP between the two networks, both directions.

use super::cut::{Connection, Cut, networks};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Excluded, Proof, Rival, Verdict};
use hopsight_evidence::Side;

/// The verdict about packets of the `open` sides, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>, open: &[Side]) -> Option<Verdict> {
    let cut = Cut::find(scene, open)?;
    let connections = cut.connections(scene);
    let passing: Vec<&Connection<'_>> = connections
        .iter()
        .filter(|connection| connection.passes())
        .collect();
    let first = *passing.first()?;
    let between = cut.between();
    let others = passing.iter().skip(1).map(|one| one.line(scene));
    let rest = cut.lines(scene).into_iter().chain(others).collect();
    let words = Words {
        user: format!(
            "A filter {between} lets no UDP pass between the two PCs, which a direct picture \
             needs. Your network team can allow it."
        ),
        admin: format!("UDP is dropped {between}, and TCP passes between the same addresses."),
        remedy: format!(
            "{between}: permit UDP between {}, both directions",
            networks(scene)
        ),
    };
    Some(
        Verdict::new(
            Code::PortsFiltered,
            cut.confidence(),
            cut.culprit(),
            words,
            Proof::new(first.line(scene), rest),
        )
        .excluding(cut.excluded().into_iter().chain(not_a_route()))
        .rivalled_by(rivals(cut.lost.len() == 1)),
    )
}

fn not_a_route() -> [Excluded; 2] {
    [
        Excluded::new(Code::NoRoute, "TCP passes between the same two addresses"),
        Excluded::new(
            Code::SilentDrop,
            "not everything is dropped: TCP passes between the same two addresses",
        ),
    ]
}

/// A PC's own firewall that drops UDP without a word looks the same from
/// outside, when only its direction is lost.
fn rivals(is_one_way: bool) -> Vec<Rival> {
    is_one_way
        .then(|| {
            Rival::new(
                Code::HostFirewallIn,
                "the state of the host firewall on the receiving PC",
            )
        })
        .into_iter()
        .collect()
}
