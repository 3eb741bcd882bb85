//! Decides which transaction each message, timer and lost flow belongs to. The
//! table is bounded: when it is full, a new request is answered with 503 and
//! Retry-After, and costs nothing more. Messages that come in have passed the
//! strict gate; flows are whatever the caller calls them.

use super::{
    Client, ClientKey, Effect, InviteClient, InviteServer, Reliability, Server, ServerKey, Timers,
};
use crate::digest::Algorithm;
use crate::message::{Builder, Message, Method};
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How many transactions there may be, and how patient they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most client transactions at a time.
    pub clients: usize,
    /// Most server transactions at a time.
    pub servers: usize,
    /// What a 503 asks for.
    pub retry_after: Duration,
    /// The timers of all of them.
    pub timers: Timers,
}

/// What the layer wants done or has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<F> {
    /// Put these bytes on this flow.
    Send {
        /// The flow.
        flow: F,
        /// One whole message.
        bytes: Vec<u8>,
    },
    /// A new request, CANCEL included; answer it by [`Layer::respond`].
    Request {
        /// Its transaction.
        key: ServerKey,
        /// Where it came from.
        flow: F,
        /// The request.
        message: Message,
    },
    /// An ACK that no transaction swallowed: that of a 2xx.
    Ack {
        /// Where it came from.
        flow: F,
        /// The ACK.
        message: Message,
    },
    /// A response to a request of ours.
    Response {
        /// Its transaction.
        key: ClientKey,
        /// The response.
        message: Message,
    },
    /// A response to nothing that was sent on this flow; RFC 6026 section 8.9
    /// drops it.
    Stray {
        /// Where it came from.
        flow: F,
        /// The response.
        message: Message,
    },
    /// A request of ours got no answer in time: as if 408 had come.
    TimedOut(ClientKey),
    /// The flow of a request of ours closed first: as if 503 had come.
    FlowLost(ClientKey),
    /// The refusal of an INVITE was never acknowledged.
    Unacknowledged(ServerKey),
    /// This client transaction is forgotten.
    ClientEnded(ClientKey),
    /// This server transaction is forgotten; a response to it goes nowhere.
    ServerEnded(ServerKey),
}

/// Why a request of ours was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There are as many client transactions as the settings allow.
    #[error("all {limit} client transactions are in use")]
    Clients {
        /// The limit.
        limit: usize,
    },
    /// The message is no request, has no Via with a branch, or one in use.
    #[error("the request has no branch of its own")]
    Branch,
}

impl RequestError {
    /// True when the same request can be sent later.
    #[must_use]
    pub const fn may_retry(self) -> bool {
        matches!(self, Self::Clients { .. })
    }
}

/// All transactions of one element.
#[derive(Clone, Debug)]
pub struct Layer<F> {
    settings: Settings,
    table: BTreeMap<Key, Entry<F>>,
    wakes: BTreeSet<(Moment, Key)>,
    flows: BTreeMap<F, BTreeSet<Key>>,
    clients: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Client(ClientKey),
    Server(ServerKey),
}

#[derive(Clone, Debug)]
struct Entry<F> {
    flow: F,
    machine: Machine,
    wake: Option<Moment>,
}

#[derive(Clone, Debug)]
enum Machine {
    Client(Client),
    InviteClient(Box<InviteClient>),
    InviteServer(InviteServer),
    Server(Server),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clients: 20_000,
            servers: 10_000,
            retry_after: Duration::from_secs(10),
            timers: Timers::default(),
        }
    }
}

impl<F: Copy + Ord> Layer<F> {
    /// An empty table.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self {
            settings,
            table: BTreeMap::new(),
            wakes: BTreeSet::new(),
            flows: BTreeMap::new(),
            clients: 0,
        }
    }

    /// Takes a message from a flow.
    pub fn receive(
        &mut self,
        flow: F,
        reliability: Reliability,
        message: Message,
        now: Moment,
    ) -> Vec<Event<F>> {
        if !message.is_request() {
            return self.receive_response(flow, message, now);
        }
        let Some(key) = ServerKey::of(&message) else {
            return Vec::new();
        };
        let is_ack = message.method() == Some(&Method::Ack);
        let known = Key::Server(key.clone());
        match self.table.get_mut(&known).map(|entry| &mut entry.machine) {
            Some(Machine::InviteServer(machine)) if is_ack => {
                let effects = machine.acknowledge(message, now);
                self.carry_out(&known, effects)
            }
            _ if is_ack => vec![Event::Ack { flow, message }],
            Some(Machine::InviteServer(machine)) => {
                let effects = machine.receive();
                self.carry_out(&known, effects)
            }
            Some(Machine::Server(machine)) => {
                let effects = machine.receive();
                self.carry_out(&known, effects)
            }
            Some(Machine::Client(_) | Machine::InviteClient(_)) | None => {
                self.begin(key, flow, reliability, message, now)
            }
        }
    }

    /// Sends the answer of the transaction's user. Nothing happens when the
    /// transaction is over.
    pub fn respond(
        &mut self,
        key: &ServerKey,
        status: u16,
        response: Vec<u8>,
        now: Moment,
    ) -> Vec<Event<F>> {
        let key = Key::Server(key.clone());
        let effects = match self.table.get_mut(&key).map(|entry| &mut entry.machine) {
            Some(Machine::InviteServer(machine)) => machine.respond(status, response, now),
            Some(Machine::Server(machine)) => machine.respond(status, response, now),
            Some(Machine::Client(_) | Machine::InviteClient(_)) | None => Vec::new(),
        };
        self.carry_out(&key, effects)
    }

    /// Sends a request whose top Via holds a fresh branch. The ACK of a 2xx is
    /// no transaction: put it on its flow directly.
    pub fn request(
        &mut self,
        flow: F,
        reliability: Reliability,
        message: Message,
        now: Moment,
    ) -> Result<(ClientKey, Vec<Event<F>>), RequestError> {
        let limit = self.settings.clients;
        if self.clients >= limit {
            return Err(RequestError::Clients { limit });
        }
        let client_key = ClientKey::of(&message).ok_or(RequestError::Branch)?;
        let key = Key::Client(client_key.clone());
        if !message.is_request() || self.table.contains_key(&key) {
            return Err(RequestError::Branch);
        }
        let timers = self.settings.timers;
        let (machine, effects) = if *client_key.method() == Method::Invite {
            let (machine, effects) = InviteClient::start(message, reliability, timers, now);
            (Machine::InviteClient(Box::new(machine)), effects)
        } else {
            let (machine, effects) = Client::start(message.into_bytes(), reliability, timers, now);
            (Machine::Client(machine), effects)
        };
        self.insert(key.clone(), flow, machine);
        Ok((client_key, self.carry_out(&key, effects)))
    }

    /// Ends an INVITE of ours whose user waits no longer: timer C ran out, or
    /// 64 × T1 passed after its CANCEL.
    pub fn give_up(&mut self, key: &ClientKey) -> Vec<Event<F>> {
        let key = Key::Client(key.clone());
        let effects = match self.table.get_mut(&key).map(|entry| &mut entry.machine) {
            Some(Machine::InviteClient(machine)) => machine.give_up(),
            Some(Machine::Client(_) | Machine::InviteServer(_) | Machine::Server(_)) | None => {
                Vec::new()
            }
        };
        self.carry_out(&key, effects)
    }

    /// Ends everything that lived on a flow.
    pub fn flow_closed(&mut self, flow: F) -> Vec<Event<F>> {
        let keys = self.flows.get(&flow).cloned().unwrap_or_default();
        keys.iter()
            .flat_map(|key| {
                let lost = match key {
                    Key::Client(key) if self.is_unanswered(key) => {
                        Some(Event::FlowLost(key.clone()))
                    }
                    Key::Client(_) | Key::Server(_) => None,
                };
                lost.into_iter().chain(self.forget(key))
            })
            .collect()
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Moment) -> Vec<Event<F>> {
        let due: Vec<Key> = self
            .wakes
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, key)| key.clone())
            .collect();
        due.iter()
            .flat_map(|key| {
                let effects = match self.table.get_mut(key).map(|entry| &mut entry.machine) {
                    Some(Machine::Client(machine)) => machine.wake(now),
                    Some(Machine::InviteClient(machine)) => machine.wake(now),
                    Some(Machine::InviteServer(machine)) => machine.wake(now),
                    Some(Machine::Server(machine)) => machine.wake(now),
                    None => Vec::new(),
                };
                self.carry_out(key, effects)
            })
            .collect()
    }

    /// When [`Layer::wake`] has something to do.
    #[must_use]
    pub fn next_wake(&self) -> Option<Moment> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// The INVITE that a CANCEL is about, if it still lives and came from the
    /// same flow: nobody cancels for somebody else.
    #[must_use]
    pub fn cancelled_by(&self, flow: F, cancel: &Message) -> Option<ServerKey> {
        let key = ServerKey::cancelled_by(cancel)?;
        let entry = self.table.get(&Key::Server(key.clone()))?;
        (entry.flow == flow).then_some(key)
    }

    /// How many transactions there are: clients, servers.
    #[must_use]
    pub fn population(&self) -> (usize, usize) {
        (self.clients, self.table.len() - self.clients)
    }

    fn receive_response(&mut self, flow: F, message: Message, now: Moment) -> Vec<Event<F>> {
        let key = ClientKey::of(&message).map(Key::Client);
        let entry = key
            .as_ref()
            .and_then(|key| self.table.get_mut(key))
            .filter(|entry| entry.flow == flow);
        let effects = match entry.map(|entry| &mut entry.machine) {
            Some(Machine::Client(machine)) => machine.receive(message, now),
            Some(Machine::InviteClient(machine)) => machine.receive(message, now),
            Some(Machine::InviteServer(_) | Machine::Server(_)) | None => {
                return vec![Event::Stray { flow, message }];
            }
        };
        key.map_or_else(Vec::new, |key| self.carry_out(&key, effects))
    }

    fn begin(
        &mut self,
        key: ServerKey,
        flow: F,
        reliability: Reliability,
        message: Message,
        now: Moment,
    ) -> Vec<Event<F>> {
        if self.table.len() - self.clients >= self.settings.servers {
            return vec![self.overloaded(flow, &message)];
        }
        let timers = self.settings.timers;
        let machine = if *key.method() == Method::Invite {
            Machine::InviteServer(InviteServer::start(&message, reliability, timers, now))
        } else {
            Machine::Server(Server::start(reliability, timers, now))
        };
        self.insert(Key::Server(key.clone()), flow, machine);
        vec![Event::Request { key, flow, message }]
    }

    fn overloaded(&self, flow: F, request: &Message) -> Event<F> {
        // Nothing is kept, and yet a copy of the request must get the same tag
        // (RFC 3261 section 8.2.7).
        let top = request.values("Via").first().copied().unwrap_or_default();
        let tag = Algorithm::Sha256.hex(top);
        let response = Builder::response_to(request, 503, "All Transactions In Use")
            .to_tag(tag.get(..16).unwrap_or_default())
            .header(
                "Retry-After",
                self.settings.retry_after.as_secs().to_string(),
            )
            .finish();
        Event::Send {
            flow,
            bytes: response.into_bytes(),
        }
    }

    fn is_unanswered(&self, key: &ClientKey) -> bool {
        self.table
            .get(&Key::Client(key.clone()))
            .is_some_and(|entry| match &entry.machine {
                Machine::Client(machine) => machine.is_unanswered(),
                Machine::InviteClient(machine) => machine.is_unanswered(),
                Machine::InviteServer(_) | Machine::Server(_) => false,
            })
    }

    fn insert(&mut self, key: Key, flow: F, machine: Machine) {
        let entry = Entry {
            flow,
            wake: machine.next_wake(),
            machine,
        };
        self.wakes.extend(entry.wake.map(|at| (at, key.clone())));
        self.flows.entry(flow).or_default().insert(key.clone());
        self.clients += usize::from(matches!(key, Key::Client(_)));
        self.table.insert(key, entry);
    }

    fn carry_out(&mut self, key: &Key, effects: Vec<Effect>) -> Vec<Event<F>> {
        let Some(entry) = self.table.get_mut(key) else {
            return Vec::new();
        };
        let flow = entry.flow;
        let wake = entry.machine.next_wake();
        let before = std::mem::replace(&mut entry.wake, wake);
        if before != wake {
            before.map(|at| self.wakes.remove(&(at, key.clone())));
            self.wakes.extend(wake.map(|at| (at, key.clone())));
        }
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Send(bytes) => Some(Event::Send { flow, bytes }),
                Effect::Deliver(message) => Some(delivered(key, flow, message)),
                Effect::TimedOut => Some(timed_out(key)),
                Effect::Ended => self.forget(key),
            })
            .collect()
    }

    fn forget(&mut self, key: &Key) -> Option<Event<F>> {
        let entry = self.table.remove(key)?;
        entry.wake.map(|at| self.wakes.remove(&(at, key.clone())));
        if let Some(keys) = self.flows.get_mut(&entry.flow) {
            keys.remove(key);
            if keys.is_empty() {
                self.flows.remove(&entry.flow);
            }
        }
        Some(match key {
            Key::Client(key) => {
                self.clients -= 1;
                Event::ClientEnded(key.clone())
            }
            Key::Server(key) => Event::ServerEnded(key.clone()),
        })
    }
}

impl Machine {
    fn next_wake(&self) -> Option<Moment> {
        match self {
            Self::Client(machine) => machine.next_wake(),
            Self::InviteClient(machine) => machine.next_wake(),
            Self::InviteServer(machine) => machine.next_wake(),
            Self::Server(machine) => machine.next_wake(),
        }
    }
}

fn delivered<F>(key: &Key, flow: F, message: Message) -> Event<F> {
    match key {
        Key::Client(key) => Event::Response {
            key: key.clone(),
            message,
        },
        Key::Server(_) => Event::Ack { flow, message },
    }
}

fn timed_out<F>(key: &Key) -> Event<F> {
    match key {
        Key::Client(key) => Event::TimedOut(key.clone()),
        Key::Server(key) => Event::Unacknowledged(key.clone()),
    }
}
