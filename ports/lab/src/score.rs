//! Decides how good a verdict is: exact, inside the set, innocent parties blamed,
//! side and direction. Takes a card's label and a verdict; counting is left to
//! the callers.

use crate::routed::Routed;
use crate::{Card, CardError, Expect, Told, Topology};
use hopsight_evidence::Side;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The most addresses that a verdict may name and still be of use.
const FEW: usize = 2;

/// How a verdict, or its absence, fares against a label. What the label leaves
/// open is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// A verdict came although none may.
    pub is_false_alarm: bool,
    /// Code, culprit and further causes are the exact ones.
    pub is_exact: Option<bool>,
    /// A guilty node lies in what the verdict names, and it names few.
    pub is_inside: Option<bool>,
    /// How many nodes the stretch holds that the verdict names.
    pub stretch: usize,
    /// Whatever the verdict names is innocent, or one of several points is.
    pub blames_innocent: bool,
    /// That, with confidence `proven`.
    pub blames_innocent_as_proven: bool,
    /// Side and direction of everything that was reported are as labelled.
    pub is_side_and_direction: Option<bool>,
    /// The same, where one end is a browser: nobody follows the packets that it
    /// sends, so when these are lost part of the labelled side may be left open.
    pub is_seen_side_and_direction: Option<bool>,
}

impl Score {
    /// Scores all that was `told`, the main verdict first, in the network of
    /// `card` against `expect`; `browser` is the end that has no more than a page
    /// has.
    pub fn of(
        card: &Card,
        expect: &Expect,
        told: &[Told],
        browser: Option<Side>,
    ) -> Result<Self, CardError> {
        if !expect.is_verdict() {
            return Ok(Self {
                is_false_alarm: !told.is_empty(),
                ..Self::default()
            });
        }
        let guilty = card.guilty(expect);
        let has_culprits = !expect.culprits.is_empty();
        let has_way = expect.side.is_some() || expect.direction.is_some();
        let way = Way::of(told);
        let Some(told) = told.first() else {
            return Ok(Self {
                is_exact: Some(false),
                is_inside: has_culprits.then_some(false),
                is_side_and_direction: has_way.then_some(false),
                is_seen_side_and_direction: has_way.then_some(false),
                ..Self::default()
            });
        };
        let blamed = blamed(card, told)?;
        let is_inside = told.addresses().len() <= FEW && !blamed.is_disjoint(&guilty);
        let blames_innocent = is_innocent(card, expect, told, &blamed)?;
        Ok(Self {
            is_false_alarm: false,
            is_exact: Some(is_exact(card, expect, told)?),
            is_inside: has_culprits.then_some(is_inside),
            stretch: blamed.len(),
            blames_innocent,
            blames_innocent_as_proven: blames_innocent && told.confidence == "proven",
            is_side_and_direction: has_way.then(|| way.is_as(expect, None)),
            is_seen_side_and_direction: has_way.then(|| way.is_as(expect, browser)),
        })
    }
}

fn is_exact(card: &Card, expect: &Expect, told: &Told) -> Result<bool, CardError> {
    let least = if expect.exact.is_empty() {
        &expect.culprits
    } else {
        &expect.exact
    };
    let least = card.addresses(least)?;
    let named: BTreeSet<IpAddr> = told.addresses().iter().copied().collect();
    let is_culprit = least.is_empty() || (!named.is_empty() && named.is_subset(&least));
    let said: BTreeSet<&String> = told.also.iter().chain([&told.code]).collect();
    let is_whole = said == expect.also.iter().chain(expect.codes.first()).collect();
    Ok(is_culprit && is_whole)
}

/// The nodes that a verdict names: points, or everything between two ends.
fn blamed(card: &Card, told: &Told) -> Result<BTreeSet<String>, CardError> {
    let owners = card.owners()?;
    let node = |address: &IpAddr| {
        let known = owners.get(address).cloned();
        known.unwrap_or_else(|| address.to_string())
    };
    let points: Vec<String> = told.addresses().iter().map(node).collect();
    let mut blamed: BTreeSet<String> = points.iter().cloned().collect();
    if is_edge(told) {
        let topology = card.topology()?;
        for (from, to) in points.iter().zip(points.iter().skip(1)) {
            let passed = passed(card, &topology, told, [from, to]);
            blamed.extend(passed.unwrap_or_else(|| topology.between(from, to)));
        }
    }
    Ok(blamed)
}

/// The nodes between two others that the packets of which a verdict speaks really
/// pass, where the routes lead through both.
fn passed(
    card: &Card,
    topology: &Topology,
    told: &Told,
    [from, to]: [&String; 2],
) -> Option<Vec<String>> {
    let direction = told.culprit.as_ref()?.direction.as_deref();
    let routed = Routed::with(topology, &card.fault);
    let places = &topology.places;
    let mut passed = Vec::new();
    for side in lost(direction) {
        let (near, far, target) = match side {
            Side::Sharer => (from, to, &places.viewer),
            Side::Viewer => (to, from, &places.sharer),
        };
        let target = topology.address_of(target)?.parse().ok()?;
        let way = routed.way(near, target)?;
        let end = way.iter().position(|node| node == far)?;
        passed.extend(way.into_iter().take(end.saturating_add(1)));
    }
    (!passed.is_empty()).then_some(passed)
}

fn is_edge(told: &Told) -> bool {
    let culprit = told.culprit.as_ref();
    culprit.is_some_and(|culprit| culprit.kind == "edge-between")
}

/// A stretch is wrong when nobody in it is guilty; a list of points is wrong
/// when one of them is neither guilty nor among those that the label allows.
fn is_innocent(
    card: &Card,
    expect: &Expect,
    told: &Told,
    blamed: &BTreeSet<String>,
) -> Result<bool, CardError> {
    let mut guilty = card.guilty(expect);
    if blamed.is_empty() || guilty.is_empty() {
        return Ok(false);
    }
    if is_edge(told) {
        return Ok(blamed.is_disjoint(&guilty));
    }
    let owners = card.owners()?;
    let allowed = card.addresses(&expect.culprits)?;
    guilty.extend(allowed.iter().filter_map(|one| owners.get(one).cloned()));
    Ok(!blamed.is_subset(&guilty))
}

/// The sides on which something is wrong, and the sides whose packets are lost.
#[derive(Debug, Default)]
struct Way {
    sides: BTreeSet<Side>,
    lost: BTreeSet<Side>,
}

impl Way {
    /// Of all verdicts together.
    fn of(told: &[Told]) -> Self {
        let culprits = told.iter().filter_map(|one| one.culprit.as_ref());
        let mut way = Self::default();
        for culprit in culprits {
            way.sides.extend(sides(culprit.side.as_deref()));
            way.lost.extend(lost(culprit.direction.as_deref()));
        }
        way
    }

    fn is_as(&self, expect: &Expect, browser: Option<Side>) -> bool {
        let sides_of_label = sides(expect.side.as_deref());
        let lost_of_label = lost(expect.direction.as_deref());
        let is_unfollowed = browser.is_some_and(|side| lost_of_label.contains(&side));
        let is_side = expect.side.is_none()
            || self.sides == sides_of_label
            || (is_unfollowed && self.sides.is_subset(&sides_of_label));
        let is_direction = expect.direction.is_none() || self.lost == lost_of_label;
        is_side && is_direction
    }
}

fn sides(word: Option<&str>) -> BTreeSet<Side> {
    match word {
        Some("sharer") => [Side::Sharer].into(),
        Some("viewer") => [Side::Viewer].into(),
        Some("both") => [Side::Sharer, Side::Viewer].into(),
        Some(_) | None => BTreeSet::new(),
    }
}

/// The sides whose packets are lost.
fn lost(word: Option<&str>) -> BTreeSet<Side> {
    match word {
        Some("sharer-to-viewer") => [Side::Sharer].into(),
        Some("viewer-to-sharer") => [Side::Viewer].into(),
        Some("both") => [Side::Sharer, Side::Viewer].into(),
        Some(_) | None => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Named;

    const CARD: &str = r#"
name = "odd"
title = "Odd"
topology = "seed-vlans"
[[fault]]
kind = "protocol-dropped"
on = "core"
protocol = "udp"
[expect]
path = "relay"
codes = ["ports-filtered", "silent-drop"]
culprits = ["router-a", "core", "router-b"]
exact = ["core"]
direction = "both"
"#;

    fn told(kind: &str, code: &str, addresses: &[[u8; 4]]) -> Told {
        Told {
            code: code.to_owned(),
            confidence: "proven".to_owned(),
            culprit: Some(Named {
                kind: kind.to_owned(),
                addresses: addresses.iter().map(|one| IpAddr::from(*one)).collect(),
                side: None,
                direction: Some("both".to_owned()),
            }),
            ..Told::default()
        }
    }

    fn score(told: &[Told]) -> Score {
        let card = Card::read("odd", CARD).unwrap();
        Score::of(&card, &card.expect, told, None).unwrap()
    }

    #[test]
    fn the_guilty_node_by_its_own_addresses_is_exact() {
        let told = told(
            "edge-between",
            "ports-filtered",
            &[[172, 16, 1, 1], [172, 16, 2, 1]],
        );

        assert_eq!(
            score(&[told]),
            Score {
                is_false_alarm: false,
                is_exact: Some(true),
                is_inside: Some(true),
                stretch: 1,
                blames_innocent: false,
                blames_innocent_as_proven: false,
                is_side_and_direction: Some(true),
                is_seen_side_and_direction: Some(true),
            }
        );
    }

    #[test]
    fn a_stretch_holds_the_guilty_node_between_its_ends() {
        let told = told(
            "edge-between",
            "ports-filtered",
            &[[10, 102, 0, 1], [10, 103, 0, 1]],
        );
        let score = score(&[told]);

        assert_eq!((score.is_inside, score.stretch), (Some(true), 3));
        assert_eq!(
            (score.is_exact, score.blames_innocent),
            (Some(false), false)
        );
    }

    #[test]
    fn a_stretch_holds_the_node_of_the_detour_that_packets_take() {
        let card = Card::named("hq-filters-detour").unwrap();
        let mut told = told(
            "edge-between",
            "ports-filtered",
            &[[192, 168, 10, 1], [192, 168, 20, 30]],
        );
        let innocent = |told: &Told, direction: &str| {
            let mut told = told.clone();
            told.culprit.as_mut().unwrap().direction = Some(direction.to_owned());
            let score = Score::of(&card, &card.expect, &[told], None).unwrap();
            score.blames_innocent
        };

        assert!(!innocent(&told, "sharer-to-viewer"));
        assert!(innocent(&told, "viewer-to-sharer"));
        told.culprit.as_mut().unwrap().addresses =
            vec![[192, 168, 10, 1].into(), [198, 51, 100, 1].into()];
        assert!(innocent(&told, "sharer-to-viewer"));
    }

    #[test]
    fn a_party_that_the_label_does_not_allow_is_innocent() {
        let score = score(&[told("router", "ports-filtered", &[[10, 103, 0, 50]])]);

        assert_eq!(score.is_inside, Some(false));
        assert!(score.blames_innocent && score.blames_innocent_as_proven);
    }

    #[test]
    fn silence_where_a_verdict_is_due_blames_nobody_and_is_not_exact() {
        let score = score(&[]);

        assert_eq!(
            (score.is_exact, score.blames_innocent),
            (Some(false), false)
        );
    }

    #[test]
    fn a_verdict_about_a_healthy_network_is_a_false_alarm() {
        let card = Card::named("healthy").unwrap();
        let told = told("router", "no-route", &[]);

        let score = Score::of(&card, &card.expect, &[told], None).unwrap();

        assert!(score.is_false_alarm);
    }

    #[test]
    fn two_verdicts_together_tell_both_directions() {
        let [one, other] =
            ["sharer-to-viewer", "viewer-to-sharer"].map(|direction| lost(direction, None));

        assert_eq!(
            score(std::slice::from_ref(&one)).is_side_and_direction,
            Some(false)
        );
        assert_eq!(score(&[one, other]).is_side_and_direction, Some(true));
    }

    #[test]
    fn a_side_may_stay_open_only_where_the_packets_of_a_browser_are_lost() {
        let mut card = Card::named("wrong-mask").unwrap();
        card.expect.side = Some("sharer".to_owned());
        card.expect.direction = Some("sharer-to-viewer".to_owned());
        let seen = |side: Option<&str>, browser: Side| {
            let told = [lost("sharer-to-viewer", side)];
            let score = Score::of(&card, &card.expect, &told, Some(browser)).unwrap();
            score.is_seen_side_and_direction.unwrap()
        };

        assert!(seen(None, Side::Sharer));
        assert!(!seen(None, Side::Viewer));
        assert!(seen(Some("sharer"), Side::Viewer));
        assert!(!seen(Some("viewer"), Side::Sharer));
        assert!(!seen(Some("both"), Side::Sharer));
    }

    fn lost(direction: &str, side: Option<&str>) -> Told {
        let mut told = told("edge-between", "silent-drop", &[]);
        let culprit = told.culprit.as_mut().unwrap();
        culprit.direction = Some(direction.to_owned());
        culprit.side = side.map(str::to_owned);
        told
    }
}
