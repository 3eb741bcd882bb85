//! Decides how the server keeps its transactions: the [`Layer`], who stands at
//! the other end of each, and what waits to be sent.

use super::Peer;
use crate::message::Message;
use crate::transaction::{ClientKey, Event, Layer, Reliability, ServerKey, Settings};
use hopsight_kit::Moment;
use std::collections::BTreeMap;

/// All transactions of the server.
#[derive(Debug)]
pub(super) struct Transactions {
    layer: Layer<Peer>,
    clients: BTreeMap<ClientKey, Peer>,
    servers: BTreeMap<ServerKey, Peer>,
    sends: Vec<(Peer, Vec<u8>)>,
    ended: Vec<Ended>,
}

/// A transaction that is over.
#[derive(Clone, Debug)]
pub(super) enum Ended {
    /// Of a request that was sent.
    Client(ClientKey),
    /// Of a request that came.
    Server(ServerKey),
}

/// What the transactions tell the proxy.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// The ACK of a 2xx.
    Ack(Message),
    /// A request for the first time.
    Request(ServerKey, Message),
    /// A response that is not a repeat.
    Response(ClientKey, Message),
    /// A request got no answer.
    Silent(ClientKey),
    /// A refusal was never acknowledged.
    Unacknowledged,
}

impl Transactions {
    pub(super) fn new(most: usize) -> Self {
        let settings = Settings {
            clients: most,
            servers: most,
            ..Settings::default()
        };
        Self {
            layer: Layer::new(settings),
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            sends: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// What ended since it was asked last.
    pub(super) fn take_ended(&mut self) -> Vec<Ended> {
        std::mem::take(&mut self.ended)
    }

    /// Takes a message that passed the strict gate.
    pub(super) fn receive(
        &mut self,
        peer: Peer,
        reliability: Reliability,
        message: Message,
        now: Moment,
    ) -> Vec<Told> {
        let events = self.layer.receive(peer, reliability, message, now);
        self.sort(events)
    }

    /// Sends the answer to a request, if its transaction still waits for one.
    pub(super) fn respond(&mut self, key: &ServerKey, response: &Message, now: Moment) {
        let status = response.status().unwrap_or(500);
        let bytes = response.bytes().to_vec();
        let events = self.layer.respond(key, status, bytes, now);
        self.sort(events);
    }

    /// Sends a request.
    pub(super) fn ask(
        &mut self,
        request: &Message,
        peer: Peer,
        reliability: Reliability,
        now: Moment,
    ) -> Option<ClientKey> {
        let asked = self.layer.request(peer, reliability, request.clone(), now);
        let (key, events) = asked.ok()?;
        self.clients.insert(key.clone(), peer);
        self.sort(events);
        Some(key)
    }

    /// No longer waits for the answer to an INVITE.
    pub(super) fn give_up(&mut self, key: &ClientKey) {
        let events = self.layer.give_up(key);
        self.sort(events);
    }

    pub(super) fn wake(&mut self, now: Moment) -> Vec<Told> {
        let events = self.layer.wake(now);
        self.sort(events)
    }

    /// What is to be sent, in order.
    pub(super) fn take_sends(&mut self) -> Vec<(Peer, Vec<u8>)> {
        std::mem::take(&mut self.sends)
    }

    pub(super) fn next_wake(&self) -> Option<Moment> {
        self.layer.next_wake()
    }

    /// Who was asked, while the transaction lives.
    pub(super) fn asked(&self, key: &ClientKey) -> Option<Peer> {
        self.clients.get(key).copied()
    }

    /// Who asked, while the transaction lives.
    pub(super) fn asker(&self, key: &ServerKey) -> Option<Peer> {
        self.servers.get(key).copied()
    }

    fn sort(&mut self, events: Vec<Event<Peer>>) -> Vec<Told> {
        events
            .into_iter()
            .filter_map(|event| self.sort_one(event))
            .collect()
    }

    fn sort_one(&mut self, event: Event<Peer>) -> Option<Told> {
        match event {
            Event::Send { flow, bytes } => self.sends.push((flow, bytes)),
            Event::ClientEnded(key) => {
                self.clients.remove(&key);
                self.ended.push(Ended::Client(key));
            }
            Event::ServerEnded(key) => {
                self.servers.remove(&key);
                self.ended.push(Ended::Server(key));
            }
            Event::Stray { .. } => {}
            Event::Request { key, flow, message } => {
                self.servers.insert(key.clone(), flow);
                return Some(Told::Request(key, message));
            }
            Event::Ack { message, .. } => return Some(Told::Ack(message)),
            Event::Response { key, message } => return Some(Told::Response(key, message)),
            Event::TimedOut(key) | Event::FlowLost(key) => return Some(Told::Silent(key)),
            Event::Unacknowledged(_) => return Some(Told::Unacknowledged),
        }
        None
    }
}
