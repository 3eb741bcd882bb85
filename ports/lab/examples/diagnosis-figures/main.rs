//! Counts how good the verdicts are: over the recorded cases, judged anew, and
//! over the results of played ones (`hopsight lab --all --results FILE`).
//! Prints the table of docs/diagnosis-figures.md. `diagnosis-figures [FILE]`;
//! called by `cargo xtask bench diagnosis`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement ends at the first thing that is wrong"
)]

mod by_hand;
mod played;
mod recorded;
mod replayed;
mod tally;

use hopsight_lab::Short;
use recorded::{Line, Recording};
use std::fmt::Write;

fn main() {
    let recordings = recorded::recordings();
    let results = std::env::args().nth(1);
    let played = results.map_or_else(Vec::new, |file| recorded::played(&file));
    print!("{}", page(&recordings, &played));
}

fn page(recordings: &[Recording], played: &[Line]) -> String {
    let mut page = String::new();
    let mut say = |line: String| writeln!(page, "{line}").unwrap();
    say("# How good the verdicts are\n".to_owned());
    say(
        "Written by `cargo xtask bench diagnosis`. Recorded cases are judged anew by the engine"
            .to_owned(),
    );
    say(
        "of this checkout; played ones come from `hopsight lab --all --results FILE`. A label is"
            .to_owned(),
    );
    say("a set, and what physics leaves open it leaves open too ([lab.md](lab.md)).\n".to_owned());
    say("| figure | to reach | all cards | of the second author |\n|---|---|---|---|".to_owned());
    for row in replayed::rows(recordings) {
        say(row);
    }
    say(format!(
        "\nBlamed wrongly: {}.",
        replayed::wrongly(recordings)
    ));
    say(format!(
        "\nSide or direction wrong with a browser at one end: {}.",
        replayed::astray(recordings)
    ));
    say(format!(
        "\nNot exact, ICMP normal, both ends native: {}.",
        replayed::inexact(recordings)
    ));
    say("\n## Played\n\n| figure | to reach | reached |\n|---|---|---|".to_owned());
    for row in played::rows(played) {
        say(row);
    }
    say("\n## Beside it: ping and traceroute at the sharer's PC\n".to_owned());
    say(by_hand::beside(recordings));
    say("\n## What falls short\n\n| card | ICMP | what came | why |\n|---|---|---|---|".to_owned());
    for short in Short::all().unwrap() {
        say(format!(
            "| {} | {} | {} | {} |",
            short.card, short.icmp, short.came, short.why
        ));
    }
    page
}
