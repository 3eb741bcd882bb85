//! Registrar and proxy under any sequence of messages: a stranger reaches nobody,
//! whoever is known reaches others under their own name only, and everything that
//! is sent is sound. Alice and Bob are signed in, a third flow is a stranger's.
//!
//! A story is steps of one byte each; a message is the text up to a line of one
//! dot.

use crate::steps::Steps;
use hopsight_kit::{Moment, SeededRandom, Timestamp};
use hopsight_sip::Message;
use hopsight_sip::flow_token::NodeKey;
use hopsight_sip::server::{
    Account, Action, FlowId, FlowTransport, Identity, IdentityKind, Input, Server, Settings, Share,
    ShareState,
};
use std::time::Duration;

pub(crate) fn run(bytes: &[u8]) {
    let mut story = Story::begin();
    let mut steps = Steps::new(bytes);
    while let Some(step) = steps.next() {
        match step % 8 {
            flow @ 0..=4 => story.receive(usize::from(flow) % PEOPLE.len(), steps.text()),
            5 => story.wait(u64::from(steps.next().unwrap_or(0))),
            6 => story.close(steps.choice(PEOPLE.len())),
            _ => story.refuse_the_next_record = true,
        }
    }
}

/// Who speaks on which flow; the last is a stranger.
const PEOPLE: [Option<&str>; 3] = [Some("alice"), Some("bob"), None];
const DOMAIN: &str = "hopsight.internal";

struct Story {
    server: Server,
    random: SeededRandom,
    now: Moment,
    refuse_the_next_record: bool,
    /// Whether what came last was sound: what answers it repeats its headers.
    is_sound: bool,
}

impl Story {
    fn begin() -> Self {
        let mut story = Self {
            server: Server::new(Settings::new(DOMAIN, NodeKey::new([1; 32]))),
            random: SeededRandom::new(1),
            now: Moment::START,
            refuse_the_next_record: false,
            is_sound: true,
        };
        for (flow, name) in PEOPLE.iter().enumerate() {
            story.feed(Input::FlowOpened {
                flow: FlowId(flow as u64),
                remote: ([192, 0, 2, 1], 40_000).into(),
                transport: FlowTransport::Tls,
                identity: name.map(identity),
            });
            if let Some(name) = name {
                story.receive(flow, register(name, flow).as_bytes());
                assert_eq!(story.server.bindings(&identity(name).uri).count(), 1);
            }
        }
        story
    }

    fn receive(&mut self, flow: usize, message: &[u8]) {
        let sender = FlowId(flow as u64);
        let identity = self.server.identity(sender).cloned();
        let read = Message::read(message);
        self.is_sound = read.is_ok_and(|message| message.strict().is_ok());
        let actions = self.feed(Input::Received {
            flow: sender,
            message: message.to_vec(),
        });
        for (to, bytes) in sent(&actions) {
            let sent = Message::read(bytes).expect("a message");
            if to != sender && sent.is_request() {
                let by = identity.as_ref().expect("a stranger reaches nobody");
                is_from(&sent, by);
            }
        }
        self.answer_questions(actions);
    }

    /// Plays the store, which answers at once.
    fn answer_questions(&mut self, actions: Vec<Action>) {
        for action in actions {
            let answer = match action {
                Action::FindAccount { request, name } => Input::AccountFound {
                    request,
                    account: (name.len() < 6).then(|| account(&name)),
                },
                Action::FindShare { request, link } => Input::ShareFound {
                    request,
                    share: (!link.is_empty()).then(|| share("alice")),
                },
                Action::Record {
                    record,
                    then,
                    otherwise,
                    ..
                } => {
                    if !std::mem::take(&mut self.refuse_the_next_record) {
                        self.answer_questions(then);
                        continue;
                    }
                    self.answer_questions(otherwise);
                    Input::NotRecorded { record }
                }
                Action::Send { bytes, .. } => {
                    let message = Message::read(&bytes).expect("a message");
                    let is_answer = !message.is_request() && !self.is_sound;
                    assert!(is_answer || message.strict().is_ok(), "{message:?}");
                    continue;
                }
                Action::Close { .. }
                | Action::Described { .. }
                | Action::Deliver { .. }
                | Action::PresenceChanged { .. }
                | Action::Count(_) => continue,
            };
            let actions = self.feed(answer);
            self.answer_questions(actions);
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        let actions = self.feed(Input::Tick);
        self.answer_questions(actions);
        let due = self.server.next_wake();
        assert!(due.is_none_or(|due| due > self.now), "a timer stands still");
    }

    fn close(&mut self, flow: usize) {
        let flow = FlowId(flow as u64);
        let actions = self.feed(Input::FlowClosed { flow });
        self.answer_questions(actions);
    }

    fn feed(&mut self, input: Input) -> Vec<Action> {
        let wall = Timestamp::from_unix_seconds(1_700_000_000) + self.now.since_start();
        self.server.handle(self.now, wall, input, &mut self.random)
    }
}

/// A request that goes to others names whoever sent it, and nobody else.
fn is_from(sent: &Message, by: &Identity) {
    let asserted: Vec<&str> = sent.headers("P-Asserted-Identity").collect();
    assert!(asserted.len() <= 1, "{asserted:?}");
    for value in asserted {
        assert_eq!(value, by.asserted());
    }
}

/// What goes out at once or as soon as a record is kept.
fn sent(actions: &[Action]) -> Vec<(FlowId, &[u8])> {
    let mut found = Vec::new();
    for action in actions {
        match action {
            Action::Send { flow, bytes } => found.push((*flow, &bytes[..])),
            Action::Record {
                then, otherwise, ..
            } => {
                found.extend(sent(then));
                found.extend(sent(otherwise));
            }
            Action::Close { .. }
            | Action::FindAccount { .. }
            | Action::FindShare { .. }
            | Action::Described { .. }
            | Action::Deliver { .. }
            | Action::PresenceChanged { .. }
            | Action::Count(_) => {}
        }
    }
    found
}

fn identity(name: &str) -> Identity {
    Identity {
        name: name.to_owned(),
        uri: format!("sip:{name}@{DOMAIN}"),
        display_name: name.to_uppercase(),
        kind: IdentityKind::Person,
    }
}

fn account(name: &str) -> Account {
    Account {
        identity: identity(name),
        ha1_sha256: vec!["0".repeat(64).into()],
        ha1_md5: vec!["0".repeat(32).into()],
        enabled: true,
    }
}

fn share(owner: &str) -> Share {
    Share {
        owner: identity(owner),
        state: ShareState::Open,
    }
}

fn register(name: &str, flow: usize) -> String {
    format!(
        "REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TLS a.invalid;branch=z9hG4bK{flow}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{name}@{DOMAIN}>;tag=1\r\nTo: <sip:{name}@{DOMAIN}>\r\n\
         Call-ID: {name}\r\nCSeq: 1 REGISTER\r\n\
         Contact: <sip:c{flow}@x.invalid>;+sip.instance=\"<urn:uuid:{flow}>\"\r\n\
         Content-Length: 0\r\n\r\n"
    )
}
