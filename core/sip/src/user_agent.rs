//! Decides what a native endpoint does with SIP (RFC 3261, the user agent's
//! parts): registrations, one or more calls, messages, over one flow to its
//! front end.
//!
//! Takes commands, messages and the time; gives [`Output`]s: bytes for the
//! flow and [`Event`]s for whoever drives it. Opening the flow, ICE and SDP
//! are left to the endpoint. A call outlives its flow: when the flow is opened
//! again the user agent registers again and goes on.
//!
//! ```
//! use hopsight_kit::{Moment, Redacted, SeededRandom};
//! use hopsight_sip::server::{Role, SessionPurpose};
//! use hopsight_sip::user_agent::{Invitation, Output, Settings, UserAgent};
//!
//! let secret = Redacted::new("device secret".to_owned());
//! let settings = Settings::new("alice", "hopsight.internal", &secret, "urn:uuid:1");
//! let mut agent = UserAgent::new(settings);
//! let (now, mut random) = (Moment::START, SeededRandom::new(1));
//! let outputs = agent.flow_opened(now, &mut random);
//! assert!(matches!(&outputs[..], [Output::Send(register)] if register.starts_with(b"REGISTER ")));
//!
//! let invitation = Invitation {
//!     to: "sip:bob@hopsight.internal".to_owned(),
//!     session: None,
//!     role: Role::Sharer,
//!     purpose: SessionPurpose::Share,
//!     sdp: "v=0\r\n".to_owned(),
//! };
//! let (call, outputs) = agent.invite(&invitation, now, &mut random);
//! assert!(matches!(&outputs[..], [Output::Send(invite)] if invite.starts_with(b"INVITE ")));
//! agent.hang_up(call, "SIP;cause=200;text=\"Changed my mind\"", now, &mut random);
//! ```

mod ack;
mod ask;
mod bye;
mod call;
mod cancel;
mod event;
mod incoming;
mod info;
mod invite;
mod message;
mod options;
mod register;
mod reinvite;
mod request;
mod update;

#[cfg(test)]
mod tests;

pub use event::{CallHandle, Caller, Event, Invitation, MessageHandle, Output, Settings};

use crate::flow_token::hexadecimal;
use crate::message::Message;
use crate::transaction::{self, ClientKey, Layer, Reliability};
use ask::Asked;
use call::Call;
use hopsight_kit::{Moment, Random};
use register::Registration;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One native endpoint.
#[derive(Debug)]
pub struct UserAgent {
    settings: Settings,
    /// A name that leads nowhere, for Via and Contact: everything comes back
    /// over the flow.
    host: String,
    is_open: bool,
    layer: Layer<()>,
    asked: BTreeMap<ClientKey, Asked>,
    registrations: BTreeMap<String, Registration>,
    calls: BTreeMap<CallHandle, Call>,
    last_number: u64,
    outputs: Vec<Output>,
}

/// What a step may use.
struct Round<'a> {
    now: Moment,
    random: &'a mut dyn Random,
}

impl UserAgent {
    /// An endpoint that is not connected yet. It registers its own address as
    /// soon as its flow opens.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let digest = hexadecimal(&Sha256::digest(settings.instance.as_bytes()));
        let own = settings.uri.clone();
        Self {
            host: format!("{}.invalid", digest.get(..12).unwrap_or(&digest)),
            settings,
            is_open: false,
            layer: Layer::new(transaction::Settings::default()),
            asked: BTreeMap::new(),
            registrations: BTreeMap::from([(own, Registration::default())]),
            calls: BTreeMap::new(),
            last_number: 0,
            outputs: Vec::new(),
        }
    }

    /// The flow to the front end is open, for the first time or again.
    pub fn flow_opened(&mut self, now: Moment, random: &mut dyn Random) -> Vec<Output> {
        self.is_open = true;
        self.register_all(&mut Round { now, random });
        self.outputs()
    }

    /// The flow is gone. Calls stay; what is sent meanwhile is lost.
    pub fn flow_closed(&mut self) {
        self.is_open = false;
        for registration in self.registrations.values_mut() {
            registration.due = None;
        }
    }

    /// One whole SIP message arrived.
    pub fn received(&mut self, bytes: &[u8], now: Moment, random: &mut dyn Random) -> Vec<Output> {
        let mut round = Round { now, random };
        let readable = Message::read(bytes).ok();
        let Some(message) = readable.filter(|message| message.strict().is_ok()) else {
            return self.outputs();
        };
        let events = self.layer.receive((), self.reliability(), message, now);
        self.take(events, &mut round);
        self.outputs()
    }

    /// The time that [`UserAgent::next_wake`] named has come.
    pub fn tick(&mut self, now: Moment, random: &mut dyn Random) -> Vec<Output> {
        let mut round = Round { now, random };
        let events = self.layer.wake(now);
        self.take(events, &mut round);
        self.refresh_registrations(&mut round);
        self.repeat_answers(&mut round);
        self.give_up_cancelled(&mut round);
        self.refresh_sessions(&mut round);
        self.outputs()
    }

    /// When [`UserAgent::tick`] is due.
    #[must_use]
    pub fn next_wake(&self) -> Option<Moment> {
        let registrations = self.registrations.values();
        let calls = self.calls.values();
        registrations
            .filter_map(|registration| registration.due)
            .chain(calls.filter_map(Call::next_wake))
            .chain(self.layer.next_wake())
            .min()
    }

    /// How many calls there are, in whatever stage.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push(Output::Event(event));
    }

    fn send(&mut self, bytes: Vec<u8>) {
        if self.is_open {
            self.outputs.push(Output::Send(bytes));
        }
    }

    fn reliability(&self) -> Reliability {
        if self.settings.transport.is_reliable() {
            Reliability::Reliable
        } else {
            Reliability::Unreliable
        }
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn contact(&self) -> String {
        format!("<{}>", self.contact_uri())
    }

    fn contact_uri(&self) -> String {
        let transport = self.settings.transport.as_str().to_ascii_lowercase();
        let name = &self.settings.username;
        format!("sip:{name}@{};transport={transport}", self.host)
    }
}

impl Round<'_> {
    /// So many unforeseeable hexadecimal digits, at most 64.
    fn digits(&mut self, count: usize) -> String {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        hexadecimal(&bytes).chars().take(count).collect()
    }
}
