//! Decides in which words an endpoint fails as a whole, and whether the server
//! was reached.

use crate::producer::ProduceError;
use crate::target::WhoError;
use hopsight_net::tls::TlsError;
use hopsight_net::{ConnectError, HttpError, ServerAddress};
use hopsight_path::{NegotiateError, OpenPathError};

/// Why an endpoint could not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The decoder's thread could not be started.
    #[error("could not start a thread to decode the picture: {0}")]
    Decoder(#[source] std::io::Error),
    /// The SDP could not be made or taken.
    #[error(transparent)]
    Negotiate(#[from] NegotiateError),
    /// The server was not reached for signalling.
    #[error(transparent)]
    NotReached(#[from] ConnectError),
    /// The server did not let this endpoint register.
    #[error("{server} did not register {uri}: {status} {reason}")]
    NotRegistered {
        /// The server.
        server: ServerAddress,
        /// The address.
        uri: String,
        /// The SIP status.
        status: u16,
        /// Its reason phrase.
        reason: String,
    },
    /// The path could not be opened.
    #[error("could not look for a path: {0}")]
    Path(#[from] OpenPathError),
    /// The desktop cannot be captured or encoded.
    #[error(transparent)]
    Produce(#[from] ProduceError),
    /// The server refused a request, or was not reached.
    #[error(transparent)]
    Server(#[from] HttpError),
    /// The certificates to trust cannot be used.
    #[error(transparent)]
    Trust(#[from] TlsError),
    /// The text names nobody.
    #[error(transparent)]
    Who(#[from] WhoError),
}

impl EndpointError {
    /// Whether the same start may succeed later without anybody's doing.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Decoder(_) => true,
            Self::Negotiate(error) => error.may_retry(),
            Self::NotReached(error) => error.may_retry(),
            Self::NotRegistered { status, .. } => matches!(*status, 408 | 500..),
            Self::Path(error) => error.may_retry(),
            Self::Produce(_) | Self::Trust(_) | Self::Who(_) => false,
            Self::Server(error) => error.may_retry(),
        }
    }

    /// Whether the server was not reached at all. A server that is reached and
    /// cannot be trusted does not count.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        match self {
            Self::NotReached(error) | Self::Server(HttpError::Connect(error)) => {
                is_unreachable(error)
            }
            Self::Server(error) => matches!(error, HttpError::Silent { .. }),
            Self::Decoder(_)
            | Self::Negotiate(_)
            | Self::NotRegistered { .. }
            | Self::Path(_)
            | Self::Produce(_)
            | Self::Trust(_)
            | Self::Who(_) => false,
        }
    }

    /// What to do about it; empty when the error says it itself.
    #[must_use]
    pub fn remedy(&self) -> &str {
        match self {
            Self::NotReached(error) => error.remedy(),
            Self::Server(error) => error.remedy(),
            Self::NotRegistered { status, .. } => match *status {
                401..=404 => {
                    "Check name and device secret (`hopsight user add NAME --device` mints a new one)."
                }
                _ => "Try again; if it lasts, look at the server's log.",
            },
            Self::Path(_) => "Check that this machine has a network interface that is up.",
            Self::Trust(_) => "Check the certificate file given with --ca.",
            Self::Decoder(_) | Self::Negotiate(_) | Self::Produce(_) | Self::Who(_) => "",
        }
    }
}

const fn is_unreachable(error: &ConnectError) -> bool {
    match error {
        ConnectError::Name { .. }
        | ConnectError::Protocol { .. }
        | ConnectError::Silent { .. }
        | ConnectError::Tcp { .. }
        | ConnectError::Tls { .. } => true,
        ConnectError::Trust { .. } | ConnectError::Untrusted { .. } => false,
    }
}
