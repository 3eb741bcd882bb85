//! Rules by example and by property.

mod capacity;
pub(crate) mod catalogue;
mod clean_leg;
mod cut;
pub(crate) mod facts;
mod forged_reset;
mod gates;
mod host;
mod lent_ports;
mod media;
mod nat;
mod next_hop;
mod own;
mod parted;
mod path;
mod properties;
mod relay;
mod relay_answers;
mod routers;
mod rumours;
mod security;
mod signin;
pub(crate) mod story;
mod together;
mod told_address;
mod traces;
mod words;
