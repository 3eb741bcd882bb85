//! Decides what a TURN server does with each thing that happens (RFC 8656).
//!
//! One file per method and per other input; `state` holds what they share.
//! Sockets, clocks and chance are left to the caller.

mod allocate;
mod allocate_request;
mod allocation;
mod answer;
mod authentication;
mod binding;
mod budget;
mod channel_bind;
mod channel_data;
mod command;
mod create_permission;
mod forward;
mod heard;
mod lent_port;
mod nonce;
mod peer;
mod refresh;
mod reservation;
mod send;
mod state;
mod tick;
mod tool;
mod trace;

use crate::message::{Class, Message, Method};
use crate::policy::PeerPolicy;
use crate::values::{Action, Budget, Counter, FiveTuple, Input};
use answer::{Failure, Request};
use budget::Budgets;
use heard::HeardClients;
use hopsight_kit::{Moment, Random, Redacted, Timestamp};
use nonce::Nonces;
use state::State;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// How a relay is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The realm of the long-term credentials: the domain of the installation.
    pub realm: String,
    /// The address in XOR-RELAYED-ADDRESS, under which peers reach the relay.
    pub advertised: Ipv4Addr,
    /// The same for IPv6; without one every relayed address is IPv4.
    pub advertised_ipv6: Option<Ipv6Addr>,
    /// Where the relay may send, and from which ports.
    pub policy: PeerPolicy,
    /// Signs nonces; 32 bytes of chance, new at each start.
    pub nonce_key: Redacted<[u8; 32]>,
    /// How long a nonce is good.
    pub nonce_lifetime: Duration,
    /// How many unauthenticated answers a network gets.
    pub budget: Budget,
    /// How many allocations one grant may hold at once.
    pub allocations_per_grant: usize,
    /// How many allocations the grants of one person may hold at once.
    pub allocations_per_person: usize,
    /// How many allocations the relay may hold at once.
    pub allocations: usize,
    /// The secret behind the grants of foreign tools; without one there are none.
    pub tool_key: Option<Redacted<[u8; 32]>>,
}

impl Settings {
    /// The usual figures for a relay of `realm` at `advertised`.
    #[must_use]
    pub fn new(
        realm: String,
        advertised: Ipv4Addr,
        policy: PeerPolicy,
        nonce_key: Redacted<[u8; 32]>,
    ) -> Self {
        Self {
            realm,
            advertised,
            advertised_ipv6: None,
            policy,
            nonce_key,
            nonce_lifetime: Duration::from_secs(600),
            budget: Budget::default(),
            allocations_per_grant: 4,
            allocations_per_person: 32,
            allocations: 4096,
            tool_key: None,
        }
    }
}

/// The state machine.
#[derive(Debug)]
pub struct Server {
    settings: Settings,
    nonces: Nonces,
    budgets: Budgets,
    state: State,
    heard: HeardClients,
}

/// What a step knows and where it writes what is to be done.
struct Step<'s> {
    now: Moment,
    wall: Timestamp,
    random: &'s mut dyn Random,
    actions: Vec<Action>,
}

impl Server {
    /// A relay without grants.
    #[must_use]
    pub fn new(mut settings: Settings) -> Self {
        let ipv6 = settings.advertised_ipv6.map(IpAddr::V6);
        let advertised = [settings.advertised.into()].into_iter().chain(ipv6);
        settings.policy.own_addresses.extend(advertised);
        Self {
            nonces: Nonces::new(settings.nonce_key.clone(), settings.nonce_lifetime),
            budgets: Budgets::new(settings.budget),
            state: State::default(),
            heard: HeardClients::default(),
            settings,
        }
    }

    /// Takes in what happened and says what is to be done, in order.
    pub fn handle(
        &mut self,
        input: Input<'_>,
        now: Moment,
        wall: Timestamp,
        random: &mut dyn Random,
    ) -> Vec<Action> {
        let mut step = Step {
            now,
            wall,
            random,
            actions: Vec::new(),
        };
        match input {
            Input::FromClient { from, bytes } => self.take_from_client(from, bytes, &mut step),
            Input::ClientGone { client } => self.client_gone(client, &mut step),
            Input::PortsOpened(ports) => self.ports_opened(ports, &mut step),
            Input::PortsFailed(ports) => self.ports_failed(ports, &mut step),
            Input::FromPeer { port, peer, bytes } => {
                self.take_from_peer(port, peer, bytes, &mut step)
            }
            Input::PeerFailed { port, peer, error } => {
                self.peer_failed(port, peer, error, &mut step);
            }
            Input::Tick => self.tick(&mut step),
        }
        step.actions
    }

    /// Whether this client has, or is being given, an allocation.
    #[must_use]
    pub fn holds(&self, client: &FiveTuple) -> bool {
        self.state.allocations.contains_key(client) || self.state.openings.contains_key(client)
    }

    fn take_from_client(&mut self, from: FiveTuple, bytes: &[u8], step: &mut Step<'_>) {
        if bytes.first().is_some_and(|first| first >> 6 == 1) {
            return self.channel_data(from, bytes, step);
        }
        let Ok(message) = Message::read(bytes) else {
            return step.count(Counter::Malformed);
        };
        match (message.class(), message.method()) {
            (Class::Request, Method::Binding) => {
                self.binding(&Request::new(&message, from), step);
            }
            (
                Class::Request,
                Method::Allocate | Method::Refresh | Method::CreatePermission | Method::ChannelBind,
            ) => self.turn_request(&Request::new(&message, from), step),
            (Class::Indication, Method::Send) => self.send(&Request::new(&message, from), step),
            // Keep-alives of RFC 8489, section 5.
            (Class::Indication, Method::Binding) => {}
            (
                Class::Request | Class::Indication | Class::Success | Class::Error,
                Method::Binding
                | Method::Allocate
                | Method::Refresh
                | Method::Send
                | Method::Data
                | Method::CreatePermission
                | Method::ChannelBind
                | Method::Other(_),
            ) => step.count(Counter::Malformed),
        }
    }

    fn turn_request(&mut self, request: &Request<'_>, step: &mut Step<'_>) {
        let credentials = match self.authenticate(request, step) {
            Ok(credentials) => credentials,
            Err(rejection) => return self.reject(request, rejection, step),
        };
        self.was_heard(request.from);
        let unknown = request.message.unknown_attributes();
        if !unknown.is_empty() {
            step.count(Counter::Refused);
            let answer = request.unknown_attributes(&unknown);
            return step.answer(request, answer.sign(&credentials.key));
        }
        let answered = match request.message.method() {
            Method::Allocate => self.allocate(request, &credentials, step),
            Method::Refresh => self.refresh(request, &credentials, step).map(Some),
            Method::CreatePermission => self
                .create_permission(request, &credentials, step)
                .map(Some),
            Method::ChannelBind => self.channel_bind(request, &credentials, step).map(Some),
            Method::Binding | Method::Send | Method::Data | Method::Other(_) => {
                Err(Failure::BadRequest)
            }
        };
        match answered {
            Ok(Some(answer)) => step.answer(request, answer.sign(&credentials.key)),
            Ok(None) => {}
            Err(failure) => {
                step.count(Counter::Refused);
                let answer = request.error(failure.code(), &failure.to_string());
                step.answer(request, answer.sign(&credentials.key));
            }
        }
    }
}

#[cfg(test)]
mod tests;
