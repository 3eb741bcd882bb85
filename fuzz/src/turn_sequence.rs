//! A relay under any sequence of requests, data and losses: it sends only where
//! its session may send, only from ports that it opened and has not closed, never
//! for a session that was revoked, and every answer is a sound message.
//!
//! A story is steps of one byte each, which say what happens and to whom.

use crate::steps::Steps;
use hopsight_evidence::{Side, Transport};
use hopsight_kit::{Moment, Redacted, SeededRandom, SessionId, Timestamp};
use hopsight_turn::message::{AttributeKind, Class, Key, Message, Method, TransactionId, Writer};
use hopsight_turn::{
    Action, Command, Family, FiveTuple, Input, PeerError, PeerPolicy, Server, Settings,
};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

pub(crate) fn run(bytes: &[u8]) {
    let mut story = Story::begin();
    let mut steps = Steps::new(bytes);
    while let Some(step) = steps.next() {
        story.play(step, &mut steps);
    }
}

const ADVERTISED: [u8; 4] = [198, 51, 100, 1];
const REALM: &str = "hopsight.internal";
const PORTS: std::ops::RangeInclusive<u16> = 49_152..=49_159;

/// Clients 0 and 1 are one session, client 2 is another.
struct Story {
    server: Server,
    random: SeededRandom,
    seconds: u64,
    nonces: [Vec<u8>; 3],
    open: BTreeSet<(u16, Family)>,
    revoked: bool,
}

impl Story {
    fn begin() -> Self {
        let policy = PeerPolicy {
            peer_networks: vec!["192.168.7.0/24".parse().expect("a network")],
            own_addresses: Vec::new(),
            own_listeners: vec![([0; 4], 3478).into()],
            relayed_ports: PORTS,
        };
        let key = Redacted::new([9; 32]);
        let settings = Settings::new(REALM.to_owned(), ADVERTISED.into(), policy, key);
        let mut story = Self {
            server: Server::new(settings),
            random: SeededRandom::new(1),
            seconds: 0,
            nonces: Default::default(),
            open: BTreeSet::new(),
            revoked: false,
        };
        for client in 0..3 {
            story.grant(client);
        }
        story
    }

    fn play(&mut self, step: u8, steps: &mut Steps<'_>) {
        let client = steps.choice(3);
        match step % 12 {
            0 => self.ask(client, Method::Allocate, steps),
            1 => self.ask(client, Method::Refresh, steps),
            2 => self.ask(client, Method::CreatePermission, steps),
            3 => self.ask(client, Method::ChannelBind, steps),
            4 => self.indicate(client, steps),
            5 => self.channel_data(client, steps),
            6 => self.bytes_came(client, steps.piece()),
            7 => self.peer_sent(steps),
            8 => self.wait(u64::from(steps.next().unwrap_or(0)) * 4),
            9 => self.peer_failed(steps),
            10 => self.happened(Input::ClientGone { client: at(client) }),
            _ => self.command(client, steps),
        }
    }

    /// A signed request with what the input says, and what the method needs.
    fn ask(&mut self, client: usize, method: Method, steps: &mut Steps<'_>) {
        if self.nonces[client].is_empty() {
            let first = Writer::new(Class::Request, Method::Allocate, TransactionId([0; 12]));
            self.bytes_came(client, &first.finish());
        }
        let transaction = TransactionId([steps.next().unwrap_or(0); 12]);
        let mut request = Writer::new(Class::Request, method, transaction);
        request = match steps.choice(4) {
            0 => usual(request, method, steps),
            1 => usual(usual(request, method, steps), method, steps),
            2 => odd(request, steps),
            _ => odd(usual(request, method, steps), steps),
        };
        let signed = request
            .attribute(AttributeKind::Username, name(client).as_bytes())
            .attribute(AttributeKind::Realm, REALM.as_bytes())
            .attribute(AttributeKind::Nonce, &self.nonces[client])
            .sign(&key(client))
            .finish();
        self.bytes_came(client, &signed);
    }

    fn indicate(&mut self, client: usize, steps: &mut Steps<'_>) {
        let indication = Writer::new(Class::Indication, Method::Send, TransactionId([0; 12]))
            .address(AttributeKind::XorPeerAddress, peer(steps))
            .attribute(AttributeKind::Data, steps.piece());
        self.bytes_came(client, &indication.finish());
    }

    fn channel_data(&mut self, client: usize, steps: &mut Steps<'_>) {
        let number = 0x40 | (steps.next().unwrap_or(0) & 0x0F);
        let data = steps.piece();
        let length = [0, u8::try_from(data.len()).expect("a piece is short")];
        let frame = [&[number, 0], &length[..], data].concat();
        self.bytes_came(client, &frame);
    }

    fn bytes_came(&mut self, client: usize, bytes: &[u8]) {
        let from = at(client);
        self.happened(Input::FromClient { from, bytes });
    }

    fn peer_sent(&mut self, steps: &mut Steps<'_>) {
        let port = port(steps);
        let peer = peer(steps);
        let bytes = steps.piece();
        self.happened(Input::FromPeer { port, peer, bytes });
    }

    fn peer_failed(&mut self, steps: &mut Steps<'_>) {
        let (port, peer) = (port(steps), peer(steps));
        let error = PeerError {
            icmp_type: steps.next().unwrap_or(3),
            code: steps.next().unwrap_or(1),
            data: 0,
        };
        self.happened(Input::PeerFailed { port, peer, error });
    }

    fn wait(&mut self, seconds: u64) {
        self.seconds += seconds;
        self.happened(Input::Tick);
    }

    fn command(&mut self, client: usize, steps: &mut Steps<'_>) {
        let session = session(client);
        let command = match steps.choice(6) {
            0 => Command::Answered { session },
            1 => Command::Counters { session },
            2 => Command::Heard {
                addresses: vec![at(client).client.ip()],
            },
            3 => Command::Trace {
                session,
                heard: vec![at(client).client],
            },
            4 => Command::Revoke { session },
            _ => return self.grant(client),
        };
        self.revoked |= matches!(command, Command::Revoke { .. }) && client < 2;
        self.tell(command);
    }

    fn grant(&mut self, client: usize) {
        self.revoked &= client == 2;
        let side = if client == 1 {
            Side::Viewer
        } else {
            Side::Sharer
        };
        self.tell(Command::Grant {
            session: session(client),
            side,
            owner: name(client),
            username: name(client),
            password: Redacted::new("secret".to_owned()),
            expires: self.wall() + Duration::from_secs(600),
        });
        let named = [[8, 8, 8, 8], [127, 0, 0, 1], [192, 168, 7, 9], ADVERTISED];
        self.tell(Command::Candidates {
            session: session(client),
            side,
            addresses: named.into_iter().map(IpAddr::from).collect(),
        });
    }

    fn tell(&mut self, command: Command) {
        let (now, wall) = (self.now(), self.wall());
        let (_, actions) = self.server.command(command, now, wall, &mut self.random);
        self.take(actions);
    }

    fn happened(&mut self, input: Input<'_>) {
        let (now, wall) = (self.now(), self.wall());
        let actions = self.server.handle(input, now, wall, &mut self.random);
        self.take(actions);
    }

    fn take(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::OpenPorts(ports) => {
                    for (port, family) in ports.all() {
                        let is_new = self.open.insert((port, family));
                        assert!(PORTS.contains(&port) && is_new, "{port}");
                    }
                    self.happened(Input::PortsOpened(ports));
                }
                Action::ClosePort { port, family } => {
                    assert!(self.open.remove(&(port, family)), "{port}");
                }
                Action::ToPeer { port, peer, .. } => {
                    let family = Family::of(peer.ip());
                    assert!(self.open.contains(&(port, family)), "{port} is not open");
                    may_be_sent_to(peer);
                }
                Action::ToClient { to, bytes, .. } => self.is_sound(to, &bytes),
                Action::CloseClient { .. }
                | Action::Trace { .. }
                | Action::Report { .. }
                | Action::ToolAdmitted { .. }
                | Action::Count(_) => {}
            }
        }
    }

    fn is_sound(&mut self, to: FiveTuple, bytes: &[u8]) {
        let client = (0..3).find(|client| at(*client) == to);
        let client = client.expect("an answer to somebody who spoke");
        if bytes.first().is_some_and(|first| first >> 6 == 1) {
            assert!(!self.revoked || client == 2, "data for a revoked session");
            return;
        }
        let message = Message::read(bytes).expect("a message");
        assert_ne!(message.class(), Class::Request);
        if let Some(nonce) = message.attribute(AttributeKind::Nonce) {
            self.nonces[client] = nonce.to_vec();
        }
    }

    fn now(&self) -> Moment {
        Moment::after_start(Duration::from_secs(self.seconds))
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000 + self.seconds)
    }
}

/// What the policy lets through of what both sides named.
fn may_be_sent_to(peer: SocketAddr) {
    let named = [[8, 8, 8, 8], [192, 168, 7, 9]].map(IpAddr::from);
    let is_client = (0..3).any(|client| at(client).client.ip() == peer.ip());
    assert!(named.contains(&peer.ip()) || is_client, "{peer}");
}

/// What a good client puts into a request of this method.
fn usual(request: Writer, method: Method, steps: &mut Steps<'_>) -> Writer {
    match method {
        Method::Allocate => request.attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]),
        Method::Refresh => {
            let lifetime = [0, 0, steps.next().unwrap_or(0), 0];
            request.attribute(AttributeKind::Lifetime, &lifetime)
        }
        Method::ChannelBind => {
            let number = [0x40 | (steps.next().unwrap_or(0) & 0x0F), 0, 0, 0];
            request
                .attribute(AttributeKind::ChannelNumber, &number)
                .address(AttributeKind::XorPeerAddress, peer(steps))
        }
        Method::CreatePermission
        | Method::Binding
        | Method::Send
        | Method::Data
        | Method::Other(_) => request.address(AttributeKind::XorPeerAddress, peer(steps)),
    }
}

/// Any attribute with any value.
fn odd(request: Writer, steps: &mut Steps<'_>) -> Writer {
    let number = u16::from_be_bytes([steps.next().unwrap_or(0) & 0x80, steps.next().unwrap_or(0)]);
    request.raw(number, steps.piece())
}

/// A peer that is allowed, one that is not, one in disguise, or any.
fn peer(steps: &mut Steps<'_>) -> SocketAddr {
    let known = [
        "8.8.8.8:5000",
        "192.168.7.9:22",
        "127.0.0.1:80",
        "[::ffff:127.0.0.1]:80",
        "[64:ff9b::7f00:1]:80",
        "169.254.169.254:80",
        "198.51.100.1:3478",
        "198.51.100.1:49153",
        "[::ffff:8.8.8.8]:5000",
    ];
    if let Some(text) = known.get(steps.choice(16)) {
        return text.parse().expect("an address");
    }
    let mut bytes = [0; 16];
    for (into, from) in bytes.iter_mut().zip(steps.piece()) {
        *into = *from;
    }
    SocketAddr::new(IpAddr::from(bytes), 5000)
}

fn port(steps: &mut Steps<'_>) -> u16 {
    PORTS.start() + u16::from(steps.next().unwrap_or(0) % 8)
}

fn at(client: usize) -> FiveTuple {
    FiveTuple {
        transport: if client == 1 {
            Transport::Tcp
        } else {
            Transport::Udp
        },
        client: ([[9, 9, 1, 9], [9, 9, 2, 9], [9, 9, 3, 9]][client], 40_000).into(),
        server: (ADVERTISED, 3478).into(),
    }
}

fn name(client: usize) -> String {
    format!("client{client}")
}

fn key(client: usize) -> Key {
    Key::long_term(&name(client), REALM, &Redacted::new("secret".to_owned()))
}

fn session(client: usize) -> SessionId {
    let number = if client == 2 { 2 } else { 1 };
    SessionId::draw(
        Timestamp::from_unix_seconds(number),
        &mut SeededRandom::new(number),
    )
}
