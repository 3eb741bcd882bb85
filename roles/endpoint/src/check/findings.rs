//! Keeps what one endpoint found out by itself and has it judged, where no
//! server does.

use crate::event::What;
use hopsight_diagnosis::{Case, Code, Names, Verdict, diagnose};
use hopsight_evidence::{Claim, Observation, Observer, Side, Timeline};
use hopsight_kit::SessionId;
use hopsight_net::{Clock, Entropy};
use serde_json::Value;

/// The facts of one endpoint alone.
#[derive(Debug)]
pub(crate) struct Findings {
    clock: Clock,
    side: Side,
    names: Names,
    claims: Vec<Claim>,
    /// What the server told of the relay's own view.
    of_relay: Vec<Claim>,
    /// Codes of what a session's verdict explained already.
    explained: Vec<String>,
}

impl Findings {
    pub(crate) const fn new(clock: Clock, side: Side, names: Names) -> Self {
        Self {
            clock,
            side,
            names,
            claims: Vec::new(),
            of_relay: Vec::new(),
            explained: Vec::new(),
        }
    }

    /// Something that was seen just now.
    pub(crate) fn note(&mut self, observation: Observation) {
        let at = self.clock.wall();
        self.claims.push(Claim { at, observation });
    }

    /// Which addresses this machine has: what it said itself is no router's word.
    pub(crate) async fn note_own_addresses(&mut self) {
        let own = hopsight_probe::interfaces().await.unwrap_or_default();
        own.into_iter().for_each(|one| self.note(one));
    }

    /// Something that the relay saw, as the server told it just now.
    pub(crate) fn note_of_relay(&mut self, observation: Observation) {
        let at = self.clock.wall();
        self.of_relay.push(Claim { at, observation });
    }

    /// What was seen by a path.
    pub(crate) fn add(&mut self, claims: Vec<Claim>) {
        self.claims.extend(claims);
    }

    /// What was seen of the server itself: the server can compare it with what
    /// it knows.
    pub(crate) fn of_the_server(&self) -> Vec<Claim> {
        let is_of_server = |claim: &&Claim| {
            matches!(
                claim.observation,
                Observation::NameLookedUp { .. } | Observation::CertificateSeen { .. }
            )
        };
        self.claims.iter().filter(is_of_server).cloned().collect()
    }

    /// A verdict with the facts of both ends was told.
    pub(crate) fn is_explained_by(&mut self, told: &What) {
        let What::Verdict { verdict, .. } = told else {
            return;
        };
        let also = verdict.get("also").and_then(Value::as_array);
        let codes = verdict
            .get("code")
            .into_iter()
            .chain(also.into_iter().flatten());
        let codes = codes.filter_map(Value::as_str).map(str::to_owned);
        self.explained.extend(codes);
    }

    /// Whether that verdict named this fault.
    pub(crate) fn knows(&self, code: Code) -> bool {
        self.explained.iter().any(|known| known == code.as_str())
    }

    /// What explains it. "Not known" is no answer here: the failure itself was
    /// told already.
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let session = SessionId::draw(self.clock.wall(), &mut Entropy);
        let mut timeline = Timeline::new(session);
        timeline.take_in(self.side.into(), self.claims.clone());
        timeline.take_in(Observer::Relay, self.of_relay.clone());
        let case = Case {
            facts: timeline.facts(),
            names: &self.names,
        };
        let mut verdicts = diagnose(&case);
        verdicts.retain(|verdict| verdict.code != Code::Undetermined);
        verdicts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_diagnosis::Confidence;
    use hopsight_evidence::Transport;
    use serde_json::json;
    use std::net::SocketAddr;

    #[test]
    fn the_relays_own_count_tells_lost_answers_from_lost_requests() {
        let code = |requests| {
            let mut findings = Findings::new(Clock::start(), Side::Sharer, Names::default());
            let server: SocketAddr = "10.0.0.1:3478".parse().unwrap();
            findings.note(Observation::RelaySilent {
                server,
                transport: Transport::Udp,
                text: "no answer".to_owned(),
                waited_ms: 5000,
                connected: false,
            });
            findings.note(Observation::RelayAllocated {
                server: "10.0.0.1:443".parse().unwrap(),
                transport: Transport::Tcp,
                relayed: "10.0.0.1:50000".parse().unwrap(),
                mapped: None,
            });
            findings.note_of_relay(Observation::RelayHeard {
                side: Side::Sharer,
                client: "10.0.0.7".parse().unwrap(),
                transport: Transport::Udp,
                requests,
            });
            let verdicts = findings.verdicts();
            verdicts.first().map(|one| (one.code, one.confidence))
        };

        let lost_answers = (Code::UdpRepliesFiltered, Confidence::Located);
        assert_eq!(code(3), Some(lost_answers));
        let lost_requests = (Code::RelayUdpBlocked, Confidence::Located);
        assert_eq!(code(0), Some(lost_requests));
    }

    #[test]
    fn what_a_sessions_verdict_names_is_not_said_again() {
        let clock = Clock::start();
        let mut findings = Findings::new(clock, Side::Sharer, Names::default());
        findings.is_explained_by(&What::Verdict {
            session: None,
            verdict: json!({"code": "no-route", "also": ["relay-unreachable"]}),
        });

        let known = [Code::NoRoute, Code::RelayUnreachable, Code::UdpBlocked]
            .map(|code| findings.knows(code));
        assert_eq!(known, [true, true, false]);
    }
}
