//! How a command ends when it did not do what was asked: a sentence on standard
//! error and the exit code of docs/command-line.md.

use std::process::ExitCode;

/// A command that did not do what was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: u8,
    sentence: String,
}

impl Failure {
    /// It was tried and failed, with a reason (exit code 1).
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self {
            code: 1,
            sentence: sentence.into(),
        }
    }

    /// Something of this machine could not be used (exit code 1).
    pub(crate) fn could_not(do_what: &str, what: &str, error: &std::io::Error) -> Self {
        Self::failed(format!("could not {do_what} {what}: {error}"))
    }

    /// It was asked wrongly (exit code 2).
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self {
            code: 2,
            sentence: sentence.into(),
        }
    }

    /// The server could not be reached (exit code 3).
    pub(crate) fn not_reachable(sentence: impl Into<String>) -> Self {
        Self {
            code: 3,
            sentence: sentence.into(),
        }
    }

    /// The same with what explains it below.
    pub(crate) fn because(mut self, explanation: &str) -> Self {
        let explanation = explanation.trim_end();
        if !explanation.is_empty() {
            self.sentence = format!("{}\n\n{explanation}", self.sentence);
        }
        self
    }

    /// Prints the sentence and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("{}", self.sentence);
        ExitCode::from(self.code)
    }
}

impl From<hopsight_configuration::ConfigurationError> for Failure {
    fn from(error: hopsight_configuration::ConfigurationError) -> Self {
        Self::usage(error.to_string())
    }
}
