//! Looks at the way to being signed in, one step after the other: the server's
//! name, its port, its certificate, its answer. Where a step fails, what the
//! network shows of the place is looked for before anything else is tried.

use super::Teller;
use super::findings::Findings;
use crate::error::EndpointError;
use crate::event::CheckStep;
use crate::server::{Account, Server};
use crate::settings::Settings;
use hopsight_evidence::{
    CertificateProblem, NeighbourState, Observation, SignallingRequest, TcpOutcome,
};
use hopsight_net::{ConnectError, HttpError, certificate_seen};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

/// So many addresses of the server are tried.
const MOST_ADDRESSES: usize = 4;

/// A port on which servers do not listen (discard, RFC 863): a reset from there
/// comes from the server's machine, however near one for the sign-in port came.
const CLOSED_PORT: u16 = 9;

/// How far it came.
pub(super) enum Reach {
    /// Name, port or certificate failed.
    NotReached,
    /// The server answered no.
    NotSignedIn,
    /// Signed in, under this address of record.
    SignedIn { uri: String },
}

/// Signs in step by step and tells each.
pub(super) async fn look(
    settings: &Settings,
    findings: &mut Findings,
    teller: &Teller<'_>,
) -> Reach {
    let server = &settings.server;
    let began = Instant::now();
    let (addresses, said) = find(server, findings).await;
    teller.step(CheckStep::Name, said, began.elapsed()).await;
    if addresses.is_empty() {
        return Reach::NotReached;
    }
    let began = Instant::now();
    let answered = match reach(server, &addresses, findings).await {
        Ok(()) => answer(server, &settings.account, findings).await,
        Err(problem) => Err(problem),
    };
    let (reach, said) = match answered {
        Ok(uri) => {
            let said = format!(
                "{} at {}",
                settings.account.name,
                server.address.authority()
            );
            (Reach::SignedIn { uri }, Ok(said))
        }
        Err((reach, problem)) => (reach, Err(problem)),
    };
    teller.step(CheckStep::SignIn, said, began.elapsed()).await;
    reach
}

/// Looks for what explains `error`, of a start that failed.
pub(super) async fn look_again(server: &Server, error: &EndpointError, findings: &mut Findings) {
    if let Some(answer) = answer_in(error) {
        return findings.note(answer);
    }
    if error.is_about_the_way() {
        let (addresses, _) = find(server, findings).await;
        // What is wrong stands in the findings.
        drop(reach(server, &addresses, findings).await);
    }
}

async fn find(
    server: &Server,
    findings: &mut Findings,
) -> (Vec<SocketAddr>, Result<String, String>) {
    let host = &server.address.host;
    let looked_up = hopsight_probe::name(host).await;
    findings.note(looked_up.clone());
    let Observation::NameLookedUp {
        addresses: found,
        problem,
        ..
    } = looked_up
    else {
        return (Vec::new(), Err(format!("{host} was not looked up")));
    };
    let said = match problem {
        Some(problem) => Err(format!("{host} was not found: {problem}")),
        None if host.parse::<IpAddr>().is_ok() => Ok(format!("{host} is an address")),
        None => Ok(format!("{host} is {}", listed(&found))),
    };
    let port = server.address.port;
    let addresses = found.into_iter().take(MOST_ADDRESSES);
    let addresses = addresses.map(|ip| SocketAddr::new(ip, port)).collect();
    (addresses, said)
}

/// Whether the server is at one of `addresses`: its port and its certificate.
async fn reach(
    server: &Server,
    addresses: &[SocketAddr],
    findings: &mut Findings,
) -> Result<(), (Reach, String)> {
    let mut problem = "no address is known".to_owned();
    let began = Instant::now();
    for address in addresses {
        let connected = hopsight_probe::tcp_connect(*address, drop).await;
        let outcome = outcome_of(&connected);
        findings.note(connected);
        if outcome == Some(TcpOutcome::Accepted) {
            return believe(server, *address, findings).await;
        }
        if addresses.first() == Some(address) {
            problem = refusal(*address, outcome);
        }
    }
    if let Some(first) = addresses.first() {
        follow(*first, began, findings).await;
    }
    Err((Reach::NotReached, problem))
}

/// Follows connections that did not come about, for the place where they end.
async fn follow(address: SocketAddr, began: Instant, findings: &mut Findings) {
    let next_hop = next_hop(address.ip(), findings).await;
    let followed = hopsight_probe::tcp_trace(address, began, next_hop).await;
    let is_refused = trace_outcome(&followed.trace) == Some(TcpOutcome::Refused);
    findings.note(followed.trace);
    if next_hop == NeighbourState::Silent {
        look_again_at(address.ip(), findings).await;
    }
    if next_hop == NeighbourState::Silent || !followed.refusals.is_empty() {
        findings.note_own_addresses().await;
    }
    for refusal in followed.refusals {
        findings.note(refusal);
    }
    if is_refused {
        // Did the server refuse, or something nearer in its name?
        let closed = SocketAddr::new(address.ip(), CLOSED_PORT);
        let followed = hopsight_probe::tcp_trace(closed, Instant::now(), next_hop).await;
        if trace_outcome(&followed.trace) == Some(TcpOutcome::Refused) {
            findings.note(followed.trace);
        }
    }
}

/// Whether the next hop towards `address` answers on its link.
async fn next_hop(address: IpAddr, findings: &mut Findings) -> NeighbourState {
    let route = match hopsight_probe::route(address).await {
        Ok(route) => route,
        Err(error) => {
            tracing::debug!(%error, "a route was not told");
            return NeighbourState::Unknown;
        }
    };
    let state = neighbour(&route);
    findings.note(route);
    state
}

async fn believe(
    server: &Server,
    address: SocketAddr,
    findings: &mut Findings,
) -> Result<(), (Reach, String)> {
    match certificate_seen(&server.address, address, &server.trust).await {
        Ok(seen) => {
            let said = certificate(&seen);
            findings.note(seen);
            // Whoever is there was reached; it is not the server that was meant.
            said.map_err(|problem| (Reach::NotSignedIn, problem))
        }
        Err(error) => Err((Reach::NotReached, error.to_string())),
    }
}

fn certificate(seen: &Observation) -> Result<(), String> {
    let Observation::CertificateSeen {
        server,
        problem: Some(problem),
        text,
        ..
    } = seen
    else {
        return Ok(());
    };
    let problem = match problem {
        CertificateProblem::Expired => "has expired",
        CertificateProblem::NotYetValid => "is not valid yet",
        CertificateProblem::WrongName => "is for another name",
        CertificateProblem::Untrusted => "is not trusted",
    };
    Err(format!("the certificate at {server} {problem}: {text}"))
}

/// Asks who this is.
async fn answer(
    server: &Server,
    account: &Account,
    findings: &mut Findings,
) -> Result<String, (Reach, String)> {
    let me = match server.about().await {
        Ok(_) => server.me(account).await,
        Err(error) => Err(error),
    };
    let error = match me {
        Ok(me) => return Ok(me.uri),
        Err(error) => error,
    };
    let said = error.to_string();
    match error {
        HttpError::Refused {
            status,
            code,
            message,
            ..
        } => {
            findings.note(Observation::SignallingAnswer {
                request: SignallingRequest::SignIn,
                status,
                reason: code,
            });
            Err((Reach::NotSignedIn, message))
        }
        HttpError::NotUnderstood { .. } => Err((Reach::NotSignedIn, said)),
        HttpError::Broken { .. } | HttpError::Connect(_) | HttpError::Silent { .. } => {
            Err((Reach::NotReached, said))
        }
    }
}

/// The server's no, as a fact, if `error` is one.
fn answer_in(error: &EndpointError) -> Option<Observation> {
    match error {
        EndpointError::NotRegistered { status, reason, .. } => {
            Some(Observation::SignallingAnswer {
                request: SignallingRequest::SignIn,
                status: *status,
                reason: reason.clone(),
            })
        }
        EndpointError::Server(HttpError::Refused {
            asked,
            status,
            code,
            ..
        }) => Some(Observation::SignallingAnswer {
            request: request_of(&asked.path)?,
            status: *status,
            reason: code.clone(),
        }),
        EndpointError::Decoder(_)
        | EndpointError::Negotiate(_)
        | EndpointError::NotReached(_)
        | EndpointError::Path(_)
        | EndpointError::Produce(_)
        | EndpointError::Server(_)
        | EndpointError::Trust(_)
        | EndpointError::Who(_) => None,
    }
}

/// What a request over HTTP was for, if it was for a session of ours.
pub(super) fn request_of(path: &str) -> Option<SignallingRequest> {
    match path.strip_prefix("/api/v1/sessions") {
        Some(rest) if rest.ends_with("/relay") => Some(SignallingRequest::Relay),
        Some(_) => Some(SignallingRequest::Invite),
        None => (path == "/api/v1/me").then_some(SignallingRequest::SignIn),
    }
}

impl EndpointError {
    /// Whether something between this machine and the server, the server's
    /// certificate included, may explain it.
    const fn is_about_the_way(&self) -> bool {
        match self {
            Self::NotReached(error) | Self::Server(HttpError::Connect(error)) => match error {
                ConnectError::Trust { .. } => false,
                ConnectError::Name { .. }
                | ConnectError::Protocol { .. }
                | ConnectError::Silent { .. }
                | ConnectError::Tcp { .. }
                | ConnectError::Tls { .. }
                | ConnectError::Untrusted { .. } => true,
            },
            Self::Server(HttpError::Broken { .. } | HttpError::Silent { .. }) => true,
            Self::Decoder(_)
            | Self::Negotiate(_)
            | Self::NotRegistered { .. }
            | Self::Path(_)
            | Self::Produce(_)
            | Self::Server(HttpError::NotUnderstood { .. } | HttpError::Refused { .. })
            | Self::Trust(_)
            | Self::Who(_) => false,
        }
    }
}

fn outcome_of(connected: &Observation) -> Option<TcpOutcome> {
    let Observation::TcpConnect { outcome, .. } = connected else {
        return None;
    };
    Some(*outcome)
}

/// A next hop that has answered meanwhile was only slow.
async fn look_again_at(address: IpAddr, findings: &mut Findings) {
    let route = hopsight_probe::route(address).await.ok();
    let answers = |route: &Observation| neighbour(route) == NeighbourState::Answers;
    if let Some(route) = route.filter(answers) {
        findings.note(route);
    }
}

const fn neighbour(route: &Observation) -> NeighbourState {
    let Observation::Route { neighbour, .. } = route else {
        return NeighbourState::Unknown;
    };
    *neighbour
}

fn trace_outcome(trace: &Observation) -> Option<TcpOutcome> {
    let Observation::TcpTrace { outcome, .. } = trace else {
        return None;
    };
    Some(*outcome)
}

fn refusal(address: SocketAddr, outcome: Option<TcpOutcome>) -> String {
    match outcome {
        Some(TcpOutcome::Refused) => format!("{address} refuses connections"),
        Some(TcpOutcome::Silent) => format!("{address} does not answer"),
        Some(TcpOutcome::Unreachable) => format!("no way leads to {address}"),
        Some(TcpOutcome::Accepted) | None => format!("{address} cannot be used"),
    }
}

fn listed(addresses: &[IpAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_by_its_path() {
        let requests = [
            "/api/v1/me",
            "/api/v1/sessions",
            "/api/v1/sessions/01J00000000000000000000000/relay",
            "/api/v1/links/open",
        ];

        let expected = [
            Some(SignallingRequest::SignIn),
            Some(SignallingRequest::Invite),
            Some(SignallingRequest::Relay),
            None,
        ];
        assert_eq!(requests.map(request_of), expected);
    }

    #[test]
    fn a_refused_registration_is_a_fact_and_no_reason_to_look_at_the_network() {
        let error = EndpointError::NotRegistered {
            server: "https://desk.example".parse().unwrap(),
            uri: "sip:desk1@desk.example".into(),
            status: 403,
            reason: "Forbidden".into(),
        };

        let expected = Observation::SignallingAnswer {
            request: SignallingRequest::SignIn,
            status: 403,
            reason: "Forbidden".into(),
        };
        assert_eq!(answer_in(&error), Some(expected));
        assert!(!error.is_about_the_way());
    }
}
