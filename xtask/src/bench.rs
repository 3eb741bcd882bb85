//! Measurements whose tables are kept in docs. Decides which one was meant and
//! where its table goes; measuring is left to programs of the crates concerned.

use crate::command::{Outcome, cargo, output, root};

/// What a call looks like.
const CALL: &str = "cargo xtask bench diagnosis [RESULTS]: RESULTS is a file of \
                    `hopsight lab --all --results FILE`";

/// The first word names the measurement.
pub(crate) fn run(rest: &[String]) -> Outcome {
    match rest {
        [name] if name == "diagnosis" => diagnosis(None),
        [name, results] if name == "diagnosis" => diagnosis(Some(results)),
        _ => Err(CALL.to_owned()),
    }
}

/// How good the verdicts are, over all cards.
fn diagnosis(results: Option<&str>) -> Outcome {
    let package = ["--locked", "--quiet", "--package", "hopsight-lab"];
    let example = ["--example", "diagnosis-figures", "--"];
    let mut measure = cargo(&["run", "--release"]);
    measure.args(package).args(example);
    if let Some(results) = results {
        let file = std::path::absolute(results);
        measure.arg(file.map_err(|error| format!("{results}: {error}"))?);
    }
    let page = output(&mut measure)?;
    print!("{page}");
    let file = root().join("docs/diagnosis-figures.md");
    std::fs::write(&file, page).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("written to {}", file.display());
    Ok(())
}
