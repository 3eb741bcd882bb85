//! Decides what a judgement is about: the facts of one session, and the names
//! by which people know its two ends.

use hopsight_evidence::{Fact, Side};

/// The facts of one session and the names for its words.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What is known, in any order.
    pub facts: &'a [Fact],
    /// How the two ends are called.
    pub names: &'a Names,
}

/// How people call the two ends of a session. An end without a name is "the
/// sharer" or "the viewer".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The end whose desktop is shown.
    pub sharer: Option<String>,
    /// The end that sees it.
    pub viewer: Option<String>,
}

impl Names {
    /// The name of the person or machine at `side`.
    #[must_use]
    pub fn person(&self, side: Side) -> &str {
        let (name, without) = match side {
            Side::Sharer => (&self.sharer, "the sharer"),
            Side::Viewer => (&self.viewer, "the viewer"),
        };
        name.as_deref().unwrap_or(without)
    }

    /// "desk2's PC".
    #[must_use]
    pub fn computer(&self, side: Side) -> String {
        format!("{}'s PC", self.person(side))
    }
}
