//! What can be learnt of a way off the media socket: by which next hop this
//! machine sends, whether that next hop answers on its link, whether TCP passes
//! where UDP does not and how far it comes, what a name stands for, which addresses
//! this machine has; and, for a server's UDP socket, which router lets a hop limit
//! run out. No privilege is needed. What the answers mean is left to `diagnosis`.

#![forbid(unsafe_code)]

mod hop_limit;
mod interfaces;
mod link;
mod name;
mod route;
mod tcp;
mod tcp_trace;

pub use hop_limit::{TimeExceeded, drain_error_queue, enable_error_queue, send_with_hop_limit};
pub use interfaces::interfaces;
pub use name::name;
pub use route::{RouteError, route};
pub use tcp::tcp_connect;
pub use tcp_trace::tcp_trace;
