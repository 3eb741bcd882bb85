//! Looks at the path to a person: an endpoint of its own invites them to a
//! check, and what it tells of path and verdict is summed up.

use super::findings::Findings;
use super::{Checked, Teller};
use crate::endpoint::Endpoint;
use crate::error::EndpointError;
use crate::event::{CheckStep, Event, What};
use crate::settings::{Purpose, Settings};
use serde_json::Value;
use std::time::Instant;
use tokio::sync::mpsc;

/// What was learnt of the path.
#[derive(Debug, Default, PartialEq)]
struct Learnt {
    /// "direct over udp".
    path: Option<String>,
    is_direct: bool,
    /// The last verdict, with its session.
    verdict: Option<What>,
    /// Why it ended without a path.
    reason: Option<String>,
}

/// Looks at the path to `whom` and tells it. The error is for whoever explains
/// it; it was told already.
pub(super) async fn look(
    settings: &Settings,
    whom: &str,
    findings: &mut Findings,
    teller: &Teller<'_>,
) -> Result<Checked, EndpointError> {
    let began = Instant::now();
    let purpose = Purpose::Check {
        whom: whom.to_owned(),
        found: findings.of_the_server(),
    };
    let mut learnt = Learnt::default();
    let outcome = match Endpoint::start(settings.clone(), purpose).await {
        Ok((endpoint, events, _nobody_asks)) => follow(endpoint, events, &mut learnt).await,
        Err(error) => Err(error),
    };
    let after = began.elapsed();
    if let Err(error) = outcome {
        teller
            .step(CheckStep::Path, Err(error.to_string()), after)
            .await;
        return Err(error);
    }
    let checked = learnt.checked();
    teller
        .step(CheckStep::Path, learnt.words(whom), after)
        .await;
    if let Some(verdict) = learnt.verdict.filter(|_| checked == Checked::Faulty) {
        findings.is_explained_by(&verdict);
        teller.tell(verdict).await;
    }
    Ok(checked)
}

async fn follow(
    mut endpoint: Endpoint,
    mut events: mpsc::Receiver<Event>,
    learnt: &mut Learnt,
) -> Result<(), EndpointError> {
    while let Some(event) = events.recv().await {
        learnt.note(event.what);
    }
    endpoint.finished().await
}

impl Learnt {
    fn note(&mut self, what: What) {
        match what {
            What::Path {
                kind, transport, ..
            } => {
                self.is_direct = kind == "direct";
                self.path = Some(format!("{kind} over {transport}"));
            }
            What::Verdict { .. } => self.verdict = Some(what),
            What::Ended { reason, .. } => self.reason = Some(reason),
            What::Answered { .. }
            | What::Check { .. }
            | What::FirstFrame { .. }
            | What::Link { .. }
            | What::Registered { .. }
            | What::Ringing { .. }
            | What::Stats { .. } => {}
        }
    }

    /// A picture through the relay is a picture; that it is not direct has a
    /// reason that can be mended.
    fn checked(&self) -> Checked {
        match (&self.path, self.is_direct) {
            (Some(_), true) => Checked::Well,
            (Some(_), false) | (None, _) => Checked::Faulty,
        }
    }

    fn words(&self, whom: &str) -> Result<String, String> {
        match (&self.path, self.code()) {
            (Some(path), Some(code)) if !self.is_direct => {
                Ok(format!("{path} · why not direct: {code}"))
            }
            (Some(path), _) => Ok(path.clone()),
            (None, _) => {
                let reason = self.reason.as_deref();
                let reason = reason.filter(|reason| *reason != "stopped at this machine");
                let none = || format!("no path to {whom} was found");
                Err(reason.map_or_else(none, str::to_owned))
            }
        }
    }

    fn code(&self) -> Option<&str> {
        let Some(What::Verdict { verdict, .. }) = &self.verdict else {
            return None;
        };
        verdict.get("code").and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::Transport;
    use serde_json::json;

    #[test]
    fn a_path_that_turns_direct_is_direct_and_needs_no_verdict() {
        let mut learnt = Learnt::default();
        learnt.note(path("relay"));
        learnt.note(verdict());
        learnt.note(path("direct"));

        assert_eq!(learnt.words("desk2"), Ok("direct over udp".to_owned()));
        assert_eq!(learnt.checked(), Checked::Well);
    }

    #[test]
    fn a_relayed_path_is_told_with_the_reason_why_it_is_not_direct() {
        let mut learnt = Learnt::default();
        learnt.note(path("relay"));
        learnt.note(verdict());

        let expected = "relay over udp · why not direct: no-route".to_owned();
        assert_eq!(learnt.words("desk2"), Ok(expected));
        assert_eq!(learnt.checked(), Checked::Faulty);
    }

    #[test]
    fn no_path_at_all_is_told_with_the_reason_of_the_end() {
        let mut learnt = Learnt::default();
        assert_eq!(
            learnt.words("desk2"),
            Err("no path to desk2 was found".to_owned())
        );

        learnt.note(What::Ended {
            session: None,
            end: crate::End::Refused,
            reason: "desk2 is not signed in at the moment".to_owned(),
        });
        assert_eq!(
            learnt.words("desk2"),
            Err("desk2 is not signed in at the moment".to_owned())
        );
    }

    fn path(kind: &'static str) -> What {
        What::Path {
            session: "01J00000000000000000000000".parse().unwrap(),
            kind,
            transport: Transport::Udp,
            local: "10.0.0.1:50000".parse().unwrap(),
            remote: "10.0.0.2:50001".parse().unwrap(),
        }
    }

    fn verdict() -> What {
        What::Verdict {
            session: None,
            verdict: json!({"code": "no-route"}),
        }
    }
}
