//! What can be learnt of a way off the media socket: by which next hop this
//! machine sends, whether that next hop answers on its link, and whether TCP
//! passes where UDP does not. No privilege is needed. What the answers mean is
//! left to `diagnosis`.

#![forbid(unsafe_code)]

mod link;
mod route;
mod tcp;

pub use route::{RouteError, route};
pub use tcp::tcp_connect;
