//! What verdicts say to people, over every code of the catalogue.

use super::catalogue::decisive;
use crate::{Code, Confidence, Verdict};
use hopsight_evidence::FactId;
use std::collections::BTreeSet;

#[test]
fn every_code_has_facts_that_decide_it_and_stands_first() {
    for &code in Code::ALL {
        let verdicts = decisive(code).verdicts();
        let found = verdicts.iter().find(|verdict| verdict.code == code);
        assert!(found.is_some(), "{code}: {verdicts:?}");
        let surplus: Vec<Code> = verdicts
            .iter()
            .map(|verdict| verdict.code)
            .filter(|other| *other != code && !is_besides(code, *other))
            .collect();
        assert_eq!(surplus, [], "{code}");
    }
}

#[test]
fn sentences_are_sentences() {
    for (code, verdict) in all() {
        for sentence in [&verdict.user, &verdict.admin] {
            assert!(sentence.ends_with('.'), "{code}: {sentence}");
            assert!(!sentence.ends_with(".."), "{code}: {sentence}");
        }
        for phrase in phrases(&verdict) {
            assert!(!phrase.ends_with('.'), "{code}: {phrase}");
        }
    }
}

#[test]
fn no_text_has_a_gap_or_an_empty_place() {
    for (code, verdict) in all() {
        for text in texts(&verdict) {
            for gap in ["  ", " .", " ,", "()", "\"\"", "{", "}", "\n"] {
                assert!(!text.contains(gap), "{code}: {gap:?} in {text}");
            }
            assert_eq!(text.trim(), text, "{code}");
            assert!(!text.is_empty(), "{code}");
        }
    }
}

#[test]
fn no_text_has_a_word_that_the_house_does_not_use() {
    for (code, verdict) in all() {
        for text in texts(&verdict) {
            let text = text.to_lowercase();
            for word in [
                "simply",
                "oops",
                "please",
                "try again",
                "!",
                "callee's fault",
                "unfortunately",
                "obviously",
                "just ",
                "sorry",
            ] {
                assert!(!text.contains(word), "{code}: {word} in {text}");
            }
        }
    }
}

#[test]
fn people_are_called_by_their_names_and_not_by_their_parts() {
    for (code, verdict) in all() {
        for text in texts(&verdict) {
            for part in ["the sharer", "the viewer", "caller", "callee"] {
                let is_named = !text.to_lowercase().contains(part);
                assert!(is_named || code == Code::NoRoute, "{code}: {text}");
            }
        }
    }
}

#[test]
fn a_verdict_about_one_machine_calls_it_by_its_owner() {
    for (code, verdict) in all() {
        let Some(culprit) = &verdict.culprit else {
            continue;
        };
        if culprit.kind == crate::CulpritKind::Host && culprit.side.is_some() {
            let is_named = verdict.user.contains("desk1") || verdict.user.contains("desk2");
            assert!(is_named, "{code}: {}", verdict.user);
        }
    }
}

#[test]
fn what_is_not_certain_names_the_test_that_would_decide() {
    for (code, verdict) in all() {
        if [Confidence::Leading, Confidence::Unknown].contains(&verdict.confidence) {
            assert!(!verdict.cannot_tell_apart.is_empty(), "{code}");
        }
        let mut others = verdict.cannot_tell_apart.iter();
        assert!(others.all(|rival| rival.code != code), "{code}");
        assert!(
            verdict.excluded.iter().all(|one| one.code != code),
            "{code}"
        );
    }
}

#[test]
fn nothing_is_excluded_and_possible_at_the_same_time() {
    for (code, verdict) in all() {
        let excluded: BTreeSet<Code> = verdict.excluded.iter().map(|one| one.code).collect();
        for rival in &verdict.cannot_tell_apart {
            assert!(!excluded.contains(&rival.code), "{code}: {}", rival.code);
        }
    }
}

#[test]
fn no_verdict_stands_without_the_facts_of_its_proof() {
    for &code in Code::ALL {
        let story = decisive(code);
        let whole = story.verdict(code).unwrap();
        let proof: BTreeSet<FactId> = whole.evidence.lines().map(|line| line.fact()).collect();
        let mut rest = story.clone();
        rest.facts.retain(|fact| !proof.contains(&fact.id));

        assert_eq!(rest.verdict(code), None, "{code}");
    }
}

#[test]
fn every_line_of_a_proof_is_needed_or_told_for_more_than_it_alone() {
    for &code in Code::ALL {
        let story = decisive(code);
        let whole = story.verdict(code).unwrap();
        let first = whole.evidence.lines().next().unwrap().fact();
        let mut rest = story.clone();
        rest.facts.retain(|fact| fact.id != first);

        let left = rest.verdict(code);
        let is_weaker = left.is_none_or(|left| {
            left.confidence < whole.confidence
                || left.evidence.lines().count() < whole.evidence.lines().count()
        });
        assert!(is_weaker, "{code}");
    }
}

fn all() -> impl Iterator<Item = (Code, Verdict)> {
    Code::ALL
        .iter()
        .flat_map(|code| decisive(*code).verdicts())
        .map(|verdict| (verdict.code, verdict))
}

fn texts(verdict: &Verdict) -> Vec<&str> {
    [&verdict.user, &verdict.admin]
        .into_iter()
        .map(String::as_str)
        .chain(phrases(verdict))
        .collect()
}

/// What stands in a list or after a colon.
fn phrases(verdict: &Verdict) -> Vec<&str> {
    let lines = verdict.evidence.lines().map(|line| line.says());
    let excluded = verdict.excluded.iter().map(|one| one.because.as_str());
    let rivals = verdict.cannot_tell_apart.iter();
    let rivals = rivals.map(|rival| rival.test.as_str());
    let remedy = [verdict.remedy.as_str()].into_iter();
    remedy.chain(lines).chain(excluded).chain(rivals).collect()
}

/// The relay's legs are judged where the direct way fails, which these stories
/// leave without a cause; and a cause of the way stands beside the relay's.
fn is_besides(code: Code, other: Code) -> bool {
    let is_way = [Code::Undetermined, Code::NoRoute].contains(&other);
    is_way && code != Code::NoRoute
}
