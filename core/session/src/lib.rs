//! One sharing session from invitation to end, as the endpoint and as the
//! front end see it.
//!
//! [`endpoint::Endpoint`] decides what one end does next; [`record::SessionRecord`]
//! is what the front end keeps. Events go in as values, actions come out as
//! values; signalling, media and storage are left to the roles.

#![forbid(unsafe_code)]

pub mod checks;
pub mod endpoint;
pub mod record;
