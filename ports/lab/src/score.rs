//! Decides how good a verdict is: exact, inside the set, innocent parties blamed,
//! side and direction. Takes a card's label and a verdict; counting is left to
//! the callers.

use crate::{Card, CardError, Expect, Told};
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
    /// Side and direction are as labelled.
    pub is_side_and_direction: Option<bool>,
    /// The direction is as labelled, and no other side is named: what the counts
    /// of two ends tell when one of them sends no probes.
    pub is_direction: Option<bool>,
}

impl Score {
    /// Scores `told` in the network of `card` against `expect`.
    pub fn of(card: &Card, expect: &Expect, told: Option<&Told>) -> Result<Self, CardError> {
        if !expect.is_verdict() {
            return Ok(Self {
                is_false_alarm: told.is_some(),
                ..Self::default()
            });
        }
        let guilty = card.guilty(expect);
        let has_culprits = !expect.culprits.is_empty();
        let has_way = expect.side.is_some() || expect.direction.is_some();
        let Some(told) = told else {
            return Ok(Self {
                is_exact: Some(false),
                is_inside: has_culprits.then_some(false),
                is_side_and_direction: has_way.then_some(false),
                is_direction: has_way.then_some(false),
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
            is_side_and_direction: has_way.then(|| goes_the_right_way(expect, told)),
            is_direction: has_way.then(|| goes_the_right_way(&without_side(expect, told), told)),
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
            blamed.extend(topology.between(from, to));
        }
    }
    Ok(blamed)
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

fn goes_the_right_way(expect: &Expect, told: &Told) -> bool {
    let culprit = told.culprit.as_ref();
    let side = culprit.and_then(|culprit| culprit.side.as_ref());
    let direction = culprit.and_then(|culprit| culprit.direction.as_ref());
    let is_as = |wanted: &Option<String>, said: Option<&String>| {
        wanted.as_ref().is_none_or(|wanted| Some(wanted) == said)
    };
    is_as(&expect.side, side) && is_as(&expect.direction, direction)
}

/// The label for a verdict that names no side.
fn without_side(expect: &Expect, told: &Told) -> Expect {
    let mut expect = expect.clone();
    let side = told.culprit.as_ref().and_then(|one| one.side.as_ref());
    if side.is_none() {
        expect.side = None;
    }
    expect
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

    fn score(told: Option<&Told>) -> Score {
        let card = Card::read("odd", CARD).unwrap();
        Score::of(&card, &card.expect, told).unwrap()
    }

    #[test]
    fn the_guilty_node_by_its_own_addresses_is_exact() {
        let told = told(
            "edge-between",
            "ports-filtered",
            &[[172, 16, 1, 1], [172, 16, 2, 1]],
        );

        assert_eq!(
            score(Some(&told)),
            Score {
                is_false_alarm: false,
                is_exact: Some(true),
                is_inside: Some(true),
                stretch: 1,
                blames_innocent: false,
                blames_innocent_as_proven: false,
                is_side_and_direction: Some(true),
                is_direction: Some(true),
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
        let score = score(Some(&told));

        assert_eq!((score.is_inside, score.stretch), (Some(true), 3));
        assert_eq!(
            (score.is_exact, score.blames_innocent),
            (Some(false), false)
        );
    }

    #[test]
    fn a_party_that_the_label_does_not_allow_is_innocent() {
        let score = score(Some(&told("router", "ports-filtered", &[[10, 103, 0, 50]])));

        assert_eq!(score.is_inside, Some(false));
        assert!(score.blames_innocent && score.blames_innocent_as_proven);
    }

    #[test]
    fn silence_where_a_verdict_is_due_blames_nobody_and_is_not_exact() {
        let score = score(None);

        assert_eq!(
            (score.is_exact, score.blames_innocent),
            (Some(false), false)
        );
    }

    #[test]
    fn a_verdict_about_a_healthy_network_is_a_false_alarm() {
        let card = Card::named("healthy").unwrap();
        let told = told("router", "no-route", &[]);

        let score = Score::of(&card, &card.expect, Some(&told)).unwrap();

        assert!(score.is_false_alarm);
    }
}
