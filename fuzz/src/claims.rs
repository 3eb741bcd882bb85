//! What ends claim to have observed, as JSON that anybody may have written: it is
//! kept as it was read, judged without a stop and the same in any order, and what
//! is told of it moves no cursor. One claim a line, the observer's letter in front.

use hopsight_diagnosis::{Case, Names, Verdict, diagnose};
use hopsight_evidence::{CaseFile, Claim, Fact, Observer, Timeline};
use hopsight_kit::{SeededRandom, SessionId, Timestamp};
use hopsight_report::{Question, verdicts};

pub(crate) fn run(bytes: &[u8]) {
    let mut timeline = Timeline::new(session());
    for line in bytes.split(|byte| *byte == b'\n').take(64) {
        let Some((letter, line)) = line.split_first() else {
            continue;
        };
        let observer = match letter {
            b'f' => Observer::FrontEnd,
            b'r' => Observer::Relay,
            b's' => Observer::Sharer,
            _ => Observer::Viewer,
        };
        let Ok(claim) = serde_json::from_slice::<Claim>(line) else {
            continue;
        };
        is_kept(&claim);
        timeline.take_in(observer, vec![claim]);
    }
    let facts = timeline.facts();
    let told = judged(facts);
    let backwards: Vec<Fact> = facts.iter().rev().cloned().collect();
    assert_eq!(judged(&backwards), told);
    let page = verdicts(Question::WhyNoPicture, &told, None);
    let moves = |character: char| character.is_control() && character != '\n';
    assert!(!page.contains(moves), "{page:?}");
    let case = CaseFile::new(session(), None, None, facts.to_vec());
    assert_eq!(CaseFile::read(&case.write()).expect("a case"), case);
}

fn is_kept(claim: &Claim) {
    let written = serde_json::to_vec(claim).expect("a claim has string keys");
    let read: Claim = serde_json::from_slice(&written).expect("what was written");
    assert_eq!(read, *claim);
}

fn judged(facts: &[Fact]) -> Vec<Verdict> {
    let names = Names::default();
    diagnose(&Case {
        facts,
        names: &names,
    })
}

fn session() -> SessionId {
    SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1))
}
