//! Decides how SIP messages travel on a byte stream: cut apart on the way in,
//! queued up to a limit on the way out, kept alive by pings (RFC 5626, section
//! 4.4.1), given up when nothing comes. What the messages say is left to core.

mod receiver;
mod sender;

use hopsight_sip::framing::StreamReader;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

pub use receiver::{SipConnectionError, SipReceiver};
pub use sender::{SendError, SipSender};

/// How a SIP connection behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipConnectionSettings {
    /// Who keeps the connection alive.
    pub keep_alive: KeepAlive,
    /// Messages that may wait to be sent.
    pub queue: usize,
    /// How long one message may take to be taken by the network.
    pub write: Duration,
}

/// Who keeps a connection alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepAlive {
    /// The other end pings and we answer: a server's part.
    Answer {
        /// How long the first message may take.
        first_message: Duration,
        /// How long nothing may come afterwards.
        idle: Duration,
    },
    /// We ping and the other end answers: a client's part.
    Ask {
        /// How long between two pings.
        every: Duration,
        /// How long an answer may take.
        within: Duration,
    },
}

impl SipConnectionSettings {
    /// A server's: 10 s for the first message, 120 s of silence.
    #[must_use]
    pub const fn server() -> Self {
        Self::new(KeepAlive::Answer {
            first_message: Duration::from_secs(10),
            idle: Duration::from_secs(120),
        })
    }

    /// A client's: a ping every 30 s, answered within 10 s.
    #[must_use]
    pub const fn client() -> Self {
        Self::new(KeepAlive::Ask {
            every: Duration::from_secs(30),
            within: Duration::from_secs(10),
        })
    }

    const fn new(keep_alive: KeepAlive) -> Self {
        Self {
            keep_alive,
            queue: 256,
            write: Duration::from_secs(30),
        }
    }
}

/// Makes a SIP connection of a byte stream. Starts one task, which writes and
/// which ends when either half is dropped or [`SipSender::close`] is called.
pub fn carry_sip(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    remote: SocketAddr,
    settings: SipConnectionSettings,
) -> (SipSender, SipReceiver) {
    let (read_half, write_half) = tokio::io::split(stream);
    let (sender, ending) = sender::start(write_half, settings, remote);
    let reader = match settings.keep_alive {
        KeepAlive::Answer { .. } => StreamReader::server(),
        KeepAlive::Ask { .. } => StreamReader::client(),
    };
    let receiver = SipReceiver::new(
        Box::new(read_half),
        reader,
        sender.downgrade(),
        ending,
        settings.keep_alive,
        remote,
    );
    (sender, receiver)
}

#[cfg(test)]
mod tests;
