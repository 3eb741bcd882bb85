//! Checks the rules of the house that a machine can check in files: openings,
//! lengths, names, leftovers.

use crate::command::{Outcome, output, program, root};
use std::path::Path;

/// Lines that a file may have without its own tests.
const LONGEST_FILE: usize = 800;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "manager", "misc", "data", "mod",
];

/// Fails with every broken rule.
pub(crate) fn run() -> Outcome {
    let listed = output(&mut program(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    ))?;
    let mut problems: Vec<String> = listed
        .lines()
        .filter(|path| is_ours(path))
        .flat_map(|path| {
            problems(path)
                .into_iter()
                .map(move |what| format!("{path}: {what}"))
        })
        .collect();
    problems.sort();
    if problems.is_empty() {
        println!("tidy: nothing to mend");
        return Ok(());
    }
    Err(format!(
        "{} things to mend\n  {}",
        problems.len(),
        problems.join("\n  ")
    ))
}

fn is_ours(path: &str) -> bool {
    let is_code = path.ends_with(".rs") || path.ends_with(".ts") || path.ends_with(".tsx");
    (is_code || path.ends_with("Cargo.toml")) && root().join(path).is_file()
}

fn problems(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_default();
    if path.ends_with("Cargo.toml") {
        return manifest_problems(path, &text);
    }
    let mut found = Vec::new();
    if path.ends_with(".rs") && !text.starts_with("//!") {
        found.push(
            "does not open with `//!`: say what it decides, takes and leaves to others".to_owned(),
        );
    }
    if is_empty_name(path) {
        found.push("this file name says nothing about what is inside".to_owned());
    }
    let length = length_without_tests(&text);
    if length > LONGEST_FILE {
        found.push(format!(
            "{length} lines, the most is {LONGEST_FILE}: split it by noun or sub-state"
        ));
    }
    found.extend(leftovers(path, &text));
    found
}

fn manifest_problems(path: &str, text: &str) -> Vec<String> {
    let has_lints = text.contains("[lints]\nworkspace = true");
    let needs_lints = path != "Cargo.toml" && !path.starts_with("fuzz/");
    (needs_lints && !has_lints)
        .then(|| "no `[lints] workspace = true`".to_owned())
        .into_iter()
        .collect()
}

fn is_empty_name(path: &str) -> bool {
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str());
    stem.is_some_and(|stem| EMPTY_NAMES.contains(&stem))
}

fn length_without_tests(text: &str) -> usize {
    let product = text.split("\n#[cfg(test)]\nmod tests {").next();
    product.map_or(0, |product| product.lines().count())
}

/// Built from halves, so that this file does not accuse itself.
fn leftovers(path: &str, text: &str) -> Vec<String> {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
        concat!("todo", "!("),
        concat!("unimple", "mented!("),
        concat!(".on", "ly("),
    ];
    let is_rust = path.ends_with(".rs");
    text.lines()
        .enumerate()
        .filter_map(|(number, line)| {
            let mark = marks.iter().find(|mark| line.contains(**mark))?;
            let applies = is_rust || !mark.starts_with('#');
            applies.then(|| format!("line {}: `{mark}` left behind", number + 1))
        })
        .collect()
}
