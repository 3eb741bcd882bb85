//! Looks for inputs that break a parser's promise: every target for some seconds.
//! Decides that each of them really ran and shows how far it came; what a target
//! promises is left to `fuzz/`, and replaying what was found to its tests.

mod progress;

use crate::command::{self, Outcome, cargo, program, root};
use crate::demo;
use progress::Progress;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a call looks like.
const CALL: &str = "cargo xtask fuzz [--seconds N] [TARGET ...]";

/// How long each target runs when nobody says otherwise.
const SECONDS: u32 = 60;

/// What one input may cost: longer or larger is a finding.
const LIMITS: &[&str] = &["-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"];

/// Runs the named targets, or all of them.
pub(crate) fn run(rest: &[String]) -> Outcome {
    let (seconds, wanted) = asked(rest)?;
    let targets = targets(&wanted)?;
    build()?;
    println!("{}", Progress::HEADING);
    let mut wrong = Vec::new();
    for target in &targets {
        let progress = run_one(target, seconds)?;
        println!("{}", progress.row(target));
        wrong.extend(progress.problem().map(|what| format!("{target}: {what}")));
    }
    if wrong.is_empty() {
        println!("{} targets ran, nothing found", targets.len());
        return Ok(());
    }
    Err(format!("{}\n{ADVICE}", wrong.join("\n")))
}

const ADVICE: &str = "mend the parser, and keep each input in the folder of its target in \
                      fuzz/corpus: the tests replay it from then on";

fn asked(rest: &[String]) -> Outcome<(u32, Vec<String>)> {
    let mut words = rest.iter();
    let (mut seconds, mut targets) = (SECONDS, Vec::new());
    while let Some(word) = words.next() {
        if word == "--seconds" {
            let number = words.next().and_then(|word| word.parse().ok());
            seconds = number.ok_or(CALL)?;
        } else if word.starts_with('-') {
            return Err(CALL.to_owned());
        } else {
            targets.push(word.clone());
        }
    }
    Ok((seconds, targets))
}

/// The folders of the corpus; a test of `fuzz/` sees to it that these are the
/// targets, no more and no fewer.
fn targets(wanted: &[String]) -> Outcome<Vec<String>> {
    let corpus = root().join("fuzz/corpus");
    let mut known: Vec<String> = entries(&corpus)?
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    known.sort();
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        let known = known.join(" ");
        return Err(format!("there is no target `{unknown}`; there are {known}"));
    }
    known.retain(|name| wanted.is_empty() || wanted.contains(name));
    Ok(known)
}

fn build() -> Outcome {
    let package = ["--package", "hopsight-fuzz", "--features", "libfuzzer"];
    let mut build = cargo(&["build", "--locked", "--quiet", "--bin", "hopsight-fuzz"]);
    build.args(package);
    build.env("RUSTC_WORKSPACE_WRAPPER", root().join("fuzz/instrument"));
    command::run(&mut build)
}

/// What was grown is kept between runs, below `target/`.
fn run_one(target: &str, seconds: u32) -> Outcome<Progress> {
    let place = root().join("target/fuzz").join(target);
    let (grown, findings) = (place.join("grown"), place.join("findings"));
    for folder in [&grown, &findings] {
        fs::create_dir_all(folder).map_err(|error| told(folder, &error))?;
    }
    let log = place.join("log");
    let file = File::create(&log).map_err(|error| told(&log, &error))?;
    let mut fuzzing = libfuzzer(target, seconds, &findings);
    fuzzing
        .arg(&grown)
        .arg(root().join("fuzz/corpus").join(target));
    let out = file.try_clone().map_err(|error| told(&log, &error))?;
    let status = fuzzing.stdout(out).stderr(file).status();
    let status = status.map_err(|error| format!("could not start {target}: {error}"))?;
    let text = fs::read(&log).map_err(|error| told(&log, &error))?;
    let text = String::from_utf8_lossy(&text);
    Ok(Progress::read(&text, status.success(), &log))
}

fn libfuzzer(target: &str, seconds: u32, findings: &Path) -> Command {
    let mut fuzzing = program(demo::binary("hopsight-fuzz"), LIMITS);
    fuzzing
        .env("HOPSIGHT_FUZZ_TARGET", target)
        .arg(format!("-max_total_time={seconds}"))
        .arg("-print_final_stats=1")
        .arg(format!("-artifact_prefix={}/", findings.display()));
    fuzzing
}

fn entries(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).map_err(|error| told(folder, &error))?;
    Ok(listed
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect())
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
