//! Looks at the relay by each of its ways apart, all at once: a path that is
//! given one way only gathers its candidates, and what its tap sees tells.

use super::findings::Findings;
use super::sign_in::request_of;
use super::{Checked, Teller};
use crate::event::CheckStep;
use crate::server::Grant;
use crate::settings::Settings;
use hopsight_evidence::{
    Claim, Ledger, Observation, PathEvent, Side, SignallingRequest, Transport, TurnMethod,
};
use hopsight_kit::{Random, SessionId};
use hopsight_net::tls::{ClientConfig, client_config};
use hopsight_net::{Alpn, Entropy, HttpError};
use hopsight_path::{Media, PathOutput, PathSettings, RelayAccess};
use hopsight_sip::server::SessionPurpose;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A little more than a path itself waits for its relay.
const PATIENCE: Duration = Duration::from_millis(5500);

/// More ways than this no server hands out.
const MOST_WAYS: usize = 8;

/// What one way came to.
struct Tried {
    transport: Transport,
    outcome: Result<String, String>,
    mapped: Option<SocketAddr>,
    after: Duration,
    claims: Vec<Claim>,
    /// What the port did that the relay lends over this way.
    lent: Option<Observation>,
}

/// Asks for a relay and tries it by every way.
pub(super) async fn look(
    settings: &Settings,
    uri: &str,
    findings: &mut Findings,
    teller: &Teller<'_>,
) -> Checked {
    let began = Instant::now();
    let (session, grant) = match grant(settings, uri).await {
        Ok(granted) => granted,
        Err(error) => {
            if let HttpError::Refused {
                asked,
                status,
                code,
                ..
            } = &error
            {
                findings.note(Observation::SignallingAnswer {
                    request: request_of(&asked.path).unwrap_or(SignallingRequest::Relay),
                    status: *status,
                    reason: code.clone(),
                });
            }
            let step = CheckStep::RelayUdp;
            let said = Err(format!("no relay was granted: {error}"));
            teller.step(step, said, began.elapsed()).await;
            return Checked::Faulty;
        }
    };
    if grant.urls.is_empty() {
        let said = Err("this deployment offers no relay".to_owned());
        teller
            .step(CheckStep::RelayUdp, said, began.elapsed())
            .await;
        return Checked::Faulty;
    }
    let tls = match client_config(&settings.server.trust, Some(Alpn::Turn)) {
        Ok(tls) => tls,
        Err(error) => {
            let said = Err(error.to_string());
            teller
                .step(CheckStep::RelayTls, said, began.elapsed())
                .await;
            return Checked::Faulty;
        }
    };
    let mut all = by_every_way(&session, &grant, &tls).await;
    all.sort_by_key(|tried| tried.transport);
    if let Some(heard) = heard_by_relay(settings, &session, &all).await {
        findings.note_of_relay(heard);
    }
    if claimed(&all).any(|claim| matches!(claim, Observation::IcmpError { .. })) {
        findings.note_own_addresses().await;
    }
    let mut checked = Checked::Well;
    for tried in all {
        if tried.outcome.is_err() {
            checked = Checked::Faulty;
        }
        let step = step(tried.transport);
        let Tried {
            outcome,
            after,
            mapped,
            lent,
            ..
        } = tried;
        teller.step_with(step, outcome, after, mapped).await;
        findings.add(tried.claims);
        if let Some(lent) = lent {
            findings.note(lent);
        }
    }
    checked
}

/// Where the relay is silent over UDP alone: what it heard of this machine. A
/// count of none tells something only where no translation stands between, so
/// that the relay would have seen this very address.
async fn heard_by_relay(
    settings: &Settings,
    session: &SessionId,
    all: &[Tried],
) -> Option<Observation> {
    let silent = claimed(all).find_map(silent_over_udp)?;
    let seen_as = claimed(all).find_map(|claim| seen_over_stream(claim, silent))?;
    let asked = settings
        .server
        .relay_heard(&settings.account, session)
        .await;
    let heard = asked
        .inspect_err(|error| tracing::debug!(%error, "the relay's count was not told"))
        .ok()?;
    let is_plain = heard.client == seen_as && is_own(seen_as).await;
    (heard.requests > 0 || is_plain).then_some(Observation::RelayHeard {
        side: Side::Sharer,
        client: heard.client,
        transport: Transport::Udp,
        requests: heard.requests,
    })
}

fn claimed(all: &[Tried]) -> impl Iterator<Item = &Observation> {
    let claims = all.iter().flat_map(|tried| &tried.claims);
    claims.map(|claim| &claim.observation)
}

fn silent_over_udp(observation: &Observation) -> Option<IpAddr> {
    let Observation::RelaySilent {
        server,
        transport: Transport::Udp,
        ..
    } = observation
    else {
        return None;
    };
    Some(server.ip())
}

/// As which address the relay at `server` sees this machine over a stream.
fn seen_over_stream(observation: &Observation, relay: IpAddr) -> Option<IpAddr> {
    let Observation::RelayAllocated {
        server,
        transport: Transport::Tcp | Transport::Tls,
        mapped: Some(mapped),
        ..
    } = observation
    else {
        return None;
    };
    (server.ip() == relay).then(|| mapped.ip().to_canonical())
}

async fn is_own(wanted: IpAddr) -> bool {
    let interfaces = hopsight_probe::interfaces().await.unwrap_or_default();
    interfaces.iter().any(|one| {
        matches!(one, Observation::Interface { address, .. } if address.to_canonical() == wanted)
    })
}

async fn grant(settings: &Settings, uri: &str) -> Result<(SessionId, Grant), HttpError> {
    let (server, account) = (&settings.server, &settings.account);
    let purpose = SessionPurpose::Check;
    let session = server
        .make_session(account, uri, Side::Sharer, purpose)
        .await?;
    let grant = server.relay(account, &session).await?;
    Ok((session, grant))
}

async fn by_every_way(session: &SessionId, grant: &Grant, tls: &Arc<ClientConfig>) -> Vec<Tried> {
    let mut ways = JoinSet::new();
    for url in grant.urls.iter().take(MOST_WAYS) {
        let transport = transport_of(url);
        let path = PathSettings {
            session: session.clone(),
            media: Media::Nothing,
            relay: Some(RelayAccess {
                urls: vec![url.clone()],
                username: grant.username.clone(),
                password: grant.password.clone(),
                tls: Arc::clone(tls),
            }),
            interfaces: None,
        };
        let asks_back = grant.lent_ports_answer && transport == Transport::Udp;
        ways.spawn(by_one_way(path, transport, asks_back));
    }
    ways.join_all().await
}

/// `asks_back`: whether the port that is lent over this way is asked as well.
async fn by_one_way(settings: PathSettings, transport: Transport, asks_back: bool) -> Tried {
    let began = Instant::now();
    let mut tried = Tried {
        transport,
        outcome: Err("the relay gave no answer".to_owned()),
        mapped: None,
        after: Duration::ZERO,
        claims: Vec::new(),
        lent: None,
    };
    let (path, mut outputs) = match hopsight_path::open(settings).await {
        Ok(opened) => opened,
        Err(error) => {
            tried.outcome = Err(error.to_string());
            return tried;
        }
    };
    let mut ledger = Ledger::default();
    let mut progress = Progress::default();
    let watching = async {
        while let Some(output) = outputs.recv().await {
            let PathOutput::Event(at, event) = output else {
                continue;
            };
            let settled = progress.note(&event);
            ledger.record(at, event);
            if let Some(settled) = settled {
                return settled;
            }
        }
        Err("the path closed".to_owned())
    };
    let settled = timeout(PATIENCE, watching).await;
    tried.after = began.elapsed();
    if let Ok(Ok((relayed, _))) = &settled
        && asks_back
    {
        tried.lent = ask_lent_port(*relayed).await;
    }
    match settled {
        Ok(Ok((relayed, mapped))) => {
            tried.outcome = Ok(match mapped {
                Some(mapped) => format!("answers, sees you as {mapped}"),
                None => format!("answers, lends {relayed}"),
            });
            tried.mapped = mapped;
        }
        Ok(Err(problem)) => tried.outcome = Err(problem),
        Err(_elapsed) => {}
    }
    path.close().await;
    tried.claims = relay_claims(&ledger);
    tried
}

/// Asks the port that the relay lends while it is lent.
async fn ask_lent_port(relayed: SocketAddr) -> Option<Observation> {
    let mut transaction = [0; 12];
    Entropy.fill(&mut transaction);
    let asked = hopsight_probe::lent_port(relayed, transaction).await;
    let not_asked = |error: &std::io::Error| tracing::debug!(%error, "a lent port was not asked");
    asked.inspect_err(not_asked).ok()
}

/// What a check tells of a relay, and what routers said of the way there; its own
/// candidates are nobody's business.
fn relay_claims(ledger: &Ledger) -> Vec<Claim> {
    let mut claims = ledger.claims();
    claims.retain(|claim| {
        matches!(
            claim.observation,
            Observation::IcmpError { .. }
                | Observation::RelayAllocated { .. }
                | Observation::RelaySilent { .. }
                | Observation::TurnResult { .. }
        )
    });
    claims
}

/// How far a relay came.
#[derive(Debug, Default)]
struct Progress {
    challenges: u32,
}

/// The relayed address, and this end's own as the relay sees it.
type Addresses = (SocketAddr, Option<SocketAddr>);

impl Progress {
    /// What it came to, once that is certain. The first 401 is how a relay
    /// gives its nonce (RFC 8489, section 9.2).
    fn note(&mut self, event: &PathEvent) -> Option<Result<Addresses, String>> {
        if let PathEvent::Allocated {
            relayed, mapped, ..
        } = event
        {
            return Some(Ok((*relayed, *mapped)));
        }
        if let PathEvent::TurnUnreachable { server, text, .. } = event {
            return Some(Err(format!("{server} is not reached: {text}")));
        }
        if let PathEvent::TurnSilent { server, .. } = event {
            return Some(Err(format!("{server} does not answer")));
        }
        if let PathEvent::TurnAnswered {
            server,
            method: TurnMethod::Allocate,
            code: Some(code),
            reason,
            ..
        } = event
        {
            self.challenges += u32::from(matches!(code, 401 | 438));
            let is_final = self.challenges > 1 || !matches!(code, 401 | 438);
            return is_final.then(|| Err(format!("{server} refuses: {code} {reason}")));
        }
        None
    }
}

const fn step(transport: Transport) -> CheckStep {
    match transport {
        Transport::Udp => CheckStep::RelayUdp,
        Transport::Tcp => CheckStep::RelayTcp,
        Transport::Tls => CheckStep::RelayTls,
    }
}

/// The way that a relay's URL names (RFC 7065).
fn transport_of(url: &str) -> Transport {
    if url.starts_with("turns:") {
        Transport::Tls
    } else if url.ends_with("?transport=tcp") {
        Transport::Tcp
    } else {
        Transport::Udp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_known_by_its_url() {
        let urls = [
            "turn:10.0.0.1:3478?transport=udp",
            "turn:10.0.0.1:443?transport=tcp",
            "turns:desk.example:443?transport=tcp",
        ];

        let expected = [Transport::Udp, Transport::Tcp, Transport::Tls];
        assert_eq!(urls.map(transport_of), expected);
    }

    #[test]
    fn the_first_challenge_is_no_refusal_and_the_second_is() {
        let mut progress = Progress::default();

        assert_eq!(progress.note(&answered(401)), None);
        let refused = Err("10.0.0.1:3478 refuses: 401 Unauthorized".to_owned());
        assert_eq!(progress.note(&answered(401)), Some(refused));
    }

    fn answered(code: u16) -> PathEvent {
        PathEvent::TurnAnswered {
            server: "10.0.0.1:3478".parse().unwrap(),
            transport: Transport::Udp,
            method: TurnMethod::Allocate,
            transaction: [1; 12],
            code: Some(code),
            reason: "Unauthorized".into(),
        }
    }
}
