//! STUN and TURN server as a state machine: allocations, session-bound
//! permissions, channels (RFC 8489, RFC 8656).
//!
//! [`Server`] takes [`Input`]s and [`Command`]s and answers with [`Action`]s;
//! whoever owns the sockets carries them out. Time, chance and keys are
//! arguments. [`PeerPolicy`] is the one place that says where the relay may
//! send; [`canonical`] the one place that undoes disguised addresses.
//!
//! Built: Binding, Allocate, Refresh, Send and Data, CreatePermission,
//! ChannelBind and ChannelData; relayed addresses of IPv4 and, where the relay
//! has one, IPv6, single and dual; EVEN-PORT with RESERVATION-TOKEN;
//! DONT-FRAGMENT; ICMP errors as Data indications; long-term credentials with
//! SHA-1. Not built: MESSAGE-INTEGRITY-SHA256 and USERHASH (RFC 8489, refused
//! with 420), ALTERNATE-SERVER, TCP relaying (RFC 6062, never).

#![forbid(unsafe_code)]

pub mod canonical;
pub mod control;
mod families;
pub mod framing;
pub mod message;
mod network;
mod policy;
mod server;
mod tool_grant;
mod trace_probe;
mod values;

pub use control::{Command, Heard, PeerTraffic, Reply, Traffic};
pub use families::{Families, Family, RelayedPorts};
pub use network::{Network, NetworkError};
pub use policy::{PeerPolicy, Refusal};
pub use server::{Server, Settings};
pub use tool_grant::ToolGrant;
pub use trace_probe::{HIGHEST_HOP_LIMIT, hop_limit_of, trace_probe};
pub use values::{Action, Budget, Counter, Delivery, FiveTuple, Input, PeerError};
