//! The front end: sign-in, SIP, sessions, diagnosis and the web pages.
//!
//! One role, three ways in: [`FrontEnd::serve_http`] for pages, API and
//! WebSocket, [`FrontEnd::serve_sip`] for native endpoints, and the relay's
//! reports. `core/sip` decides about messages, `core/diagnosis` about verdicts,
//! the store keeps; this crate carries values between them. It does not know
//! which database it runs on.

#![forbid(unsafe_code)]

mod api;
mod audience;
mod desk;
mod entrance;
mod error;
mod front_end;
mod pages;
mod password;
mod self_test;
mod settings;
mod signalling;
mod tickets;
mod visitor;
mod websocket;

pub use api::record_as_json;
pub use front_end::FrontEnd;
pub use pages::Pages;
pub use self_test::SelfTest;
pub use settings::{RelayPlace, Settings};
pub use signalling::RelayLine;
pub use visitor::{device_key, legacy_device_key};
