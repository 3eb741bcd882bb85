//! Decides what a Hopsight front end does with SIP: registrar (RFC 3261,
//! section 10) and transaction-stateful, record-routing, forking proxy
//! (section 16), authenticated by flow.
//!
//! Takes flows, messages, the store's answers and the time; gives [`Action`]s
//! in the order in which they are to be carried out. Sockets, the store and
//! the clock are left to the front end. Dialogs are observed for evidence and
//! never needed to route: the signed token in each Record-Route names both
//! ends, and an end that came back on another flow is found by its endpoint.
//!
//! Whoever speaks on a flow is known: from the WebSocket's ticket, or by
//! digest. Only then is anything forwarded, and only with their own address in
//! `From`.
//!
//! ```
//! use hopsight_kit::{Moment, SeededRandom, Timestamp};
//! use hopsight_sip::flow_token::NodeKey;
//! use hopsight_sip::server::{Action, FlowId, FlowTransport, Input, Server, Settings};
//!
//! let mut server = Server::new(Settings::new("hopsight.internal", NodeKey::new([7; 32])));
//! let mut random = SeededRandom::new(1);
//! let (now, wall) = (Moment::START, Timestamp::from_unix_seconds(1_700_000_000));
//! let flow = FlowId(1);
//! let opened = Input::FlowOpened {
//!     flow,
//!     remote: ([192, 0, 2, 1], 40_000).into(),
//!     transport: FlowTransport::Tls,
//!     identity: None,
//! };
//! server.handle(now, wall, opened, &mut random);
//! let message = b"REGISTER sip:hopsight.internal SIP/2.0\r\n\
//!     Via: SIP/2.0/TLS a.invalid;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
//!     From: <sip:alice@hopsight.internal>;tag=1\r\nTo: <sip:alice@hopsight.internal>\r\n\
//!     Call-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
//! let received = Input::Received { flow, message: message.to_vec() };
//! let actions = server.handle(now, wall, received, &mut random);
//! let [Action::FindAccount { request, .. }] = actions[..] else { panic!("{actions:?}") };
//! let found = Input::AccountFound { request, account: None };
//! let actions = server.handle(now, wall, found, &mut random);
//!
//! let [Action::Send { bytes, .. }] = &actions[..] else { panic!("{actions:?}") };
//! assert!(bytes.starts_with(b"SIP/2.0 401 "));
//! ```

mod ack;
mod admit;
mod authenticate;
mod branch;
mod cancel;
mod confirm;
mod description;
mod exchange;
mod fork;
mod forks;
mod identity;
mod lookup;
mod message;
mod notify;
mod options;
mod presence;
mod proxy;
mod refusal;
mod register;
mod registrar;
mod reply;
mod sessions;
mod subscribe;
mod tokens;
mod transactions;

#[cfg(test)]
mod tests;

pub(crate) use branch::reason_phrase;
pub use description::Description;
pub use exchange::{
    Action, Consent, ConsentGiven, Endpoint, FlowId, FlowTransport, Input, LookupId, Recipient,
    RecordId, Role, RoleError, SessionEvent, SessionPurpose,
};
pub use identity::{Account, Identity, IdentityKind, Share, ShareState};
pub use registrar::Binding;
pub(crate) use sessions::session_expires;

use crate::flow_token::{EndpointKey, NodeKey};
use forks::Forks;
use hopsight_kit::{Moment, Random, Timestamp};
use lookup::Lookup;
use presence::Watchers;
use registrar::Registrar;
use sessions::Sessions;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use transactions::{Told, Transactions};

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The SIP domain; also the realm of the digest.
    pub domain: String,
    /// Other host names and addresses under which clients may name this
    /// server in Request-URI and Route.
    pub also_served: Vec<String>,
    /// Where clients reach this server: it stands in Via, Record-Route and
    /// Service-Route. Browsers and Hopsight's own endpoints send everything on the flow
    /// that they have; others look this name up, or find their flow by it.
    pub reached_at: Place,
    /// Signs flow tokens and nonces.
    pub node_key: NodeKey,
    /// A registration lasts no longer than this.
    pub longest_registration: Duration,
    /// A shorter registration is refused with 423.
    pub shortest_registration: Duration,
    /// How long an invited endpoint may ring (Timer C, over 3 min).
    pub longest_ringing: Duration,
    /// So many transactions at once; above it requests get 503.
    pub most_transactions: usize,
}

impl Settings {
    /// The usual settings for `domain`.
    #[must_use]
    pub fn new(domain: &str, node_key: NodeKey) -> Self {
        Self {
            domain: domain.to_ascii_lowercase(),
            reached_at: Place {
                host: domain.to_ascii_lowercase(),
                port: None,
            },
            also_served: Vec::new(),
            node_key,
            longest_registration: Duration::from_secs(300),
            shortest_registration: Duration::from_secs(30),
            longest_ringing: Duration::from_secs(185),
            most_transactions: 20_000,
        }
    }
}

/// Where clients reach a server over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A name, or an address (with brackets, if IPv6).
    pub host: String,
    /// The port; none for a domain that says so in the DNS.
    pub port: Option<u16>,
}

impl Place {
    /// The URI of a route to there, for `user`.
    fn route(&self, user: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        let host = &self.host;
        match self.port {
            Some(port) => format!("<sip:{user}{at}{host}:{port};transport=tls;lr>"),
            None => format!("<sip:{user}{at}{host};lr>"),
        }
    }
}

/// Registrar and proxy.
#[derive(Debug)]
pub struct Server {
    settings: Settings,
    flows: BTreeMap<FlowId, Flow>,
    registrar: Registrar,
    transactions: Transactions,
    lookups: BTreeMap<LookupId, Lookup>,
    forks: Forks,
    sessions: Sessions,
    watchers: Watchers,
    last_number: u64,
}

/// An open flow.
#[derive(Debug)]
struct Flow {
    remote: SocketAddr,
    transport: FlowTransport,
    identity: Option<Identity>,
}

/// One end of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Peer {
    flow: FlowId,
    endpoint: EndpointKey,
}

/// One call of [`Server::handle`]: what it may use, and what it gave so far.
struct Round<'a> {
    now: Moment,
    wall: Timestamp,
    random: &'a mut dyn Random,
    actions: Vec<Action>,
}

impl Server {
    /// A server without flows.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            transactions: Transactions::new(settings.most_transactions),
            settings,
            flows: BTreeMap::new(),
            registrar: Registrar::default(),
            lookups: BTreeMap::new(),
            forks: Forks::default(),
            sessions: Sessions::default(),
            watchers: Watchers::default(),
            last_number: 0,
        }
    }

    /// Takes in what happened and gives what is to be done about it. Timers
    /// that ran out by `now` are carried out first, whatever `input` is.
    pub fn handle(
        &mut self,
        now: Moment,
        wall: Timestamp,
        input: Input,
        random: &mut dyn Random,
    ) -> Vec<Action> {
        let mut round = Round {
            now,
            wall,
            random,
            actions: Vec::new(),
        };
        self.lapse(&mut round);
        self.take(input, &mut round);
        self.flush(&mut round);
        let ended = self.transactions.take_ended();
        self.forks.settle(&ended, &self.transactions);
        round.actions
    }

    /// When [`Input::Tick`] is due, if nothing else comes before.
    #[must_use]
    pub fn next_wake(&self) -> Option<Moment> {
        [
            self.transactions.next_wake(),
            self.registrar.next_wake(),
            self.sessions.next_wake(),
            self.watchers.next_wake(),
            self.lookups.values().next().map(|lookup| lookup.until),
            self.forks.next_wake(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The endpoints of an address-of-record.
    pub fn bindings<'a>(&'a self, uri: &'a str) -> impl Iterator<Item = &'a Binding> {
        self.registrar.of(uri)
    }

    /// Who speaks on a flow, if that is known.
    #[must_use]
    pub fn identity(&self, flow: FlowId) -> Option<&Identity> {
        self.flows.get(&flow)?.identity.as_ref()
    }

    /// The flow on which an endpoint is registered now.
    #[must_use]
    pub fn flow_of(&self, endpoint: &Endpoint) -> Option<FlowId> {
        let targets = self.recipients(&Recipient::Endpoint(endpoint.clone()));
        targets.first().map(|target| target.peer.flow)
    }

    fn take(&mut self, input: Input, round: &mut Round<'_>) {
        match input {
            Input::FlowOpened {
                flow,
                remote,
                transport,
                identity,
            } => {
                let opened = Flow {
                    remote,
                    transport,
                    identity,
                };
                self.flows.insert(flow, opened);
            }
            Input::Received { flow, message } => self.received(flow, &message, round),
            Input::FlowClosed { flow } => self.flow_closed(flow, round),
            Input::AccountFound { request, account } => {
                self.account_found(request, account.as_ref(), round);
            }
            Input::ShareFound { request, share } => {
                self.share_found(request, share.as_ref(), round);
            }
            Input::LookupFailed { request } => self.lookup_failed(request, round),
            Input::NotRecorded { record } => self.not_recorded(record, round),
            Input::Send {
                to,
                session,
                content_type,
                body,
            } => self.send_message(&to, session.as_ref(), &content_type, &body, round),
            Input::Ask { endpoint } => self.send_options(&endpoint, round),
            Input::Barred { uri } => self.bar(&uri, round),
            Input::Tick => {}
        }
    }

    /// Everything that time alone brings about.
    fn lapse(&mut self, round: &mut Round<'_>) {
        for told in self.transactions.wake(round.now) {
            match told {
                Told::Silent(key) => {
                    if !self.notify_answered(&key, 408) {
                        self.branch_silent(&key, round);
                    }
                }
                Told::Unacknowledged => round.count("sip.refusal-unacknowledged"),
                Told::Ack(_) | Told::Request(..) | Told::Response(..) => {}
            }
        }
        self.ring_out(round);
        self.lookups_overdue(round);
        let now = round.now;
        let offline = self.registrar.lapse(now);
        self.offline(offline, round);
        self.watchers_lapse(round);
        for session in self.sessions.expire(now) {
            let event = SessionEvent::Ended {
                session,
                by: None,
                reason: String::new(),
            };
            self.record(event, Vec::new(), Vec::new(), round);
        }
    }

    fn flow_closed(&mut self, flow: FlowId, round: &mut Round<'_>) {
        let offline = self.registrar.flow_closed(flow);
        self.flows.remove(&flow);
        self.offline(offline, round);
        self.branches_lost(flow, round);
    }

    fn bar(&mut self, uri: &str, round: &mut Round<'_>) {
        let closing: Vec<FlowId> = self
            .flows
            .iter()
            .filter(|(_, flow)| flow.identity.as_ref().is_some_and(|who| who.uri == uri))
            .map(|(flow, _)| *flow)
            .collect();
        let mut offline = self.registrar.bar(uri);
        for flow in &closing {
            offline.extend(self.registrar.flow_closed(*flow));
            self.flows.remove(flow);
        }
        self.offline(offline, round);
        let closes = closing.into_iter().map(|flow| Action::Close { flow });
        round.actions.extend(closes);
    }

    /// Hands what the transactions want to send to the flows that are there.
    fn flush(&mut self, round: &mut Round<'_>) {
        for (peer, bytes) in self.transactions.take_sends() {
            match self.flow_back_to(peer) {
                Some(flow) => round.actions.push(Action::Send { flow, bytes }),
                None => round.count("sip.flow-gone"),
            }
        }
    }

    /// What `work` sends, kept apart from what was sent before.
    fn apart(
        &mut self,
        round: &mut Round<'_>,
        work: impl FnOnce(&mut Self, &mut Round<'_>),
    ) -> Vec<Action> {
        self.flush(round);
        let before = round.actions.len();
        work(self, round);
        self.flush(round);
        round.actions.split_off(before)
    }

    fn record(
        &mut self,
        event: SessionEvent,
        then: Vec<Action>,
        otherwise: Vec<Action>,
        round: &mut Round<'_>,
    ) -> RecordId {
        let record = RecordId(self.number());
        round.actions.push(Action::Record {
            record,
            event,
            then,
            otherwise,
        });
        record
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn is_ours(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case(&self.settings.domain)
            || host.eq_ignore_ascii_case(&self.settings.reached_at.host)
            || self
                .settings
                .also_served
                .iter()
                .any(|name| name.eq_ignore_ascii_case(host))
    }
}

impl Round<'_> {
    fn count(&mut self, name: &'static str) {
        self.actions.push(Action::Count(name));
    }

    /// So many unforeseeable hexadecimal digits, at most 64.
    fn digits(&mut self, count: usize) -> String {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        crate::flow_token::hexadecimal(&bytes)
            .chars()
            .take(count)
            .collect()
    }
}
