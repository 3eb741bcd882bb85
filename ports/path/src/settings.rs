//! Decides what a path must be told before it can be opened, and how opening
//! can fail.

use hopsight_kit::{Redacted, SessionId};
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// Everything that a path must know of its session.
#[derive(Clone, Debug)]
pub struct PathSettings {
    /// The session, for the log.
    pub session: SessionId,
    /// Which way the picture goes.
    pub media: Media,
    /// The relay and the credentials for it; without it only direct paths are tried.
    pub relay: Option<RelayAccess>,
    /// Addresses to bind to; `None` takes every address of the machine's
    /// interfaces that a router forwards, or loopback if there is no other.
    pub interfaces: Option<Vec<IpAddr>>,
}

/// Which way the picture goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// This end sends its desktop.
    Send,
    /// There is no picture: data channels only.
    Nothing,
    /// This end sees the other's.
    Receive,
}

/// How the session's relay is reached (RFC 7065 URIs, long-term credentials).
#[derive(Clone)]
pub struct RelayAccess {
    /// `turn:HOST:PORT?transport=udp|tcp` and `turns:HOST:PORT?transport=tcp`.
    pub urls: Vec<String>,
    /// The user name of the grant.
    pub username: String,
    /// The password of the grant.
    pub password: Redacted<String>,
    /// Whom to trust for `turns:`.
    pub tls: Arc<rustls::ClientConfig>,
}

impl fmt::Debug for RelayAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayAccess")
            .field("urls", &self.urls)
            .field("username", &self.username)
            .field("password", &self.password)
            .finish_non_exhaustive()
    }
}

/// Why a path could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenPathError {
    /// The machine's interfaces could not be listed.
    #[error("could not list this machine's network interfaces")]
    Interfaces(#[source] io::Error),
    /// There is no address to bind to.
    #[error("this machine has no address to send from")]
    NoAddress,
    /// A socket could not be bound.
    #[error("could not open a UDP socket on {address}")]
    Socket {
        /// The address that was tried.
        address: IpAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl OpenPathError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Interfaces(_) => false,
            Self::NoAddress | Self::Socket { .. } => true,
        }
    }
}
