//! Decides in what a verdict differs from what a card expects. Takes a verdict
//! in its public JSON form, so that a played and a replayed one are held against
//! the same label.

use crate::{Card, CardError, Expect};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A verdict as somebody outside reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Told {
    /// The fault.
    pub code: String,
    /// How sure.
    pub confidence: String,
    /// Who or what.
    pub culprit: Option<Named>,
    /// Codes of further causes.
    #[serde(default)]
    pub also: Vec<String>,
    /// What it may be as well.
    #[serde(default)]
    pub cannot_tell_apart: Vec<Likeness>,
    /// When it was said, from the first check.
    pub verdict_ms: Option<u64>,
}

/// Who or what a verdict names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// `host`, `router`, `edge-between`, `service` or `policy`.
    pub kind: String,
    /// Where it is.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// On whose side.
    pub side: Option<String>,
    /// Which direction fails.
    pub direction: Option<String>,
}

/// A fault that a verdict does not tell apart from the one named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Likeness {
    /// Its code.
    pub code: String,
}

impl Told {
    /// The addresses that it names.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        let named = self.culprit.as_ref();
        named.map_or(&[][..], |named| &named.addresses)
    }
}

/// Everything in which `told` is not as `card` expects of it.
pub fn problems(
    card: &Card,
    expect: &Expect,
    told: Option<&Told>,
) -> Result<Vec<String>, CardError> {
    let Some(told) = told else {
        let is_missing = expect.is_verdict();
        let missing = is_missing.then(|| format!("no verdict came, expected {:?}", expect.codes));
        return Ok(missing.into_iter().collect());
    };
    if !expect.is_verdict() {
        return Ok(vec![format!("the verdict is {}, none may come", told.code)]);
    }
    let mut problems = wrong_words(expect, told);
    let may_be_named = card.addresses(&expect.culprits)?;
    let named = told.addresses();
    let is_innocent = |address| !may_be_named.contains(address);
    if !may_be_named.is_empty() && (named.is_empty() || named.iter().any(is_innocent)) {
        problems.push(format!(
            "it names {named:?}, expected {:?}",
            expect.culprits
        ));
    }
    Ok(problems)
}

fn wrong_words(expect: &Expect, told: &Told) -> Vec<String> {
    let mut problems = Vec::new();
    let may_be_main = expect.codes.iter().chain(&expect.also);
    if !may_be_main.into_iter().any(|code| *code == told.code) {
        let wanted = expect.codes.join(" or ");
        problems.push(format!("the verdict is {}, expected {wanted}", told.code));
    }
    let culprit = told.culprit.as_ref();
    let said = [
        ("confidence", &expect.confidence, Some(&told.confidence)),
        (
            "side",
            &expect.side,
            culprit.and_then(|one| one.side.as_ref()),
        ),
        (
            "direction",
            &expect.direction,
            culprit.and_then(|one| one.direction.as_ref()),
        ),
    ];
    for (what, wanted, said) in said {
        if let Some(wanted) = wanted.as_ref().filter(|wanted| Some(*wanted) != said) {
            let said = said.map_or("nothing", String::as_str);
            problems.push(format!("its {what} is {said}, expected {wanted}"));
        }
    }
    if !is_whole(expect, told) {
        problems.push(format!(
            "it reports {:?} as well, expected {:?}",
            told.also, expect.also
        ));
    }
    for wanted in &expect.rivals {
        let mut rivals = told.cannot_tell_apart.iter();
        if !rivals.any(|rival| rival.code == *wanted) {
            problems.push(format!("it does not say that it may be {wanted}"));
        }
    }
    problems
}

/// Whether the verdict reports every cause and no other; which of several is the
/// main one does not matter.
fn is_whole(expect: &Expect, told: &Told) -> bool {
    let reported: BTreeSet<&String> = told.also.iter().chain([&told.code]).collect();
    if expect.also.is_empty() {
        return told.also.is_empty();
    }
    let known: BTreeSet<&String> = expect.codes.iter().chain(&expect.also).collect();
    let has_main = expect.codes.iter().any(|code| reported.contains(code));
    has_main && expect.also.iter().all(|code| reported.contains(code)) && reported.is_subset(&known)
}
