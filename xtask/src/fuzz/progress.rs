//! Decides from what libFuzzer printed how far a target came, and whether it ran
//! at all.

use std::path::Path;

/// How far one target came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Progress {
    executions: Option<u64>,
    /// Inputs that each reach something that no other does.
    corpus: Option<u64>,
    /// Edges of our crates' code that were passed.
    edges: Option<u64>,
    /// Edges with how often they were passed, and comparisons that came closer.
    features: Option<u64>,
    finding: Option<String>,
}

impl Progress {
    pub(super) const HEADING: &'static str =
        "target                 executions   corpus    edges  features  findings";

    /// Reads the log of a run that ended well or not.
    pub(super) fn read(log: &str, ended_well: bool, file: &Path) -> Self {
        let last = log.lines().rfind(|line| line.contains(" cov: "));
        let number = |name| last.and_then(|line| number_behind(line, name));
        let executed = log.lines().rfind(|line| line.contains(EXECUTED));
        let written = log.lines().find_map(|line| line.split_once(WRITTEN));
        let finding = written.map(|(_, path)| format!("the input is {}", path.trim()));
        let unclear = (!ended_well).then(|| format!("see {}", file.display()));
        Self {
            executions: executed.and_then(|line| number_behind(line, EXECUTED)),
            corpus: number(" corp: "),
            edges: number(" cov: "),
            features: number(" ft: "),
            finding: if ended_well {
                None
            } else {
                finding.or(unclear)
            },
        }
    }

    /// One line of the table.
    pub(super) fn row(&self, target: &str) -> String {
        let shown = |number: Option<u64>| number.map_or("-".to_owned(), |one| one.to_string());
        format!(
            "{target:<21} {:>12} {:>8} {:>8} {:>9}  {}",
            shown(self.executions),
            shown(self.corpus),
            shown(self.edges),
            shown(self.features),
            self.finding.as_deref().unwrap_or("none"),
        )
    }

    /// What is wrong with it, if anything is.
    pub(super) fn problem(&self) -> Option<String> {
        if let Some(finding) = &self.finding {
            return Some(format!("stopped; {finding}"));
        }
        let ran = self.executions.is_some_and(|count| count > 0);
        let reached = self.edges.is_some_and(|count| count > 0);
        (!ran || !reached).then(|| "did not run".to_owned())
    }
}

const EXECUTED: &str = "stat::number_of_executed_units:";
const WRITTEN: &str = "Test unit written to ";

fn number_behind(line: &str, name: &str) -> Option<u64> {
    let (_, rest) = line.split_once(name)?;
    let rest = rest.trim_start();
    let end = rest.find(|character: char| !character.is_ascii_digit());
    rest.get(..end.unwrap_or(rest.len()))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "INFO: Seed: 1\n\
        #2\tINITED cov: 100 ft: 101 corp: 1/1b exec/s: 0 rss: 40Mb\n\
        #4194304\tpulse  cov: 2034 ft: 9120 corp: 431/52Kb lim: 4096 exec/s: 69905 rss: 91Mb\n\
        stat::number_of_executed_units: 4200000\n";

    #[test]
    fn the_last_figures_count() {
        let progress = Progress::read(LOG, true, Path::new("log"));

        let expected = Progress {
            executions: Some(4_200_000),
            corpus: Some(431),
            edges: Some(2034),
            features: Some(9120),
            finding: None,
        };
        assert_eq!(progress, expected);
        assert_eq!(progress.problem(), None);
        assert_eq!(
            progress.row("sip-message"),
            "sip-message                4200000      431     2034      9120  none"
        );
    }

    #[test]
    fn a_target_that_says_nothing_did_not_run() {
        let silent = Progress::read("", true, Path::new("log"));

        assert_eq!(silent.problem(), Some("did not run".to_owned()));
    }

    #[test]
    fn a_finding_is_told_with_its_file() {
        let log = format!(
            "{LOG}==1== ERROR: libFuzzer: deadly signal\nartifact_prefix='f/'; Test unit written to f/crash-1\n"
        );
        let found = Progress::read(&log, false, Path::new("log"));
        let unclear = Progress::read("", false, Path::new("log"));

        assert_eq!(
            found.problem(),
            Some("stopped; the input is f/crash-1".to_owned())
        );
        assert_eq!(unclear.problem(), Some("stopped; see log".to_owned()));
    }
}
