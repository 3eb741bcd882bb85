//! A relay with a clock, and clients that speak to it.

use crate::control::{Command, Reply};
use crate::message::{AttributeKind, Class, Key, Message, Method, TransactionId, Writer};
use crate::values::{Action, Counter, FiveTuple, Input};
use crate::{PeerPolicy, Server, Settings};
use hopsight_evidence::{Observation, Side, Transport};
use hopsight_kit::{Moment, Redacted, SeededRandom, SessionId, Timestamp};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

pub(super) const ADVERTISED: [u8; 4] = [198, 51, 100, 1];
pub(super) const REALM: &str = "hopsight.internal";

/// A relay whose ports open at once, and everything it said since last asked.
pub(super) struct Relay {
    pub(super) server: Server,
    pub(super) seconds: u64,
    random: SeededRandom,
    next_transaction: u8,
    pub(super) ports_fail: bool,
    pub(super) actions: Vec<Action>,
}

/// An answer as a client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) is_signed: bool,
    pub(super) bytes: Vec<u8>,
}

/// Somebody who speaks to the relay.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) at: FiveTuple,
    pub(super) username: String,
    pub(super) password: Redacted<String>,
    pub(super) nonce: String,
}

impl Relay {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let policy = PeerPolicy {
            peer_networks: vec!["192.168.7.0/24".parse().unwrap()],
            own_addresses: Vec::new(),
            own_listeners: vec!["0.0.0.0:3478".parse().unwrap()],
            relayed_ports: 49_152..=49_159,
        };
        let mut settings = Settings::new(
            REALM.to_owned(),
            ADVERTISED.into(),
            policy,
            Redacted::new([9; 32]),
        );
        change(&mut settings);
        Self {
            server: Server::new(settings),
            seconds: 0,
            random: SeededRandom::new(1),
            next_transaction: 0,
            ports_fail: false,
            actions: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Moment {
        Moment::after_start(Duration::from_secs(self.seconds))
    }

    pub(super) fn wall(&self) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000 + self.seconds)
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
        let (now, wall) = (self.now(), self.wall());
        let actions = self.server.handle(input, now, wall, &mut self.random);
        for action in actions {
            if let Action::OpenPorts(ports) = action {
                self.actions.push(action);
                let opened = if self.ports_fail {
                    Input::PortsFailed(ports)
                } else {
                    Input::PortsOpened(ports)
                };
                self.input(opened);
            } else {
                self.actions.push(action);
            }
        }
    }

    pub(super) fn command(&mut self, command: Command) -> Reply {
        let (now, wall) = (self.now(), self.wall());
        let (reply, actions) = self.server.command(command, now, wall, &mut self.random);
        self.actions.extend(actions);
        reply
    }

    /// Grants, and gives back the client that may now allocate.
    pub(super) fn grant(&mut self, session: &SessionId, side: Side, at: FiveTuple) -> Client {
        let client = Client {
            at,
            username: format!("{}:{side}", session.as_str()),
            password: Redacted::new("secret".to_owned()),
            nonce: String::new(),
        };
        self.command(Command::Grant {
            session: session.clone(),
            side,
            owner: format!("{side}@{}", at.client.ip()),
            username: client.username.clone(),
            password: client.password.clone(),
            expires: self.wall() + Duration::from_secs(600),
        });
        client
    }

    pub(super) fn candidates(&mut self, session: &SessionId, addresses: &[[u8; 4]]) {
        for side in [Side::Sharer, Side::Viewer] {
            self.candidates_of(session, side, addresses);
        }
    }

    pub(super) fn candidates_of(&mut self, session: &SessionId, side: Side, addresses: &[[u8; 4]]) {
        self.command(Command::Candidates {
            session: session.clone(),
            side,
            addresses: addresses.iter().map(|bytes| IpAddr::from(*bytes)).collect(),
        });
    }

    pub(super) fn tick_at(&mut self, seconds: u64) {
        self.seconds = seconds;
        self.input(Input::Tick);
    }

    pub(super) fn request(&mut self, method: Method) -> Writer {
        self.next_transaction = self.next_transaction.wrapping_add(1);
        let transaction = TransactionId([self.next_transaction; 12]);
        Writer::new(Class::Request, method, transaction)
    }

    /// Sends bytes; the answer, if one came at once.
    pub(super) fn send(&mut self, from: FiveTuple, bytes: &[u8]) -> Option<Answer> {
        let before = self.actions.len();
        self.input(Input::FromClient { from, bytes });
        self.actions[before..]
            .iter()
            .find_map(|action| read(sent(action, from)?))
    }

    /// Sends a signed request, with the nonce of a first refusal.
    pub(super) fn ask(&mut self, client: &mut Client, request: Writer) -> Answer {
        if client.nonce.is_empty() {
            let challenge = self.request(Method::Allocate).finish();
            let answer = self.send(client.at, &challenge).expect("a challenge");
            client.nonce = answer.text(AttributeKind::Nonce);
        }
        let bytes = client.sign(request);
        self.send(client.at, &bytes).expect("an answer")
    }

    pub(super) fn allocate(&mut self, client: &mut Client) -> SocketAddr {
        let request = self
            .request(Method::Allocate)
            .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);
        let answer = self.ask(client, request);

        assert_eq!(answer.code, 0, "{answer:?}");
        answer.address(AttributeKind::XorRelayedAddress)
    }

    pub(super) fn permit(&mut self, client: &mut Client, peer: SocketAddr) -> u16 {
        let request = self
            .request(Method::CreatePermission)
            .address(AttributeKind::XorPeerAddress, peer);
        self.ask(client, request).code
    }

    pub(super) fn bind(&mut self, client: &mut Client, number: u16, peer: SocketAddr) -> u16 {
        let [high, low] = number.to_be_bytes();
        let request = self
            .request(Method::ChannelBind)
            .attribute(AttributeKind::ChannelNumber, &[high, low, 0, 0])
            .address(AttributeKind::XorPeerAddress, peer);
        self.ask(client, request).code
    }

    pub(super) fn refresh(&mut self, client: &mut Client, seconds: u32) -> u16 {
        let request = self
            .request(Method::Refresh)
            .attribute(AttributeKind::Lifetime, &seconds.to_be_bytes());
        self.ask(client, request).code
    }

    pub(super) fn indicate(&mut self, client: &Client, peer: SocketAddr, data: &[u8]) {
        let bytes = Writer::new(Class::Indication, Method::Send, TransactionId([0; 12]))
            .address(AttributeKind::XorPeerAddress, peer)
            .attribute(AttributeKind::Data, data)
            .finish();
        self.input(Input::FromClient {
            from: client.at,
            bytes: &bytes,
        });
    }

    /// Two clients of one session, allocated; their relayed addresses.
    pub(super) fn pair(&mut self) -> ((Client, SocketAddr), (Client, SocketAddr)) {
        let session = session(1);
        let mut sharer = self.grant(&session, Side::Sharer, udp(1));
        let mut viewer = self.grant(&session, Side::Viewer, udp(2));
        let at_sharer = self.allocate(&mut sharer);
        let at_viewer = self.allocate(&mut viewer);
        ((sharer, at_sharer), (viewer, at_viewer))
    }

    pub(super) fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    pub(super) fn counted(&self, counter: Counter) -> usize {
        let is_it = |action: &&Action| **action == Action::Count(counter);
        self.actions.iter().filter(is_it).count()
    }

    pub(super) fn observations(&self) -> Vec<Observation> {
        self.actions
            .iter()
            .filter_map(|action| {
                let Action::Report { observation, .. } = action else {
                    return None;
                };
                Some(observation.clone())
            })
            .collect()
    }
}

impl Client {
    pub(super) fn key(&self) -> Key {
        Key::long_term(&self.username, REALM, &self.password)
    }

    pub(super) fn sign(&self, request: Writer) -> Vec<u8> {
        request
            .attribute(AttributeKind::Username, self.username.as_bytes())
            .attribute(AttributeKind::Realm, REALM.as_bytes())
            .attribute(AttributeKind::Nonce, self.nonce.as_bytes())
            .sign(&self.key())
            .finish()
    }

    /// Data that reached this client since last asked: peer and bytes.
    pub(super) fn received(&self, relay: &mut Relay) -> Vec<(SocketAddr, Vec<u8>)> {
        relay
            .take()
            .iter()
            .filter_map(|action| indicated(sent(action, self.at)?))
            .collect()
    }
}

impl Answer {
    pub(super) fn value(&self, kind: AttributeKind) -> Vec<u8> {
        let message = Message::read(&self.bytes).unwrap();
        message.attribute(kind).unwrap_or_default().to_vec()
    }

    pub(super) fn text(&self, kind: AttributeKind) -> String {
        String::from_utf8(self.value(kind)).unwrap()
    }

    pub(super) fn address(&self, kind: AttributeKind) -> SocketAddr {
        let message = Message::read(&self.bytes).unwrap();
        let value = message.attribute(kind).expect("an address");
        crate::message::read_xor_address(value, message.transaction()).unwrap()
    }
}

pub(super) fn session(number: u64) -> SessionId {
    let mut random = SeededRandom::new(number);
    SessionId::draw(Timestamp::from_unix_seconds(number), &mut random)
}

pub(super) fn udp(host: u8) -> FiveTuple {
    at(Transport::Udp, host)
}

pub(super) fn at(transport: Transport, host: u8) -> FiveTuple {
    FiveTuple {
        transport,
        client: ([9, 9, host, 9], 40_000).into(),
        server: (ADVERTISED, 3478).into(),
    }
}

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// What an action sends to this client.
fn sent(action: &Action, client: FiveTuple) -> Option<&[u8]> {
    let Action::ToClient { to, bytes, .. } = action else {
        return None;
    };
    (*to == client).then_some(bytes)
}

/// Peer and data of a Data indication.
pub(super) fn indicated(bytes: &[u8]) -> Option<(SocketAddr, Vec<u8>)> {
    let message = Message::read(bytes).ok()?;
    let peer = message.attribute(AttributeKind::XorPeerAddress)?;
    let peer = crate::message::read_xor_address(peer, message.transaction())?;
    let data = message.attribute(AttributeKind::Data)?;
    (message.method() == Method::Data).then(|| (peer, data.to_vec()))
}

fn read(bytes: &[u8]) -> Option<Answer> {
    let message = Message::read(bytes).ok()?;
    let code = match message.class() {
        Class::Success => 0,
        Class::Error => {
            let value = message.attribute(AttributeKind::ErrorCode)?;
            u16::from(value[2]) * 100 + u16::from(value[3])
        }
        Class::Request | Class::Indication => return None,
    };
    Some(Answer {
        code,
        is_signed: message.is_signed(),
        bytes: bytes.to_vec(),
    })
}
