//! `ports-filtered`: a filter drops one protocol or port range and lets others
//! pass.
//!
//! Evidence: checks over UDP that did not arrive, without an error message, and
//! a TCP connection between the same two addresses whose packets came there
//! and back, or to the NAT of the other end that would let them in; or datagrams from
//! another port of the same machine that arrived. Where the checks
//! vanish is told by how far each end's own packets are known to get.
//! Excluded by: anything that arrived in that direction over UDP; a cause that
//! somebody told of.
//! Remedy: a rule for UDP between the two networks, both directions.

use super::cut::{Cut, networks};
use super::gate::{self, Gate};
use crate::scene::Scene;
use crate::verdict::Words;
use crate::{Code, Evidence, Excluded, Proof, Rival, Verdict};
use hopsight_evidence::Side;

/// The verdict about packets of the `open` sides, if the facts carry it.
pub(super) fn judge(scene: &Scene<'_>, open: &[Side]) -> Option<Verdict> {
    let cut = Cut::find(scene, open)?;
    let passing = Passing::find(scene, &cut)?;
    let mut lines = passing.lines(scene).into_iter();
    let first = lines.next()?;
    // How far UDP gets comes before what else TCP does.
    let rest = cut.lines(scene).into_iter().chain(lines).collect();
    let between = cut.between();
    let words = Words {
        user: format!(
            "A filter {between} lets no UDP pass between the two PCs, which a direct picture \
             needs. Your network team can allow it."
        ),
        admin: format!("UDP is dropped {between}, and {}.", passing.says()),
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
            Proof::new(first, rest),
        )
        .excluding(cut.excluded().into_iter().chain(passing.not_a_route()))
        .rivalled_by(passing.rivals(cut.lost.len() == 1)),
    )
}

/// The datagrams of these sides that left from another port and arrived.
fn beside(scene: &Scene<'_>, sides: &[Side]) -> Vec<Evidence> {
    let lines = sides.iter().filter_map(|side| {
        let (fact, port) = scene.arrived_from_beside(*side)?;
        let used = scene.unanswered_from(*side)?.pair.local.port();
        let computer = scene.names.computer(*side);
        let says = format!(
            "datagrams of {computer} from port {port} arrive, those from port {used} do not"
        );
        Some(Evidence::of(fact, says))
    });
    lines.collect()
}

/// What passes where UDP does not.
enum Passing<'a> {
    /// TCP, there and back.
    Through(Vec<Evidence>),
    /// UDP that leaves from another port.
    FromOtherPort(Vec<Evidence>),
    /// TCP, as far as the NAT of the other end.
    ToTheNat(Vec<Gate<'a>>),
}

impl<'a> Passing<'a> {
    fn find(scene: &Scene<'a>, cut: &Cut<'a>) -> Option<Self> {
        let connections = cut.connections(scene);
        let passing = connections.iter().filter(|connection| connection.passes());
        let through: Vec<Evidence> = passing.map(|one| one.line(scene)).collect();
        if !through.is_empty() {
            return Some(Self::Through(through));
        }
        let beside = beside(scene, &cut.lost);
        if !beside.is_empty() {
            return Some(Self::FromOtherPort(beside));
        }
        let gates = gate::reached(scene, &cut.lost);
        (!gates.is_empty()).then_some(Self::ToTheNat(gates))
    }

    fn lines(&self, scene: &Scene<'_>) -> Vec<Evidence> {
        match self {
            Self::Through(lines) => {
                let lost = super::SIDES.into_iter();
                let lost: Vec<Side> = lost.filter(|side| scene.is_lost_from(*side)).collect();
                lines.iter().cloned().chain(beside(scene, &lost)).collect()
            }
            Self::FromOtherPort(lines) => lines.clone(),
            Self::ToTheNat(gates) => gates.iter().flat_map(|gate| gate.lines(scene)).collect(),
        }
    }

    fn says(&self) -> String {
        match self {
            Self::Through(_) => "TCP passes between the same addresses".to_owned(),
            Self::FromOtherPort(_) => "UDP from another port of the same PC passes".to_owned(),
            Self::ToTheNat(gates) => {
                let named = gates.iter().map(|gate| gate.address.to_string());
                let named = super::listed(&named.collect::<Vec<_>>());
                format!("TCP passes as far as {named}")
            }
        }
    }

    fn not_a_route(&self) -> [Excluded; 2] {
        let [route, drop] = match self {
            Self::Through(_) => [
                "TCP passes between the same two addresses",
                "not everything is dropped: TCP passes between the same two addresses",
            ],
            Self::FromOtherPort(_) => [
                "datagrams from another port of the same PC arrive",
                "not everything is dropped: datagrams from another port of the same PC arrive",
            ],
            Self::ToTheNat(_) => [
                "TCP passes as far as the NAT, which the PC behind it uses",
                "not everything is dropped: TCP passes as far as the NAT",
            ],
        };
        [
            Excluded::new(Code::NoRoute, route),
            Excluded::new(Code::SilentDrop, drop),
        ]
    }

    /// A PC's own firewall that drops UDP without a word looks the same from
    /// outside, when only its direction is lost. When both are, NATs that keep
    /// ports may still take others for other destinations.
    fn rivals(&self, is_one_way: bool) -> Option<Rival> {
        let firewall = || {
            let test = "the state of the host firewall on the receiving PC";
            Rival::new(Code::HostFirewallIn, test)
        };
        match self {
            Self::Through(_) | Self::FromOtherPort(_) | Self::ToTheNat(_) if is_one_way => {
                Some(firewall())
            }
            Self::Through(_) | Self::FromOtherPort(_) => None,
            Self::ToTheNat(_) => Some(Rival::new(
                Code::SymmetricNatBoth,
                "the mapped ports of both NATs, seen from two ports of a server: if one \
                 changes, the NATs are to blame",
            )),
        }
    }
}
