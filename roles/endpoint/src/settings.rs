//! Decides what an endpoint is told when it starts, and what it asks.

use crate::server::{Account, Server};
use hopsight_evidence::{Claim, Side};
use hopsight_kit::SessionId;
use hopsight_net::Clock;
use hopsight_screen::Source;
use hopsight_session::endpoint::VerifiedIdentity;
use std::path::PathBuf;
use tokio::sync::oneshot;

/// Where an endpoint signs in, as whom, and by which clock.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub server: Server,
    /// The account.
    pub account: Account,
    /// The clock of this process.
    pub clock: Clock,
}

/// What an endpoint is started for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Look at the path to somebody's machine, without any picture.
    Check {
        /// The person, as [`address_of`](crate::address_of) reads it.
        whom: String,
        /// What was found out of the server already, for the session's facts.
        found: Vec<Claim>,
    },
    /// Share this desktop: with one person, or by a share link with everybody
    /// who opens it and is consented to.
    Share {
        /// The person, as [`address_of`](crate::address_of) reads it.
        with: Option<String>,
        /// What is shown.
        source: Source,
    },
    /// See a desktop: that of a person or a share, or of whoever invites next.
    View {
        /// The person or the share, as [`address_of`](crate::address_of) reads
        /// it.
        whom: Option<String>,
        /// Where pictures are saved, as PNG.
        save_into: Option<PathBuf>,
    },
}

/// Somebody wants something of the person at this machine. Dropping the
/// question says no.
#[derive(Debug)]
pub struct Question {
    /// The session.
    pub session: SessionId,
    /// Who it is, as the front end vouches for.
    pub with: VerifiedIdentity,
    /// What this machine would be: as sharer it shows its desktop, as viewer
    /// it sees the other one's.
    pub role: Side,
    /// Takes yes or no. Closed when the invitation was taken back meanwhile.
    pub answer: oneshot::Sender<bool>,
}
