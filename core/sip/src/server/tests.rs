//! What serves the server's tests: a server, clients that write messages by
//! hand, and a store that answers at once.

mod admission;
mod forking;
mod outbound;
mod presence;
mod registration;
mod relayed;
mod routing;
mod services;
mod sessions;

use super::*;
use crate::digest::{Algorithm, ha1};
use crate::message::{Builder, Message, Method};
use hopsight_kit::{Redacted, SeededRandom, SessionId};
use relayed::relayed;

const DOMAIN: &str = "hopsight.internal";
const SESSION: &str = "01J00000000000000000000000";

/// A server and everything that left it.
struct Bench {
    server: Server,
    random: SeededRandom,
    now: Moment,
}

impl Bench {
    fn new() -> Self {
        Self {
            server: Server::new(Settings::new(DOMAIN, NodeKey::new([1; 32]))),
            random: SeededRandom::new(1),
            now: Moment::START,
        }
    }

    fn feed(&mut self, input: Input) -> Vec<Action> {
        let wall = Timestamp::from_unix_seconds(1_700_000_000) + self.now.since_start();
        self.server.handle(self.now, wall, input, &mut self.random)
    }

    fn wait(&mut self, span: Duration) -> Vec<Action> {
        self.now = self.now + span;
        self.feed(Input::Tick)
    }

    /// Opens a flow of somebody who has a ticket.
    fn open(&mut self, flow: u64, name: &str) {
        self.feed(Input::FlowOpened {
            flow: FlowId(flow),
            remote: ([192, 0, 2, 1], 40_000).into(),
            transport: FlowTransport::Wss,
            identity: Some(identity(name)),
        });
    }

    /// Opens a flow and registers on it.
    fn sign_in(&mut self, flow: u64, name: &str) -> Vec<Action> {
        self.open(flow, name);
        let register = register(&format!("sip:{name}@{DOMAIN}"), flow, 1).finish();
        self.receive(flow, &register)
    }

    /// Answers the question for an account that stands in `actions`.
    fn find(&mut self, actions: &[Action], account: Option<Account>) -> Vec<Action> {
        let [Action::FindAccount { request, .. }] = actions else {
            panic!("{actions:?}");
        };
        let request = *request;
        self.feed(Input::AccountFound { request, account })
    }

    fn receive(&mut self, flow: u64, message: &Message) -> Vec<Action> {
        self.feed(Input::Received {
            flow: FlowId(flow),
            message: message.bytes().to_vec(),
        })
    }
}

fn identity(name: &str) -> Identity {
    Identity {
        name: name.to_owned(),
        uri: format!("sip:{name}@{DOMAIN}"),
        display_name: name.to_uppercase(),
        kind: match name.starts_with("guest.") {
            true => IdentityKind::Guest,
            false => IdentityKind::Person,
        },
    }
}

/// An account whose devices have these secrets.
fn account(name: &str, secrets: &[&str]) -> Account {
    let keys = secrets.iter().map(|secret| {
        let secret = Redacted::new((*secret).to_owned());
        ha1(name, DOMAIN, &secret, Algorithm::Sha256)
    });
    Account {
        identity: identity(name),
        ha1_sha256: keys.collect(),
        ha1_md5: Vec::new(),
        enabled: true,
    }
}

fn session() -> SessionId {
    SESSION.parse().unwrap()
}

fn register(uri: &str, flow: u64, sequence: u32) -> Builder {
    request(
        &Method::Register,
        uri,
        &format!("sip:{DOMAIN}"),
        uri,
        sequence,
    )
    .header("Contact", contact(flow))
}

fn contact(flow: u64) -> String {
    format!("<sip:c{flow}@x.invalid;transport=ws>;+sip.instance=\"<urn:uuid:{flow}>\"")
}

/// A request as a client writes it; the branch differs with every argument.
fn request(method: &Method, from: &str, uri: &str, to: &str, sequence: u32) -> Builder {
    let from = from.trim_start_matches("sip:");
    let branch = format!("z9hG4bK{method}{sequence}{}", from.replace(['@', '.'], ""));
    Builder::request(method, uri)
        .header("Via", format!("SIP/2.0/WSS client.invalid;branch={branch}"))
        .header("Max-Forwards", "70")
        .header("From", format!("<sip:{from}>;tag=f-{from}"))
        .header("To", format!("<{to}>"))
        .header("Call-ID", format!("call-of-{from}"))
        .header("CSeq", format!("{sequence} {method}"))
}

/// Alice's INVITE to somebody.
fn invite(to: &str) -> Builder {
    let alice = format!("sip:alice@{DOMAIN}");
    request(&Method::Invite, &alice, to, to, 1).header("Contact", "<sip:a@x.invalid>")
}

fn alice() -> String {
    format!("sip:alice@{DOMAIN}")
}

fn bob() -> String {
    format!("sip:bob@{DOMAIN}")
}

/// The messages that were sent, with their flows.
fn sent(actions: &[Action]) -> Vec<(u64, Message)> {
    actions
        .iter()
        .filter_map(|action| {
            let Action::Send { flow, bytes } = action else {
                return None;
            };
            Some((flow.0, Message::read(bytes).unwrap()))
        })
        .collect()
}

/// The messages that were sent, in short: `3 INVITE`, `1 200`.
fn lines(actions: &[Action]) -> Vec<String> {
    sent(actions)
        .iter()
        .map(
            |(flow, message)| match (message.method(), message.status()) {
                (Some(method), _) => format!("{flow} {method}"),
                (None, status) => format!("{flow} {}", status.unwrap_or(0)),
            },
        )
        .collect()
}

/// The message that was sent on a flow.
fn on(actions: &[Action], flow: u64) -> Message {
    let mut messages = sent(actions).into_iter();
    messages
        .find(|(on, _)| *on == flow)
        .map(|(_, message)| message)
        .unwrap()
}

fn answer(request: &Message, status: u16, tag: &str) -> Message {
    Builder::response_to(request, status, "As Said")
        .copy(request, "Record-Route")
        .header("Contact", "<sip:b@x.invalid>")
        .to_tag(tag)
        .finish()
}
