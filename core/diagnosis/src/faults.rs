//! Decides in which order the faults are asked and what stands first.
//!
//! Layer by layer: who cannot sign in or be invited has no path to judge; a
//! path that runs straight needs no explanation; what becomes of packets and
//! pictures on a path is judged in any case. All causes that hold at the same
//! time are reported. The way between the two machines comes before the relay,
//! because the relay is only needed where that way fails.

mod admin_prohibited;
mod advertised_address_wrong;
mod ahead;
mod answered;
mod capture_black;
mod capture_denied;
mod capture_no_source;
mod captured;
mod certificate_invalid;
mod clean_leg;
mod client_isolation;
mod clock_skew;
mod cut;
mod deserted;
mod dtls_fingerprint_mismatch;
mod duplicate_address;
mod earlier;
mod flow;
mod flow_cut;
mod frames_not_decoded;
mod gate;
mod hairpin_missing;
mod host_firewall_in;
mod host_firewall_out;
mod ipv6_broken;
mod mapping;
mod mdns_unresolved;
mod middlebox_reset;
mod mtu_too_small;
mod name_resolution;
mod naming;
mod no_route;
mod no_route_on_host;
mod not_permitted;
mod offer_not_acceptable;
mod overlapping_subnet;
mod own_word;
mod path_lossy;
mod path_policed;
mod peer_host_gone;
mod peer_not_registered;
mod peer_socket_closed;
mod ports_filtered;
mod reach;
mod relay_answer;
mod relay_credentials;
mod relay_leg;
mod relay_not_configured;
mod relay_peer_denied;
mod relay_ports_blocked;
mod relay_quota;
mod relay_silence;
mod relay_udp_blocked;
mod relay_unreachable;
mod request_not_supported;
mod return_route_missing;
mod routing_loop;
mod run;
mod server_not_listening;
mod sign_in;
mod signin_port_blocked;
mod signin_refused;
mod silent_drop;
mod symmetric_nat_both;
mod tls_intercepted;
mod traced;
mod udp_blocked;
mod udp_replies_filtered;
mod undetermined;
mod vpn_captures_media;
mod waited;
mod ways;
mod wrong_gateway;

use crate::scene::{Refusal, Scene};
use crate::{Code, Confidence, Culprit, CulpritKind, Direction, Layer, Verdict};
use hopsight_evidence::Side;
use naming::{computers_of, far_side_of, listed, network_of, networks_of, target_of, words_of};
use std::net::IpAddr;

/// Both ends, in the order in which they are named.
const SIDES: [Side; 2] = [Side::Sharer, Side::Viewer];

/// Judges one fault.
type Judge = fn(&Scene<'_>) -> Option<Verdict>;

/// Every cause that the facts prove, the main one first.
pub(crate) fn judge(scene: &Scene<'_>) -> Vec<Verdict> {
    let path = if scene.runs_direct() {
        Vec::new()
    } else {
        not_straight(scene)
    };
    let on_it = all(ON_THE_PATH, scene);
    // Packets that are lost by chance explain a way that did not come up, and one on
    // which nothing was heard for a while.
    let is_lossy = on_it.iter().any(|verdict| verdict.code == Code::PathLossy);
    let is_explained = |code: Code| [Code::Undetermined, Code::FlowCut].contains(&code);
    let all = path.into_iter().chain(on_it);
    all.filter(|verdict| !is_lossy || !is_explained(verdict.code))
        .collect()
}

/// Why there is no straight picture: what kept an end from signing in or
/// inviting first, then the way between the two machines. Whatever stands
/// first, a cause that is known besides is not hidden by it.
fn not_straight(scene: &Scene<'_>) -> Vec<Verdict> {
    let before = all(SIGN_IN, scene);
    let is_explained = !before.is_empty();
    let path = connectivity(scene).into_iter();
    let path = path.filter(|verdict| !is_explained || verdict.code != Code::Undetermined);
    before.into_iter().chain(path).collect()
}

/// Why the way between the two machines fails, and the relay.
fn connectivity(scene: &Scene<'_>) -> Vec<Verdict> {
    let told = told(scene);
    let silent = vanishing(scene, &unexplained(scene, &told));
    // Beside IPv4 it is a fault of its own, and explains nothing of that.
    let beside = scene.is_over_four().then(|| ipv6_broken::judge(scene));
    let on_the_path: Vec<Verdict> = told
        .into_iter()
        .chain(silent)
        .chain(beside.flatten())
        .collect();
    let relay = relay(scene, &on_the_path);
    let is_explained = relay.iter().any(|one| one.layer == Layer::Relay);
    let explains_the_way =
        !relay.is_empty() && is_unopened(scene) || relay_not_configured::explains_the_way(scene);
    let undetermined = (on_the_path.is_empty() && !explains_the_way)
        .then(|| undetermined::judge(scene, is_explained))
        .flatten();
    on_the_path
        .into_iter()
        .chain(relay)
        .chain(undetermined)
        .collect()
}

/// What somebody told of: a device in an error message, or a machine's own
/// kernel and tables. Several may hold at once; a machine that does not let its
/// own packets out makes any other word about them moot.
fn told(scene: &Scene<'_>) -> Vec<Verdict> {
    let mut hosts: Vec<Verdict> = Vec::new();
    for verdict in all(OF_A_HOST, scene) {
        if !hosts.iter().any(|host| covers(host, &verdict)) {
            hosts.push(verdict);
        }
    }
    let routers = all(OF_A_ROUTER, scene).into_iter();
    let routers = routers.filter(|verdict| !hosts.iter().any(|host| covers(host, verdict)));
    let (first, rest): (Vec<Verdict>, Vec<Verdict>) =
        routers.partition(|verdict| MAIN.contains(&verdict.code));
    let mut all: Vec<Verdict> = first.into_iter().chain(hosts).chain(rest).collect();
    // A word about an address that need not have mattered gives way.
    if all
        .iter()
        .any(|verdict| verdict.confidence >= Confidence::Located)
    {
        all.retain(|verdict| verdict.confidence >= Confidence::Located);
    }
    all
}

/// Where packets of these sides vanish without a word.
fn vanishing(scene: &Scene<'_>, open: &[Side]) -> Option<Verdict> {
    let whole = if open.len() == SIDES.len() {
        let is_beside = |one: &Verdict| one.code == Code::Ipv6Broken && scene.is_over_four();
        all(OF_BOTH_WAYS, scene)
            .into_iter()
            .find(|one| !is_beside(one))
    } else {
        None
    };
    if whole.is_none() && is_unopened(scene) {
        return None;
    }
    whole
        .or_else(|| host_firewall_in::judge_silent(scene, open))
        .or_else(|| ports_filtered::judge(scene, open))
        .or_else(|| no_route::judge_earlier(scene, open))
        .or_else(|| silent_drop::judge(scene, open))
}

/// One end is behind a NAT and cannot tell where to send to it, because its relay
/// does not answer over UDP; the other end's NAT then lets nothing of it in, as it
/// should.
fn is_unopened(scene: &Scene<'_>) -> bool {
    let is_behind = |side: Side| scene.is_hidden(side) || !mapping::outside(scene, side).is_empty();
    let is_mute =
        |side: &Side| scene.is_hidden(*side) && relay_leg::without_udp(scene, *side).is_some();
    SIDES.iter().any(is_mute) && SIDES.into_iter().all(is_behind)
}

/// The sides whose packets no cause explains. A machine's fault leaves the other
/// direction open, and so does a device that is known to stop one alone.
fn unexplained(scene: &Scene<'_>, told: &[Verdict]) -> Vec<Side> {
    let leaves_open = |verdict: &Verdict| {
        verdict.layer == Layer::Host || SIDES.iter().any(|side| stops(verdict, *side))
    };
    let explains = |side: &Side| {
        told.iter().any(|verdict| stops(verdict, *side)) || is_shut_out(scene, told, *side)
    };
    let open = SIDES.into_iter().filter(|side| !explains(side));
    open.filter(|_| told.iter().all(leaves_open)).collect()
}

/// The other end's own machine does not let its packets out, and nothing else opens
/// the NAT before it for those of `side`.
fn is_shut_out(scene: &Scene<'_>, told: &[Verdict], side: Side) -> bool {
    let far = side.other();
    let is_held = |verdict: &Verdict| OUTGOING.contains(&verdict.code) && stops(verdict, far);
    let is_behind = |address: &IpAddr| {
        scene.is_only_inside_a_nat(far, *address) || mapping::is_gate_of(scene, far, *address)
    };
    let mut tried = scene.addresses_told_of(far).iter();
    let is_tried = tried.len() > 0;
    told.iter().any(is_held) && is_tried && tried.all(is_behind)
}

/// Whether it explains that packets of `side` do not arrive.
fn stops(verdict: &Verdict, side: Side) -> bool {
    let direction = verdict.culprit.as_ref().and_then(|one| one.direction);
    direction == Some(Direction::Both) || direction == Direction::from_sides(&[side])
}

/// What is wrong with the relay, which is needed.
fn relay(scene: &Scene<'_>, on_the_path: &[Verdict]) -> Vec<Verdict> {
    let has_no_udp = on_the_path
        .iter()
        .any(|verdict| verdict.code == Code::UdpBlocked);
    let cut = relay_unreachable::judge(scene).or_else(|| relay_unreachable::judge_trace(scene));
    let is_said = |verdict: &Verdict| {
        let is_known = on_the_path.iter().any(|one| one.code == verdict.code);
        is_known || (has_no_udp && verdict.code == Code::RelayUdpBlocked)
    };
    let rest = all(OF_THE_RELAY, scene).into_iter();
    let rest = rest.filter(|verdict| !is_said(verdict));
    cut.into_iter().chain(rest).collect()
}

fn all(judges: &[Judge], scene: &Scene<'_>) -> Vec<Verdict> {
    judges.iter().filter_map(|judge| judge(scene)).collect()
}

/// Before there is a session at all.
const SIGN_IN: &[Judge] = &[
    name_resolution::judge,
    middlebox_reset::judge,
    server_not_listening::judge,
    signin_port_blocked::judge,
    tls_intercepted::judge,
    certificate_invalid::judge,
    signin_refused::judge,
    not_permitted::judge,
    peer_not_registered::judge,
    request_not_supported::judge,
    offer_not_acceptable::judge,
];

/// What a machine is at fault for.
const OF_A_HOST: &[Judge] = &[
    host_firewall_out::judge,
    vpn_captures_media::judge,
    duplicate_address::judge,
    overlapping_subnet::judge,
    no_route_on_host::judge,
    wrong_gateway::judge,
    host_firewall_in::judge,
    peer_socket_closed::judge,
    peer_host_gone::judge,
];

/// What a device on the way told of, or what only the network can be.
const OF_A_ROUTER: &[Judge] = &[
    no_route::judge,
    return_route_missing::judge,
    routing_loop::judge,
    admin_prohibited::judge,
    client_isolation::judge,
];

/// What only both directions together show, the most telling first.
const OF_BOTH_WAYS: &[Judge] = &[
    no_route::judge_trace,
    ipv6_broken::judge,
    udp_replies_filtered::judge_path,
    udp_blocked::judge,
    symmetric_nat_both::judge,
    hairpin_missing::judge,
    mdns_unresolved::judge,
];

/// A machine that does not let its own packets out.
const OUTGOING: &[Code] = &[
    Code::HostFirewallOut,
    Code::VpnCapturesMedia,
    Code::DuplicateAddress,
    Code::OverlappingSubnet,
    Code::NoRouteOnHost,
    Code::WrongGateway,
];

/// These stand before what the machines themselves told of.
const MAIN: &[Code] = &[Code::NoRoute, Code::ReturnRouteMissing];

const OF_THE_RELAY: &[Judge] = &[
    relay_not_configured::judge,
    clock_skew::judge,
    relay_credentials::judge,
    relay_quota::judge,
    udp_replies_filtered::judge,
    relay_udp_blocked::judge,
    relay_peer_denied::judge,
    relay_ports_blocked::judge,
    advertised_address_wrong::judge,
];

/// What becomes of packets and pictures, on a straight path as on a relay.
const ON_THE_PATH: &[Judge] = &[
    mtu_too_small::judge,
    flow_cut::judge,
    peer_socket_closed::judge_later,
    peer_host_gone::judge_later,
    path_policed::judge,
    path_lossy::judge,
    dtls_fingerprint_mismatch::judge,
    frames_not_decoded::judge,
    capture_denied::judge,
    capture_no_source::judge,
    capture_black::judge,
];

/// Whether the first is a machine that does not let those packets out that the
/// second speaks of.
fn covers(first: &Verdict, second: &Verdict) -> bool {
    let direction = second.culprit.as_ref().and_then(|one| one.direction);
    if is_beyond_tunnel(first, second) {
        return true;
    }
    let all = |sides: &[Side]| sides.iter().all(|side| stops(first, *side));
    OUTGOING.contains(&first.code)
        && match direction {
            Some(Direction::Both) => all(&SIDES),
            Some(Direction::SharerToViewer) => all(&[Side::Sharer]),
            Some(Direction::ViewerToSharer) => all(&[Side::Viewer]),
            None => false,
        }
}

/// Whether the second is told by a router to which only a wrong tunnel led.
fn is_beyond_tunnel(first: &Verdict, second: &Verdict) -> bool {
    let [led, told] = [first, second].map(|verdict| verdict.culprit.as_ref());
    let side = |culprit: Option<&Culprit>| culprit.and_then(|one| one.side);
    let is_router = told.is_some_and(|one| one.kind == CulpritKind::Router);
    first.code == Code::VpnCapturesMedia && is_router && side(led) == side(told)
}

/// The missing routes that routers told of, in directions that really fail:
/// what arrived at the other end was not refused on the way.
fn valid_refusals<'a>(scene: &Scene<'a>) -> Vec<Refusal<'a>> {
    valid(scene, Scene::refusals)
}

fn valid<'a>(
    scene: &Scene<'a>,
    told: impl Fn(&Scene<'a>, Side) -> Vec<Refusal<'a>>,
) -> Vec<Refusal<'a>> {
    let mut all: Vec<Refusal<'a>> = SIDES
        .into_iter()
        .filter(|side| !scene.delivered_to(side.other()))
        .flat_map(|side| told(scene, side))
        .filter(|one| scene.is_explained(one.destination))
        .collect();
    let best = all.iter().map(|one| one.standing).max();
    all.retain(|one| Some(one.standing) == best);
    all
}

/// The routers that told of something, as the culprit of what is lost.
fn culprit(scene: &Scene<'_>, told: &[Refusal<'_>]) -> Culprit {
    let sides: Vec<Side> = told.iter().map(|one| one.side).collect();
    let lost: Vec<Side> = SIDES
        .into_iter()
        .filter(|side| sides.contains(side) || scene.is_lost_from(*side))
        .collect();
    Culprit::new(CulpritKind::Router, routers(told))
        .on(&sides)
        .stops(&lost)
}

/// The sharer's first, then the viewer's, each once.
fn routers(told: &[Refusal<'_>]) -> Vec<IpAddr> {
    let mut routers = Vec::new();
    for one in told {
        if !routers.contains(&one.offender) {
            routers.push(one.offender);
        }
    }
    routers
}
