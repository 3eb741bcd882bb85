//! Decides how messages become transactions (RFC 3261 section 17, corrected by
//! RFC 6026): four machines, one file each, and a [`Layer`] that finds the
//! right one for each message. Time comes in as a [`Moment`], everything to be
//! done goes out as a value. Timer C, forking and the statuses themselves are
//! left to the proxy and the user agent above.

mod client;
mod invite_client;
mod invite_server;
mod key;
mod layer;
mod server;

pub use client::Client;
pub use invite_client::{InviteClient, cancel};
pub use invite_server::InviteServer;
pub use key::{ClientKey, ServerKey};
pub use layer::{Event, Layer, RequestError, Settings};
pub use server::Server;

use crate::message::Message;
use hopsight_kit::Moment;
use std::time::Duration;

/// What a transaction wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Put these bytes on the transaction's flow.
    Send(Vec<u8>),
    /// Give this message to the transaction's user: a response to a client, a
    /// late ACK to a server.
    Deliver(Message),
    /// Tell the transaction's user that no answer came in time (to a client:
    /// as if 408 had come; to a server: the ACK never came).
    TimedOut,
    /// Forget the transaction.
    Ended,
}

/// Whether the flow itself repeats what is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliability {
    /// TCP, TLS, WebSocket: nothing is sent twice.
    Reliable,
    /// UDP: the machines repeat.
    Unreliable,
}

/// The three values that all timers of RFC 3261 section 17 are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// T1: estimate of a round trip.
    pub round_trip: Duration,
    /// T2: longest pause between repetitions.
    pub longest_pause: Duration,
    /// T4: how long a message stays in the network.
    pub network_clearance: Duration,
}

impl Timers {
    /// 64 × T1: timers B, F, H, J, L and M.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.round_trip.saturating_mul(64)
    }
}

/// The values of RFC 3261: 500 ms, 4 s, 5 s.
impl Default for Timers {
    fn default() -> Self {
        Self {
            round_trip: Duration::from_millis(500),
            longest_pause: Duration::from_secs(4),
            network_clearance: Duration::from_secs(5),
        }
    }
}

impl Reliability {
    /// `wait` on an unreliable flow, nothing on a reliable one (timers D, I, J
    /// and K).
    const fn wait(self, wait: Duration) -> Duration {
        match self {
            Self::Reliable => Duration::ZERO,
            Self::Unreliable => wait,
        }
    }

    /// The first repetition, if this flow needs any.
    fn repetition(self, pause: Duration, now: Moment) -> Option<Repetition> {
        match self {
            Self::Reliable => None,
            Self::Unreliable => Some(Repetition {
                at: now + pause,
                pause,
            }),
        }
    }
}

/// When something is sent again, and how long the pause before it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Repetition {
    at: Moment,
    pause: Duration,
}

impl Repetition {
    /// The one after this: twice the pause, up to `longest`.
    fn next(self, longest: Duration, now: Moment) -> Self {
        let pause = self.pause.saturating_mul(2).min(longest);
        Self {
            at: now + pause,
            pause,
        }
    }
}

/// The earlier of an end and a possible repetition.
fn earlier(until: Moment, repetition: Option<Repetition>) -> Moment {
    repetition.map_or(until, |repetition| repetition.at.min(until))
}
