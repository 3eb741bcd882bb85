//! Draws the way between the two ends in one line of text: the sharer left, a
//! line where packets were seen to pass, a cross at the place that the verdict
//! names.

use hopsight_diagnosis::{Culprit, CulpritKind, CulpritSide, Direction, HopState, Verdict};
use std::net::IpAddr;

/// The drawing, and below it which direction is broken when only one is; nothing
/// when no router is known and no machine is at fault.
pub(crate) fn drawn(verdict: &Verdict) -> Vec<String> {
    let Some(culprit) = &verdict.culprit else {
        return Vec::new();
    };
    if verdict.hops.is_empty() {
        return Vec::new();
    }
    let mut line = end("sharer", is_of(culprit, CulpritSide::Sharer)).to_owned();
    let [is_cut_first, is_cut_last] = cut_at_the_ends(culprit, verdict);
    let mut before: Option<IpAddr> = None;
    for hop in &verdict.hops {
        let is_cut = match before {
            Some(before) => is_edge(culprit, before, hop.address),
            None => is_cut_first,
        };
        line.push_str(link(is_cut, hop.state));
        line.push_str(&hop.address.to_string());
        if hop.state == HopState::Broken {
            line.push_str(" ╳");
        }
        before = Some(hop.address);
    }
    let last = verdict.hops.last().map(|hop| hop.state);
    line.push_str(link(is_cut_last, last.unwrap_or(HopState::Unknown)));
    line.push_str(end("viewer", is_of(culprit, CulpritSide::Viewer)));
    std::iter::once(line).chain(one_way(culprit)).collect()
}

const fn link(is_cut: bool, state: HopState) -> &'static str {
    match (is_cut, state) {
        (true, _) => " ──╳── ",
        (false, HopState::Passes) => " ── ",
        (false, HopState::Unknown | HopState::Broken) => " ┄┄ ",
    }
}

fn end(who: &'static str, is_broken: bool) -> &'static str {
    match (who, is_broken) {
        ("sharer", true) => "sharer's PC ╳",
        ("sharer", false) => "sharer's PC",
        (_, true) => "╳ viewer's PC",
        (_, false) => "viewer's PC",
    }
}

fn is_of(culprit: &Culprit, side: CulpritSide) -> bool {
    culprit.kind == CulpritKind::Host
        && (culprit.side == Some(side) || culprit.side == Some(CulpritSide::Both))
}

fn is_edge(culprit: &Culprit, one: IpAddr, other: IpAddr) -> bool {
    culprit.kind == CulpritKind::EdgeBetween
        && culprit.addresses.contains(&one)
        && culprit.addresses.contains(&other)
}

/// Whether the edge that is named reaches from the sharer's PC to the first router, or
/// from the last router to the viewer's PC: the PC itself is no place on the way.
fn cut_at_the_ends(culprit: &Culprit, verdict: &Verdict) -> [bool; 2] {
    let is_on_the_way = |address: &IpAddr| verdict.hops.iter().any(|hop| hop.address == *address);
    let [near, far] = culprit.addresses.as_slice() else {
        return [false, false];
    };
    let is_edge = culprit.kind == CulpritKind::EdgeBetween;
    let [first, last] = [verdict.hops.first(), verdict.hops.last()];
    let is_first = first.is_some_and(|hop| hop.address == *far) && !is_on_the_way(near);
    let is_last = last.is_some_and(|hop| hop.address == *near) && !is_on_the_way(far);
    [is_edge && is_first, is_edge && is_last]
}

fn one_way(culprit: &Culprit) -> Option<String> {
    let text = match culprit.direction? {
        Direction::Both => return None,
        Direction::SharerToViewer => "broken from the sharer to the viewer",
        Direction::ViewerToSharer => "broken from the viewer to the sharer",
    };
    Some(text.to_owned())
}
