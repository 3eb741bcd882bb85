//! Decides what is looked at before there is a session: whether the server is
//! found, reached and believed, whether it signs this account in, and by which
//! ways its relay is reached. What is found are facts, judged by
//! `hopsight_diagnosis` like those of a session; the path to a person is looked
//! at by the engine, as in a session.

mod findings;
mod path;
mod relay;
mod sign_in;

use crate::error::EndpointError;
use crate::event::{CheckStep, Event, What};
use crate::server::Server;
use crate::settings::Settings;
use findings::Findings;
use hopsight_diagnosis::{Names, Verdict};
use hopsight_evidence::{Observation, Side};
use hopsight_net::Clock;
use sign_in::Reach;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checked {
    /// The server was not reached, so nothing else could be looked at.
    NotReached,
    /// Something does not work.
    Faulty,
    /// Everything that was looked at works.
    Well,
}

/// Looks at name, sign-in and relay for this account, and at the path to
/// `whom`; tells each step as [`What::Check`], and at the end what is wrong as
/// [`What::Verdict`].
pub async fn check(
    settings: &Settings,
    whom: Option<&str>,
    events: &mpsc::Sender<Event>,
) -> Checked {
    let own = Some(settings.account.name.clone());
    let names = names(Side::Sharer, own, whom.map(str::to_owned));
    let mut findings = Findings::new(settings.clock, Side::Sharer, names);
    let teller = Teller {
        clock: settings.clock,
        events,
    };
    let checked = look(settings, whom, &mut findings, &teller).await;
    let verdicts = findings.verdicts();
    // The main one names the others; what the path's own verdict says already
    // is not said again.
    let Some(main) = verdicts.first() else {
        return checked;
    };
    if !findings.knows(main.code) {
        teller.tell(verdict_event(main)).await;
    }
    checked.min(Checked::Faulty)
}

async fn look(
    settings: &Settings,
    whom: Option<&str>,
    findings: &mut Findings,
    teller: &Teller<'_>,
) -> Checked {
    let uri = match sign_in::look(settings, findings, teller).await {
        Reach::NotReached => return Checked::NotReached,
        Reach::NotSignedIn => return Checked::Faulty,
        Reach::SignedIn { uri } => uri,
    };
    let relay = relay::look(settings, &uri, findings, teller).await;
    let Some(whom) = whom else {
        return relay;
    };
    match path::look(settings, whom, findings, teller).await {
        Ok(path) => relay.min(path),
        Err(error) => {
            sign_in::look_again(&settings.server, &error, findings).await;
            Checked::Faulty
        }
    }
}

/// Why an endpoint of `own` that was to be `side` failed to sign in at `server`
/// or to invite: looks for what `error` does not say itself. Empty when that
/// explains nothing.
pub async fn explain(
    server: &Server,
    own: Option<&str>,
    side: Side,
    error: &EndpointError,
    clock: Clock,
) -> Vec<Verdict> {
    let names = names(side, own.map(str::to_owned), None);
    let mut findings = Findings::new(clock, side, names);
    sign_in::look_again(server, error, &mut findings).await;
    findings.verdicts()
}

/// What the server's no to an invitation of `own` to `other` means, if it is
/// more than a person's word.
pub(crate) fn explain_refusal(
    answer: Observation,
    (own, other): (&str, &str),
    side: Side,
    clock: Clock,
) -> Vec<Verdict> {
    let names = names(side, Some(own.to_owned()), Some(other.to_owned()));
    let mut findings = Findings::new(clock, side, names);
    findings.note(answer);
    findings.verdicts()
}

fn names(side: Side, own: Option<String>, other: Option<String>) -> Names {
    let (sharer, viewer) = match side {
        Side::Sharer => (own, other),
        Side::Viewer => (other, own),
    };
    Names { sharer, viewer }
}

/// A verdict outside of any session, as it is told.
#[must_use]
pub fn verdict_event(verdict: &Verdict) -> What {
    What::Verdict {
        session: None,
        verdict: serde_json::to_value(verdict).unwrap_or_default(),
    }
}

/// Tells the steps.
struct Teller<'a> {
    clock: Clock,
    events: &'a mpsc::Sender<Event>,
}

impl Teller<'_> {
    async fn tell(&self, what: What) {
        // Somebody who stopped reading needs no more steps.
        drop(self.events.send(what.at(self.clock.wall())).await);
    }

    async fn step(&self, step: CheckStep, outcome: Result<String, String>, after: Duration) {
        self.step_with(step, outcome, after, None).await;
    }

    async fn step_with(
        &self,
        step: CheckStep,
        outcome: Result<String, String>,
        after: Duration,
        mapped: Option<SocketAddr>,
    ) {
        let ok = outcome.is_ok();
        let (Ok(says) | Err(says)) = outcome;
        let ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        self.tell(What::Check {
            step,
            ok,
            ms,
            says,
            mapped,
        })
        .await;
    }
}
