//! What can be learnt of a way off the media socket: by which next hop this
//! machine sends, whether that next hop answers on its link, whether TCP passes
//! where UDP does not and how far it comes, whether a relay's lent port answers, what a name stands for, and on which
//! devices this machine has its addresses. No privilege is needed. What the answers
//! mean is left to `diagnosis`.

#![forbid(unsafe_code)]

mod interfaces;
mod lent_port;
mod link;
mod name;
mod route;
mod tcp;
mod tcp_trace;

pub use interfaces::interfaces;
pub use lent_port::lent_port;
pub use name::name;
pub use route::{RouteError, route};
pub use tcp::tcp_connect;
pub use tcp_trace::{Followed, tcp_hops, tcp_trace};
