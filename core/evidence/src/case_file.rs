//! Decides how the evidence of one session is written to a file that another
//! machine can judge: facts, and the names of the two ends. One JSON object.

use crate::{Fact, Side};
use hopsight_kit::SessionId;
use serde::{Deserialize, Serialize};

/// The version of the form that this engine writes.
const VERSION: u32 = 1;

/// Everything that a verdict about one session rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Tells a case file from any other JSON, and in which form it is.
    hopsight_case: u32,
    /// The session.
    pub session: SessionId,
    /// How the end whose desktop is shown is called.
    pub sharer: Option<String>,
    /// How the end that sees it is called.
    pub viewer: Option<String>,
    /// What was observed, in the order in which it was taken in.
    pub facts: Vec<Fact>,
}

/// A text that is no case file of a known form. Trying again does not help.
#[derive(Debug, thiserror::Error)]
pub enum CaseFileError {
    /// Not the JSON of a case file.
    #[error("not a case file: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by a newer engine.
    #[error("a case file of version {found}; this program reads version {VERSION}")]
    Newer {
        /// Its version.
        found: u32,
    },
}

impl CaseFile {
    /// The case of a session with these facts.
    #[must_use]
    pub const fn new(
        session: SessionId,
        sharer: Option<String>,
        viewer: Option<String>,
        facts: Vec<Fact>,
    ) -> Self {
        Self {
            hopsight_case: VERSION,
            session,
            sharer,
            viewer,
            facts,
        }
    }

    /// Whether `text` claims to be a case file at all.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.trim_start().starts_with('{') && text.contains("\"hopsight_case\"")
    }

    /// Reads what [`CaseFile::write`] wrote.
    ///
    /// # Errors
    /// When the text has another form or a newer version.
    pub fn read(text: &str) -> Result<Self, CaseFileError> {
        let case: Self = serde_json::from_str(text)?;
        if case.hopsight_case > VERSION {
            return Err(CaseFileError::Newer {
                found: case.hopsight_case,
            });
        }
        Ok(case)
    }

    /// The case as text, one fact a line.
    #[must_use]
    pub fn write(&self) -> String {
        let facts: Vec<String> = self.facts.iter().map(written).collect();
        format!(
            "{{\"hopsight_case\":{VERSION},\"session\":{},\"sharer\":{},\"viewer\":{},\"facts\":[\n{}\n]}}\n",
            written(&self.session),
            written(&self.sharer),
            written(&self.viewer),
            facts.join(",\n")
        )
    }

    /// The name of the end at `side`.
    #[must_use]
    pub fn name(&self, side: Side) -> Option<&str> {
        match side {
            Side::Sharer => self.sharer.as_deref(),
            Side::Viewer => self.viewer.as_deref(),
        }
    }
}

/// Every value of a case file has string keys, so writing it cannot fail.
fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, Observation, Observer, Timeline};
    use hopsight_kit::{SeededRandom, Timestamp};

    #[test]
    fn a_case_survives_its_file() {
        let case = case();
        let text = case.write();

        assert!(CaseFile::is_one(&text));
        assert_eq!(text.lines().count(), 3);
        assert_eq!(CaseFile::read(&text).unwrap(), case);
    }

    #[test]
    fn what_is_no_case_file_and_what_is_a_newer_one_is_said() {
        let newer = case()
            .write()
            .replace("\"hopsight_case\":1", "\"hopsight_case\":2");

        assert!(!CaseFile::is_one("INVITE sip:a@b SIP/2.0"));
        assert!(matches!(
            CaseFile::read("{\"hopsight_case\":1}"),
            Err(CaseFileError::Malformed(_))
        ));
        assert_eq!(
            CaseFile::read(&newer).unwrap_err().to_string(),
            "a case file of version 2; this program reads version 1"
        );
    }

    fn case() -> CaseFile {
        let session = SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1));
        let mut timeline = Timeline::new(session.clone());
        let claim = Claim {
            at: Timestamp::from_unix_seconds(1_700_000_000),
            observation: Observation::Omitted { count: 3 },
        };
        timeline.take_in(Observer::Sharer, vec![claim]);
        let facts = timeline.facts().to_vec();
        CaseFile::new(session, Some("desk1".to_owned()), None, facts)
    }
}
