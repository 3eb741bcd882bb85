//! What ping and traceroute at the sharer's PC would have named, for comparison.

use crate::recorded::Recording;
use crate::tally::Share;
use hopsight_evidence::{CaseFile, Fact, Observation, Observer, Side};
use hopsight_lab::IcmpPolicy;
use std::fmt::Write;
use std::net::IpAddr;

/// What a careful administrator at the sharer's PC would name: the router whose
/// error stands in the traceroute, else the last router that answered, else the
/// PC's own gateway. `None` when a ping comes back.
fn by_hand(case: &CaseFile) -> Option<IpAddr> {
    let viewer = case.facts.iter().find_map(viewer_address)?;
    let seen = || {
        let facts = case.facts.iter();
        facts.filter(|fact| fact.observer == Observer::Sharer)
    };
    let error = seen().find_map(|fact| offender(fact, viewer));
    error
        .or_else(|| seen().find_map(|fact| last_hop(fact, viewer)))
        .or_else(|| seen().find_map(|fact| gateway(fact, viewer)))
        .or_else(|| seen().find_map(own_address))
}

fn viewer_address(fact: &Fact) -> Option<IpAddr> {
    let Observation::SignedInFrom { side, address } = &fact.observation else {
        return None;
    };
    (*side == Side::Viewer).then(|| address.ip())
}

fn offender(fact: &Fact, viewer: IpAddr) -> Option<IpAddr> {
    let Observation::IcmpError {
        destination,
        offender,
        ..
    } = &fact.observation
    else {
        return None;
    };
    (destination.ip() == viewer).then_some(*offender)
}

fn last_hop(fact: &Fact, viewer: IpAddr) -> Option<IpAddr> {
    let Observation::Trace {
        destination, hops, ..
    } = &fact.observation
    else {
        return None;
    };
    let last = hops.iter().max_by_key(|hop| hop.ttl);
    last.filter(|_| destination.ip() == viewer)
        .map(|hop| hop.address)
}

fn gateway(fact: &Fact, viewer: IpAddr) -> Option<IpAddr> {
    let Observation::Route {
        destination, via, ..
    } = &fact.observation
    else {
        return None;
    };
    via.filter(|_| *destination == viewer)
}

fn own_address(fact: &Fact) -> Option<IpAddr> {
    let Observation::Interface { address, .. } = &fact.observation else {
        return None;
    };
    Some(*address)
}

pub(super) fn beside(recordings: &[Recording]) -> String {
    let mut lines = String::new();
    for icmp in [IcmpPolicy::Normal, IcmpPolicy::Silent] {
        let (mut right, mut wrong) = (Share::default(), Share::default());
        for one in recordings.iter().filter(|one| one.icmp == icmp) {
            let expect = one.card.expected(icmp);
            if !expect.is_verdict() || expect.culprits.is_empty() || expect.path == "direct" {
                continue;
            }
            let owners = one.card.owners().unwrap();
            let guilty = one.card.guilty(expect);
            let named = by_hand(&one.case).and_then(|address| owners.get(&address).cloned());
            let is_right = named.as_ref().is_some_and(|node| guilty.contains(node));
            right.count(is_right);
            wrong.count(named.is_some() && !is_right);
        }
        writeln!(
            lines,
            "ICMP {}: names a guilty node in {}, an innocent one in {}. No code, no direction, no remedy.",
            icmp.word(),
            right.text(),
            wrong.text()
        )
        .unwrap();
    }
    lines
        + "\nThe administrator is taken to name the router whose error stands in the traceroute,\nelse the last router that answered, else the PC's own gateway or the PC itself: computed\nfrom what the sharer's end recorded on the media's own path, which is kinder than a\ntraceroute on other ports.\n"
}
