//! The relay on loopback sockets with a client that is not ours.
//!
//! Loopback is never a peer, so what is relayed here goes from one allocation
//! of a session to another; everything else must be refused.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "what serves the tests may stop them"
)]

mod client;
mod commands;
mod refusals;
mod relayed;
mod start;
mod vantage;

use client::Client;
use hopsight_evidence::{Observation, Side};
use hopsight_kit::{Moment, Redacted, SeededRandom, SessionId, Timestamp};
use hopsight_relay::{Relay, RelayHandle, RelaySettings};
use hopsight_turn::{Command, Reply};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

/// A relay on loopback, a session, and what was observed of it.
struct Scene {
    relay: RelayHandle,
    observed: mpsc::Receiver<(SessionId, Observation)>,
    session: SessionId,
}

impl Scene {
    async fn new() -> Self {
        let settings = RelaySettings {
            udp: vec!["127.0.0.1:0".parse().unwrap()],
            ..RelaySettings::new("hopsight.internal".to_owned(), Ipv4Addr::LOCALHOST)
        };
        let (relay, observed) = Relay::start(settings, clock(), SeededRandom::new(seed()))
            .await
            .unwrap();
        let session = SessionId::draw(wall(), &mut SeededRandom::new(1));
        Self {
            relay,
            observed,
            session,
        }
    }

    /// Grants one side and gives its user name.
    fn grant(&self, side: Side) -> String {
        let username = format!("{}:{side}", self.session);
        let granted = self.relay.command(Command::Grant {
            session: self.session.clone(),
            side,
            owner: side.to_string(),
            username: username.clone(),
            password: Redacted::new(PASSWORD.to_owned()),
            expires: wall() + Duration::from_secs(600),
        });

        assert_eq!(granted, Reply::Done);
        username
    }

    async fn udp(&self, side: Side) -> Client {
        let username = self.grant(side);
        Client::udp(self.relay.listeners()[0], &username, PASSWORD).await
    }

    /// A client over TCP; its connection is handed over as the one-port
    /// demultiplexer does.
    async fn tcp(&self, side: Side) -> Client {
        let username = self.grant(side);
        Client::tcp(&self.relay, &username, PASSWORD).await
    }

    async fn observation(&mut self) -> Observation {
        let (session, observation) = self.observed.recv().await.unwrap();

        assert_eq!(session, self.session);
        observation
    }
}

fn clock() -> impl Fn() -> (Moment, Timestamp) + Send + Sync + 'static {
    let start = Instant::now();
    move || (Moment::after_start(start.elapsed()), wall())
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix_micros(u64::try_from(since.as_micros()).unwrap())
}

/// Relays that run side by side must not draw the same ports.
fn seed() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    u64::from(std::process::id()) << 32 | NEXT.fetch_add(1, Ordering::Relaxed)
}

const PASSWORD: &str = "a secret of this test";
