//! Whatever clients and peers send: nothing is forwarded without a permission,
//! and nothing makes the relay fall over.

use super::harness::*;
use crate::message::{AttributeKind, Method};
use crate::values::{Action, FiveTuple, Input};
use hopsight_evidence::Side;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// One thing that happens. Clients are 0 and 1 (one session) and 2 (another).
#[derive(Clone, Debug)]
enum Event {
    Allocate(usize),
    Permit(usize, usize),
    Bind(usize, u16, usize),
    Send(usize, usize),
    Channel(usize, u16),
    Inbound(u16, usize),
    Refresh(usize, bool),
    Garbage(usize, Vec<u8>),
    Wait(u64),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_relay_forwards_nothing_without_a_permission(
        events in prop::collection::vec(event(), 1..80),
    ) {
        let mut story = Story::new();
        for event in events {
            story.play(&event);
            story.check()?;
        }
    }

    #[test]
    fn no_bytes_make_the_relay_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut relay = Relay::new();
        relay.input(Input::FromClient { from: udp(1), bytes: &bytes });
        relay.input(Input::FromPeer { port: 49_152, peer: address("8.8.8.8:1"), bytes: &bytes });
        let forwarded = relay.take().iter().any(|action| {
            matches!(action, Action::ToPeer { .. } | Action::OpenPorts(_))
        });
        prop_assert!(!forwarded);
    }
}

/// The relay beside a plain account of which permissions were given.
struct Story {
    relay: Relay,
    clients: Vec<Client>,
    relayed: BTreeMap<usize, SocketAddr>,
    /// Client, peer address, when the permission ends.
    permitted: BTreeMap<(usize, IpAddr), u64>,
}

impl Story {
    fn new() -> Self {
        let mut relay = Relay::with(|settings| {
            settings.budget.burst = 1_000_000;
        });
        let clients = vec![
            relay.grant(&session(1), Side::Sharer, udp(1)),
            relay.grant(&session(1), Side::Viewer, udp(2)),
            relay.grant(&session(2), Side::Sharer, udp(3)),
        ];
        for number in [1, 2] {
            relay.candidates(
                &session(number),
                &[[8, 8, 8, 8], [127, 0, 0, 1], ADVERTISED],
            );
            relay.command(crate::Command::Answered {
                session: session(number),
            });
        }
        Self {
            relay,
            clients,
            relayed: BTreeMap::new(),
            permitted: BTreeMap::new(),
        }
    }

    fn play(&mut self, event: &Event) {
        match event {
            Event::Allocate(client) => {
                let request = self
                    .relay
                    .request(Method::Allocate)
                    .attribute(AttributeKind::RequestedTransport, &[17, 0, 0, 0]);
                let answer = self.ask(*client, request);
                if answer.code == 0 {
                    let relayed = answer.address(AttributeKind::XorRelayedAddress);
                    self.relayed.insert(*client, relayed);
                    self.permitted.retain(|(holder, _), _| holder != client);
                }
            }
            Event::Permit(client, peer) => {
                let peer = self.peer(*peer);
                let request = self
                    .relay
                    .request(Method::CreatePermission)
                    .address(AttributeKind::XorPeerAddress, peer);
                if self.ask(*client, request).code == 0 {
                    let ends = self.relay.seconds + 300;
                    self.permitted.insert((*client, peer.ip()), ends);
                }
            }
            Event::Bind(client, number, peer) => {
                let peer = self.peer(*peer);
                let [high, low] = number.to_be_bytes();
                let request = self
                    .relay
                    .request(Method::ChannelBind)
                    .attribute(AttributeKind::ChannelNumber, &[high, low, 0, 0])
                    .address(AttributeKind::XorPeerAddress, peer);
                if self.ask(*client, request).code == 0 {
                    let ends = self.relay.seconds + 300;
                    self.permitted.insert((*client, peer.ip()), ends);
                }
            }
            Event::Send(client, peer) => {
                let peer = self.peer(*peer);
                let client = self.clients[*client].clone();
                self.relay.indicate(&client, peer, b"payload");
            }
            Event::Channel(client, number) => {
                let mut bytes = number.to_be_bytes().to_vec();
                bytes.extend([0, 4, 1, 2, 3, 4]);
                let from = self.clients[*client].at;
                self.relay.input(Input::FromClient {
                    from,
                    bytes: &bytes,
                });
            }
            Event::Inbound(port, peer) => {
                let peer = self.peer(*peer);
                self.relay.input(Input::FromPeer {
                    port: *port,
                    peer,
                    bytes: b"payload",
                });
            }
            Event::Refresh(client, ends) => {
                let lifetime: u32 = if *ends { 0 } else { 600 };
                let request = self
                    .relay
                    .request(Method::Refresh)
                    .attribute(AttributeKind::Lifetime, &lifetime.to_be_bytes());
                if self.ask(*client, request).code == 0 && *ends {
                    self.permitted.retain(|(holder, _), _| holder != client);
                }
            }
            Event::Garbage(client, bytes) => {
                let from = self.clients[*client].at;
                self.relay.input(Input::FromClient { from, bytes });
            }
            Event::Wait(seconds) => {
                let then = self.relay.seconds + seconds;
                self.relay.tick_at(then);
            }
        }
    }

    /// Everything that left had its permission.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let now = self.relay.seconds;
        for action in self.relay.take() {
            let (holder, peer) = if let Action::ToPeer { port, peer, .. } = action {
                prop_assert!(peer.ip() == IpAddr::from([8, 8, 8, 8]) || self.is_client(peer));
                (self.holder_of(port), peer)
            } else if let Some((client, peer)) = data_indicated(&action) {
                (self.client_at(client), peer)
            } else {
                continue;
            };
            let Some(holder) = holder else {
                return Err(TestCaseError::fail("sent for nobody"));
            };
            let ends = self.permitted.get(&(holder, peer.ip())).copied();
            prop_assert!(ends.is_some_and(|ends| now < ends), "{holder} and {peer}");
        }
        Ok(())
    }

    fn ask(&mut self, client: usize, request: crate::message::Writer) -> Answer {
        let client = &mut self.clients[client];
        client.nonce.clear();
        self.relay.ask(client, request)
    }

    fn peer(&self, number: usize) -> SocketAddr {
        match number {
            0..=2 => self
                .relayed
                .get(&number)
                .copied()
                .unwrap_or_else(|| (ADVERTISED, 49_152).into()),
            3 => address("8.8.8.8:5000"),
            4 => address("8.8.4.4:5000"),
            5 => address("127.0.0.1:5000"),
            6 => address("[::ffff:8.8.8.8]:5000"),
            7 => (ADVERTISED, 3478).into(),
            other => self.clients[other % 3].at.client,
        }
    }

    fn holder_of(&self, port: u16) -> Option<usize> {
        self.relayed
            .iter()
            .find(|(_, relayed)| relayed.port() == port)
            .map(|(holder, _)| *holder)
    }

    fn client_at(&self, at: FiveTuple) -> Option<usize> {
        self.clients.iter().position(|client| client.at == at)
    }

    fn is_client(&self, peer: SocketAddr) -> bool {
        self.clients.iter().any(|client| client.at.client == peer)
    }
}

/// The client that is told of a peer's data, and the peer.
fn data_indicated(action: &Action) -> Option<(FiveTuple, SocketAddr)> {
    let Action::ToClient { to, bytes, .. } = action else {
        return None;
    };
    indicated(bytes).map(|(peer, _)| (*to, peer))
}

fn event() -> impl Strategy<Value = Event> {
    let client = 0..3_usize;
    let peer = 0..11_usize;
    let number = 0x4000..0x4004_u16;
    let port = 49_152..=49_159_u16;
    prop_oneof![
        3 => client.clone().prop_map(Event::Allocate),
        4 => (client.clone(), peer.clone()).prop_map(|(c, p)| Event::Permit(c, p)),
        4 => (client.clone(), number.clone(), peer.clone()).prop_map(|(c, n, p)| Event::Bind(c, n, p)),
        6 => (client.clone(), peer.clone()).prop_map(|(c, p)| Event::Send(c, p)),
        4 => (client.clone(), number).prop_map(|(c, n)| Event::Channel(c, n)),
        4 => (port, peer).prop_map(|(port, p)| Event::Inbound(port, p)),
        1 => (client.clone(), any::<bool>()).prop_map(|(c, ends)| Event::Refresh(c, ends)),
        1 => (client, prop::collection::vec(any::<u8>(), 0..64)).prop_map(|(c, b)| Event::Garbage(c, b)),
        2 => (0..400_u64).prop_map(Event::Wait),
    ]
}
