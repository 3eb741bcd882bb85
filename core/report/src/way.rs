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
    let mut before: Option<IpAddr> = None;
    for hop in &verdict.hops {
        let is_cut = before.is_some_and(|before| is_edge(culprit, before, hop.address));
        line.push_str(link(is_cut, hop.state));
        line.push_str(&hop.address.to_string());
        if hop.state == HopState::Broken {
            line.push_str(" ╳");
        }
        before = Some(hop.address);
    }
    let last = verdict.hops.last().map(|hop| hop.state);
    line.push_str(link(false, last.unwrap_or(HopState::Unknown)));
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

fn one_way(culprit: &Culprit) -> Option<String> {
    let text = match culprit.direction? {
        Direction::Both => return None,
        Direction::SharerToViewer => "broken from the sharer to the viewer",
        Direction::ViewerToSharer => "broken from the viewer to the sharer",
    };
    Some(text.to_owned())
}
