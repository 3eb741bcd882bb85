//! Keeps what one endpoint found out by itself and has it judged, where no
//! server does.

use hopsight_diagnosis::{Case, Code, Names, Verdict, diagnose};
use hopsight_evidence::{Claim, Observation, Side, Timeline};
use hopsight_kit::SessionId;
use hopsight_net::{Clock, Entropy};

/// The facts of one endpoint alone.
#[derive(Debug)]
pub(crate) struct Findings {
    clock: Clock,
    side: Side,
    names: Names,
    claims: Vec<Claim>,
}

impl Findings {
    pub(crate) const fn new(clock: Clock, side: Side, names: Names) -> Self {
        Self {
            clock,
            side,
            names,
            claims: Vec::new(),
        }
    }

    /// Something that was seen just now.
    pub(crate) fn note(&mut self, observation: Observation) {
        let at = self.clock.wall();
        self.claims.push(Claim { at, observation });
    }

    /// What was seen by a path.
    pub(crate) fn add(&mut self, claims: Vec<Claim>) {
        self.claims.extend(claims);
    }

    /// What explains it. "Not known" is no answer here: the failure itself was
    /// told already.
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let session = SessionId::draw(self.clock.wall(), &mut Entropy);
        let mut timeline = Timeline::new(session);
        timeline.take_in(self.side.into(), self.claims.clone());
        let case = Case {
            facts: timeline.facts(),
            names: &self.names,
        };
        let mut verdicts = diagnose(&case);
        verdicts.retain(|verdict| verdict.code != Code::Undetermined);
        verdicts
    }
}
