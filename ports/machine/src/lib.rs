//! What the kernel tells whoever has a socket: which addresses this machine has,
//! and by the error queue what became of a datagram. Linux, unprivileged. What
//! the answers mean is left to those who own the sockets.

#![forbid(unsafe_code)]

mod addresses;
mod error_queue;
mod fragmenting;
mod hop_limit;

pub use addresses::{Interface, addresses, interfaces};
pub use error_queue::{QueuedError, Said, drain_error_queue, enable_error_queue};
pub use fragmenting::{allow_fragmenting, send_whole};
pub use hop_limit::send_with_hop_limit;
