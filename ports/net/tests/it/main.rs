//! Real TLS over loopback: the one port, pinned trust, the two clients.

mod clients;
mod house;
mod one_port;
mod trust;
