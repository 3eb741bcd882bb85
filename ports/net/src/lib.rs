//! Where bytes come in and go out: the one port and what it carries apart, TLS
//! and whom it trusts, our own certificate authority, connections that carry
//! SIP, a client for our HTTP API, the clock and the entropy of this machine.
//!
//! This is the only crate that builds TLS configurations and the only one that
//! reads a clock. It decides nothing about users or sessions: whoever is behind
//! an [`Accepted`] connection is for the roles to find out. No secret is ever
//! logged; a failed connection says what was tried against whom.

#![forbid(unsafe_code)]

mod authority;
mod byte_stream;
mod certificate;
mod clock;
mod connect;
mod demultiplex;
mod entropy;
pub mod first_bytes;
mod http_client;
mod listen;
mod relay_control;
mod server_address;
mod shutdown;
mod sip_client;
mod sip_connection;
mod text_page;
pub mod tls;

pub use authority::{Authority, AuthorityError, ServerIdentity};
pub use byte_stream::ByteStream;
pub use certificate::certificate_seen;
pub use clock::Clock;
pub use connect::{ConnectError, connect_stream};
pub use demultiplex::{AcceptLimits, Accepted, AcceptedKind, Counts, OnePort, OnePortSettings};
pub use entropy::Entropy;
pub use http_client::{Asked, Credentials, HttpClient, HttpError};
pub use listen::{ListenError, listen};
pub use relay_control::{RelayCommand, RelayCommands, RelayControl};
pub use server_address::{ServerAddress, ServerAddressError};
pub use shutdown::{Shutdown, Stopper};
pub use sip_client::{SipFlow, connect_sip};
pub use sip_connection::{
    KeepAlive, SendError, SipConnectionError, SipConnectionSettings, SipReceiver, SipSender,
    carry_sip,
};
pub use text_page::TextPage;
pub use tls::{Alpn, Trust, TrustError};
