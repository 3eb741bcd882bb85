//! Replays the corpus: every input that was ever worth keeping, those among them
//! that once broke a promise. Looking for new ones is left to `cargo xtask fuzz`.

#![expect(clippy::unwrap_used, reason = "a test fails by stopping")]

use hopsight_fuzz::TARGETS;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One test per target, so that what fails has a name.
macro_rules! replayed {
    ($($test:ident: $target:literal,)*) => {
        $(
            #[test]
            fn $test() {
                replay($target);
            }
        )*

        /// What stands above.
        const REPLAYED: &[&str] = &[$($target),*];
    };
}

replayed! {
    requests_to_the_api_are_answered_in_form: "api",
    cards_answer_or_name_their_file: "card",
    claims_are_judged_whatever_they_say: "claims",
    configurations_are_read_or_told: "configuration",
    first_bytes_tell_the_same_in_any_pieces: "demultiplexer",
    challenges_are_written_as_they_were_read: "digest-challenge",
    credentials_from_outside_prove_nothing: "digest-credentials",
    candidates_never_point_at_our_own_doors: "ice-candidate",
    descriptions_keep_to_their_limits: "session-description",
    addresses_are_written_as_they_were_read: "sip-address",
    messages_survive_a_hop: "sip-message",
    strangers_reach_nobody_through_the_server: "sip-server",
    sip_streams_give_the_same_in_any_pieces: "sip-stream",
    stun_messages_are_written_as_they_were_read: "stun-message",
    traces_are_read_without_a_stop: "trace",
    the_relay_sends_only_where_it_may: "turn-sequence",
    turn_streams_give_the_same_in_any_pieces: "turn-stream",
}

#[test]
fn every_target_has_a_corpus_and_a_replay_and_nothing_else_has() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let replayed: BTreeSet<String> = REPLAYED.iter().map(|name| (*name).to_owned()).collect();
    let folders = std::fs::read_dir(corpus()).unwrap();
    let folders: BTreeSet<String> = folders
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();

    assert_eq!(replayed, targets);
    assert_eq!(folders, targets);
}

fn replay(name: &str) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let mut inputs: Vec<PathBuf> = std::fs::read_dir(corpus().join(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    inputs.sort();

    assert!(!inputs.is_empty(), "the corpus of {name} is empty");
    for input in inputs {
        let bytes = std::fs::read(&input).unwrap();
        let outcome = std::panic::catch_unwind(|| target(&bytes));
        assert!(outcome.is_ok(), "{}", input.display());
    }
}

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus")
}
